"""Offer again what is due and unclaimed: what makes it harmless that a queue forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import sqlalchemy as sa
import structlog

from switchboard.errors import TransientError
from switchboard.jobs.port import Offer, Runner
from switchboard.store import leases, ledger
from switchboard.store.database import Database, now
from switchboard.store.leases import WorkerIdentity

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
LIMIT = 1000  # Offers of one sweep; the rest is older news than the backlog's head.

Find = Callable[[sa.Connection, float], Sequence[Offer]]


def due_interactions(lane: str, worker: str, *, limit: int = LIMIT) -> Find:
    """Find each interaction that can be worked and that nobody holds."""

    def find(conn: sa.Connection, at: float) -> list[Offer]:
        rows = ledger.due(conn, office=None, now=at, limit=limit, worker=worker)
        return [Offer(lane=lane, reference=row.id) for row in rows]

    return find


def due_offices(lane: str, worker: str, *, limit: int = LIMIT) -> Find:
    """Find each office with such interactions: for handlers that take a batch at a time."""

    def find(conn: sa.Connection, at: float) -> list[Offer]:
        rows = ledger.due(conn, office=None, now=at, limit=limit, worker=worker)
        offices = dict.fromkeys(row.office for row in rows if row.office is not None)
        return [Offer(lane=lane, reference=office) for office in offices]

    return find


async def sweep(
    db: Database, runner: Runner, identity: WorkerIdentity, find: Sequence[Find]
) -> int:
    """Free what dead workers of this machine held, offer what is due; return how many offers."""

    def look(conn: sa.Connection) -> list[Offer]:
        buried = leases.bury_dead(conn, identity.host)
        if buried:
            log.info("dead_workers_buried", count=buried)
        at = now(conn)
        return [offer for one in find for offer in one(conn, at)]

    offers = await db.run(look)
    for offer in offers:
        await runner.offer(offer)
    return len(offers)


async def keep_sweeping(
    db: Database,
    runner: Runner,
    identity: WorkerIdentity,
    find: Sequence[Find],
    *,
    every: float = EVERY_SECONDS,
) -> None:
    """Sweep now and every *every* seconds, until cancelled."""
    while True:
        try:
            await sweep(db, runner, identity, find)
        except TransientError as error:
            log.warning("sweep_postponed", code=error.code, error=error.message)
        await asyncio.sleep(every)
