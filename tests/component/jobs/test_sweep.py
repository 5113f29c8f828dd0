"""Whatever a queue forgot is offered again, and nothing that somebody is working on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.component.store.makers import an_interaction

from switchboard.jobs.port import Offer, Runner
from switchboard.jobs.sweep import due_interactions, due_offices, keep_sweeping, sweep
from switchboard.store import leases, ledger
from switchboard.store.database import Database
from switchboard.store.leases import WorkerIdentity

ME = leases.worker_identity()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Database]:
    db = Database.open(database_url)
    yield db
    await db.aclose()


class Seen:
    def __init__(self) -> None:
        self.references: list[str] = []
        self.two = asyncio.Event()

    async def __call__(self, offer: Offer) -> None:
        self.references.append(offer.reference)
        if len(set(self.references)) == 2:
            self.two.set()


async def fill(store: Database) -> float:
    at = await store.now()
    rows = [
        an_interaction(1, due_at=at - 1),
        an_interaction(2, due_at=at - 1, office="denver"),
        an_interaction(3, due_at=at + 600),
        an_interaction(4, due_at=at - 1, fate="done"),
    ]
    await store.run(lambda c: ledger.upsert(c, rows))
    return at


async def test_due_interactions_are_offered_once_each(store: Database, runner: Runner) -> None:
    seen = Seen()
    runner.lane("calls", seen)
    await fill(store)
    assert await sweep(store, runner, ME, [due_interactions("calls", ME.id)]) == 2
    await runner.drain()
    assert seen.references == ["call:700:1", "call:700:2"]


async def test_offices_with_work_are_offered_for_batches(store: Database, runner: Runner) -> None:
    seen = Seen()
    runner.lane("offices", seen)
    await fill(store)
    await sweep(store, runner, ME, [due_offices("offices", ME.id)])
    await runner.drain()
    assert seen.references == ["philadelphia", "denver"]


async def test_what_another_worker_holds_is_not_offered_until_that_worker_is_gone(
    store: Database, runner: Runner
) -> None:
    seen = Seen()
    runner.lane("calls", seen)
    at = await fill(store)
    persons = [an_interaction(n).person for n in (1, 2)]
    dead = WorkerIdentity("dead", ME.host, ME.pid, ME.started_at - 900)
    await store.run(lambda c: leases.acquire(c, persons[:1], "alive elsewhere", at + 60, at))
    await store.run(lambda c: leases.acquire(c, persons[1:], dead.id, at + 60, at))
    find = [due_interactions("calls", ME.id)]
    assert await sweep(store, runner, ME, find) == 0
    await store.run(lambda c: leases.register(c, dead, at))
    assert await sweep(store, runner, ME, find) == 1
    await runner.drain()
    assert seen.references == ["call:700:2"]


async def test_sweeping_goes_on_until_it_is_cancelled(store: Database, runner: Runner) -> None:
    seen = Seen()
    runner.lane("calls", seen)
    find = [due_interactions("calls", ME.id)]
    sweeping = asyncio.create_task(keep_sweeping(store, runner, ME, find, every=0.01))
    await asyncio.sleep(0.05)
    await fill(store)
    await asyncio.wait_for(seen.two.wait(), timeout=10)
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping
