"""Two workers share one rotation and keep everybody's share, on both databases."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from contextlib import closing
from random import Random

import sqlalchemy as sa

from switchboard.flows.call_to_lead.turns import next_turn
from switchboard.store import rotation
from switchboard.store.database import Database
from switchboard.store.engine import create_engine

WEIGHTS = {"sarah": 2.0, "david": 1.5, "ruth": 0.7, "marc": 0.1}
PROCESS = """
import asyncio, sys
from functools import partial
from tests.component.store.test_shared_turns import turn
from switchboard.store.database import Database

async def work():
    db = Database.open(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        await db.run(partial(turn, office="denver"))
    await db.aclose()

asyncio.run(work())
"""


def turn(conn: sa.Connection, office: str) -> str:
    """Give one lead away, as a batch does: read, choose and save in one transaction."""
    chosen, after = next_turn(WEIGHTS, rotation.load(conn, office).get(office, {}))
    rotation.save(conn, office, after, assigned=[chosen])
    return chosen


def assert_shares(counts: dict[str, int], leads: int) -> None:
    assert sum(counts.values()) == leads
    for owner, weight in WEIGHTS.items():
        assert abs(counts.get(owner, 0) - leads * weight / sum(WEIGHTS.values())) < 1


async def test_threads_of_two_workers_alternate_and_the_shares_hold(database_url: str) -> None:
    """Which worker is next is up to chance; now and then one is restarted."""
    random, counts = Random(7), Counter[str]()
    workers = [Database.open(database_url), Database.open(database_url)]
    for _ in range(30):
        given = await asyncio.gather(
            *(random.choice(workers).run(lambda conn: turn(conn, "denver")) for _ in range(5))
        )
        counts.update(given)
        assert_shares(counts, counts.total())
        if random.random() < 0.2:
            await workers[0].aclose()
            workers[0] = Database.open(database_url)
    for worker in workers:
        await worker.aclose()


async def test_two_processes_share_one_rotation(database_url: str) -> None:
    async with asyncio.timeout(60):
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROCESS, database_url, "60", stderr=subprocess.PIPE
            )
            for _ in range(2)
        ]
        results = await asyncio.gather(*(each.communicate() for each in processes))
    assert [each.returncode for each in processes] == [0, 0], results
    with closing(Database.open(database_url)) as db:
        assert_shares(db.run_sync(lambda conn: rotation.assigned(conn, "denver")), 120)


def test_a_turn_that_is_not_committed_was_not_taken(database_url: str) -> None:
    """A worker dies between its choice and its commit: the next one gets the same turn."""
    with closing(Database.open(database_url)) as db:
        first = db.run_sync(lambda conn: turn(conn, "denver"))
        engine = create_engine(database_url)
        with engine.connect() as conn:
            lost = turn(conn, "denver")
            conn.rollback()
        engine.dispose()
        assert db.run_sync(lambda conn: turn(conn, "denver")) == lost != first
