"""A chat on paper: the real engine, with every effect told instead of carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from switchboard.flows.chat_to_ticket.dialogue.code import digest_code
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.dialogue.moves import begin
from switchboard.flows.chat_to_ticket.dialogue.present import present
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.dialogue.upcoming import settle
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.models import (
    AskApproval,
    Card,
    Conversation,
    Effect,
    EndChat,
    Event,
    EventKind,
    HandOver,
    RaiseTicket,
    SendCode,
    Step,
    TicketDraft,
    Visitor,
)

CODE_LIFE = timedelta(minutes=10)
FIRST_NUMBER = 1_000_001  # The number of the mission's own example, for the tickets of a trial.
_SALT = "0" * 32  # The code is shown beside it: there is nothing to keep secret.


@dataclass(frozen=True, slots=True)
class Line:
    """What was said, or what would have happened behind the chat."""

    by: Literal["visitor", "bot", "note"]
    text: str
    options: tuple[str, ...] = ()
    card: Card | None = None
    draft: TicketDraft | None = None  # Of a note: the ticket that would be raised.


class Trial:
    """One conversation; its lines are kept in order."""

    def __init__(
        self, world: World, *, now: Callable[[], datetime], code: Callable[[], str]
    ) -> None:
        self.world, self.lines = world, list[Line]()
        self.conversation = Conversation(id="try", visitor=Visitor(id="you"))
        self.ended = False
        self._now, self._code, self._number = now, code, FIRST_NUMBER

    @property
    def options(self) -> tuple[str, ...]:
        """The buttons the visitor sees now."""
        said = [each for each in self.lines if each.by == "bot"]
        return said[-1].options if said and not self.ended else ()

    def begin(self, label: str) -> None:
        """Open a workflow as if the visitor had just confirmed it."""
        turn = Turn(self.conversation, self._event("opened", "", {}), self.world)
        begin(turn, label)
        settle(turn)
        present(turn)
        self._take(turn.step())

    def say(self, text: str) -> None:
        """Hear what the visitor writes."""
        self.lines.append(Line("visitor", text))
        self.happen("said", text)

    def happen(self, kind: EventKind, text: str = "", detail: dict[str, str] | None = None) -> None:
        event = self._event(kind, text, detail or {})
        self._take(advance(self.conversation, event, self.world))

    def _event(self, kind: EventKind, text: str, detail: dict[str, str]) -> Event:
        now = self._now()
        self.world = replace(self.world, now=now)
        return Event(kind=kind, at=now, text=text, detail=detail)

    def _take(self, step: Step) -> None:
        self.conversation = step.conversation
        self.lines += [Line("bot", each.text, each.options, each.card) for each in step.replies]
        for effect in step.effects:
            self._carry_out(effect)

    def _note(self, text: str, draft: TicketDraft | None = None) -> None:
        self.lines.append(Line("note", text, draft=draft))

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, SendCode):
            code = self._code()
            self._note(f"A mail with the code {code} would go to {effect.email}.")
            expires = (self._now() + CODE_LIFE).isoformat()
            digest = digest_code(code, _SALT)
            self.happen("code_sent", "", {"salt": _SALT, "digest": digest, "expires_at": expires})
        elif isinstance(effect, RaiseTicket):
            self._raise(effect.draft)
        elif isinstance(effect, HandOver):
            self._note(f"The chat would be handed to a person. {effect.reason}")
        elif isinstance(effect, AskApproval):
            self._note(f"{effect.approver_email} would be asked to approve: {effect.what}.")
        elif isinstance(effect, EndChat):
            self._note("The chat would end.")
            self.ended = True

    def _raise(self, draft: TicketDraft) -> None:
        words = f"A ticket would be raised: {draft.subject}. Priority {draft.priority}."
        self._note(words, draft)
        number = str(self._number)
        self._number += 1
        detail = {"reference": draft.reference, "id": f"TRY-{number[-6:]}", "number": number}
        self.happen("ticket_created", "", detail)
