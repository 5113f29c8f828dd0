"""A visitor comes back after a while: remind them of what was open, or begin afresh after days."""

from __future__ import annotations

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.answers import read_answer, strict
from switchboard.flows.chat_to_ticket.dialogue.code import typed_code
from switchboard.flows.chat_to_ticket.dialogue.commands import find_command
from switchboard.flows.chat_to_ticket.dialogue.turn import AT_WORK, Turn
from switchboard.flows.chat_to_ticket.dialogue.upcoming import frame
from switchboard.flows.chat_to_ticket.models import Answer, Aside, Remember, Verification

_WAITING = AT_WORK | {"confirming", "choosing"}


def returned(turn: Turn, text: str) -> bool:
    """Meet a visitor who was away; True when their text is answered by that."""
    last, settings = turn.state.last_at, turn.world.settings
    if last is None:
        return False
    away = turn.world.now - last
    if away >= settings.forget_after:
        _forget(turn)
        return not text
    if away < settings.resume_after:
        return not text
    turn.change(handover_failed=False)  # Somebody may be there by now.
    if turn.state.stage not in _WAITING or (text and _fits(turn, text)):
        return not text
    turn.change(aside=Aside(kind="resume"))
    return True


def _fits(turn: Turn, text: str) -> bool:
    """Tell whether the text plainly goes on where the visitor left."""
    if turn.state.stage == "verifying":
        return typed_code(text) is not None
    question = turn.question if turn.state.stage == "asking" else None
    if question and strict(question):
        return isinstance(read_answer(text, question, frame(turn)), Answer)
    return find_command(text) is not None


def _forget(turn: Turn) -> None:
    """Days later nobody remembers the question, and what was typed may be stale."""
    if turn.at_work:
        turn.do(Remember(what="expired", workflow=turn.state.workflow))
    turn.say(turn.words.long_ago)
    moves.clear(turn)
    turn.change(
        stage="open",
        slots={},
        later=(),
        attachments=turn.event.attachments,
        verification=Verification(),
        handover_failed=False,
    )
