"""Credits of a rolling day, calls in flight, and the heavy calls' own pool of ten."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from switchboard.simulators.zoho_crm import errors

if TYPE_CHECKING:
    from switchboard.simulators.core.clock import SimClock
    from switchboard.simulators.zoho_crm.state import Rules

DAY_S = 86_400.0
BUCKET_S = 60.0  # Credits come back minute by minute; finer would only cost memory.
IN_FLIGHT = {"free": 5, "standard": 10, "professional": 15, "enterprise": 20, "ultimate": 25}
HEAVY_IN_FLIGHT = 10  # For every edition.
BASE_CREDITS = {"free": 5_000}
PER_LICENCE = {"free": 0, "standard": 250, "professional": 500, "enterprise": 1_000}
CEILING = {"free": 5_000, "standard": 100_000, "professional": 3_000_000, "enterprise": 5_000_000}


class Limits:
    """Refuses what is over a limit; all counters are the organisation's, not a token's."""

    def __init__(self, clock: SimClock, rules: Rules, licences: Callable[[], int]) -> None:
        self._clock, self._rules, self._licences = clock, rules, licences
        self._spent: deque[list[float]] = deque()
        self.in_flight, self.heavy_in_flight = 0, 0
        self.most_in_flight, self.most_heavy = 0, 0

    @property
    def credits_per_day(self) -> int:
        if self._rules.credits_per_day is not None:
            return self._rules.credits_per_day
        edition = self._rules.edition
        given = BASE_CREDITS.get(edition, 50_000)
        given += PER_LICENCE.get(edition, 2_000) * self._licences()
        return min(given, CEILING.get(edition, given))

    def used(self) -> float:
        now = self._clock.elapsed()
        while self._spent and self._spent[0][0] <= now - DAY_S:
            self._spent.popleft()
        return sum(cost for _, cost in self._spent)

    def afford(self, cost: float) -> None:
        if self.used() + cost > self.credits_per_day:
            raise errors.too_many_requests("credits")

    def charge(self, cost: float) -> None:
        now = self._clock.elapsed()
        if self._spent and now - self._spent[-1][0] < BUCKET_S:
            self._spent[-1][1] += cost
        else:
            self._spent.append([now, cost])

    def headers(self) -> dict[str, str]:
        """X-API-CREDITS-REMAINING appears only once half of the credits are gone."""
        used, given = self.used(), self.credits_per_day
        if used * 2 <= given:
            return {}
        return {"X-API-CREDITS-REMAINING": str(int(given - used))}

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the edition's places for calls in flight."""
        if self.in_flight >= IN_FLIGHT.get(self._rules.edition, 25):
            raise errors.too_many_requests("concurrency")
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    @contextmanager
    def heavy_slot(self, *, needed: bool) -> Iterator[None]:
        """Hold one of the ten places for heavy calls, if this is one."""
        if not needed:
            yield
            return
        if self.heavy_in_flight >= HEAVY_IN_FLIGHT:
            raise errors.too_many_requests("sub-concurrency")
        self.heavy_in_flight += 1
        self.most_heavy = max(self.most_heavy, self.heavy_in_flight)
        try:
            yield
        finally:
            self.heavy_in_flight -= 1

    def shown(self) -> dict[str, Any]:
        return {
            "used": self.used(),
            "per_day": self.credits_per_day,
            "most_in_flight": self.most_in_flight,
            "most_heavy_in_flight": self.most_heavy,
        }
