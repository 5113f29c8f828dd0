"""The words that always work, carried out: back, start over, cancel, help, skip, a person."""

from __future__ import annotations

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.answering import skip
from switchboard.flows.chat_to_ticket.dialogue.answers import plainly_answers
from switchboard.flows.chat_to_ticket.dialogue.asides import begin_afresh
from switchboard.flows.chat_to_ticket.dialogue.commands import Command, find_command, yes_or_no
from switchboard.flows.chat_to_ticket.dialogue.identity import leave
from switchboard.flows.chat_to_ticket.dialogue.text import bare
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.dialogue.understanding import show_topics
from switchboard.flows.chat_to_ticket.models import Aside

_CHOOSING = frozenset({"choosing", "confirming"})


def steered(turn: Turn, text: str) -> bool:
    """Obey a command; False if *text* is none, or an answer that only reads like one."""
    if turn.state.stage == "asking" and turn.question and plainly_answers(text, turn.question):
        return False
    command = find_command(text)
    if command is None or not _applies(turn, command, text):
        return False
    _OBEY[command](turn)
    return True


def _applies(turn: Turn, command: Command, text: str) -> bool:
    if command == "skip":
        if turn.state.stage == "guiding":
            return yes_or_no(text) is None and bare(text) not in {"nothing", "none"}
        return turn.state.stage in {"asking", "verifying"}
    if command == "start_over":  # "Restart" alone may be about a server.
        return turn.at_work or turn.state.stage in _CHOOSING or "over" in text or "again" in text
    if command == "back":
        return turn.at_work or turn.state.stage in _CHOOSING
    return True


def _back(turn: Turn) -> None:
    turn.change(aside=None)
    if turn.state.stage == "amending":
        turn.change(stage="reviewing")
        return
    workflow = turn.workflow
    asked = [name for name in turn.state.asked if workflow and name in workflow.questions]
    if turn.at_work and asked:
        turn.take_out(asked[-1])
        turn.change(asked=tuple(asked[:-1]), stage="asking", current=(asked[-1],), misses=0)
        return
    turn.say(turn.words.back_at_start)
    moves.clear(turn)
    turn.change(stage="open")


def _start_over(turn: Turn) -> None:
    if turn.at_work and turn.state.asked:
        turn.change(aside=Aside(kind="start_over"))
    else:
        begin_afresh(turn)


def _cancel(turn: Turn) -> None:
    if turn.at_work:
        turn.change(aside=Aside(kind="cancel"))
    elif turn.state.stage in {"after", "raised", "closed"}:
        moves.farewell(turn)
    else:
        turn.say(turn.words.dropped)
        moves.finish(turn)


def _help(turn: Turn) -> None:
    if turn.at_work:
        turn.say(turn.words.hint)
        turn.change(hinted=True)
    else:
        show_topics(turn)


def _skip(turn: Turn) -> None:
    if turn.state.stage == "asking":
        skip(turn)
    elif turn.state.stage == "verifying":
        leave(turn)
    else:
        turn.go_on()


def _person(turn: Turn) -> None:
    moves.call_person(turn, "The visitor asked for a person.")


_OBEY = {
    "back": _back,
    "start_over": _start_over,
    "cancel": _cancel,
    "help": _help,
    "skip": _skip,
    "person": _person,
}
