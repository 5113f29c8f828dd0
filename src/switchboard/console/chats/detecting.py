"""What the detector makes of a message, in words. Pure but for the detector it is handed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.console.chats.words import titled
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.dialogue.answers import Frame, Refused, read_answer
from switchboard.flows.chat_to_ticket.models import Classify
from switchboard.flows.chat_to_ticket.workflow import Kind, Question, Workflow

_DECISIONS = {
    "start": "Would begin the topic once the visitor confirms it",
    "ask": "Would ask which of the topics is meant",
    "none": "Fits none of the topics",
    "human": "Asks for a person",
    "smalltalk": "Is small talk",
}
_GUARDS = {
    "empty": "there are no words in it",
    "foreign_language": "it is not in English",
    "wants_a_person": "it plainly asks for a person",
    "may_want_a_person": "it may ask for a person, and no topic is clear",
    "resolved": "it says that all is well",
    "gibberish": "no word of it is known",
    "one_word": "one word says too little",
}
_ENTITIES: tuple[tuple[Kind, str], ...] = (
    ("email", "E-mail address"),
    ("phone", "Phone number"),
    ("percent", "Percentage"),
    ("date", "Date"),
)
_MARKED = {
    "percent": re.compile(r"\d[\d.,]*\s*(?:%|percent|per cent|pct)", re.IGNORECASE),
}
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A verdict as people read it; `chance` is that the first topic is the right one."""

    decision: str
    topics: tuple[str, ...]
    offered: tuple[str, ...]
    chance: int  # Percent.
    rule: str
    entities: tuple[tuple[str, str], ...]


def made_of(text: str, classify: Classify, workflows: Mapping[str, Workflow]) -> Made:
    verdict = classify(text)
    return Made(
        decision=_DECISIONS[verdict.outcome],
        topics=tuple(titled(workflows, each) for each in verdict.labels[:_SHOWN]),
        offered=tuple(titled(workflows, each) for each in verdict.offered),
        chance=round(100 * verdict.p),
        rule=_GUARDS.get(verdict.guard, verdict.guard) if verdict.guard else "",
        entities=tuple(_entities(masked(text))),
    )


def _entities(text: str) -> list[tuple[str, str]]:
    """Return what of the text the questions would take as an address, a number or a day."""
    found = []
    for kind, label in _ENTITIES:
        part = text
        if kind in _MARKED:  # Any number would do as the answer to a question.
            marked = _MARKED[kind].search(text)
            part = marked[0] if marked else ""
        question = Question(ask=kind, question=label, label=label, kind=kind)
        answer = read_answer(part, question, Frame())
        if not isinstance(answer, Refused):
            found.append((label, answer.shown))
    return found
