"""Office hours are those of the clock on the office's wall, on every day of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.config.documents import OfficeHours
from switchboard.flows.call_to_lead.hours import OpeningHours, hours_from

NEW_YORK = "America/New_York"
WEEKDAYS = {"start": "09:00", "end": "17:00"}


def hours(**document: Any) -> OpeningHours:
    zone = document.pop("timezone", NEW_YORK)
    return hours_from(OfficeHours.model_validate({"timezone": zone, **document}), "UTC")


def local(text: str, zone: str = NEW_YORK, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def on_the_wall(moment: datetime | None, zone: str = NEW_YORK) -> str:
    assert moment is not None
    return moment.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes")[:16]


def test_an_office_without_hours_is_open_always() -> None:
    always = hours_from(None, NEW_YORK)
    sunday = local("2026-03-08T03:00")
    assert always.is_open(sunday)
    assert always.add_open(sunday, 60) == sunday + timedelta(hours=1)
    assert always.next_open(sunday) == sunday


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-06-01T08:59:59", False),  # a Monday
        ("2026-06-01T09:00", True),
        ("2026-06-01T16:59:59", True),
        ("2026-06-01T17:00", False),
        ("2026-06-05T10:00", True),  # Friday
        ("2026-06-06T10:00", False),  # Saturday
    ],
)
def test_the_manual_s_hours_begin_at_the_first_minute_and_end_before_the_last(
    at: str, is_open: bool
) -> None:
    assert hours(**WEEKDAYS).is_open(local(at)) is is_open


def test_the_hours_are_those_of_their_own_time_zone_or_of_the_office() -> None:
    at = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)
    assert hours(**WEEKDAYS).is_open(at)
    assert not hours(**WEEKDAYS, timezone="America/Los_Angeles").is_open(at)
    document = OfficeHours.model_validate(WEEKDAYS)
    assert hours_from(document, "Europe/Berlin").is_open(at)
    assert not hours_from(document, "America/Los_Angeles").is_open(at)


def test_a_day_may_have_several_periods_with_days_of_their_own() -> None:
    """Closed over lunch, and open on Saturday morning."""
    office = hours(
        periods=[
            {"start": "09:00", "end": "12:00"},
            {"start": "13:00", "end": "17:00"},
            {"days": [6], "start": "10:00", "end": "12:00"},
        ]
    )
    assert office.is_open(local("2026-06-01T11:59"))
    assert not office.is_open(local("2026-06-01T12:30"))
    assert office.is_open(local("2026-06-01T13:00"))
    assert office.is_open(local("2026-06-06T11:00"))
    assert not office.is_open(local("2026-06-06T13:30"))


def test_a_period_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    """Friday's night shift runs into Saturday; Sunday has none, so Monday morning is closed."""
    office = hours(start="22:00", end="06:00", days=[5])
    assert office.is_open(local("2026-06-05T23:00"))
    assert office.is_open(local("2026-06-06T05:59"))
    assert not office.is_open(local("2026-06-06T06:00"))
    assert not office.is_open(local("2026-06-05T05:00"))
    assert not office.is_open(local("2026-06-06T23:00"))


def test_a_period_may_last_until_midnight() -> None:
    for end in ("24:00", "00:00"):
        office = hours(start="18:00", end=end, days=[1])
        assert office.is_open(local("2026-06-01T23:59:59"))
        assert not office.is_open(local("2026-06-02T00:00"))


def test_an_office_may_be_open_day_and_night() -> None:
    office = hours(start="00:00", end="24:00", days=[1, 2, 3, 4, 5, 6, 7])
    at = local("2026-03-08T01:30")
    assert office.is_open(at)
    assert office.add_open(at, 24 * 60) == at.astimezone(UTC) + timedelta(days=1)


def test_nobody_starts_to_work_on_a_holiday() -> None:
    """Of one year or of every year; a shift that began the evening before runs to its end."""
    office = hours(
        start="22:00",
        end="06:00",
        days=[1, 2, 3, 4, 5, 6, 7],
        holidays=["12-25", {"date": "2026-11-26", "name": "Thanksgiving"}],
    )
    assert office.is_open(local("2026-12-25T05:00"))
    assert not office.is_open(local("2026-12-25T23:00"))
    assert not office.is_open(local("2027-12-26T05:00"))
    assert not office.is_open(local("2026-11-26T22:30"))
    assert office.is_open(local("2027-11-26T22:30"))
    named = office.holiday(local("2026-11-26T22:30").date())
    assert named is not None
    assert named.name == "Thanksgiving"


def test_open_minutes_are_counted_over_closed_evenings_and_week_ends() -> None:
    office = hours(**WEEKDAYS)
    friday = local("2026-06-05T16:30")
    assert on_the_wall(office.add_open(friday, 30)) == "2026-06-05 17:00"
    assert on_the_wall(office.add_open(friday, 60)) == "2026-06-08 09:30"
    assert on_the_wall(office.add_open(local("2026-06-06T12:00"), 60)) == "2026-06-08 10:00"
    assert office.add_open(friday, 60).tzinfo is UTC


def test_no_minutes_at_all_are_over_when_the_office_is_open_next() -> None:
    office = hours(**WEEKDAYS)
    assert on_the_wall(office.add_open(local("2026-06-05T16:30"), 0)) == "2026-06-05 16:30"
    assert on_the_wall(office.add_open(local("2026-06-05T17:30"), 0)) == "2026-06-08 09:00"
    assert on_the_wall(office.next_open(local("2026-06-05T17:30"))) == "2026-06-08 09:00"


def test_it_is_told_since_when_an_office_is_closed() -> None:
    office = hours(**WEEKDAYS, holidays=["2026-06-08"])
    assert on_the_wall(office.closed_since(local("2026-06-08T10:00"))) == "2026-06-05 17:00"
    assert on_the_wall(office.closed_since(local("2026-06-09T08:00"))) == "2026-06-05 17:00"


def test_an_hour_the_clocks_skip_is_not_counted() -> None:
    """On 8 March 2026 New York goes from 02:00 to 03:00: a shift 01:00-04:00 has two hours."""
    office = hours(start="01:00", end="04:00", days=[7])
    begin = local("2026-03-08T01:00")
    assert office.add_open(begin, 120) == local("2026-03-08T04:00")
    assert on_the_wall(office.add_open(begin, 121)) == "2026-03-15 01:01"


def test_a_shift_that_would_begin_in_the_skipped_hour_begins_after_it() -> None:
    office = hours(start="02:30", end="04:00", days=[7])
    assert on_the_wall(office.next_open(local("2026-03-08T00:00"))) == "2026-03-08 03:00"
    assert on_the_wall(office.add_open(local("2026-03-08T00:00"), 60)) == "2026-03-08 04:00"


def test_an_hour_the_clocks_repeat_counts_twice() -> None:
    """On 1 November 2026 New York has 01:00-02:00 twice, and is open in both."""
    office = hours(start="01:15", end="01:45", days=[7])
    for fold in (0, 1):
        assert office.is_open(local("2026-11-01T01:30", fold=fold))
    moment = office.add_open(local("2026-11-01T00:00"), 45)
    assert moment == local("2026-11-01T01:30", fold=1).astimezone(UTC)


def test_an_office_that_never_opens_ends_the_search() -> None:
    """`config check` refuses it; should it happen, every minute counts."""
    office = hours(start="09:00", end="17:00", days=[1], holidays=EVERY_DAY)
    at = local("2026-06-01T10:00")
    assert not office.is_open(at)
    assert office.next_open(at) is None
    assert office.closed_since(at) is None
    assert office.add_open(at, 90) == at + timedelta(minutes=90)


QUARTER = timedelta(minutes=15)
EVERY_DAY = [f"{datetime(2028, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)]  # noqa: DTZ001

clocks = st.builds(
    lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from([0, 15, 30, 45])
)
periods = st.fixed_dictionaries(
    {"start": clocks, "end": clocks, "days": st.lists(st.integers(1, 7), min_size=1, unique=True)}
).filter(lambda each: each["start"] != each["end"])
# Days with a change of the clocks nearby, in zones that change at 02:00, at midnight, by half
# an hour, and in one that left out a whole day.
days = st.sampled_from(
    [
        (NEW_YORK, "2026-03-08"),
        (NEW_YORK, "2026-11-01"),
        ("Africa/Cairo", "2026-04-24"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-10-04"),
        ("Pacific/Apia", "2011-12-30"),
        ("Asia/Kolkata", "2026-06-01"),
    ]
)


@settings(deadline=None)
@given(
    st.lists(periods, min_size=1, max_size=3),
    days,
    st.integers(-36 * 4, 36 * 4),
    st.integers(0, 16),
)
def test_counting_open_minutes_agrees_with_asking_step_by_step(
    shifts: list[dict[str, Any]], place: tuple[str, str], offset: int, quarters: int
) -> None:
    """In quarters of an hour, of which every one is open or closed as a whole."""
    zone, day = place
    office = hours(periods=shifts, timezone=zone)
    start = local(f"{day}T00:00", zone).astimezone(UTC) + offset * QUARTER
    moment, left = start, quarters
    while left:
        left -= office.is_open(moment)
        moment += QUARTER
    expected = moment if quarters else office.next_open(start)
    assert office.add_open(start, quarters * 15) == expected
