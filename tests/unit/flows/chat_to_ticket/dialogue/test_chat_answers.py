"""What counts as an answer, kind by kind, and what is said about the rest."""

from __future__ import annotations

from datetime import date

import pytest

from switchboard.flows.chat_to_ticket.dialogue.answers import Frame, Refused, read_answer
from switchboard.flows.chat_to_ticket.models import Answer
from switchboard.flows.chat_to_ticket.workflow import Option, Question

FRAME = Frame(region="US", today=date(2026, 3, 4))  # A Wednesday.


def a_question(kind: str, **more: object) -> Question:
    return Question.model_validate(
        {"ask": "it", "question": "What?", "label": "It", "kind": kind, **more}
    )


def value(kind: str, text: str, **more: object) -> str | None:
    answer = read_answer(text, a_question(kind, **more), FRAME)
    return answer.value if isinstance(answer, Answer) else None


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("email", "anna@example.com", "anna@example.com"),
        ("email", "it's Anna.Lee+it@mail.example.co.uk, thanks", "Anna.Lee+it@mail.example.co.uk"),
        ("email", "<anna@example.com>", "anna@example.com"),
        ("email", "anna@example", None),
        ("email", "anna at example.com", None),
        ("email", "a@b.example or c@d.example", None),
        ("email", "anna..lee@example.com", None),
        ("email", "@@@@", None),
        ("phone", "my number is (212) 555-0147", "+12125550147"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("phone", "12", None),
        ("phone", "call me", None),
        ("person", "My name is Anna Lee", "Anna Lee"),
        ("person", "I'm José Núñez", "José Núñez"),
        ("person", "Jean-Luc O'Neill", "Jean-Luc O'Neill"),
        ("person", "王小明", "王小明"),
        ("person", "yes", None),
        ("person", "12345", None),
        ("person", "anna@example.com", None),
        ("person", "I do not want to tell you that at all", None),
        ("server", "it's called ACME-RDS01", "ACME-RDS01"),
        ("server", "rds01.acme.example", "rds01.acme.example"),
        ("server", "the one with the blue background picture", None),
        ("server", "ok", None),
        ("username", "ACME\\alee", "ACME\\alee"),
        ("username", "my user name is alee", "alee"),
        ("username", "alee@acme.example", "alee@acme.example"),
        ("username", "a b c d e f", None),
        ("percent", "about 95%", "95"),
        ("percent", "12,5 percent", "12.5"),
        ("percent", "-5", None),
        ("percent", "140", None),
        ("percent", "between 20 and 30", None),
        ("percent", "١٢", "12"),
        ("number", "two", None),
        ("number", "we have 3 of them", "3"),
        ("date", "2026-05-14", "2026-05-14"),
        ("date", "tomorrow", "2026-03-05"),
        ("date", "the day after tomorrow please", "2026-03-06"),
        ("date", "on Monday", "2026-03-09"),
        ("date", "Wednesday", "2026-03-11"),
        ("date", "5/14", "2026-05-14"),
        ("date", "1/5", "2027-01-05"),
        ("date", "May 14th", "2026-05-14"),
        ("date", "14 of may 2027", "2027-05-14"),
        ("date", "31/31/2026", None),
        ("date", "2026-02-30", None),
        ("date", "soon", None),
        ("text", "  it   beeps\nand blinks ", "it beeps and blinks"),
        ("text", "...", None),
        ("text", "", None),
    ],
)
def test_an_answer_is_read_by_its_kind(kind: str, text: str, wanted: str | None) -> None:
    """A sentence around the answer does no harm; what is none is refused."""
    assert value(kind, text) == wanted


OPTIONS = (
    Option(id="me", label="Only me", also=("just me",)),
    Option(id="several", label="Several people", also=("a few of us",)),
    Option(id="all", label="Everyone", also=("the whole office",)),
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Only me", "me"),
        ("only ME!", "me"),
        ("2", "several"),
        ("option 3", "all"),
        ("3.", "all"),
        ("the first one", "me"),
        ("second", "several"),
        ("it's just me, I think", "me"),
        ("a few of us", "several"),
        ("evryone", "all"),
        ("Sevral people", "several"),
        ("people", "several"),
        ("the whole office is down", "all"),
        ("0", None),
        ("4", None),
        ("only me and everyone", None),
        ("nobody knows", None),
        ("²", "several"),
    ],
)
def test_an_option_is_chosen_by_number_words_or_typo(text: str, wanted: str | None) -> None:
    """What could mean two options is no choice."""
    assert value("choice", text, options=[row.model_dump() for row in OPTIONS]) == wanted


def test_bounds_and_patterns_are_kept() -> None:
    """An operator's bounds, pattern and wording are what counts."""
    assert value("number", "9", maximum=8) is None
    assert value("number", "8", maximum=8) == "8"
    assert value("text", "AB-12", pattern=r"[A-Z]{2}-\d+") == "AB-12"
    refused = read_answer("12", a_question("text", pattern=r"[A-Z]+", error="Letters."), FRAME)
    assert refused == Refused("Letters.")


@pytest.mark.parametrize("kind", ["email", "phone", "person", "server", "username", "date", "text"])
def test_very_long_text_is_read_in_no_time(kind: str) -> None:
    """Nobody holds us up with a pasted log or a string made for that."""
    for piece in ("a", "a@", "1 ", "a.", "my ", "-", "\\", "(", "a.a@a."):
        read_answer(piece * 4000, a_question(kind), FRAME)
