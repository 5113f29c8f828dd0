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
from switchboard.flows.chat_to_ticket.dialogue.smalltalk import answer_smalltalk, is_chatter
from switchboard.flows.chat_to_ticket.dialogue.text import bare, shorten, words
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn, picked
from switchboard.flows.chat_to_ticket.dialogue.upcoming import frame
from switchboard.flows.chat_to_ticket.models import Answer, Aside
from switchboard.flows.chat_to_ticket.workflow import Question

TRIES = 2  # Refused answers before another way out is offered.
SHOWN = 100  # Characters of an answer that is repeated in a sentence.
FEW_WORDS = 3
LEAST_LETTERS = 4  # Of one word, to be an answer in own words and not a slip of the keyboard.
_ASKS = re.compile(r"^(?:why|what|how|who|where|when|which|do|does|can|could|is|are|will|should)\b")
_MIND = re.compile(
    r"\b(?:actually|instead|different (?:problem|issue|matter|thing)|another (?:problem|issue)"
    r"|forget (?:that|it|this)|changed my mind|other (?:problem|issue)|new (?:problem|issue)"
    r"|rather|something else|never ?mind)\b"
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
    else:
        refuse(turn, answer)


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


def refuse(turn: Turn, refused: Refused) -> None:
    """Say why it is no answer; the second time offer another way."""
    turn.say(refused.why)
    turn.change(misses=turn.state.misses + 1)
    if turn.state.misses >= TRIES:
        turn.change(aside=Aside(kind="stuck"))


def digressed(turn: Turn, text: str, question: Question | None) -> bool:
    """Deal with a person wanted, another matter, small talk or a question; False if it is none.

    Free text may tell of anything: only a plain change of mind counts there.
    """
    loose = question is not None and question.kind == "text"
    short = question is not None and not strict(question) and len(words(text)) <= FEW_WORDS
    if is_chatter(text):
        answer_smalltalk(turn, text)
        return True
    verdict = turn.world.classify(text)
    if verdict.outcome == "human" and not (loose and len(words(text)) > 10) and not short:  # noqa: PLR2004
        moves.call_person(turn, "The visitor asked for a person.")
        return True
    label = verdict.labels[0] if verdict.labels else ""
    another = verdict.outcome == "start" and label != turn.state.workflow
    another = another and label in turn.world.detected() and not short
    if another and (not loose or _MIND.search(bare(text))):
        turn.change(aside=Aside(kind="switch", workflow=label, text=shorten(text, 500)))
        return True
    if verdict.outcome == "smalltalk" and not loose and not short:
        answer_smalltalk(turn, text)
        return True
    if _is_question(text) and not (loose and len(words(text)) > 12):  # noqa: PLR2004
        why = question.why if question and question.why else turn.words.why
        turn.say(
            why
            if bare(text).startswith("why") or "need" in bare(text)
            else turn.words.cannot_answer
        )
        return True
    return False


def _is_question(text: str) -> bool:
    return text.rstrip().endswith("?") and bool(_ASKS.match(bare(text)))


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
