"""Days are an office's own, on the days on which clocks change as well."""

from __future__ import annotations

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from switchboard.console.dashboard import days
from switchboard.console.dashboard.days import Zones

NEW_YORK, LONDON, KOLKATA, SANTIAGO = (
    "America/New_York", "Europe/London", "Asia/Kolkata", "America/Santiago",
)  # fmt: skip
HOUR = 3600.0


def at(text: str, zone: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def test_a_day_begins_at_the_offices_own_midnight() -> None:
    now = at("2026-11-20 23:30", NEW_YORK)
    assert days.so_far(now, NEW_YORK).begin == at("2026-11-20 00:00", NEW_YORK)
    assert days.so_far(now, LONDON).begin == at("2026-11-21 00:00", LONDON)


def test_the_same_weekday_is_compared_until_the_same_time_of_day() -> None:
    """Across the end of summer time too: 9:30 is 9:30, though 169 hours lie between."""
    now = at("2026-11-06 09:30", NEW_YORK)
    before = days.same_days_before(now, NEW_YORK)
    assert [span.end for span in before] == [
        at(f"2026-10-{day} 09:30", NEW_YORK) for day in (30, 23, 16)
    ] + [at("2026-10-09 09:30", NEW_YORK)]
    assert now - before[0].end == 169 * HOUR
    assert next(span.begin for span in before) == at("2026-10-30 00:00", NEW_YORK)


def test_a_day_of_25_hours_has_24_columns_and_loses_none() -> None:
    """The hour that comes twice stands in one column."""
    now = at("2026-11-01 12:00", NEW_YORK)
    found = days.buckets("today", now, NEW_YORK)
    assert len(found) == 25
    assert [hour for hour, _ in found].count(1) == 2
    assert found[0][1].begin == at("2026-11-01 00:00", NEW_YORK)
    assert found[-1][1].end == at("2026-11-02 00:00", NEW_YORK)
    for (_, one), (_, next_one) in itertools.pairwise(found):
        assert one.end == next_one.begin


def test_a_day_of_23_hours_leaves_the_skipped_hour_empty() -> None:
    found = days.buckets("today", at("2026-03-08 12:00", NEW_YORK), NEW_YORK)
    assert len(found) == 23
    assert 2 not in [hour for hour, _ in found]


def test_where_clocks_skip_midnight_the_day_begins_when_they_go_on() -> None:
    """In Santiago the day of 6 September 2026 begins at one o'clock."""
    span = days.so_far(at("2026-09-06 12:00", SANTIAGO), SANTIAGO)
    assert datetime.fromtimestamp(span.begin, ZoneInfo(SANTIAGO)).hour == 1


@pytest.mark.parametrize("zone", [NEW_YORK, LONDON, KOLKATA, SANTIAGO, "Australia/Lord_Howe"])
@pytest.mark.parametrize("wanted", ["days", "weeks"])
def test_columns_follow_each_other_without_a_gap(zone: str, wanted: days.Range) -> None:
    now = at("2026-11-02 08:15", zone)
    found = [span for _, span in days.buckets(wanted, now, zone)]
    short, long = days.labels(wanted, now, zone)
    assert len(found) == len(short) == len(long)
    assert found[-1].begin <= now < found[-1].end
    for one, following in itertools.pairwise(found):
        assert one.end == following.begin


def test_weeks_begin_on_monday() -> None:
    now = at("2026-11-20 09:00", NEW_YORK)
    assert days.labels("weeks", now, NEW_YORK)[1][-1] == "Week of Monday, 16 Nov"
    assert days.buckets("weeks", now, NEW_YORK)[-1][1].begin == at("2026-11-16 00:00", NEW_YORK)


def test_what_belongs_to_no_office_counts_in_the_consoles_zone() -> None:
    zones = Zones(NEW_YORK, {"london": LONDON, "reading": LONDON})
    assert zones.of("london") == LONDON
    assert zones.of(None) == zones.of("closed long ago") == NEW_YORK
    assert zones.every == (NEW_YORK, LONDON)
