"""Small makers for worlds and calls with a clock the test moves by hand."""

from __future__ import annotations

from switchboard.simulators.assembly import empty_world, new_world
from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.world import World, WorldSpec

NOON = 1_795_176_000.0  # 2026-11-20T12:00:00Z


def a_clock(speed: float = 1.0) -> SimClock:
    """Time stands still until `advance`."""
    return SimClock(speed, wall=lambda: NOON, stopwatch=lambda: 0.0)


def a_world(
    *, seed: int = 1, calls: int = 0, scenario: str = "default", days: float = 3.0
) -> World:
    spec = WorldSpec(seed=seed, scenario=scenario, calls=calls, days=days)
    return new_world(spec, clock=a_clock())


def nobody() -> World:
    return empty_world(WorldSpec(), clock=a_clock())
