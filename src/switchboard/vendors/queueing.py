"""Let the most urgent request of this process ask for the next slot, and only that one."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from enum import IntEnum

Sleep = Callable[[float], Awaitable[object]]


class Urgency(IntEnum):
    """Smaller goes first."""

    TOKEN = 0
    WRITE = 10
    READ = 20
    MEDIA = 200  # Behind everything else, work on the past included.


_LATER = 100
_backfill: ContextVar[bool] = ContextVar("backfill", default=False)


@contextlib.contextmanager
def backfill() -> Iterator[None]:
    """Let everything sent inside go behind live work."""
    mark = _backfill.set(True)
    try:
        yield
    finally:
        _backfill.reset(mark)


def rank(priority: int) -> int:
    """Return the place of *priority*, behind all live work when inside `backfill()`."""
    return priority + (_LATER if _backfill.get() else 0)


class _Ticket:
    def __init__(self, place: tuple[int, int]) -> None:
        self.place = place
        self.first = asyncio.Event()
        self.overtaken = asyncio.Event()


class Line:
    """Those who wait for one bucket."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._numbers = itertools.count()
        self._waiting: list[_Ticket] = []

    async def pass_through(self, priority: int, ask: Callable[[], Awaitable[float]]) -> None:
        """Call *ask*, when it is our turn, until it says 0; otherwise it says how long to wait."""
        ticket = _Ticket((priority, next(self._numbers)))
        self._waiting.append(ticket)
        self._call_first()
        try:
            while True:
                await ticket.first.wait()
                wait = await ask()
                if wait <= 0:
                    return
                await self._rest(ticket, wait)
        finally:
            self._waiting.remove(ticket)
            self._call_first()

    async def _rest(self, ticket: _Ticket, wait: float) -> None:
        """Sleep, unless somebody more urgent arrives."""
        if not ticket.first.is_set():
            return
        sleeping = asyncio.ensure_future(self._sleep(wait))
        overtaken = asyncio.ensure_future(ticket.overtaken.wait())
        try:
            await asyncio.wait({sleeping, overtaken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, overtaken):
                task.cancel()
            await asyncio.gather(sleeping, overtaken, return_exceptions=True)

    def _call_first(self) -> None:
        head = min(self._waiting, key=lambda ticket: ticket.place, default=None)
        for ticket in self._waiting:
            if ticket is head:
                ticket.overtaken.clear()
                ticket.first.set()
            elif ticket.first.is_set():
                ticket.first.clear()
                ticket.overtaken.set()
