"""What the pages of chats and tickets say is worked out without a page."""

from __future__ import annotations

import pytest

from switchboard.console.chats.known import begin_of, person_path, web_link
from switchboard.console.chats.talk import bubbles
from switchboard.console.chats.words import duration, need_chip
from switchboard.store.conversations import Message

EVENING = 1_772_500_000.0  # 3 March 2026, 01:06 UTC; still the 2nd in New York.


def said(at: float, who: str = "bot", text: str | None = "Hello", **more: object) -> Message:
    return Message(direction=who, at=EVENING + at, text=text, **more)  # type: ignore[arg-type]


def test_days_are_those_of_the_offices_zone() -> None:
    """A chat over midnight shows both days, in the zone people work in."""
    found = bubbles([said(0), said(5), said(4 * 3600)], (), zone="America/New_York")
    assert [each.day for each in found] == [
        "Monday, 2 March 2026 (EST)",
        "",
        "Tuesday, 3 March 2026 (EST)",
    ]
    assert bubbles([said(0)], (), zone="UTC")[0].day == "Tuesday, 3 March 2026 (UTC)"


def test_one_speaker_is_named_once_and_the_time_told_at_the_end() -> None:
    found = bubbles([said(0), said(1), said(200), said(201, "visitor")], (), zone="UTC")
    assert [each.first for each in found] == [True, False, False, True]
    assert [each.last for each in found] == [False, True, True, True]


def test_what_is_pressed_is_the_next_answer_and_no_later_one() -> None:
    talk = [
        said(0, options=("Yes", "No")),
        said(1, "visitor", "maybe"),
        said(2, options=("Yes", "No")),
        said(3, "visitor", "no!"),
    ]
    first, _, second, _ = bubbles(talk, (), zone="UTC")
    assert [each.pressed for each in first.buttons] == [False, False]
    assert [each.pressed for each in second.buttons] == [False, True]


def test_notes_without_words_are_left_out_and_forgotten_words_are_not() -> None:
    found = bubbles([said(0, "system", ""), said(1, "visitor", None)], (), zone="UTC")
    assert [each.text for each in found] == [None]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(None, ""), (0, "0 min"), (59, "59 min"), (60, "1 h"), (125, "2 h 5 min"),
     (1440, "1 d"), (1500, "1 d 1 h")],
)  # fmt: skip
def test_times_are_told_as_people_tell_them(minutes: int | None, words: str) -> None:
    assert duration(minutes) == words


def test_the_worst_is_told_first() -> None:
    def told(*states: str, undecided: bool = False) -> str:
        chip = need_chip(states, undecided=undecided)
        return chip.word if chip else ""

    assert told("raised", "wanted", "parked", undecided=True) == "Ticket needs a person"
    assert told("wanted", undecided=True) == "Waits for an approval"
    assert told("raised", "wanted") == "Ticket on its way"
    assert told("raised") == ""


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//evil.example/x",
     "/console", "https:", "http://[", "ftp://x.example", "", None],
)  # fmt: skip
def test_no_other_address_becomes_a_link(address: str | None) -> None:
    assert web_link(address) == ""


def test_periods_begin_where_they_say() -> None:
    midnight = begin_of("today", EVENING, "America/New_York")
    assert midnight == 1_772_427_600.0  # 2 March, 00:00 EST.
    assert begin_of("7", EVENING, "UTC") == EVENING - 7 * 86_400
    assert begin_of("", EVENING, "UTC") is None
    assert begin_of("ever", EVENING, "UTC") is None


def test_a_person_is_found_by_number_before_address() -> None:
    assert person_path("a@example.com", "+12125550147") == "/people/%2B12125550147"
    assert person_path("a/b@example.com", None) == "/people/a%2Fb%40example.com"
    assert person_path(None, None) == ""
