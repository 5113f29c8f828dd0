"""Notice when a visitor corrects an earlier answer: "no, my email is anna@example.com"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from switchboard.flows.chat_to_ticket.dialogue.text import fold
from switchboard.flows.chat_to_ticket.workflow import Question

LONGEST = 300  # Characters: a story is no correction, and expressions stay quick.
_OPENER = (
    r"(?:(?:no|nope|sorry|wait|oops|actually|correction|hold on|oh|hey|ah|hm+|but|and|please"
    r"|i made a mistake|my mistake|that'?s wrong|i meant(?: that)?|can you|could you)[ ,.:!;-]+)*"
)
_VERB = r"(?:(?:change|correct|update|fix|edit|replace|set|use)\s+)"
_OWNER = r"(?:(?:my|the|our|your)\s+)?(?:(?:correct|right|real|new|actual)\s+)?"
_LINK = (
    r"\s*(?:is(?: actually| really)?|should be|ought to be|to|was|=|:|must be"
    r"|isn't .{1,60}? but)\s*"
)


@dataclass(frozen=True, slots=True)
class Correction:
    question: Question
    value: str | None  # None: it is to be asked again.


def find_correction(text: str, questions: Iterable[Question]) -> Correction | None:
    """Return which answer is to be changed, and to what if that was said."""
    said = " ".join(text[:LONGEST].split()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for question in questions:
        names = sorted(
            {re.escape(fold(name)) for name in (question.label, *question.words) if fold(name)},
            key=len,
            reverse=True,
        )
        if not names:
            continue
        name = rf"(?:{'|'.join(names)})"
        whole = rf"{_OPENER}(?P<verb>{_VERB})?{_OWNER}{name}(?:{_LINK}(?P<value>\S.*))?"
        found = re.fullmatch(whole, said, re.IGNORECASE)
        if not found:
            continue
        value = found["value"]
        if value:
            return Correction(question, value.strip())
        if found["verb"]:
            return Correction(question, None)
    wrong = re.fullmatch(
        rf"{_OPENER}{_OWNER}(?P<name>.+?) (?:is|was) (?:wrong|incorrect|not right)[ .!]*",
        said,
        re.IGNORECASE,
    )
    return _named(wrong["name"], questions) if wrong else None


def _named(name: str, questions: Iterable[Question]) -> Correction | None:
    wanted = fold(name)
    for question in questions:
        if wanted in {fold(each) for each in (question.label, *question.words)}:
            return Correction(question, None)
    return None
