"""Something else is said instead of an answer: a person, another matter, small talk, a question."""

from __future__ import annotations

import re

from switchboard.flows.chat_to_ticket.dialogue import moves
from switchboard.flows.chat_to_ticket.dialogue.answers import strict
from switchboard.flows.chat_to_ticket.dialogue.smalltalk import answer_smalltalk, is_chatter
from switchboard.flows.chat_to_ticket.dialogue.text import bare, fold, shorten, words
from switchboard.flows.chat_to_ticket.dialogue.turn import Turn
from switchboard.flows.chat_to_ticket.models import Aside, Verdict
from switchboard.flows.chat_to_ticket.workflow import Question

FEW_WORDS = 3  # A person, a server or a firm may be called anything in so many.
MANY_WORDS = 10  # A story that mentions a person or ends in a question is still an answer.
LONGEST_TEXT = 200  # Of a bubble.
_ASKS = re.compile(r"^(?:why|what|how|who|where|when|which|do|does|can|could|is|are|will|should)\b")
_PRICE = re.compile(r"\b(?:price|prices|cost|costs|much|expensive|charge|pay)\b")
_NEW = re.compile(
    r"(?:(?:actually|no|wait|but|i have|i've got|it'?s|it is|this is|that'?s|about)[ ,]+)*"
    r"(?:an?|some)?\s*(?:completely |totally )?(?:different|another|other|new) "
    r"(?:problem|issue|matter|thing|request|question)"
)
_MIND = re.compile(
    r"\b(?:actually|instead|different (?:problem|issue|matter|thing)|another (?:problem|issue)"
    r"|forget (?:that|it|this)|changed my mind|other (?:problem|issue)|new (?:problem|issue)"
    r"|rather|something else|never ?mind)\b"
)


def digressed(turn: Turn, text: str, question: Question | None) -> bool:
    """Deal with what is no answer to *question*; False if it may be one.

    Free text may tell of anything: only a plain change of mind counts there. A few words where a
    name or a text is expected are that, whatever the detector makes of "Human Resources Ltd". An
    answer to another question of the workflow is a slip, and no wish for "Forward it to somebody".
    """
    if _answers_another(turn, text):
        return False
    if is_chatter(text):
        answer_smalltalk(turn, text)
        return True
    loose = question is not None and question.kind == "text"
    few = question is not None and not strict(question) and len(words(text)) <= FEW_WORDS
    verdict = Verdict(outcome="none") if few else turn.world.classify(text)
    story = loose and len(words(text)) > MANY_WORDS
    if verdict.outcome == "human" and not story:
        moves.call_person(turn, "The visitor asked for a person.")
    elif other := _another_matter(turn, verdict, text, loose=loose):
        told = shorten(text, moves.LONGEST_STORY)
        turn.change(aside=Aside(kind="switch", workflow=other, text=told))
    elif _NEW.fullmatch(bare(text)):
        turn.change(aside=Aside(kind="start_over"))
    elif verdict.outcome == "smalltalk" and not loose:
        return answer_smalltalk(turn, text)
    elif text.rstrip().endswith("?") and _ASKS.match(bare(text)) and not story:
        _reply(turn, bare(text), question)
    else:
        return False
    return True


def _answers_another(turn: Turn, text: str) -> bool:
    questions = turn.workflow.questions.values() if turn.workflow else ()
    labels = {fold(option.label) for each in questions for option in each.options}
    return fold(text) in labels


def _another_matter(turn: Turn, verdict: Verdict, text: str, *, loose: bool) -> str | None:
    """Return the workflow that is meant instead, if it is clear that another one is."""
    minded = _MIND.search(bare(text)) is not None
    sure = verdict.outcome == "start" or (verdict.outcome == "ask" and minded)
    if not sure or (loose and not minded):
        return None
    meant = verdict.labels[:1] if verdict.outcome == "start" else verdict.offered
    there = turn.world.detected()
    return next((label for label in meant if label != turn.state.workflow and label in there), None)


def _reply(turn: Turn, asked: str, question: Question | None) -> None:
    """Answer what the workflow has an answer to: why, and how much."""
    if question and question.kind == "plan" and _PRICE.search(asked):
        plans = "; ".join(option.shown for option in question.options)
        turn.say(shorten(plans, LONGEST_TEXT))
    elif asked.startswith("why") or "need" in asked:
        turn.say(question.why if question and question.why else turn.words.why)
    else:
        turn.say(turn.words.cannot_answer)
