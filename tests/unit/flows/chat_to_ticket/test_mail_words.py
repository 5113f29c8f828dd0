"""Times and strangers' words in mails."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from switchboard.flows.call_to_lead.hours import OpeningHours, Shift
from switchboard.flows.chat_to_ticket.mails import words

FRIDAY = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # 14:00 in Chicago.
CHICAGO = ZoneInfo("America/Chicago")
WEEK = Shift(frozenset({1, 2, 3, 4, 5}), 9 * 60, 17 * 60)


def test_a_promise_counts_office_hours_and_names_the_zone() -> None:
    """Eight office hours after Friday afternoon are over on Monday afternoon."""
    said = words.expected(8, OpeningHours(CHICAGO, (WEEK,)), FRIDAY)
    assert said == "within 8 office hours, by Monday, 23 November 2026, 14:00 CST"


def test_an_office_that_is_always_open_promises_plain_hours() -> None:
    """And a zone without letters is named by its place."""
    said = words.expected(1, OpeningHours(ZoneInfo("America/Sao_Paulo")), FRIDAY)
    assert said == "within 1 hour, by Friday, 20 November 2026, 18:00 America/Sao Paulo"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "less than a minute"), (1, "1 minute"), (125, "2 hours 5 minutes"),
     (1440, "1 day"), (3001, "2 days 2 hours")],
)  # fmt: skip
def test_a_duration_is_said_in_its_two_largest_parts(minutes: int, said: str) -> None:
    """Nobody wants to read 3001 minutes."""
    assert words.duration(minutes) == said


@pytest.mark.parametrize("name", ["Anna Lee", "Jean-Luc O'Neil", "Zoë", "J. R. Smith", "李小龙"])
def test_names_are_greeted(name: str) -> None:
    """Names of many countries are names."""
    assert words.greeting_name(name) == name


@pytest.mark.parametrize(
    "name", ["Buy at evil.com", "http://evil.com", "Win 1000", "<b>x</b>", "A" * 61, "", "a\nb: c"]
)
def test_what_is_no_name_is_not_greeted(name: str) -> None:
    """A mail to a stranger's address must not carry somebody's advertisement."""
    assert words.greeting_name(name) == ""


def test_addresses_in_strangers_words_become_no_links() -> None:
    """Mail programs make links of whatever looks like one."""
    said = words.unlinked("see https://evil.com/x\nor www.evil.org \u202enow")
    assert "://" not in said
    assert "evil.com" not in said
    assert "evil.org" not in said
    assert "\n" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("text", ["", "x", "a@b", "a@b..c", "a b@c.de", "a@b.c\nBcc: d@e.fr", None])
def test_what_is_no_address_gets_no_mail(text: str | None) -> None:
    """Neither does it break the mail of somebody else."""
    assert words.address(text) == ""
