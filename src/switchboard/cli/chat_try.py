"""`switchboard chat try`: talk to the bot in the terminal; nothing is sent anywhere."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.output import ConfigDir
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.dialogue.summary import summary_lines
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.library import Library, load_library
from switchboard.flows.chat_to_ticket.tools import utc_now
from switchboard.flows.chat_to_ticket.trial import Line, Trial


def try_chat(
    workflow: Annotated[
        str, typer.Option("--workflow", metavar="ID", help="Begin with this workflow at once.")
    ] = "",
    script: Annotated[
        Path | None,
        typer.Option("--script", metavar="FILE", help="Play what the visitor says from a file."),
    ] = None,
    config_dir: ConfigDir = Path(),
) -> None:
    """Chat with the bot in the terminal: real workflows, nothing is sent. Ctrl+C ends it."""
    library = load_library(config_dir)
    if library.findings:
        output.show_findings(output.err(), library.findings)
    world = World(library.workflows, Detector(config_dir), utc_now(), wording=library.wording)
    console = output.out()
    trial = Trial(world, now=utc_now, code=lambda: f"{secrets.randbelow(10**6):06d}")
    if workflow:
        trial.begin(_known(library, workflow))
    else:
        trial.happen("opened")
    shown = _show(console, trial, 0)
    for text in _lines(script, console):
        trial.say(text)
        shown = _show(console, trial, shown)
        if trial.ended:
            break


def _show(console: Console, trial: Trial, shown: int) -> int:
    """Print the lines there are since; return how many are shown then."""
    for line in trial.lines[shown:]:
        if line.by == "bot":
            _bubble(console, line)
        elif line.by == "note":
            output.say(console, Text(f"({line.text})", style="dim"))
            for each in line.draft.summary.splitlines() if line.draft else ():
                output.say(console, Text(each, style="dim"), indent=2)
    return len(trial.lines)


def _bubble(console: Console, line: Line) -> None:
    output.say(console, Text("Bot: ", style="bold cyan") + Text(line.text))
    for each in summary_lines(line.card) if line.card and line.card.rows else ():
        output.say(console, each, indent=5)
    for at, label in enumerate(line.options, 1):
        output.say(console, Text(f"[{at}] {label}", style="green"), indent=5)


def _known(library: Library, label: str) -> str:
    if label not in library.workflows:
        there = ", ".join(sorted(library.workflows))
        raise OperatorError("CLI-001", f"There is no workflow {label!r}. There are: {there}.")
    return label


def _lines(script: Path | None, console: Console) -> Iterator[str]:
    """Yield what the visitor says: from the file, or as it is typed until Ctrl+D."""
    if script is not None:
        for said in _script(script):
            output.say(console, f"You: {said}")
            yield said
        return
    person = sys.stdin.isatty()
    while True:
        try:
            text = console.input("You: " if person else "")
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if not person:
            output.say(console, f"You: {text}")
        yield text


def _script(path: Path) -> Iterator[str]:
    """Read `Visitor: ...` lines; a transcript's other lines are what a test compares."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {type(error).__name__}."
        raise OperatorError("IO-001", message) from error
    for line in text.splitlines():
        if line.startswith("Visitor:"):
            yield line.removeprefix("Visitor:").strip()
