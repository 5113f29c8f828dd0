"""A question of the workflow is open: read the answer, or what was said instead of one."""

from __future__ import annotations

import re

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.answers import (
    NOT_GIVEN,
    OTHER,
    OTHER_LABEL,
    Refused,
    read_answer,
    strict,
)
from switchboard.flows.chat_to_ticket.dialogue.corrections import find_correction
from switchboard.flows.chat_to_ticket.dialogue.digressing import digressed
from switchboard.flows.chat_to_ticket.dialogue.text import bare, shorten, words
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn, picked
from switchboard.flows.chat_to_ticket.dialogue.upcoming import frame
from switchboard.flows.chat_to_ticket.models import Answer, Aside
from switchboard.flows.chat_to_ticket.workflow import Question

TRIES = 2  # Refused answers before another way out is offered.
SHOWN = 100  # Characters of an answer that is repeated in a sentence.
PATIENCE = 3  # Refused answers before a question is left open.
MOST_WORDS = 5
LEAST_LETTERS = 4  # Of one word, to be an answer in own words and not a slip of the keyboard.
_HAS_NONE = re.compile(
    r"(?:no|none|without|nothing|i do not|i don'?t|we do not|we don'?t|there is no|not)\b"
)


def hear_answer(turn: Turn, text: str) -> None:
    """Take *text* as the answer, unless it is plainly something else."""
    question = turn.question
    if question is None:
        turn.go_on()
        return
    button = _button(turn, text, question)
    if button == OTHER_LABEL:
        turn.change(aside=Aside(kind="own_words"))
        return
    if button == turn.words.skip:
        skip(turn)
        return
    if button == turn.words.person:
        moves.call_person(turn, "The visitor asked for a person.")
        return
    if not strict(question) and digressed(turn, text, question):
        return
    answer = read_answer(text, question, frame(turn))
    if isinstance(answer, Answer):
        accept(turn, question, answer)
    elif strict(question) and digressed(turn, text, question):
        pass
    elif question.other and any(len(word) >= LEAST_LETTERS for word in words(text)):
        accept(turn, question, own_words(text))
    elif question.optional and _has_none(text):
        accept(turn, question, NOT_GIVEN)
    else:
        refuse(turn, question, answer)


def _has_none(text: str) -> bool:
    """Tell whether an optional question is declined: "no phone", "we don't have one"."""
    return len(words(text)) <= MOST_WORDS and bool(_HAS_NONE.match(bare(text)))


def _button(turn: Turn, text: str, question: Question) -> str | None:
    """Return which of the buttons below the options was pressed, or its number typed."""
    if not question.options:
        return None
    more = [OTHER_LABEL] if question.other else []
    more += [turn.words.skip] if question.optional else []
    more.append(turn.words.person)
    found = picked(text, *(option.shown for option in question.options), *more)
    return found if found in more else None


def own_words(text: str) -> Answer:
    """An answer that is none of the options."""
    return Answer(value=OTHER, shown=shorten(text, moves.LONGEST_STORY))


def accept(turn: Turn, question: Question, answer: Answer) -> None:
    turn.put(question.id, answer)
    asked = tuple(each for each in turn.state.asked if each != question.id)
    turn.change(asked=(*asked, question.id), aside=None)
    turn.go_on()


def skip(turn: Turn) -> None:
    """Leave a question out: at once if it may be, otherwise after asking how to go on."""
    question = turn.question
    if question is None:
        turn.go_on()
    elif question.optional:
        accept(turn, question, NOT_GIVEN)
    else:
        turn.change(aside=Aside(kind="stuck"))


def refuse(turn: Turn, question: Question, refused: Refused) -> None:
    """Say why it is no answer; the second time offer another way, and at last go on without it."""
    turn.change(misses=turn.state.misses + 1)
    if turn.state.misses > PATIENCE and not question.essential:
        turn.say(turn.words.left_open)
        accept(turn, question, NOT_GIVEN)
        return
    turn.say(refused.why)
    if turn.state.misses >= TRIES:
        turn.change(aside=Aside(kind="stuck"))


def corrected(turn: Turn, text: str) -> bool:
    """Change an earlier answer if that is what *text* says; the open question stays open."""
    workflow, open_question = turn.workflow, turn.question
    if workflow is None:
        return False
    asking = turn.state.stage == "asking"
    known = [
        question
        for name, question in workflow.questions.items()
        if name in turn.state.slots and not (asking and question is open_question)
    ]
    found = find_correction(text, known)
    if found is None:
        return False
    if found.value is None:
        reopen(turn, found.question)
        return True
    answer = read_answer(found.value, found.question, frame(turn))
    if isinstance(answer, Refused):
        turn.say(answer.why)
        reopen(turn, found.question)
        return True
    turn.put(found.question.id, answer)
    turn.say(turn.words.changed, label=found.question.label, value=shorten(answer.shown, SHOWN))
    turn.change(misses=0, aside=None)
    if turn.state.stage not in {"asking", "checking", "guiding"} or _no_longer_wanted(turn):
        turn.go_on()
    return True


def _no_longer_wanted(turn: Turn) -> bool:
    question = turn.question
    if question is None or question.condition is None:
        return False
    return not question.condition.holds(turn.values())


def reopen(turn: Turn, question: Question) -> None:
    """Ask a question again; everything answered after it is kept."""
    turn.take_out(question.id)
    turn.change(stage="asking", current=(question.id,), misses=0, aside=None)
