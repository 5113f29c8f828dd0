"""Days, hours and weeks as an office lives them: in its own zone, whatever its clocks do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

Range = Literal["today", "days", "weeks"]
HOURS, DAYS, WEEKS = 24, 14, 12
WEEKS_COMPARED = 4
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` to before `end`, in epoch seconds."""

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Zones:
    """In which zone each office counts its days; what belongs to none counts in the console's."""

    own: str
    offices: Mapping[str, str] = field(default_factory=dict)

    def of(self, office: str | None) -> str:
        return self.offices.get(office or "", self.own)

    @property
    def every(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.own, *self.offices.values())))


def local(at: float, zone: str) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))


def midnight(day: date, zone: str) -> float:
    """Return when a day begins; where clocks skip that moment, when they go on."""
    return datetime.combine(day, time(), ZoneInfo(zone)).timestamp()


def so_far(now: float, zone: str) -> Span:
    """Return today, until now."""
    return Span(midnight(local(now, zone).date(), zone), now)


def same_days_before(now: float, zone: str) -> list[Span]:
    """Return the same weekday of the weeks before, until the same time of day; newest first."""
    here = local(now, zone)
    clock = here.time().replace(fold=here.fold)
    days = [here.date() - timedelta(weeks=week) for week in range(1, WEEKS_COMPARED + 1)]
    return [
        Span(midnight(day, zone), datetime.combine(day, clock, ZoneInfo(zone)).timestamp())
        for day in days
    ]


def weekday(now: float, zone: str) -> str:
    return f"{local(now, zone):%A}"


def buckets(wanted: Range, now: float, zone: str) -> list[tuple[int, Span]]:
    """Return the columns of a chart with what of time they stand for, oldest first.

    An hour that comes twice stands in one column; one that is skipped has none.
    """
    today = local(now, zone).date()
    if wanted == "today":
        return list(_hours(today, zone))
    if wanted == "days":
        first = today - timedelta(days=DAYS - 1)
        begins = [first + timedelta(days=n) for n in range(DAYS + 1)]
    else:
        monday = today - timedelta(days=today.weekday())
        begins = [monday + timedelta(weeks=n) for n in range(1 - WEEKS, 2)]
    moments = [midnight(day, zone) for day in begins]
    return [(n, Span(*pair)) for n, pair in enumerate(pairwise(moments))]


def labels(wanted: Range, now: float, zone: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what stands below each column, and what a table calls it."""
    today = local(now, zone).date()
    if wanted == "today":
        hours = range(HOURS)
        return tuple(f"{h:02}" for h in hours), tuple(f"{h:02}:00 to {h:02}:59" for h in hours)
    if wanted == "days":
        days = [today - timedelta(days=n) for n in reversed(range(DAYS))]
        return tuple(map(_short, days)), tuple(f"{d:%A}, {_short(d)}" for d in days)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=n) for n in reversed(range(WEEKS))]
    return tuple(map(_short, weeks)), tuple(f"Week of Monday, {_short(d)}" for d in weeks)


def _hours(day: date, zone: str) -> Iterator[tuple[int, Span]]:
    at, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    while at < end:
        following = min(at + _HOUR.total_seconds(), end)
        yield local(at, zone).hour, Span(at, following)
        at = following


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"
