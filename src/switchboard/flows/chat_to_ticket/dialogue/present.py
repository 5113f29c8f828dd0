"""Ask the open question, whatever it is: every step ends with a way forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from switchboard.flows.chat_to_ticket.dialogue.answers import OTHER_LABEL
from switchboard.flows.chat_to_ticket.dialogue.summary import summary_card
from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.dialogue.turn import LOST_TWICE, Turn
from switchboard.flows.chat_to_ticket.models import AsideKind, Card, Stage
from switchboard.flows.chat_to_ticket.workflow import Question

_CARDS: dict[str, Literal["email", "phone", "name", "date"]] = {
    "email": "email",
    "phone": "phone",
    "person": "name",
    "date": "date",
}
LONGEST_FACT = 40


def present(turn: Turn) -> None:
    """Say the open question with its buttons."""
    if turn.state.aside:
        _ASIDES[turn.state.aside.kind](turn)
    else:
        _STAGES[turn.state.stage](turn)


def _open(turn: Turn) -> None:
    words = turn.words
    if turn.state.lost >= LOST_TWICE:
        # A web visitor cannot type while buttons show, so one of them brings the keyboard back.
        turn.say(words.lost, words.say_again, words.show_topics, words.log_general, words.person)
    elif turn.state.lost:
        turn.say(words.again)
    else:
        turn.say(words.what_else if turn.state.tickets else words.what)


def _choosing(turn: Turn) -> None:
    words, offered = turn.words, turn.state.offered
    few = len(offered) <= 3  # noqa: PLR2004  # More than an ask offers: the list of topics.
    titles = [turn.world.title(label) for label in offered]
    turn.say(words.choose if few else words.topics, *titles, words.other, words.person)


def _confirming(turn: Turn) -> None:
    words, label = turn.words, (turn.state.offered or ("",))[0]
    second = turn.state.offered[1:2]
    firsts = [words.first_of.replace("{title}", turn.world.title(each)) for each in second]
    buttons = (words.yes, *firsts, words.no_other, words.person)
    turn.say(words.confirm, *buttons, title=turn.world.title(label))


def _asking(turn: Turn) -> None:
    question, words = turn.question, turn.words
    if question is None:
        return
    if not turn.state.hinted:
        turn.say(words.hint)
        turn.change(hinted=True)
    if not question.options:
        kind = _CARDS.get(question.kind)
        turn.say(question.question, card=Card(kind=kind) if kind else None)
        return
    labels = [option.shown for option in question.options]
    labels += [OTHER_LABEL] if question.other else []
    labels += [words.skip] if question.optional else []
    turn.say(question.question, *labels, words.person)


def _checking(turn: Turn) -> None:
    words = turn.words
    shown = [
        (question, shorten(turn.state.slots[question.id].shown, LONGEST_FACT))
        for question in _current(turn)
    ]
    facts = "; ".join(f"{question.label}: {value}" for question, value in shown)
    changes = [words.change.replace("{label}", question.label) for question, _ in shown]
    turn.say(words.known, words.right, *changes, words.person, facts=facts)


def _current(turn: Turn) -> list[Question]:
    workflow = turn.workflow
    known = workflow.questions if workflow else {}
    return [
        known[name] for name in turn.state.current if name in known and name in turn.state.slots
    ]


def _guiding(turn: Turn) -> None:
    workflow, words = turn.workflow, turn.words
    step = (
        workflow.guidances.get(turn.state.current[0]) if workflow and turn.state.current else None
    )
    text = step.question if step else "Did that solve it?"
    turn.say(text, words.solved_yes, words.solved_no, words.person)


def _verifying(turn: Turn) -> None:
    turn.say(turn.words.code_ask)


def _reviewing(turn: Turn) -> None:
    words = turn.words
    turn.say(words.summary, card=summary_card(turn))
    turn.say(words.log_it, words.log_yes, words.change_some, words.drop, words.person)


def _amending(turn: Turn) -> None:
    rows = summary_card(turn).rows
    labels = [f"{row.number}. {row.label}" for row in rows]
    turn.say(turn.words.which_change, *labels, turn.words.back_to_summary)


def _raised(turn: Turn) -> None:
    """Nothing is open: the ticket's number is the next thing said."""


def _after(turn: Turn) -> None:
    turn.say(turn.words.anything_else, turn.words.done, turn.words.more)


def _handed_over(turn: Turn) -> None:
    turn.say(turn.words.patience, turn.words.carry_on, turn.words.log_for_me)


def _cancel(turn: Turn) -> None:
    turn.say(turn.words.cancel, turn.words.yes_drop, turn.words.no_keep)


def _start_over(turn: Turn) -> None:
    turn.say(turn.words.start_over, turn.words.yes_over, turn.words.no_keep)


def _switch(turn: Turn) -> None:
    words, aside = turn.words, turn.state.aside
    title = turn.world.title(aside.workflow if aside else "")
    current = turn.world.title(turn.state.workflow)
    buttons = (words.yes_switch, words.no_finish, words.person)
    turn.say(words.switch, *buttons, title=title, current=current)


def _stuck(turn: Turn) -> None:
    words = turn.words
    turn.say(words.stuck, words.try_again, words.without, words.person)


def _person(turn: Turn) -> None:
    turn.say(turn.words.nobody, turn.words.log_for_me, turn.words.carry_on)


def _resume(turn: Turn) -> None:
    words = turn.words
    title = turn.world.title(turn.state.workflow or (turn.state.offered or ("",))[0])
    turn.say(words.welcome_back, words.carry_on, words.over, words.person, title=title)


def _own_words(turn: Turn) -> None:
    turn.say(turn.words.own_words)


_STAGES: dict[Stage, Callable[[Turn], None]] = {
    "new": _open,
    "open": _open,
    "choosing": _choosing,
    "confirming": _confirming,
    "asking": _asking,
    "checking": _checking,
    "guiding": _guiding,
    "verifying": _verifying,
    "reviewing": _reviewing,
    "amending": _amending,
    "raised": _raised,
    "after": _after,
    "handed_over": _handed_over,
    "closed": _raised,
}
_ASIDES: dict[AsideKind, Callable[[Turn], None]] = {
    "cancel": _cancel,
    "start_over": _start_over,
    "switch": _switch,
    "stuck": _stuck,
    "person": _person,
    "resume": _resume,
    "own_words": _own_words,
}
