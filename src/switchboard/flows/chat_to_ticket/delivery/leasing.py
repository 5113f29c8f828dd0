"""Hold the lease on one matter's person while its tickets are worked on, alone in this process.

Whether an open ticket is extended or a new one raised is decided under the lease on the address as
well: two chats of one person would else find nothing open, both, and raise two tickets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
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
    beside: tuple[Hold, ...] = ()  # Leases the next write needs as well.

    def guard(self) -> None:
        """Raise TransientError if another worker may have taken the matter over."""
        for each in (self, *self.beside):
            if each.lost or time.monotonic() - each.renewed_at > each.seconds:
                raise TransientError("DB-005", "The lease on this matter ran out before a request.")

    def check(self, conn: sa.Connection, worker: str) -> None:
        """Raise LeaseLostError if a lease beside is another's by now; keep it ours till commit."""
        for each in self.beside:
            leases.check(conn, each.person, worker, each.fence)


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
            give_back = leases.drop if person.startswith(leases.ADDRESS) else leases.release
            with suppress(SwitchboardError):
                await tools.db.run(lambda conn: give_back(conn, [person], tools.worker))


@asynccontextmanager
async def held_beside(tools: ChatTools, hold: Hold, names: Iterable[str]) -> AsyncIterator[bool]:
    """Have *hold* stand for these leases as well; False when another worker has one of them."""
    async with AsyncExitStack() as stack:
        # In a fixed order, and whoever waits here holds a person: nobody waits in a ring.
        won = [await stack.enter_async_context(held(tools, each)) for each in sorted(set(names))]
        hold.beside = tuple(each for each in won if each is not None)
        try:
            yield len(hold.beside) == len(won)
        finally:
            hold.beside = ()


def address_leases(tools: ChatTools, email: str) -> list[str]:
    """Name the leases on an address: one for each key of the vault, that all processes meet."""
    hashes = tools.sealer.hashes("email", email.strip().lower())
    return [f"{leases.ADDRESS}{each}" for each in hashes]


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
