"""The decision: start a workflow, ask which is meant, or say that none of them is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from switchboard.flows.chat_to_ticket.detector.features import to_the_matter, words_of
from switchboard.flows.chat_to_ticket.detector.guards import (
    WHOLE_REQUESTS,
    foreign_language,
    gibberish,
    resolved,
)
from switchboard.flows.chat_to_ticket.detector.labels import HUMAN, NONE, SMALLTALK
from switchboard.flows.chat_to_ticket.detector.model import (
    Floats,
    Model,
    chance,
    evidence,
)
from switchboard.flows.chat_to_ticket.detector.normalise import plain, respelt
from switchboard.flows.chat_to_ticket.detector.person import (
    may_be_meant,
    may_want_a_person,
    wants_a_person,
)
from switchboard.flows.chat_to_ticket.models import Outcome, Verdict

# Being asked costs a visitor a tap; a wrong start or no service costs a conversation. Half of the
# examples are about something else, far more than of a help desk's visitors, so chances are low.
START_FROM = 0.7
NONE_BELOW = 0.08
ASK_FROM_SECOND = 0.35
SURELY_BOTH = 0.8  # Then it does not matter which is the likelier.
CLEARLY_OURS = 0.9  # Beside a matter as clear as this, "call me" is only a courtesy.
CLOSE = 3.0  # Margin within which a second or third label is worth offering.
MOST_OFFERED = 3

Ruling = tuple[Outcome, str | None]  # With the guard that decided, if one did.


def classifier(model: Model) -> Callable[[str], Verdict]:
    """Return the pure function that the dialogue is given."""
    return lambda text: classify(model, text)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known of a message before the decision."""

    plain: str
    normal: str
    view: str
    words: list[str]
    first: float  # The chance that the best workflow is meant.
    second: float  # The chance that the second best applies too.
    margin: float
    outside: str  # The best label that is no workflow,
    inside: bool  # and whether a workflow is more likely than that.


def classify(model: Model, text: str) -> Verdict:
    """Judge one message; whatever it is, there is a verdict."""
    simple = plain(text)
    normal = respelt(simple)
    view = to_the_matter(normal)
    scores = model.score(view)
    workflows = model.workflows
    order = np.argsort(-scores[:workflows], kind="stable")
    about_first, about_second = evidence(scores, workflows)
    first = chance(model.chances.first, about_first)
    others = scores[workflows:]
    reading = _Reading(
        simple,
        normal,
        view,
        words_of(view),
        first,
        min(chance(model.chances.second, about_second), first),
        float(scores[order[0]] - scores[order[1]]),
        model.labels[workflows + int(np.argmax(others))],
        bool(scores[order[0]] > others.max()),
    )
    labels = tuple(model.classes[at] for at in order)
    outcome, guard = (
        _not_to_be_read(reading)
        or _person_or_chat(reading)
        or _says_too_little(model, reading)
        or (_outcome(reading), None)
    )
    offered = labels[: _worth_offering(scores, order)] if outcome == "ask" else ()
    return Verdict(outcome=outcome, labels=labels, offered=offered, p=first, guard=guard)


def _not_to_be_read(reading: _Reading) -> Ruling | None:
    if not any(each.isalnum() for each in reading.normal):
        return "none", "empty"
    return ("none", "foreign_language") if foreign_language(reading.plain) else None


def _person_or_chat(reading: _Reading) -> Ruling | None:
    if wants_a_person(reading.normal):
        return "human", "wants_a_person"
    if may_want_a_person(reading.normal) and reading.first < CLEARLY_OURS:
        return "human", "may_want_a_person"
    if reading.inside or reading.first >= START_FROM:
        return None
    if reading.outside == HUMAN and may_be_meant(reading.normal):
        return "human", None
    return ("smalltalk", None) if reading.outside == SMALLTALK else None


def _says_too_little(model: Model, reading: _Reading) -> Ruling | None:
    if resolved(reading.normal):
        return "none", "resolved"
    words = reading.words
    known = any(each in model.familiar or model.lexicon.of_word(each) for each in words)
    if not known and gibberish(words, model.gram_share(reading.view)):
        return "none", "gibberish"
    if len(words) == 1 and words[0] not in WHOLE_REQUESTS:
        ours = reading.first >= NONE_BELOW and (reading.inside or reading.outside != NONE)
        return ("ask" if ours else "none"), "one_word"
    return None


def _outcome(reading: _Reading) -> Outcome:
    if reading.second >= SURELY_BOTH:
        return "ask"
    if reading.second >= ASK_FROM_SECOND and reading.margin <= CLOSE:
        return "ask"
    if reading.first >= START_FROM:
        return "start"
    return "none" if reading.first < NONE_BELOW else "ask"


def _worth_offering(scores: Floats, order: np.ndarray) -> int:
    """Two, or three when the third is nearly as likely as the second."""
    return MOST_OFFERED if scores[order[1]] - scores[order[2]] <= CLOSE else MOST_OFFERED - 1
