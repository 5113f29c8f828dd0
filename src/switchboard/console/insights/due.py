"""Tell for many missed calls when each caller is to have been called back. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime

from switchboard.flows.call_to_lead.hours import OpeningHours


class DueTimes:
    """What `OpeningHours.add_open` says, for thousands of moments: each day is looked at once.

    *first* is the earliest moment that will be asked for.
    """

    def __init__(self, hours: OpeningHours, minutes: float, first: float) -> None:
        self._always, self._seconds = not hours.shifts, minutes * 60
        self._begins: list[float] = []
        self._ends: list[float] = []
        self._coming = self._from(hours, first)

    def of(self, at: float) -> float:
        """Return when so many minutes of opening have passed since *at*."""
        left = self._seconds
        if self._always:
            return at + left
        while not self._ends or self._ends[-1] <= at:
            if not self._one_more():
                return at + left  # It never opens again: as if it were open always.
        number = bisect_right(self._ends, at)
        while number < len(self._ends) or self._one_more():
            begin = max(self._begins[number], at)
            if left <= self._ends[number] - begin:
                return begin + left
            left -= self._ends[number] - begin
            number += 1
        return at + self._seconds

    def _one_more(self) -> bool:
        found = next(self._coming, None)
        if found is not None:
            self._begins.append(found[0])
            self._ends.append(found[1])
        return found is not None

    @staticmethod
    def _from(hours: OpeningHours, first: float) -> Iterator[tuple[float, float]]:
        for begin, end in hours.stretches(datetime.fromtimestamp(first, UTC)):
            yield begin.timestamp(), end.timestamp()
