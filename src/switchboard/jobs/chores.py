"""Do small things again and again beside the runs, none of them able to disturb another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from switchboard.errors import SwitchboardError

log = structlog.get_logger(__name__)

LONGEST_PAUSE_SECONDS = 3600.0  # Of a chore that keeps failing; a daily one stays daily.
DEFECT = "SB-000"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds, beginning now, and whenever *wake* is set."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[object]]
    wake: asyncio.Event | None = None


@dataclass(slots=True)
class Entry:
    """How a chore goes."""

    at_work: bool = False
    due_at: float = 0.0  # When it is to be done next; 0 before the first time.
    succeeded_at: float | None = None
    failures: int = 0  # In a row.
    code: str | None = None  # Of the last failure, None after a success.


@dataclass(slots=True)
class Diary:
    """How each chore of this process goes, for whoever asks."""

    entries: dict[str, Entry] = field(default_factory=dict)
    clock: Callable[[], float] = time.time

    def of(self, chore: Chore) -> Entry:
        return self.entries.setdefault(chore.name, Entry())

    def overdue(self, tolerance_seconds: float) -> list[str]:
        """Return the chores that should have been begun again long ago."""
        latest = self.clock() - tolerance_seconds
        return [
            name
            for name, entry in self.entries.items()
            if not entry.at_work and entry.due_at and entry.due_at < latest
        ]


Sleep = Callable[[float], Awaitable[object]]


async def keep_doing(
    chores: Sequence[Chore], *, sleep: Sleep = asyncio.sleep, diary: Diary | None = None
) -> None:
    """Do all of them side by side until cancelled, which interrupts whichever is at work."""
    diary = diary or Diary()
    async with asyncio.TaskGroup() as group:
        for chore in chores:
            group.create_task(_keep(chore, sleep, diary), name=f"chore {chore.name}")


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


async def _keep(chore: Chore, sleep: Sleep, diary: Diary) -> None:
    entry = diary.of(chore)
    while True:
        if chore.wake is not None:
            chore.wake.clear()  # Before the work: what is called during it is done afterwards.
        entry.at_work = True
        error = await _attempt(chore)
        entry.at_work = False
        entry.code = error.code if error else None
        entry.failures = entry.failures + 1 if error else 0
        if error is None:
            entry.succeeded_at = diary.clock()
        pause = pause_after(chore, entry.failures, error.retry_after if error else None)
        entry.due_at = diary.clock() + pause
        await _rest(chore.wake, pause, sleep)


async def _rest(wake: asyncio.Event | None, seconds: float, sleep: Sleep) -> None:
    """Pause until the time is over or somebody calls."""
    if wake is None:
        await sleep(seconds)
        return
    waits = [asyncio.ensure_future(sleep(seconds)), asyncio.ensure_future(wake.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()


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
