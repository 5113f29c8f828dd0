"""Render the mails of chats; an operator's template goes first, unless something is wrong with it.

Operators put `<name>.txt`, `.html` or `.subject` into `<configuration>/chat/mails/`. Each is tried
with every sample (samples.py) when it is read: what fails there is a finding with file and line,
and the one that ships is used meanwhile. What only a real mail shows is found out when it is
written: that mail has the text that ships, and `failed` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from switchboard.config.findings import Finding, finding
from switchboard.flows.chat_to_ticket.mails.bounded import BoundedEnvironment
from switchboard.flows.chat_to_ticket.mails.engine import (
    LARGEST_FILE,
    OPERATORS,
    PARTS,
    environment,
    filled_in,
    place_of,
    shipped_environment,
)
from switchboard.flows.chat_to_ticket.mails.linting import failure, problems
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES

log = structlog.get_logger(__name__)

__all__ = ["OPERATORS", "PARTS", "Rendered", "Templates", "drafted", "load_templates"]
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates in force, and what is wrong with an operator's."""

    environment: BoundedEnvironment
    findings: tuple[Finding, ...] = ()
    folder: Path | None = None
    # By file: what a real mail of this process found out, until the file changes.
    failed: dict[str, Finding] = field(default_factory=dict, compare=False)

    def render(self, name: str, facts: Mapping[str, Any]) -> Rendered:
        """Return a mail; KeyError for a name that is none of ours."""
        if name not in SAMPLES:
            raise KeyError(name)
        subject, text, html = (self._part(f"{name}.{part}", facts) for part in PARTS)
        return Rendered(subject, text, html)

    def _part(self, file: str, facts: Mapping[str, Any]) -> str:
        try:
            made = filled_in(self.environment, file, facts)
            if made.strip():
                return made
            problem = finding("CHAT-122", place_of(file), "nothing came out of it")
        except Exception as error:  # noqa: BLE001 - facts no sample showed: nobody waits for that.
            problem = failure(file, error, self.folder or OPERATORS, facts)
        log.warning("mail_template_failed", file=file, error=problem.message, line=problem.line)
        self.failed[file] = problem
        return filled_in(shipped_environment(), file, facts)


def load_templates(config_dir: Path | None) -> Templates:
    """Return the templates for a configuration directory; read anew once a file has changed."""
    folder = None if config_dir is None else config_dir / OPERATORS
    return _load(folder, _stamp(folder))


def drafted(root: Path, texts: Mapping[str, str]) -> Templates:
    """Return the templates as they would be with *texts* by file, which are saved nowhere."""
    folder = root / OPERATORS
    found = {file: problems(file, text, folder) for file, text in texts.items()}
    sound = {file: text for file, text in texts.items() if not found[file]}
    findings = tuple(each for some in found.values() for each in some)
    return Templates(environment(sound, folder), findings, folder)


def _stamp(folder: Path | None) -> Stamp:
    if folder is None or not folder.is_dir():
        return ()
    found: list[tuple[str, int, int]] = []
    for path in sorted(folder.iterdir()):
        try:
            known = path.stat()
        except OSError:
            continue  # Gone, or a link to nothing.
        if path.is_file():
            found.append((path.name, known.st_mtime_ns, known.st_size))
    return tuple(found)


@lru_cache(maxsize=16)
def _load(folder: Path | None, stamp: Stamp) -> Templates:
    own: dict[str, str] = {}
    findings: list[Finding] = []
    if folder is None:
        return Templates(shipped_environment())
    for name, _, size in stamp:
        stem, _, part = name.rpartition(".")
        if stem not in SAMPLES or part not in PARTS:
            message = f"no mail is made of it; there are {', '.join(SAMPLES)}"
            findings.append(finding("CHAT-123", place_of(name), message))
            continue
        text = _read(folder / name, size)
        found = (text,) if isinstance(text, Finding) else problems(name, text, folder)
        findings += found
        if isinstance(text, str) and not found:
            own[name] = text
    return Templates(environment(own, folder), tuple(findings), folder)


def _read(path: Path, size: int) -> str | Finding:
    try:
        if size > LARGEST_FILE:
            return finding("CHAT-121", place_of(path.name), "it is far too large for a mail")
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"it cannot be read: {type(error).__name__}"
        return finding("CHAT-121", place_of(path.name), message)
