"""Credits of a day and calls in flight, both the portal's own (zoho-desk.md §10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from switchboard.simulators.zoho_desk import errors

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World
    from switchboard.simulators.zoho_desk.state import Rules

DAY_S = 86_400.0
# edition: credits a day, more for each agent, calls at once
EDITIONS = {
    "FREE": (5_000, 0, 5),
    "EXPRESS": (25_000, 100, 10),
    "STANDARD": (50_000, 250, 10),
    "PROFESSIONAL": (75_000, 500, 15),
    "ENTERPRISE": (100_000, 1_000, 25),
}


class Limits:
    """Refuses what is over a limit; the day begins with the first request and lasts 24 hours."""

    def __init__(self, world: World, rules: Rules, agents: Callable[[], int]) -> None:
        self._world, self._rules, self._agents = world, rules, agents
        self._begun, self._spent = world.clock.elapsed(), 0.0
        self.in_flight, self.most_in_flight = 0, 0

    @property
    def credits_per_day(self) -> int:
        if self._rules.credits_per_day is not None:
            return self._rules.credits_per_day
        base, each, _ = EDITIONS[self._rules.edition]
        return base + each * self._agents()

    @property
    def concurrency(self) -> int:
        return self._rules.concurrency or EDITIONS[self._rules.edition][2]

    def used(self) -> float:
        if self._world.clock.elapsed() - self._begun >= DAY_S:
            self._begun, self._spent = self._world.clock.elapsed(), 0.0
        return self._spent

    def charge(self, cost: float) -> None:
        if self.used() + cost > self.credits_per_day:
            left = DAY_S - (self._world.clock.elapsed() - self._begun)
            raise errors.credits_gone(self._world.clock.real(left))
        self._spent += cost

    def headers(self, cost: float) -> dict[str, str]:
        left = max(int(self.credits_per_day - self.used()), 0)
        return {
            "X-Rate-Limit-Request-Weight-v3": str(int(cost)),
            "X-Rate-Limit-Remaining-v3": str(left),
        }

    @contextmanager
    def slot(self) -> Iterator[None]:
        if self.in_flight >= self.concurrency:
            raise errors.too_many_at_once()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def shown(self) -> dict[str, Any]:
        return {
            "used": self.used(),
            "per_day": self.credits_per_day,
            "most_in_flight": self.most_in_flight,
        }
