"""What visitors wrote and was not understood for certain, as a list to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.detector.anonymous import anonymous
from switchboard.flows.chat_to_ticket.detector.labels import HUMAN, NONE, OUTSIDE
from switchboard.flows.chat_to_ticket.detector.sets import ExampleSet
from switchboard.flows.chat_to_ticket.dialogue.text import fold
from switchboard.flows.chat_to_ticket.models import GENERAL, Classify, Verdict
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store import conversations
from switchboard.store.sealing import Sealer
from switchboard.store.unsure_messages import Key, Unsure

_NOT_OURS = "none_other_it"  # Where a matter belongs that became a general request.
_KINDS = {NONE: "None of these", HUMAN: "Wants a person", "smalltalk": "Small talk"}


@dataclass(frozen=True, slots=True)
class Lesson:
    """The same words of one visitor or many."""

    rows: tuple[Unsure, ...]  # Newest first.
    chosen: str = ""  # The workflow begun most often afterwards.

    @property
    def first(self) -> Unsure:
        return self.rows[0]

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(each.key for each in self.rows)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A lesson as the page offers it: the text without people, the likely set, how it reads now."""

    lesson: Lesson
    text: str
    target: str
    now: Verdict


def lessons(rows: Sequence[Unsure], sets: Mapping[str, ExampleSet]) -> list[Lesson]:
    """Group messages by their words, newest first; leave out what is an example by now."""
    groups: dict[str, list[Unsure]] = {}
    for row in rows:
        groups.setdefault(fold(row.text), []).append(row)
    found = []
    for each in groups.values():
        if any(_learnt(row, sets) for row in each):
            continue
        begun = Counter(row.chosen for row in each if row.chosen)
        found.append(Lesson(tuple(each), begun.most_common(1)[0][0] if begun else ""))
    return found


def lesson_of(found: Sequence[Lesson], key: Key) -> Lesson | None:
    return next((each for each in found if key in each.keys), None)


def suggestion(
    lesson: Lesson, names: Sequence[str], choices: Mapping[str, str], classify: Classify
) -> Suggestion:
    text = anonymous(lesson.first.text, names)
    return Suggestion(lesson, text, likely(lesson, choices), classify(text))


def likely(lesson: Lesson, choices: Mapping[str, str]) -> str:
    """Return the set a message most likely belongs to."""
    if lesson.chosen == GENERAL and _NOT_OURS in choices:
        return _NOT_OURS
    candidates = (lesson.chosen, *lesson.first.labels)
    if lesson.first.outcome == "start":  # The first of them is what the visitor refused.
        candidates = (lesson.chosen, *lesson.first.labels[1:])
    return next((each for each in candidates if each in choices), "")


def choices_of(workflows: Mapping[str, Workflow], sets: Mapping[str, ExampleSet]) -> dict[str, str]:
    """Return what a message can become an example of: id and words, the workflows first."""
    found = {each.id: each.title for each in workflows.values() if each.detected}
    outside = [each for each in sets.values() if each.label in OUTSIDE]
    for each in sorted(outside, key=lambda one: (OUTSIDE.index(one.label), one.title)):
        kind = _KINDS[each.label]
        found.setdefault(each.id, kind if each.label != NONE else f"{kind}: {each.title}")
    return found


def names_of(conn: sa.Connection, sealer: Sealer, lesson: Lesson) -> list[str]:
    """Return how the visitors who wrote this are called, as far as they said."""
    load = partial(conversations.load, conn, sealer)
    found = [load(row.conversation_id) for row in lesson.rows[:10]]
    return [name for each in found if each and (name := each.visitor.get("name"))]


def _learnt(row: Unsure, sets: Mapping[str, ExampleSet]) -> bool:
    if row.example is None:
        return False
    name, text = row.example
    return name in sets and text in sets[name].own
