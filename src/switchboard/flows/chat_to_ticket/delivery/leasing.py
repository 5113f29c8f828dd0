"""Hold the lease on one matter's person while its tickets are worked on, alone in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

import sqlalchemy as sa

from switchboard.errors import SwitchboardError, TransientError
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import leases
from switchboard.store.database import now as store_now

# A lease is a worker's, and a process is one worker: its own tasks wait for each other here.
_turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()


@dataclass(slots=True)
class Hold:
    """A lease and the fence it was won under; renewed until the work ends."""

    person: str
    fence: int
    seconds: float
    renewed_at: float
    lost: bool = False

    def guard(self) -> None:
        """Raise TransientError if another worker may have taken the matter over."""
        if self.lost or time.monotonic() - self.renewed_at > self.seconds:
            raise TransientError("DB-005", "The lease on this matter ran out before a request.")


@asynccontextmanager
async def held(tools: ChatTools, person: str) -> AsyncIterator[Hold | None]:
    """Take the lease on *person*; None when another worker has it."""
    turn = _turns.setdefault((tools.worker, person), asyncio.Lock())
    async with turn:
        hold = await _take(tools, person)
        if hold is None:
            yield None
            return
        beat = asyncio.create_task(_beat(tools, hold))
        try:
            yield hold
        finally:
            beat.cancel()
            with suppress(asyncio.CancelledError):
                await beat
            with suppress(SwitchboardError):
                await tools.db.run(lambda conn: leases.release(conn, [person], tools.worker))


async def _take(tools: ChatTools, person: str) -> Hold | None:
    seconds = tools.configuration.settings.journal.lease_seconds
    host = leases.host_identity()

    def take(conn: sa.Connection) -> int | None:
        leases.bury_dead(conn, host)
        now = store_now(conn)
        return leases.acquire(conn, [person], tools.worker, now + seconds, now).get(person)

    began = time.monotonic()
    fence = await tools.db.run(take)
    return None if fence is None else Hold(person, fence, seconds, began)


async def _beat(tools: ChatTools, hold: Hold) -> None:
    while not hold.lost:
        await asyncio.sleep(hold.seconds / 3)
        began = time.monotonic()

        def renew(conn: sa.Connection) -> int | None:
            now = store_now(conn)
            won = leases.acquire(conn, [hold.person], tools.worker, now + hold.seconds, now)
            return won.get(hold.person)

        with suppress(TransientError):
            hold.lost = await tools.db.run(renew) != hold.fence
            hold.renewed_at = began
