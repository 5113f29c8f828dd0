"""`switchboard chat try`: talk to the bot in the terminal; nothing is sent anywhere."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.output import ConfigDir
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.dialogue.code import digest_code
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.dialogue.moves import begin
from switchboard.flows.chat_to_ticket.dialogue.present import present
from switchboard.flows.chat_to_ticket.dialogue.summary import summary_lines
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.dialogue.upcoming import settle
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.library import Library, load_library
from switchboard.flows.chat_to_ticket.models import (
    AskApproval,
    Conversation,
    Effect,
    EndChat,
    Event,
    EventKind,
    HandOver,
    RaiseTicket,
    Reply,
    SendCode,
    Step,
    Visitor,
)

CODE_LIFE = timedelta(minutes=10)
FIRST_NUMBER = 1_000_001  # The number of the mission's own example, for the tickets of a trial.


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
    world = World(
        library.workflows, Detector(config_dir), datetime.now(UTC), wording=library.wording
    )
    trial = Trial(world)
    if workflow:
        trial.begin(_known(library, workflow))
    else:
        trial.happen("opened")
    for text in _lines(script, trial.console):
        trial.happen("said", text)
        if trial.ended:
            break


class Trial:
    """One conversation, its effects carried out on paper."""

    def __init__(self, world: World) -> None:
        self.world, self.console = world, output.out()
        self.conversation = Conversation(id="try", visitor=Visitor(id="you"))
        self.number = FIRST_NUMBER
        self.ended = False

    def begin(self, label: str) -> None:
        """Open a workflow as if the visitor had just confirmed it."""
        turn = Turn(self.conversation, self._event("opened", "", {}), self.world)
        begin(turn, label)
        settle(turn)
        present(turn)
        self._take(turn.step())

    def happen(self, kind: EventKind, text: str = "", detail: dict[str, str] | None = None) -> None:
        event = self._event(kind, text, detail or {})
        self._take(advance(self.conversation, event, self.world))

    def _event(self, kind: EventKind, text: str, detail: dict[str, str]) -> Event:
        now = datetime.now(UTC)
        self.world = replace(self.world, now=now)
        return Event(kind=kind, at=now, text=text, detail=detail)

    def _take(self, step: Step) -> None:
        self.conversation = step.conversation
        for reply in step.replies:
            self._show(reply)
        for effect in step.effects:
            self._carry_out(effect)

    def _show(self, reply: Reply) -> None:
        head = Text("Bot: ", style="bold cyan")
        output.say(self.console, head + Text(reply.text))
        for line in summary_lines(reply.card) if reply.card and reply.card.rows else ():
            output.say(self.console, line, indent=5)
        for at, label in enumerate(reply.options, 1):
            output.say(self.console, Text(f"[{at}] {label}", style="green"), indent=5)

    def _note(self, text: str) -> None:
        output.say(self.console, Text(f"({text})", style="dim"))

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, SendCode):
            code = f"{secrets.randbelow(10**6):06d}"
            salt = secrets.token_hex(16)
            self._note(f"A mail with the code {code} would go to {effect.email}.")
            expires = (datetime.now(UTC) + CODE_LIFE).isoformat()
            digest = digest_code(code, salt)
            self.happen("code_sent", "", {"salt": salt, "digest": digest, "expires_at": expires})
        elif isinstance(effect, RaiseTicket):
            self._raise(effect)
        elif isinstance(effect, HandOver):
            self._note(f"The chat would be handed to a person. {effect.reason}")
        elif isinstance(effect, AskApproval):
            self._note(f"{effect.approver_email} would be asked to approve: {effect.what}.")
        elif isinstance(effect, EndChat):
            self._note("The chat would end.")
            self.ended = True

    def _raise(self, effect: RaiseTicket) -> None:
        draft = effect.draft
        self._note(f"A ticket would be raised: {draft.subject}. Priority {draft.priority}.")
        for line in draft.summary.splitlines():
            output.say(self.console, Text(line, style="dim"), indent=2)
        number = str(self.number)
        self.number += 1
        detail = {"reference": draft.reference, "id": f"TRY-{number[-6:]}", "number": number}
        self.happen("ticket_created", "", detail)


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
