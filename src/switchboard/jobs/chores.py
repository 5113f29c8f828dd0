"""Do small things again and again beside the runs, none of them able to disturb another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from switchboard.errors import SwitchboardError

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 3600.0  # Of a chore that keeps failing; a daily one stays daily.
DEFECT = "SB-000"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds, beginning now."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[object]]


Sleep = Callable[[float], Awaitable[object]]


async def keep_doing(chores: Sequence[Chore], *, sleep: Sleep = asyncio.sleep) -> None:
    """Do all of them side by side until cancelled, which interrupts whichever is at work."""
    async with asyncio.TaskGroup() as group:
        for chore in chores:
            group.create_task(_keep(chore, sleep), name=f"chore {chore.name}")


async def do_once(chores: Sequence[Chore]) -> dict[str, str]:
    """Do each once, one after the other; return the codes of those that failed."""
    failed = {}
    for chore in chores:
        error = await _attempt(chore)
        if error is not None:
            failed[chore.name] = error.code
    return failed


def pause_after(chore: Chore, failures: int, retry_after: float | None = None) -> float:
    """Return how long to wait: its interval, doubled with each failure in a row. Pure."""
    if not failures:
        return chore.every_seconds
    longest = max(LONGEST_PAUSE_SECONDS, chore.every_seconds)
    pause = min(chore.every_seconds * 2.0 ** min(failures - 1, 30), longest)
    return max(pause, retry_after or 0.0)


async def _keep(chore: Chore, sleep: Sleep) -> None:
    failures = 0
    while True:
        error = await _attempt(chore)
        failures = failures + 1 if error else 0
        await sleep(pause_after(chore, failures, error.retry_after if error else None))


async def _attempt(chore: Chore) -> SwitchboardError | None:
    try:
        await chore.work()
    except SwitchboardError as error:
        log.warning("chore_failed", chore=chore.name, code=error.code, error=error.message)
        return error
    except Exception as error:
        # A defect in one chore costs that chore alone.
        log.exception("chore_failed", chore=chore.name, code=DEFECT, error=type(error).__name__)
        return SwitchboardError(DEFECT, f"{chore.name}: {type(error).__name__}")
    return None
