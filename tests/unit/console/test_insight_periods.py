"""Days, weeks and months are those of the office's clock, whatever is done to that clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from switchboard.console.insights.asking import asked
from switchboard.console.insights.periods import (
    Bounds,
    Days,
    Stretch,
    compared,
    day_bounds,
    last_days,
    own_days,
)

ZONE = "America/New_York"


def at(text: str, zone: str = ZONE) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def both(what: str, now: str) -> tuple[Stretch, Stretch]:
    found = compared(what, at(now), ZONE)  # type: ignore[arg-type]
    assert not isinstance(found, str)
    return found


def ends(stretch: Stretch) -> tuple[float, float]:
    return stretch.since, stretch.until


def test_a_week_that_still_runs_is_compared_with_as_much_of_the_last_one() -> None:
    """On Saturday at 2:20, the last week ends on its Saturday at 2:20."""
    newer, older = both("week", "2026-11-21T02:20")
    assert ends(newer) == (at("2026-11-16"), at("2026-11-21T02:20"))
    assert ends(older) == (at("2026-11-09"), at("2026-11-14T02:20"))
    assert newer.words == "Mon 16 Nov to Sat 21 Nov 2026, 02:20"


def test_the_week_in_which_clocks_go_back_is_an_hour_longer_and_still_seven_days() -> None:
    """New York puts its clocks back on Sunday, 1 November 2026."""
    newer, older = both("last_week", "2026-11-04T12:00")
    assert ends(newer) == (at("2026-10-26"), at("2026-11-02"))
    assert newer.until - newer.since == 7 * 86_400 + 3600
    assert older.until - older.since == 7 * 86_400
    assert len(newer.days) == len(older.days) == 7
    assert newer.words == "Mon 26 Oct to Sun 1 Nov 2026"


def test_a_month_is_compared_with_the_same_days_of_the_one_before() -> None:
    newer, older = both("month", "2026-03-31T12:00")
    assert ends(newer) == (at("2026-03-01"), at("2026-03-31T12:00"))
    assert ends(older) == (at("2026-02-01"), at("2026-02-28T12:00"))  # It has no 31st.
    newer, older = both("last_month", "2026-01-15T12:00")
    assert ends(newer) == (at("2025-12-01"), at("2026-01-01"))
    assert ends(older) == (at("2025-11-01"), at("2025-12-01"))


def test_without_a_second_period_as_many_days_before_are_taken() -> None:
    found = compared("own", at("2026-11-21"), ZONE, (Days("2026-11-01", "2026-11-03"), Days()))
    assert not isinstance(found, str)
    assert ends(found[0]) == (at("2026-11-01"), at("2026-11-04"))
    assert ends(found[1]) == (at("2026-10-29"), at("2026-11-01"))


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("", "2026-11-01", "Enter the first and the last day"),
        ("2026-11-02", "2026-11-01", "The first day must not be after the last one"),
        ("<script>", "2026-11-01", "Enter dates such as 2026-11-21"),
        ("2026-02-30", "2026-11-01", "Enter dates such as 2026-11-21"),
        ("9999-12-31", "9999-12-31", "Enter dates such as 2026-11-21"),
        ("2020-01-01", "2026-11-01", "Choose at most 366 days"),
    ],
)
def test_dates_that_cannot_be_meant_are_told_and_never_an_error(
    first: str, last: str, problem: str
) -> None:
    assert own_days(Days(first, last), ZONE) == problem
    assert compared("own", at("2026-11-21"), ZONE, (Days(first, last), Days())) == problem


def test_the_last_days_begin_at_midnight_and_hold_today() -> None:
    found = last_days(7, at("2026-11-03T00:30"), ZONE)
    assert found.since == at("2026-10-28")  # Before the clocks went back.
    assert found.days[0] == date(2026, 10, 28)
    assert found.days[-1] == date(2026, 11, 3)


def test_a_filter_may_be_open_at_either_end() -> None:
    assert day_bounds("", "", ZONE) == Bounds()
    assert day_bounds("2026-11-01", "", ZONE) == Bounds(since=at("2026-11-01"))
    assert day_bounds("", "2026-11-01", ZONE) == Bounds(until=at("2026-11-02"))


def test_what_an_address_holds_beyond_reason_is_left_out() -> None:
    query = {"days": "9'; --", "office": "<b>", "workflow": "nothing", "since": "x" * 500}
    found = asked(query, now=at("2026-11-21T12:00"), zone=ZONE, workflows={"a": "A"})
    assert found.fields == {}
    assert len(found.stretch.days) == 30
    assert found.address("/insights", workflow="a") == "/insights?workflow=a"


def test_dates_that_are_wrong_show_the_usual_time_and_say_so() -> None:
    query = {"days": "own", "since": "2026-11-09", "until": "2026-11-01"}
    found = asked(query, now=at("2026-11-21T12:00"), zone=ZONE)
    assert found.problem == "The first day must not be after the last one"
    assert len(found.stretch.days) == 30
    assert found.own == Days("2026-11-09", "2026-11-01")  # Stands in the fields to be corrected.
