"""`switchboard doctor`: what is wrong with this installation, in plain words."""

from __future__ import annotations

import asyncio
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from switchboard import logs
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.doctor.examine import LIMIT_SECONDS, examine
from switchboard.doctor.results import Check, Examination, State

_HERE = Path()
_STYLES = {"ok": "green", "info": "cyan", "warning": "yellow", "error": "bold red"}
_INDENT = 11


def doctor(
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no vendor and no mail server.")
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Longest wait for the vendors, in seconds.")
    ] = LIMIT_SECONDS,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Examine machine, configuration, store, vendors and mail server, and say what to do.

    Exit code: 0 all well or only warnings, 2 something here is wrong, 3 a vendor refuses us.
    """
    logs.configure(console_level="critical")  # What a check meets is its own line.
    screen = output.err()
    with screen.status("Examining") as status:
        found = asyncio.run(
            examine(config_dir.absolute(), offline=offline, limit=timeout, tell=status.update)
        )
    if as_json:
        output.emit_json(found.document())
    else:
        show(output.out(), found)
    raise typer.Exit(found.exit_code)


def show(console: Console, found: Examination) -> None:
    """Print the checks by group, then the sum of them."""
    for group, checks in groupby(found.checks, key=lambda each: each.group):
        output.say(console, Text(group, style="bold"))
        for each in checks:
            _line(console, each)
    output.say(console, "")
    output.say(console, f"{len(found.checks)} checks: {_summary(found)}.")
    if any(each.code for each in found.checks):
        output.say(console, "More about a code: switchboard explain CODE")


def _summary(found: Examination) -> str:
    parts = [f"{found.count('ok')} ok"]
    nouns: tuple[tuple[State, str], ...] = (
        ("info", "note"),
        ("warning", "warning"),
        ("error", "error"),
    )
    for state, noun in nouns:
        number = found.count(state)
        parts.append(f"{number} {noun}{'' if number == 1 else 's'}")
    return ", ".join(parts)


def _line(console: Console, each: Check) -> None:
    state = Text(f"  {each.state}", style=_STYLES[each.state])
    code = Text(f"{each.code}  ", style="bold") if each.code else Text("")
    words = code + Text(f"{each.name}: ") + Text(each.message)
    if console.is_terminal:
        table = output.plain_table("", "")
        table.show_header = False
        table.columns[0].min_width = _INDENT - 2  # And two columns between them.
        table.add_row(state, words)
        console.print(table)
    else:
        state.pad_right(_INDENT - len(state))
        output.say(console, state + words)
    if each.advice:
        output.say(console, Text(f"→ {each.advice}", style="dim"), indent=_INDENT)
