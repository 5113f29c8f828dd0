"""Be a worker: register, keep the leases alive, bury workers of this machine that died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa

from switchboard.errors import SwitchboardError, TransientError
from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.store.database import now as store_now

BEAT_SECONDS = 60.0  # However long leases last: runs.SILENT_SECONDS are a few of these.


def nobody(_moment: float) -> None:
    """Tell nobody that the leases were renewed."""


@asynccontextmanager
async def registered(
    db: Database, worker: str, lease_seconds: float, *, renewed: Callable[[float], None] = nobody
) -> AsyncIterator[None]:
    """Have *worker* known while it works, so that others take over at once when its process dies.

    *renewed* hears the moment (of time.monotonic) from which the leases are good again.
    """
    identity = leases.worker_identity()

    def enter(conn: sa.Connection) -> None:
        leases.bury_dead(conn, identity.host)
        leases.register(
            conn,
            leases.WorkerIdentity(worker, identity.host, identity.pid, identity.started_at),
            store_now(conn),
        )

    began = time.monotonic()
    await db.run(enter)
    renewed(began)
    beat = asyncio.create_task(_beat(db, worker, lease_seconds, renewed))
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        with suppress(SwitchboardError):
            await db.run(lambda conn: leases.unregister(conn, worker))


async def _beat(
    db: Database, worker: str, lease_seconds: float, renewed: Callable[[float], None]
) -> None:
    host = leases.host_identity()
    while True:
        await asyncio.sleep(min(lease_seconds / 3, BEAT_SECONDS))
        began = time.monotonic()

        def renew(conn: sa.Connection) -> None:
            now = store_now(conn)
            leases.renew(conn, worker, now + lease_seconds, now)
            leases.bury_dead(conn, host)  # A neighbour may die while we wait for its leases.

        with suppress(TransientError):
            await db.run(renew)
            renewed(began)
