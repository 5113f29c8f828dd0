"""Speak to people at 80 columns and to programs in pipes, with the same words."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from switchboard.config.findings import ConfigError, Finding
from switchboard.errors import OperatorError, SwitchboardError, TransientError

# Exit codes of every command, for schedulers and scripts.
DONE, PARKED, USAGE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4
DEFECT = 70  # EX_SOFTWARE of sysexits.h: our own mistake, never the operator's.
_VENDOR_CODES = ("RC-", "ZOHO-", "SMTP-", "DESK-", "SIQ-")

ConfigDir = Annotated[
    Path,
    typer.Option(
        "--config-dir",
        envvar="SWITCHBOARD_CONFIG_DIR",
        metavar="DIR",
        help="The directory that holds data/ and sorted/.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log every detail.")]

_INDENT = 9
_DISK = {errno.ENOSPC, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}


def out() -> Console:
    """The console results go to; made anew so that redirected output is followed."""
    return Console(highlight=False, markup=False, emoji=False)


def err() -> Console:
    """The console problems go to."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def say(console: Console, text: Text | str, *, indent: int = 0) -> None:
    """Print one paragraph: wrapped for a person, one line for a pipe."""
    text = Text(text) if isinstance(text, str) else text
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent) + text, soft_wrap=True)


def emit_json(value: Any) -> None:
    """Print one JSON document on standard output, and nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print what should be changed: where, what, and how."""
    for each in findings:
        word, style = ("error", "bold red") if each.severity == "error" else ("warning", "yellow")
        head = Text(f"{word:<{_INDENT}}", style=style) + Text(each.code, style="bold")
        say(console, head + Text(f"  {each.place}", style="cyan"))
        key = f"{each.key}: " if each.key else ""
        say(console, Text(key, style="bold") + Text(each.message), indent=_INDENT)
        if each.hint:
            say(console, Text(f"→ {each.hint}", style="dim"), indent=_INDENT)


def summary(findings: Sequence[Finding]) -> str:
    """Count findings in words."""
    errors = sum(each.severity == "error" for each in findings)
    return f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"


def show_error(error: SwitchboardError) -> None:
    """Print an error with its code and, where we know it, what to do next."""
    console = err()
    if isinstance(error, ConfigError):
        show_findings(console, error.findings)
        if len(error.findings) > 1:
            say(console, summary(error.findings))
        return
    say(console, Text(f"{error.code}  ", style="bold red") + Text(error.message))
    if isinstance(error, TransientError) and error.retry_after:
        say(console, f"→ Try again in {error.retry_after:.0f} seconds.", indent=_INDENT)


def of_the_machine(error: BaseException) -> OperatorError | None:
    """Name what the disk or its permissions refused, wherever that happened; else None."""
    if not isinstance(error, OSError) or not (error.filename or error.errno in _DISK):
        return None
    reason = error.strerror or type(error).__name__
    place = f"Failed to read or write {error.filename or 'a file'}: {reason}."
    return OperatorError("IO-001", f"{place} Check file permissions and free disk space.")


def show_usage_error(error: Any) -> None:
    """Print what is wrong with a command line, and where its help is; *error* is Click's."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # Its help is shown already.
        return
    console = err()
    say(console, Text("CLI-000  ", style="bold red") + Text(error.format_message()))
    if context is not None:
        say(console, f"→ `{context.command_path} --help` lists what it takes.", indent=_INDENT)


def exit_code(error: SwitchboardError) -> int:
    """Map an error to the code schedulers see: the vendor's refusal, or ours to correct."""
    return REFUSED if of_a_vendor(error.code) else USAGE


def of_a_vendor(code: str) -> bool:
    """Tell whether a vendor or the mail server refused us: nothing here has to be corrected."""
    return code.startswith(_VENDOR_CODES)


def plain_table(*headers: str, numbers: Sequence[str] = ()) -> Table:
    """Make a table that survives narrow terminals and pipes."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for header in headers:
        right = header in numbers
        table.add_column(header, justify="right" if right else "left", overflow="fold")
    return table


def mask(value: str) -> str:
    """Show enough of an id to recognise it."""
    shown = 4
    if len(value) <= 2 * shown:
        return "•" * len(value)
    return f"{value[:shown]}…{value[-2:]}"


def finding_json(each: Finding) -> dict[str, Any]:
    """A finding for programs."""
    return {
        "code": each.code,
        "severity": each.severity,
        "file": each.file,
        "line": each.line,
        "key": each.key,
        "message": each.message,
        "hint": each.hint,
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
