"""A question on top of the open one: read its answer, then come back to what was open."""

from __future__ import annotations

from collections.abc import Callable

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.answering import accept, own_words
from switchboard.flows.chat_to_ticket.dialogue.answers import NOT_GIVEN
from switchboard.flows.chat_to_ticket.dialogue.commands import find_command, yes_or_no
from switchboard.flows.chat_to_ticket.dialogue.text import shorten, words
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn, meant
from switchboard.flows.chat_to_ticket.models import Aside, AsideKind, Remember


def hear_aside(turn: Turn, text: str) -> bool:
    """Take the answer; False if it is none: the aside is dropped and the text heard as usual."""
    aside = turn.state.aside
    if aside is None:
        return False
    if aside.kind == "own_words" and find_command(text):
        turn.change(aside=None)
        return False
    turn.change(aside=None)
    return _HEARD[aside.kind](turn, text, aside)


def _cancel(turn: Turn, text: str, _: Aside) -> bool:
    said = _yes(text, turn.words.yes_drop, turn.words.no_keep)
    if said is None and find_command(text) == "cancel":
        said = True  # Cancel, and cancel again: that is meant.
    if said:
        turn.do(Remember(what="cancelled", workflow=turn.state.workflow))
        turn.say(turn.words.dropped)
        moves.finish(turn)
    elif said is False:
        turn.say(turn.words.kept)
    return said is not None


def _start_over(turn: Turn, text: str, _: Aside) -> bool:
    said = _yes(text, turn.words.yes_over, turn.words.no_keep)
    if said is None and find_command(text) == "start_over":
        said = True
    if said:
        begin_afresh(turn)
    elif said is False:
        turn.say(turn.words.kept)
    return said is not None


def begin_afresh(turn: Turn) -> None:
    if turn.state.workflow:
        turn.do(Remember(what="cancelled", workflow=turn.state.workflow))
    turn.say(turn.words.fresh)
    moves.clear(turn)
    turn.change(stage="open", later=())


def _switch(turn: Turn, text: str, aside: Aside) -> bool:
    said = _yes(text, turn.words.yes_switch, turn.words.no_finish, turn.words.person)
    if said is None or aside.workflow not in turn.world.workflows:
        return False
    if said:
        turn.do(Remember(what="switched", workflow=turn.state.workflow))
        turn.change(first_words=shorten(aside.text, moves.LONGEST_STORY))
        moves.begin(turn, aside.workflow)
    else:
        moves.put_off(turn, aside.workflow, aside.text)
        turn.say(turn.words.later)
    return True


def _stuck(turn: Turn, text: str, _: Aside) -> bool:
    words = turn.words
    button = meant(text, words.try_again, words.without, words.person)
    question = turn.question
    if button == words.try_again:
        turn.change(misses=0)
    elif question and (button == words.without or find_command(text) == "skip"):
        accept(turn, question, NOT_GIVEN)
    elif button == words.person:
        moves.call_person(turn, "The visitor could not answer a question.")
    else:
        return False
    return True


def _person(turn: Turn, text: str, _: Aside) -> bool:
    words = turn.words
    button = meant(text, words.log_for_me, words.carry_on)
    said = yes_or_no(text)
    if button == words.log_for_me or said:
        moves.log_as_it_is(turn)
    elif button == words.carry_on or said is False:
        turn.say(words.kept)
    elif find_command(text) == "person":
        turn.change(aside=Aside(kind="person"))
    else:
        return False
    return True


def _resume(turn: Turn, text: str, _: Aside) -> bool:
    words = turn.words
    button = meant(text, words.carry_on, words.over, words.person)
    said = yes_or_no(text)
    if button == words.carry_on or said:
        turn.say(words.kept)
    elif button == words.over or said is False:
        begin_afresh(turn)
    elif button == words.person:
        moves.call_person(turn, "The visitor asked for a person.")
    else:
        return False
    return True


def _own_words(turn: Turn, text: str, _: Aside) -> bool:
    question = turn.question
    if question is None or not words(text):
        return False
    accept(turn, question, own_words(text))
    return True


def _yes(text: str, yes: str, no: str, person: str = "") -> bool | None:
    button = meant(text, yes, no, *([person] if person else []))
    if button:
        return None if button == person else button == yes
    return yes_or_no(text)


_HEARD: dict[AsideKind, Callable[[Turn, str, Aside], bool]] = {
    "cancel": _cancel,
    "start_over": _start_over,
    "switch": _switch,
    "stuck": _stuck,
    "person": _person,
    "resume": _resume,
    "own_words": _own_words,
}
