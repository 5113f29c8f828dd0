"""Turn what a person chose into moments: days are those of an office's own clock. Pure.

A stretch is [since, until). Where clocks are put forward or back, a day has 23 or 25 hours and
still is a day.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

LONGEST_DAYS = 366
What = Literal["week", "last_week", "month", "last_month", "own"]
CHOICES: tuple[tuple[What, str], ...] = (
    ("week", "This week against last week"),
    ("last_week", "Last week against the week before"),
    ("month", "This month against last month"),
    ("last_month", "Last month against the month before"),
    ("own", "Dates of your own"),
)
NAMES: dict[What, tuple[str, str]] = {
    "week": ("This week so far", "Last week, as far"),
    "last_week": ("Last week", "The week before"),
    "month": ("This month so far", "Last month, as far"),
    "last_month": ("Last month", "The month before"),
    "own": ("First period", "Second period"),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some time, and how a person would call it."""

    since: float
    until: float
    zone: str
    words: str

    @property
    def days(self) -> list[date]:
        """The days it touches, in its own zone."""
        first, last = _local(self.since, self.zone), _local(self.until - 0.001, self.zone)
        number = (last.date() - first.date()).days + 1
        return [first.date() + timedelta(days=n) for n in range(max(number, 0))]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ends of a filter; None: open. `problem` says which date could not be read."""

    since: float | None = None
    until: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Days:
    """Two dates as a person typed them, the last one included."""

    first: str = ""
    last: str = ""


def day_bounds(since: str, until: str, zone: str) -> Bounds:
    """Return the moments between which the days *since* to *until* lie."""
    try:
        first = date.fromisoformat(since) if since else None
        last = date.fromisoformat(until) if until else None
        begin = None if first is None else midnight(first, zone)
        end = None if last is None else midnight(last + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        return Bounds(problem="Enter dates such as 2026-11-21")
    if begin is not None and end is not None and begin >= end:
        return Bounds(problem="The first day must not be after the last one")
    return Bounds(begin, end)


def last_days(number: int, now: float, zone: str) -> Stretch:
    """Return the last *number* days, today so far being one of them."""
    first = _local(now, zone).date() - timedelta(days=number - 1)
    since = midnight(first, zone)
    words = "Today" if number == 1 else f"The last {number} days"
    return Stretch(since, now, zone, f"{words}, {_from_to(since, now, zone)}")


def own_days(days: Days, zone: str) -> Stretch | str:
    """Return the stretch of two dates, or what is wrong with them."""
    if not (days.first and days.last):
        return "Enter the first and the last day"
    bounds = day_bounds(days.first, days.last, zone)
    if bounds.since is None or bounds.until is None:
        return bounds.problem
    found = _stretch(bounds.since, bounds.until, zone)
    if len(found.days) > LONGEST_DAYS:
        return f"Choose at most {LONGEST_DAYS} days"
    return found


def compared(
    what: What, now: float, zone: str, own: tuple[Days, Days] = (Days(), Days())
) -> tuple[Stretch, Stretch] | str:
    """Return the newer and the older stretch, or what is wrong with the dates.

    One that still runs is compared with as much of the one before, to the same time of day.
    """
    local = _local(now, zone).replace(tzinfo=None)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), time())
    first = datetime.combine(local.date().replace(day=1), time())
    week = timedelta(days=7)
    if what == "own":
        return _own(own, zone)
    ends = {
        "week": ((monday, local), (monday - week, local - week)),
        "last_week": ((monday - week, monday), (monday - 2 * week, monday - week)),
        "month": ((first, local), (_month_before(first), _month_before(local))),
        "last_month": (
            (_month_before(first), first),
            (_month_before(_month_before(first)), _month_before(first)),
        ),
    }
    newer, older = ends[what]
    return _between(*newer, zone), _between(*older, zone)


def _own(own: tuple[Days, Days], zone: str) -> tuple[Stretch, Stretch] | str:
    newer = own_days(own[0], zone)
    if isinstance(newer, str):
        return newer
    if own[1].first or own[1].last:
        older = own_days(own[1], zone)
        return older if isinstance(older, str) else (newer, older)
    first = newer.days[0] - timedelta(days=len(newer.days))
    return newer, _stretch(midnight(first, zone), newer.since, zone)


def midnight(day: date, zone: str) -> float:
    """Return the moment a day begins on the clock of *zone*."""
    return datetime.combine(day, time(), ZoneInfo(zone)).timestamp()


def _between(begin: datetime, end: datetime, zone: str) -> Stretch:
    clock = ZoneInfo(zone)
    return _stretch(
        begin.replace(tzinfo=clock).timestamp(), end.replace(tzinfo=clock).timestamp(), zone
    )


def _stretch(since: float, until: float, zone: str) -> Stretch:
    return Stretch(since, until, zone, _from_to(since, until, zone))


def _month_before(at: datetime) -> datetime:
    """Return the same time a month earlier; 31 March becomes the last of February."""
    year, month = (at.year, at.month - 1) if at.month > 1 else (at.year - 1, 12)
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


def _from_to(since: float, until: float, zone: str) -> str:
    """Say when it begins and ends; an end at midnight is the day before, whole."""
    first, end = _local(since, zone), _local(until, zone)
    whole = end.time() == time()
    last = end - timedelta(days=1) if whole else end
    clock = "" if whole else f", {end:%H:%M}"
    if first.date() == last.date():
        return f"{last:%a} {last.day} {last:%b %Y}{clock}"
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first:%a} {first.day} {first:%b}{year} to {last:%a} {last.day} {last:%b %Y}{clock}"


def _local(at: float, zone: str) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
