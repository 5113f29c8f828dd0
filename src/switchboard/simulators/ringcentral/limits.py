"""RingCentral's four buckets per minute, and the penalty that restarts on every early request."""

from __future__ import annotations

from collections import deque
from math import ceil

from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.ringcentral.errors import WINDOW_SECONDS

DEFAULTS = {"Heavy": 10, "Medium": 40, "Light": 50, "Auth": 5}
PENALTY_SECONDS = 60.0


class RateGroup:
    """A sliding window over the stopwatch."""

    def __init__(self, name: str, limit: int, clock: SimClock) -> None:
        self.name, self.limit, self._clock = name, limit, clock
        self._taken: deque[float] = deque()
        self._penalty_until = 0.0
        self.refused = 0

    def take(self) -> float:
        """Count a request; return 0.0, or the simulated seconds it now has to stay away."""
        now = self._clock.elapsed()
        while self._taken and self._taken[0] <= now - WINDOW_SECONDS:
            self._taken.popleft()
        if now < self._penalty_until or len(self._taken) >= self.limit:
            self._penalty_until = now + PENALTY_SECONDS
            self.refused += 1
            return PENALTY_SECONDS
        self._taken.append(now)
        return 0.0

    def headers(self) -> dict[str, str]:
        return {
            "X-Rate-Limit-Group": self.name.lower(),
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(max(0, self.limit - len(self._taken))),
            "X-Rate-Limit-Window": str(max(1, ceil(self._clock.real(WINDOW_SECONDS)))),
        }


class RateLimits:
    """One bucket per group and counted party: the user for the API, the app for tokens."""

    def __init__(self, clock: SimClock) -> None:
        self.limits = dict(DEFAULTS)
        self._clock = clock
        self._groups: dict[tuple[str, str], RateGroup] = {}

    def group(self, name: str, party: str) -> RateGroup:
        key = (name, party)
        if key not in self._groups:
            self._groups[key] = RateGroup(name, self.limits[name], self._clock)
        return self._groups[key]

    def as_json(self) -> list[dict[str, object]]:
        return [
            {"group": name, "party": party, "limit": group.limit, "refused": group.refused}
            for (name, party), group in self._groups.items()
        ]
