"""Advance a conversation by one event. Pure and total: any text, any event, in any order."""

from __future__ import annotations

from collections.abc import Callable

from switchboard.flows.chat_to_ticket.dialogue import identity, moves, outside
from switchboard.flows.chat_to_ticket.dialogue.answering import corrected, hear_answer
from switchboard.flows.chat_to_ticket.dialogue.answers import read_answer
from switchboard.flows.chat_to_ticket.dialogue.asides import hear_aside
from switchboard.flows.chat_to_ticket.dialogue.present import present
from switchboard.flows.chat_to_ticket.dialogue.returning import returned
from switchboard.flows.chat_to_ticket.dialogue.reviewing import (
    hear_amendment,
    hear_known,
    hear_outcome,
    hear_review,
)
from switchboard.flows.chat_to_ticket.dialogue.steering import steered
from switchboard.flows.chat_to_ticket.dialogue.text import clean, hide_passwords
from switchboard.flows.chat_to_ticket.dialogue.turn import AT_WORK, Turn, picked
from switchboard.flows.chat_to_ticket.dialogue.understanding import (
    hear_after,
    hear_choice,
    hear_confirmation,
    hear_open,
)
from switchboard.flows.chat_to_ticket.dialogue.upcoming import frame, settle
from switchboard.flows.chat_to_ticket.dialogue.world import World
from switchboard.flows.chat_to_ticket.models import (
    Answer,
    Conversation,
    Event,
    EventKind,
    Stage,
    Step,
)

MOST_FILES = 20


def advance(conversation: Conversation, event: Event, world: World) -> Step:
    """Return the next state, what is said, and what is to be done about it."""
    turn = Turn(conversation, event, world)
    _mend(turn)
    _EVENTS[event.kind](turn)
    settle(turn)
    if not turn.silent:
        present(turn)
    return turn.step()


def _mend(turn: Turn) -> None:
    """Leave a workflow or step that an operator has removed since the last message."""
    state = turn.state
    if state.stage in AT_WORK and turn.workflow is None:
        turn.say(turn.words.gone)
        moves.clear(turn)
        turn.change(stage="open")
        return
    known = turn.workflow
    if known and state.stage in {"asking", "checking", "guiding"}:
        steps = known.guidances if state.stage == "guiding" else known.questions
        slots = state.slots if state.stage == "checking" else state.current
        if not state.current or any(
            name not in steps or name not in slots for name in state.current
        ):
            turn.change(aside=None)
            turn.go_on()


def _opened(turn: Turn) -> None:
    if turn.state.stage in {"new", "closed"}:
        _greet(turn)
        turn.change(stage="open", lost=0)
    else:
        returned(turn, "")
    _seen(turn)


def _greet(turn: Turn) -> None:
    settings, name = turn.world.settings, turn.state.visitor.name
    desk = f"the {settings.company} help desk" if settings.company else "the help desk"
    called = f" {name.split()[0][:40]}" if name and name.split() else ""
    turn.say(turn.words.hello, visitor=called, bot=settings.bot_name, desk=desk)


def _seen(turn: Turn) -> None:
    now = turn.world.now
    turn.change(last_at=now, started_at=turn.state.started_at or now)


def _said(turn: Turn) -> None:
    given = clean(turn.event.text)
    text = hide_passwords(given)
    _keep_files(turn)
    if turn.state.stage == "new":
        _greet(turn)
    if text != given:
        turn.say(turn.words.not_kept)
    if not text:
        if not turn.event.attachments:
            turn.say(turn.words.empty)
        if turn.state.stage in {"new", "closed"}:
            turn.change(stage="open")
    elif not returned(turn, text):
        hear(turn, text)
    _seen(turn)


def hear(turn: Turn, text: str) -> None:
    """Hear one message: an aside's answer, a command, a correction, or what the stage expects."""
    if hear_aside(turn, text):
        return
    if steered(turn, text):
        return
    if turn.at_work and corrected(turn, text):
        return
    _STAGES[turn.state.stage](turn, text)
    if turn.state.stage == "new":
        turn.change(stage="open")


def _keep_files(turn: Turn) -> None:
    files = turn.event.attachments
    if files:
        known = {each.url for each in turn.state.attachments}
        new = tuple(each for each in files if each.url not in known)
        turn.change(attachments=(*turn.state.attachments, *new)[:MOST_FILES])
        turn.say(turn.words.file_noted)


def _answers(turn: Turn) -> None:
    """Take several answers at once; what cannot be read is asked in the ordinary way."""
    workflow = turn.workflow if turn.at_work else None
    for name, text in turn.event.answers.items():
        question = workflow.questions.get(name) if workflow else None
        if question is None:
            continue
        answer = read_answer(text, question, frame(turn))
        if isinstance(answer, Answer):
            turn.put(name, answer)
            asked = tuple(each for each in turn.state.asked if each != name)
            turn.change(asked=(*asked, name))
    if turn.state.stage == "asking" and set(turn.state.current) <= set(turn.state.slots):
        turn.change(aside=None)
        turn.go_on()
    elif turn.state.stage in {"new", "closed"}:
        turn.change(stage="open")
    _seen(turn)


def _handed_over(turn: Turn, text: str) -> None:
    """The visitor still writes to us: nobody has taken the chat yet."""
    words = turn.words
    button = picked(text, words.carry_on, words.log_for_me)
    if button == words.carry_on:
        moves.carry_on(turn)
    elif button == words.log_for_me:
        moves.carry_on(turn)
        moves.log_as_it_is(turn)


_STAGES: dict[Stage, Callable[[Turn, str], None]] = {
    "new": hear_open,
    "open": hear_open,
    "choosing": hear_choice,
    "confirming": hear_confirmation,
    "asking": hear_answer,
    "checking": hear_known,
    "guiding": hear_outcome,
    "verifying": identity.hear_code,
    "reviewing": hear_review,
    "amending": hear_amendment,
    "raised": hear_after,
    "after": hear_after,
    "handed_over": _handed_over,
    "closed": hear_after,
}
_EVENTS: dict[EventKind, Callable[[Turn], None]] = {
    "opened": _opened,
    "said": _said,
    "answers": _answers,
    "handover_failed": outside.handover_failed,
    "ticket_created": outside.ticket_created,
    "code_sent": identity.code_sent,
    "code_failed": identity.code_failed,
    "approval": outside.approval,
    "timeout": outside.timeout,
    "closed_by_operator": outside.closed_by_operator,
}
