"""Decide what a visitor does next, from what the widget shows. Pure.

A visitor reads, as a person does: a button that fits is pressed, a question is answered with what
the visitor knows. Nothing here follows a script, so that other questions in a workflow are answered
as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Goal = Literal["ticket", "solved", "person", "leave"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who somebody is, what they want, and what they would rather answer."""

    name: str
    email: str
    phone: str
    says: str  # The first words.
    goal: Goal = "ticket"
    topic: str = ""  # The title to choose where several matters are offered.
    prefers: tuple[str, ...] = ()  # Parts of button labels, the dearest first.
    company: str = "Harbor Light Accounting"
    server: str = "HARBOR-RDS01"
    login: str = "mlane"
    patience: int = 60  # Messages after which anybody gives up.
    leaves_after: int = 3  # Of those who leave.
    sends: str = ""  # What a file holds that is sent after the first words.
    profile: bool = False  # The site knows name, e-mail and phone already.


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What stands in the widget since the visitor's last message."""

    texts: Sequence[str] = ()
    suggestions: Sequence[str] = ()
    input: str = ""  # The kind of card, such as "email".
    status: str = "bot"
    said: int = 0  # How often the visitor wrote.


@dataclass(frozen=True, slots=True)
class Move:
    """Say something, read the mailbox for the code first, or be done."""

    kind: Literal["say", "code", "done"]
    text: str = ""


_AVOID = (
    "talk to a person", "skip", "something else", "cancel", "change", "resend", "no, something",
    "start over", "try again", "say it differently", "show the topics", "i do not know",
    "log a general request",
)  # fmt: skip
_PRESS = (
    "Yes, log it", "Yes, that is right", "Yes", "No, go on", "Go on without it", "Log it for me",
)  # fmt: skip
_LAST_RESORT = ("Log a general request", "Show the topics", "Skip")
_NUMBER = re.compile(r"Ticket Number: (\S+)")


def ticket_numbers(texts: Sequence[str]) -> list[str]:
    """Return the numbers of tickets a visitor was told."""
    return [number for text in texts for number in _NUMBER.findall(text)]


def next_move(visitor: Visitor, seen: Seen) -> Move:
    """Return what the visitor does about what they see."""
    if seen.status != "bot" or seen.said >= visitor.patience:
        return Move("done")
    if seen.said == 0:
        return Move("say", visitor.says)
    if visitor.goal == "leave" and seen.said >= visitor.leaves_after:
        return Move("done")
    if seen.suggestions:
        return Move("say", _choice(visitor, seen))
    return _typed(visitor, seen)


def _choice(visitor: Visitor, seen: Seen) -> str:
    offered = list(seen.suggestions)
    enough, helped = "No, that is all", "Yes, it is solved"
    if enough in offered:
        return enough
    if visitor.goal == "solved" and helped in offered:
        return helped
    if visitor.topic in offered:
        return visitor.topic
    for wish in visitor.prefers:
        found = next((each for each in offered if wish.lower() in each.lower()), None)
        if found:
            return found
    for label in _PRESS:
        if label in offered:
            return label
    kept = [each for each in offered if not each.lower().startswith(_AVOID)]
    kept = kept or [each for each in _LAST_RESORT if each in offered]
    return (kept or offered)[0]


def _typed(visitor: Visitor, seen: Seen) -> Move:
    asked = (seen.texts[-1] if seen.texts else "").lower()
    if "six digits" in asked or "code is not right" in asked:
        return Move("code")
    boss = f"boss@{visitor.email.rpartition('@')[2]}"
    cards = {"email": visitor.email, "tel": visitor.phone, "name": visitor.name}
    if seen.input in cards:
        return Move("say", cards[seen.input])
    if seen.input in {"calendar", "date-timeslots"} or "which day" in asked:
        return Move("say", "next Monday")
    for words, answer in (
        (("being logged", "longer than usual"), "hello"),
        (("what is the matter",), visitor.says),
        (("other words", "own words"), visitor.topic or visitor.says),
        (("percent",), "97"),
        (("point of contact's", "that person's e-mail"), boss),
        (("e-mail address", "email address"), visitor.email),
        (("phone number", "which number"), visitor.phone),
        (("point of contact",), "Grace Hollis"),
        (("full name", "your name", "is called", "who is", "whose"), visitor.name),
        (("user name", "sign in", "log in"), visitor.login),
        (("company do", "which company"), visitor.company),
        (("server",), visitor.server),
        (("how many",), "2"),
        (("error",), "Error code 0x204"),
        (("file called",), "Harbor Light 2026"),
    ):
        if any(each in asked for each in words):
            return Move("say", answer)
    return Move("say", "It began this morning, in the front office")
