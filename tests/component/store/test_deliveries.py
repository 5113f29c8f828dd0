"""A delivery that comes twice, to two processes, or to one that dies, is answered once."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW
from tests.component.store.sealers import a_key, a_sealer

from switchboard.store import deliveries
from switchboard.store.database import Database
from switchboard.store.deliveries import Claim
from switchboard.store.tables import delivery

# Claims deliveries one after the other, answers each with its own name, and counts.
WORKER = """
import sys
from functools import partial
from tests.component.store.sealers import a_sealer
from switchboard.store import deliveries
from switchboard.store.database import Database, now
url, key, name, count = sys.argv[1:]
db, sealer = Database.open(url), a_sealer(key)
holder, mine = deliveries.holder_name(name), 0
def work(conn, one):
    got = deliveries.claim(conn, sealer, one, holder, now=now(conn), seconds=60)
    if got.verdict == "yours":
        deliveries.answer(conn, sealer, one, holder, name, now=now(conn))
    return got.verdict
for number in range(int(count)):
    mine += db.run_sync(partial(work, one=f"d{number}")) == "yours"
db.close()
print(mine)
"""
DYING = """
import os, sys
from tests.component.store.sealers import a_sealer
from switchboard.store import deliveries
from switchboard.store.database import Database, now
url, key = sys.argv[1:]
db, sealer = Database.open(url), a_sealer(key)
holder = deliveries.holder_name("web")
db.run_sync(lambda c: deliveries.claim(c, sealer, "d", holder, now=now(c), seconds=600))
os._exit(9)
"""


async def test_a_repeated_delivery_gets_the_same_answer(db: Database) -> None:
    sealer = a_sealer()
    claim = partial(deliveries.claim, sealer=sealer, key="d", holder="a", now=NOW, seconds=5)
    assert await db.run(claim) == Claim("yours")
    kept = await db.run(
        lambda c: deliveries.answer(c, sealer, "d", "a", '{"replies": ["Hi"]}', now=NOW)
    )
    assert kept
    for _ in range(2):
        assert await db.run(claim) == Claim("answered", '{"replies": ["Hi"]}')
    stored = await db.run(lambda c: c.execute(sa.select(delivery)).one())
    assert "Hi" not in str(tuple(stored))
    assert stored.attempts == 1


async def test_who_comes_while_it_is_worked_is_told_to_wait(db: Database) -> None:
    sealer = a_sealer()
    claim = partial(deliveries.claim, sealer=sealer, key="d", now=NOW, seconds=5)
    await db.run(partial(claim, holder="a"))
    told = await db.run(partial(claim, holder="b"))
    assert told.verdict == "busy"
    assert 0 < told.retry_after <= 5
    assert (await db.run(partial(claim, holder="a"))).verdict == "yours"


async def test_who_is_too_slow_loses_the_delivery_and_its_answer(db: Database) -> None:
    """Two answers to one message never exist."""
    sealer = a_sealer()
    claim = partial(deliveries.claim, sealer=sealer, key="d", seconds=5)
    answer = partial(deliveries.answer, sealer=sealer, key="d", now=NOW)
    await db.run(partial(claim, holder="slow", now=NOW))
    assert (await db.run(partial(claim, holder="fast", now=NOW + 5))).verdict == "yours"
    assert not await db.run(partial(answer, holder="slow", text="old"))
    assert await db.run(partial(answer, holder="fast", text="new"))
    assert not await db.run(partial(answer, holder="fast", text="again"))
    assert (await db.run(partial(claim, holder="slow", now=NOW))).answer == "new"


async def test_a_delivery_given_up_is_free_at_once(db: Database) -> None:
    sealer = a_sealer()
    claim = partial(deliveries.claim, sealer=sealer, key="d", now=NOW, seconds=60)
    await db.run(partial(claim, holder="a"))
    await db.run(lambda c: deliveries.give_up(c, "d", "b"))
    assert (await db.run(partial(claim, holder="b"))).verdict == "busy"
    await db.run(lambda c: deliveries.give_up(c, "d", "a"))
    assert (await db.run(partial(claim, holder="b"))).verdict == "yours"


async def test_old_deliveries_are_forgotten(db: Database) -> None:
    sealer = a_sealer()
    for key, at in (("old", NOW - 100), ("new", NOW)):
        await db.run(
            partial(deliveries.claim, sealer=sealer, key=key, holder="a", now=at, seconds=1)
        )
    assert await db.run(lambda c: deliveries.purge(c, NOW - 50)) == 1
    assert await db.run(lambda c: list(c.scalars(sa.select(delivery.c.key)))) == ["new"]


def test_what_a_killed_process_left_is_taken_over_at_once(database_url: str) -> None:
    """A visitor does not wait for the lease of a process that has died."""
    key = a_key()
    db = Database.open(database_url)
    died = subprocess.run([sys.executable, "-c", DYING, database_url, key], check=False)
    assert died.returncode == 9
    got = db.run_sync(
        lambda c: deliveries.claim(
            c, a_sealer(key), "d", deliveries.holder_name("web"), now=NOW - 10**9, seconds=60
        )
    )
    db.close()
    assert got.verdict == "yours"


@pytest.mark.slow
def test_of_two_processes_each_delivery_is_worked_by_one(database_url: str) -> None:
    Database.open(database_url).close()
    key, count = a_key(), 60
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, database_url, key, name, str(count)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    outputs = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(outputs) == count
