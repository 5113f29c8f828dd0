"""A worker others know of: its leases live as long as its process, and not a moment longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from tests.component.conversing.chat_stage import ChatStage

from switchboard.bootstrap import ChatSession
from switchboard.cli import serve_chats
from switchboard.cli.serve_chats import Chats
from switchboard.config.chat_documents import DeskConfig
from switchboard.flows.chat_to_ticket.detector import detector
from switchboard.jobs.at_work import registered
from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.store.tables import lease, worker
from switchboard.vendors.transport import Transport

PERSON = "chat:acme:s1"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'work.db'}")
    yield database
    await database.aclose()


async def workers(db: Database) -> list[str]:
    return await db.run(lambda conn: list(conn.scalars(sa.select(worker.c.id))))


async def test_a_worker_is_known_while_it_works_and_gives_all_back(db: Database) -> None:
    """Its leases are renewed meanwhile, and whoever asked hears when."""
    renewed: list[float] = []
    async with registered(db, "w1", 0.3, renewed=renewed.append):
        assert await workers(db) == ["w1"]
        now = await db.now()
        await db.run(lambda conn: leases.acquire(conn, [PERSON], "w1", now + 0.3, now))
        async with asyncio.timeout(30):
            while len(renewed) < 3:  # noqa: ASYNC110 - nobody rings.
                await asyncio.sleep(0.02)
        until = await db.run(lambda conn: conn.execute(sa.select(lease.c.until)).scalar_one())
        assert until > now + 0.3
    assert await workers(db) == []
    assert await db.run(lambda conn: conn.scalar(sa.select(lease.c.worker))) == leases.FREE


async def test_the_dead_are_buried_when_somebody_comes(db: Database) -> None:
    """What a killed process held is free for the next one at once."""
    gone = leases.WorkerIdentity("gone", leases.host_identity(), 2**22 - 1, 1.0)
    now = await db.now()

    def die(conn: sa.Connection) -> None:
        leases.register(conn, gone, now)
        leases.acquire(conn, [PERSON], "gone", now + 3600, now)

    await db.run(die)
    async with registered(db, "w1", 30):
        assert await workers(db) == ["w1"]
        won = await db.run(lambda conn: leases.acquire(conn, [PERSON], "w1", now + 30, now))
        assert won == {PERSON: 2}


async def test_a_service_that_leads_chats_is_a_known_worker(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what its tools work, so that its death is noticed; gone when it ends in order."""
    stage = ChatStage(db, tmp_path)
    configuration = replace(stage.tools.configuration, desk=DeskConfig())

    @asynccontextmanager
    async def opened(*_: Any, **__: Any) -> AsyncIterator[ChatSession]:
        yield ChatSession(replace(stage.tools, worker="serving"), cast("Transport", None))

    monkeypatch.setattr(serve_chats, "open_chats", opened)
    monkeypatch.setattr(detector, "Detector", lambda _: stage.tools.classify)
    chats = Chats(lambda: configuration, db, wake=lambda _: None)
    async with chats.kept():
        tools = await chats.tools(patience=10)
        assert await workers(db) == [tools.worker] == ["serving"]
    assert await workers(db) == []
