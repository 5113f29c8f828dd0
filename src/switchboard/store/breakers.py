"""Keep the circuit breakers' state where a restart and every other worker see it.

purgatory decides when a breaker opens and closes; this is the repository it asks. Two things are
ours: failures are counted in the database, so that five workers with one failure each open the
breaker, and a breaker whose rest is over lets exactly one probe through: whoever claims it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from purgatory.domain.model import CLOSED, HALF_OPENED, OPENED, Context
from purgatory.service._async.repository import AsyncAbstractRepository
from purgatory.service._async.unit_of_work import AsyncAbstractUnitOfWork

from switchboard.store.database import insert
from switchboard.store.tables import breaker

T = TypeVar("T")


class Store(Protocol):
    """The part of `Database` used here."""

    def run(self, fn: Callable[[sa.Connection], T], *, durable: bool = True) -> Awaitable[T]: ...


def find(conn: sa.Connection, vendor: str, now: float) -> dict[str, Any] | None:
    """Return the breaker's row; claim the probe if it is open and its rest is over.

    The claim moves `opened_at` forward, so that everybody else finds it open for another rest.
    """
    row = conn.execute(sa.select(breaker).where(breaker.c.vendor == vendor)).first()
    if row is None:
        return None
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a mapping.
    if row.state == OPENED and now > float(row.opened_at or 0.0) + float(row.ttl or 0.0):
        claimed = conn.execute(
            sa.update(breaker)
            .where(
                breaker.c.vendor == vendor,
                breaker.c.state == OPENED,
                breaker.c.opened_at == row.opened_at,
            )
            .values(opened_at=now)
        )
        if claimed.rowcount != 1:
            found["opened_at"] = now
    return found


def register(conn: sa.Connection, vendor: str, ttl: float) -> None:
    """Add a closed breaker unless there is one."""
    conn.execute(
        insert(conn, breaker)
        .values(vendor=vendor, state=CLOSED, failures=0, ttl=ttl)
        .on_conflict_do_nothing(index_elements=[breaker.c.vendor])
    )


def change(conn: sa.Connection, vendor: str, state: str, opened_at: float | None) -> None:
    """Store a new state; a closed breaker starts counting at zero."""
    values: dict[str, Any] = {"state": state, "opened_at": opened_at}
    if state == CLOSED:
        values["failures"] = 0
    conn.execute(sa.update(breaker).where(breaker.c.vendor == vendor).values(**values))


def close(conn: sa.Connection, vendor: str) -> None:
    """Let everybody ask a vendor again at once, where it was left alone."""
    change(conn, vendor, CLOSED, None)


def count_failure(conn: sa.Connection, vendor: str, threshold: int, now: float) -> int:
    """Add one failure; open the breaker when all workers together reach *threshold*."""
    conn.execute(
        sa.update(breaker).where(breaker.c.vendor == vendor).values(failures=breaker.c.failures + 1)
    )
    conn.execute(
        sa.update(breaker)
        .where(
            breaker.c.vendor == vendor,
            breaker.c.state == CLOSED,
            breaker.c.failures >= threshold,
        )
        .values(state=OPENED, opened_at=now)
    )
    return int(conn.scalar(sa.select(breaker.c.failures).where(breaker.c.vendor == vendor)) or 0)


def clear_failures(conn: sa.Connection, vendor: str) -> None:
    """Forget the failures counted so far."""
    conn.execute(sa.update(breaker).where(breaker.c.vendor == vendor).values(failures=0))


def states(conn: sa.Connection) -> dict[str, str]:
    """Return each vendor's state, for people."""
    return {row.vendor: row.state for row in conn.execute(sa.select(breaker))}


class StoredBreakers(AsyncAbstractRepository):  # type: ignore[misc, unused-ignore]
    """purgatory's repository over the table `breaker`."""

    def __init__(
        self,
        store: Store,
        threshold: int,
        ttl: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._threshold, self._ttl, self._clock = store, threshold, ttl, clock
        self.messages = []

    async def get(self, name: str) -> Context | None:
        now = self._clock()
        row = await self._store.run(lambda conn: find(conn, name, now), durable=False)
        if row is None:
            return None
        return Context(
            name,
            self._threshold,
            self._ttl,
            state=row["state"],
            failure_count=row["failures"],
            opened_at=row["opened_at"],
        )

    async def register(self, context: Context) -> None:
        name, ttl = context.name, context.ttl
        await self._store.run(lambda conn: register(conn, name, ttl), durable=False)

    async def update_state(self, name: str, state: str, opened_at: float | None) -> None:
        if state == HALF_OPENED:
            return  # The claimed probe is that state; stored, it would let everybody through.
        await self._store.run(lambda conn: change(conn, name, state, opened_at), durable=False)

    async def inc_failures(self, name: str, failure_count: int) -> None:  # noqa: ARG002
        threshold, now = self._threshold, self._clock()
        await self._store.run(lambda conn: count_failure(conn, name, threshold, now), durable=False)

    async def reset_failure(self, name: str) -> None:
        await self._store.run(lambda conn: clear_failures(conn, name), durable=False)


class StoredUnitOfWork(AsyncAbstractUnitOfWork):  # type: ignore[misc, unused-ignore]
    """purgatory's unit of work; each call of the repository is a transaction of its own."""

    def __init__(self, breakers: StoredBreakers) -> None:
        self.contexts = breakers

    async def commit(self) -> None:
        """Nothing is left to commit."""

    async def rollback(self) -> None:
        """Nothing can be taken back."""
