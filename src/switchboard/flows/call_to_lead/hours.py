"""Say when an office is open, by the clock on its wall; daylight saving time included. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from switchboard.config.documents import Holiday, Office, OfficeHours

DAY = timedelta(days=1)
# An office that does not open within three years of a moment is one that never opens.
_MOST_CLOSED_DAYS = 1100


class Shift(NamedTuple):
    """One stretch of opening, in minutes of the day it begins on; it may end the day after."""

    days: frozenset[int]  # ISO: 1 is Monday.
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When an office is open. A shift past midnight belongs to the day on which it begins.

    All is decided on local wall time: a time that the clocks skip is never reached, one they
    repeat counts twice. No shifts at all: open always.
    """

    zone: ZoneInfo
    shifts: tuple[Shift, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Tell whether the office is open at *at* (aware)."""
        if not self.shifts:
            return True
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        return any(
            begin <= wall < end
            for day in (wall.date(), wall.date() - DAY)
            for begin, end in self._on(day)
        )

    def add_open(self, at: datetime, minutes: float) -> datetime:
        """Return the moment when *minutes* of opening have passed since *at*, in UTC.

        No minutes at all give the moment the office is open next. An office that never opens
        (`config check` refuses it) counts as open always, so that every call gets its moment.
        """
        left, moment = timedelta(minutes=minutes), at.astimezone(UTC)
        if self.shifts:
            for begin, end in self.stretches(moment):
                if left <= end - begin:
                    return begin + left
                left -= end - begin
        return moment + timedelta(minutes=minutes)

    def next_open(self, at: datetime) -> datetime | None:
        """Return when the office is open next (at once: *at* itself), None when never, in UTC."""
        moment = at.astimezone(UTC)
        if not self.shifts:
            return moment
        return next((begin for begin, _ in self.stretches(moment)), None)

    def closed_since(self, at: datetime) -> datetime | None:
        """Return when the office closed, for a moment it is closed at; None: never was open."""
        moment = at.astimezone(UTC)
        day = moment.astimezone(self.zone).date() + DAY
        for back in range(_MOST_CLOSED_DAYS):
            ends = [end for _, end in self._day(day - back * DAY) if end <= moment]
            if ends:
                return max(ends)
        return None

    def holiday(self, day: date) -> Holiday | None:
        """Return the holiday a day is, if it is one."""
        names = {day.isoformat(), f"{day:%m-%d}"}
        return next((each for each in self.holidays if each.date in names), None)

    def _on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield the shifts that begin on *day*, in wall time."""
        midnight = datetime.combine(day, time())
        for shift in self.shifts:
            if day.isoweekday() in shift.days and self.holiday(day) is None:
                yield (
                    midnight + timedelta(minutes=shift.start),
                    midnight + timedelta(minutes=shift.end),
                )

    def stretches(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open stretches from *moment* on, in UTC; end when none comes for years."""
        day, closed = moment.astimezone(self.zone).date() - DAY, 0
        while closed < _MOST_CLOSED_DAYS:
            closed += 1
            for begin, end in self._day(day):
                if end > moment:
                    closed = 0
                    yield max(begin, moment), end
            day += DAY

    def _day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Yield what is open of a day, midnight to midnight, in UTC.

        Between two neighbouring cuts nothing changes: not the hours, and not the clocks.
        """
        near = [pair for off in (-DAY, timedelta(0), DAY) for pair in self._on(day + off)]
        if not near:
            return
        first, last = (self._utc(datetime.combine(each, time()), 0) for each in (day, day + DAY))
        cuts = {self._utc(wall, fold) for pair in near for wall in pair for fold in (0, 1)}
        cuts |= {first, last, *self._clock_changes(first, last)}
        inside = sorted(each for each in cuts if first <= each <= last)
        for begin, end in pairwise(inside):
            if self.is_open(begin + (end - begin) / 2):
                yield begin, end

    def _utc(self, wall: datetime, fold: int) -> datetime:
        return wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)

    def _clock_changes(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Yield the moment the clocks change between two, to the second."""
        before, after = self._offset(first), self._offset(last)
        if before == after:
            return
        while last - first > timedelta(seconds=1):
            middle = first + timedelta(seconds=(last - first) // timedelta(seconds=2))
            if self._offset(middle) == before:
                first = middle
            else:
                last = middle
        yield last

    def _offset(self, moment: datetime) -> timedelta | None:
        return moment.astimezone(self.zone).utcoffset()


def opening_hours(office: Office) -> OpeningHours:
    """Return the hours an office is configured with; without any it is open always."""
    hours = office.owners.assignment_rules.office_hours
    return hours_from(hours, office.timezone)


def hours_from(hours: OfficeHours | None, timezone: str) -> OpeningHours:
    """Return the opening hours of a document; *timezone* is used where it names none."""
    if hours is None:
        return OpeningHours(ZoneInfo(timezone))
    return OpeningHours(
        zone=ZoneInfo(hours.timezone or timezone),
        shifts=tuple(_shifts(hours)),
        holidays=hours.holidays,
    )


def _shifts(hours: OfficeHours) -> Iterator[Shift]:
    if hours.start and hours.end:
        yield _shift(hours.days, hours.start, hours.end)
    for period in hours.periods:
        yield _shift(hours.days if period.days is None else period.days, period.start, period.end)


def _shift(days: Sequence[int], start: str, end: str) -> Shift:
    begin, finish = _minutes(start), _minutes(end)
    return Shift(frozenset(days), begin, finish if finish > begin else finish + 24 * 60)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
