"""Whoever looks at the store keeps nobody waiting who writes, and can change nothing."""

from __future__ import annotations

import asyncio
import threading

import pytest
import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import runs
from switchboard.store.database import Database
from switchboard.store.tables import run


def _count(conn: sa.Connection) -> int:
    return int(conn.scalar(sa.select(sa.func.count()).select_from(run)) or 0)


def _another(conn: sa.Connection) -> None:
    runs.start(conn, runs.Run(id=f"r{_count(conn)}", kind="calls", started_at=1.0))


async def test_what_was_written_before_is_seen(db: Database) -> None:
    for expected in range(1, 4):
        await db.run(_another)
        assert await db.read(_count) == expected


async def test_a_long_look_keeps_no_writer_waiting(db: Database) -> None:
    """And it sees one state of the store, whatever is written meanwhile."""
    begun, go_on = threading.Event(), threading.Event()

    def look(conn: sa.Connection) -> tuple[int, int]:
        before = _count(conn)
        begun.set()
        assert go_on.wait(20)
        return before, _count(conn)

    looking = asyncio.create_task(db.read(look))
    await asyncio.to_thread(begun.wait, 20)
    async with asyncio.timeout(20):
        await db.run(_another)  # Would wait for the look, were they one thread or one lock.
    go_on.set()
    assert await looking == (0, 0)
    assert await db.read(_count) == 1


async def test_a_look_changes_nothing(db: Database) -> None:
    with pytest.raises((sa.exc.DBAPIError, OperatorError)):
        await db.read(_another)
    assert await db.run(_count) == 0
    await db.run(_another)  # The reader's failure is no trouble of anybody else.
    assert await db.read(_count) == 1


async def test_a_look_that_fails_tells_why_and_the_next_one_works(db: Database) -> None:
    def fail(_conn: sa.Connection) -> int:
        raise ValueError("this")

    with pytest.raises(ValueError, match="this"):
        await db.read(fail)
    assert await db.read(_count) == 0


async def test_many_look_at_once(db: Database) -> None:
    await db.run(_another)
    assert await asyncio.gather(*(db.read(_count) for _ in range(30))) == [1] * 30


async def test_nobody_looks_at_a_closed_store(db: Database) -> None:
    await db.read(_count)
    await db.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await db.read(_count)
