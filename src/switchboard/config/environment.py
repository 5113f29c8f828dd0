"""What the environment says: the process's own variables, and below them those of `.env`.

Nothing is written to `os.environ`: two configuration directories in one process stay apart.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from switchboard.config.findings import ConfigError, Finding, finding

DOTENV = ".env"


@dataclass(frozen=True, slots=True)
class DotEnv:
    """The file as read: its variables, their lines, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    lines: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_dotenv(root: Path | str) -> DotEnv:
    """Read `.env` of a configuration directory; a missing one says nothing."""
    path = Path(root) / DOTENV
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return DotEnv()
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start + 1})"
        return DotEnv(findings=(finding("CFG-002", DOTENV, message),))
    except OSError as error:
        message = f"cannot be read: {error.strerror or 'unknown reason'}"
        return DotEnv(findings=(finding("CFG-002", DOTENV, message),))
    return _parsed(text)


def environment(root: Path | str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return all variables; *environ* (the process's own) wins over `.env`.

    Raises ConfigError where `.env` cannot be understood: half of it would be worse than none.
    """
    read = read_dotenv(root)
    if any(each.severity == "error" for each in read.findings):
        raise ConfigError(read.findings)
    return over(read, environ)


def file_named(
    root: Path, variable: str, environ: Mapping[str, str] | None = None
) -> tuple[str, Path] | None:
    """Return a variable's file as it was written, and where it is; None when it names none.

    A relative one begins where it was written: in `.env` at the directory, else where we started.
    """
    own = os.environ if environ is None else environ
    if variable in own:
        name = own[variable].strip()
        return (name, Path(name).absolute()) if name else None
    name = read_dotenv(root).values.get(variable, "").strip()
    return (name, root.absolute() / name) if name else None


def over(read: DotEnv, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Lay the process's own variables over those of `.env`."""
    return {**read.values, **(os.environ if environ is None else environ)}


def _parsed(text: str) -> DotEnv:
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    findings = []
    # ${NAME} is not replaced: a secret may hold these very characters.
    for each in parse_stream(io.StringIO(text)):
        line = _line(each)
        if each.error or (each.key and each.value is None):
            # The line itself is not repeated: it may hold a secret.
            message = "is not of the form NAME=value"
            findings.append(finding("CFG-042", DOTENV, message, line=line))
        elif each.key in values:
            message = f"stands twice (first in line {lines[each.key]}); only one can count"
            findings.append(finding("CFG-020", DOTENV, message, key=each.key, line=line))
        elif each.key and each.value is not None:
            values[each.key], lines[each.key] = each.value, line
    return DotEnv(values, lines, tuple(findings))


def _line(binding: Binding) -> int:
    """Return where the binding itself begins: blank lines before it are part of it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
