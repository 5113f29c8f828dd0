"""When scheduled runs start, as pure values."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.jobs.timetable import (
    MOST_ATTEMPTS,
    Entry,
    State,
    due_slots,
    next_slot,
    upcoming,
)

ZONE = "America/New_York"


def at(text: str, zone: str = ZONE) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def local(seconds: float, zone: str = ZONE) -> str:
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%m-%d %H:%M %Z}"


def an_entry(name: str = "all", cron: str = "0 8,14 * * *", *offices: str) -> Entry:
    return Entry(name, cron, ZONE, frozenset(offices or ("philadelphia", "pittsburgh")))


def known(entry: Entry, next_at: float, **rest: object) -> State:
    return State(rule=entry.rule, next_at=next_at, **rest)  # type: ignore[arg-type]


def actions(*entries: Entry, now: float, **state: State) -> list[tuple[str, str]]:
    return [(s.entry.name, s.action) for s in due_slots(entries, state, now)]


def test_a_run_is_started_at_its_time_and_not_before() -> None:
    entry, eight = an_entry(), at("2026-03-02T08:00")
    assert due_slots([entry], {"all": known(entry, eight)}, eight - 1) == []
    (step,) = due_slots([entry], {"all": known(entry, eight)}, eight)
    assert (step.action, step.slot, step.next_at) == ("start", eight, at("2026-03-02T14:00"))


def test_a_new_line_of_the_timetable_starts_with_its_next_time_and_not_with_the_past() -> None:
    entry = an_entry()
    (step,) = due_slots([entry], {}, at("2026-03-02T09:00"))
    assert (step.action, step.next_at) == ("new", at("2026-03-02T14:00"))


def test_another_time_or_zone_is_another_timetable() -> None:
    old, new = an_entry(cron="0 7 * * *"), an_entry(cron="0 9 * * *")
    now = at("2026-03-02T08:00")
    (step,) = due_slots([new], {"all": known(old, at("2026-03-02T07:00"))}, now)
    assert (step.action, step.next_at) == ("new", at("2026-03-02T09:00"))


def test_however_many_times_were_missed_one_run_makes_up_for_them() -> None:
    """A machine that was off for a week runs once when it is back."""
    entry, now = an_entry(), at("2026-03-09T12:00")
    (step,) = due_slots([entry], {"all": known(entry, at("2026-03-02T08:00"))}, now)
    assert (step.action, step.next_at) == ("start", at("2026-03-09T14:00"))


def test_a_time_that_comes_while_the_run_before_still_runs_is_skipped() -> None:
    entry, two = an_entry(), at("2026-03-02T14:00")
    running = known(entry, two, held=True, unfinished=True, last_slot=at("2026-03-02T08:00"))
    (step,) = due_slots([entry], {"all": running}, two + 5)
    assert (step.action, step.slot, step.next_at) == ("skip", two, at("2026-03-03T08:00"))
    assert due_slots([entry], {"all": running}, two - 5) == []


def test_runs_that_share_an_office_wait_for_each_other_in_the_order_of_their_times() -> None:
    first, second = an_entry("b", "0 8 * * *"), an_entry("a", "5 8 * * *", "pittsburgh")
    elsewhere = an_entry("c", "6 8 * * *", "scranton")
    eight = at("2026-03-02T08:00")
    state = {
        "a": known(second, eight + 300),
        "b": known(first, eight),
        "c": known(elsewhere, eight + 360),
    }
    assert actions(second, first, elsewhere, now=eight + 600, **state) == [
        ("b", "start"),
        ("a", "wait"),
        ("c", "start"),
    ]


def test_nobody_overtakes_a_run_that_waits_for_the_same_offices() -> None:
    running = an_entry("running", "0 7 * * *", "pittsburgh")
    wide = an_entry("wide", "0 8 * * *", "pittsburgh", "scranton")
    narrow = an_entry("narrow", "1 8 * * *", "scranton")
    eight = at("2026-03-02T08:00")
    state = {
        "running": known(running, eight + 80_000, held=True),
        "wide": known(wide, eight),
        "narrow": known(narrow, eight + 60),
    }
    assert actions(running, wide, narrow, now=eight + 90, **state) == [
        ("wide", "wait"),
        ("narrow", "wait"),
    ]


def test_the_slot_of_a_process_that_died_is_run_again() -> None:
    entry, eight = an_entry(), at("2026-03-02T08:00")
    dead = known(entry, at("2026-03-02T14:00"), last_slot=eight, unfinished=True, attempts=1)
    (step,) = due_slots([entry], {"all": dead}, eight + 90)
    assert (step.action, step.slot, step.next_at) == ("again", eight, at("2026-03-02T14:00"))


def test_a_slot_that_kills_every_process_is_given_up() -> None:
    entry, eight = an_entry(), at("2026-03-02T08:00")
    dead = known(
        entry, at("2026-03-02T14:00"), last_slot=eight, unfinished=True, attempts=MOST_ATTEMPTS
    )
    assert actions(entry, now=eight + 90, all=dead) == [("all", "give_up")]


@pytest.mark.parametrize(
    ("cron", "now", "expected"),
    [
        # 8 March 2026: 02:00 to 03:00 does not exist.
        ("30 2 * * *", "2026-03-07T12:00", ["03-08 03:00 EDT", "03-09 02:30 EDT"]),
        ("0 8 * * *", "2026-03-07T12:00", ["03-08 08:00 EDT", "03-09 08:00 EDT"]),
        ("0 */4 * * *", "2026-03-07T23:00", ["03-08 00:00 EST", "03-08 04:00 EDT"]),
        ("*/30 * * * *", "2026-03-08T01:15", ["03-08 01:30 EST", "03-08 03:00 EDT"]),
        # 1 November 2026: 01:00 to 02:00 comes twice.
        ("30 1 * * *", "2026-10-31T12:00", ["11-01 01:30 EDT", "11-02 01:30 EST"]),
        ("0 8 * * *", "2026-10-31T12:00", ["11-01 08:00 EST", "11-02 08:00 EST"]),
        ("30 * * * *", "2026-11-01T01:00", ["11-01 01:30 EDT", "11-01 01:30 EST"]),
    ],
)
def test_the_days_on_which_the_clocks_change(cron: str, now: str, expected: list[str]) -> None:
    """A time that does not exist comes at the next that does; one that comes twice runs once."""
    slots = upcoming(an_entry(cron=cron), at(now), 2)
    assert [local(slot) for slot in slots] == expected


def test_in_the_hour_that_comes_twice_a_run_is_not_repeated() -> None:
    entry = an_entry(cron="50 1 * * *")
    first = at("2026-11-01T01:50")
    in_second_hour = first + 3600 - 60
    assert local(in_second_hour) == "11-01 01:49 EST"
    assert local(next_slot(entry, in_second_hour) or 0) == "11-02 01:50 EST"


@given(
    cron=st.sampled_from(
        ["0 8,14 * * 1-5", "30 1 * * *", "30 2 * * *", "*/7 * * * *", "0 0 1 * *"]
    ),
    zone=st.sampled_from([ZONE, "Europe/Berlin", "Australia/Lord_Howe", "UTC"]),
    now=st.floats(min_value=1.7e9, max_value=1.9e9),
)
def test_the_next_time_is_always_later(cron: str, zone: str, now: float) -> None:
    entry = Entry("any", cron, zone, frozenset({"main"}))
    slots = upcoming(entry, now, 4)
    assert [now, *slots] == sorted({now, *slots})
