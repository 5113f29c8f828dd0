"""Simulated time: a wall clock that can be moved, and a stopwatch whose minutes can be short.

Two questions, two answers. *What time is it?* (`now`) is what records carry and what clients
compare with their own clock, so it follows the real one. *How long has it been?* (`elapsed`) is
what limit windows, penalties, index lags and settling calls are measured with; `speed` makes
those minutes shorter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class SimClock:
    """Epoch seconds for the wall, scaled seconds for everything that merely lasts."""

    def __init__(
        self,
        speed: float = 1.0,
        *,
        wall: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        _check(speed)
        self._wall, self._stopwatch = wall, stopwatch
        self._offset = 0.0
        self._base, self._since = 0.0, stopwatch()
        self._speed = speed

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        _check(value)
        self._base, self._since = self.elapsed(), self._stopwatch()
        self._speed = value

    def now(self) -> float:
        """Epoch seconds on the simulated wall."""
        return self._wall() + self._offset

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def elapsed(self) -> float:
        """Simulated seconds since the start; for windows, penalties and lags only."""
        return self._base + (self._stopwatch() - self._since) * self._speed

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once, on the wall and on the stopwatch."""
        self._offset += seconds
        self._base += seconds

    def real(self, simulated_seconds: float) -> float:
        """How long a client has to wait, in its own seconds, for *simulated_seconds* to pass."""
        return simulated_seconds / self._speed


def _check(speed: float) -> None:
    if not speed > 0:
        raise ValueError("The simulators' speed must be greater than 0.")
