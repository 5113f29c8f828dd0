"""The visitors of the demo get through every workflow, whatever it asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.trained_detector import shipped_detector

from switchboard.flows.chat_to_ticket import models
from switchboard.flows.chat_to_ticket.dialogue.code import digest_code
from switchboard.flows.chat_to_ticket.dialogue.engine import advance
from switchboard.flows.chat_to_ticket.dialogue.world import DialogueSettings, World
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.models import LABELS, Event, EventKind
from switchboard.simulators.salesiq.visitors.brain import (
    Seen,
    Visitor,
    next_move,
    ticket_numbers,
)
from switchboard.simulators.salesiq.visitors.cast import cast

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
CODE = "482913"
CARDS = {"email": "email", "phone": "tel", "name": "name", "date": "calendar"}


class Widget:
    """The engine behind a widget, with a mailbox and a help desk that answer at once."""

    def __init__(self, visitor: Visitor, *, office_open: bool = True) -> None:
        known = {"name": visitor.name, "email": visitor.email, "phone": visitor.phone}
        profile = models.Visitor(id="v", **known) if visitor.profile else models.Visitor(id="v")
        library = load_library()
        settings = DialogueSettings(company="Harbor Light", office_open=office_open)
        self.world = World(library.workflows, shipped_detector(), NOW, settings, library.wording)
        self.state = models.Conversation(id="s", visitor=profile)
        self.texts: list[str] = []
        self.shown, self.card, self.status = (), "", "bot"
        self.raised: list[str] = []

    shown: tuple[str, ...]

    def feed(self, kind: EventKind, text: str = "", **detail: str) -> None:
        step = advance(self.state, Event(kind=kind, at=NOW, text=text, detail=detail), self.world)
        self.state = step.conversation
        self.texts += [reply.text for reply in step.replies]
        last = next((each for each in reversed(step.replies) if each.options or each.card), None)
        if step.replies:
            self.shown = last.options if last else ()
            self.card = CARDS.get(last.card.kind, "") if last and last.card else ""
        for effect in step.effects:
            self.carry_out(effect)

    def carry_out(self, effect: models.Effect) -> None:
        if isinstance(effect, models.RaiseTicket):
            self.raised.append(effect.draft.workflow)
            reference = effect.draft.reference
            self.feed("ticket_created", reference=reference, id="7", number=f"10{len(self.raised)}")
        elif isinstance(effect, models.SendCode):
            until = (NOW + timedelta(minutes=9)).isoformat()
            digest = digest_code(CODE, "salt")
            self.feed("code_sent", email=effect.email, salt="salt", digest=digest, expires_at=until)
        elif isinstance(effect, models.HandOver):
            self.status = "waiting"
        elif isinstance(effect, models.EndChat):
            self.status = "ended"


def visit(visitor: Visitor, *, office_open: bool = True) -> Widget:
    widget, said = Widget(visitor, office_open=office_open), 0
    widget.feed("opened")
    while True:
        seen = Seen(
            texts=widget.texts,
            suggestions=widget.shown,
            input="" if widget.shown else widget.card,
            status=widget.status,
            said=said,
        )
        move = next_move(visitor, seen)
        if move.kind == "done":
            return widget
        widget.texts, said = [], said + 1
        widget.feed("said", CODE if move.kind == "code" else move.text)


@pytest.mark.parametrize("visitor", cast(), ids=lambda each: each.says)
def test_every_visitor_gets_what_they_came_for(visitor: Visitor) -> None:
    """A ticket of the matter they named, help, a person, or they leave in the middle."""
    widget = visit(visitor)
    if visitor.goal == "ticket":
        wanted = visitor.topic.lower().replace(" ", "_") or "general_request"
        assert widget.raised == [wanted]
        assert widget.status == "ended"
    elif visitor.goal == "solved":
        assert (widget.raised, widget.status) == ([], "ended")
    elif visitor.goal == "person":
        assert (widget.raised, widget.status) == ([], "waiting")
    else:
        assert (widget.raised, widget.status) == ([], "bot")


def test_who_wants_a_person_when_nobody_is_there_leaves_a_ticket() -> None:
    """At night the bot says so, and nobody goes away empty-handed."""
    (visitor,) = [each for each in cast() if each.goal == "person"]
    widget = visit(visitor, office_open=False)
    assert (widget.raised, widget.status) == (["general_request"], "ended")


def test_the_cast_covers_all_workflows() -> None:
    """One visitor for each of the 13 matters."""
    topics = {each.topic.lower().replace(" ", "_") for each in cast() if each.goal == "ticket"}
    assert topics - {""} == set(LABELS)


def test_a_visitor_reads_the_number_of_the_ticket() -> None:
    """As the confirmation shows it."""
    assert ticket_numbers(["Ticket ID: 7", "Ticket Number: 1000001"]) == ["1000001"]
