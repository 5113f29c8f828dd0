"""One worker at a time writes about one person, and the dead do not hold anybody up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial

import psutil
import pytest
from tests.component.store.makers import NOW

from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.store.leases import LeaseLostError, WorkerIdentity


def a_process_that_is_gone() -> tuple[int, float]:
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    started = psutil.Process(gone.pid).create_time()
    gone.wait()
    return gone.pid, started


async def test_a_person_is_leased_to_one_worker_until_the_lease_runs_out(db: Database) -> None:
    assert await db.run(lambda c: leases.acquire(c, ["a", "b"], "one", NOW + 30, NOW)) == {
        "a": 1,
        "b": 1,
    }
    assert await db.run(lambda c: leases.acquire(c, ["b", "c"], "two", NOW + 40, NOW + 10)) == {
        "c": 1
    }
    assert await db.run(lambda c: leases.acquire(c, ["b"], "two", NOW + 60, NOW + 30)) == {"b": 2}
    assert await db.run(lambda c: leases.acquire(c, ["b"], "one", NOW + 70, NOW + 40)) == {}


async def test_taking_again_what_one_has_renews_it_under_the_same_fence(db: Database) -> None:
    await db.run(lambda c: leases.acquire(c, ["a"], "one", NOW + 30, NOW))
    again = await db.run(lambda c: leases.acquire(c, ["a", "a"], "one", NOW + 60, NOW + 29))
    assert again == {"a": 1}
    assert await db.run(lambda c: leases.acquire(c, ["a"], "two", NOW + 90, NOW + 59)) == {}


async def test_renewing_tells_what_was_lost(db: Database) -> None:
    await db.run(lambda c: leases.acquire(c, ["a", "b"], "one", NOW + 30, NOW))
    await db.run(lambda c: leases.acquire(c, ["a"], "two", NOW + 70, NOW + 40))
    assert await db.run(lambda c: leases.renew(c, "one", NOW + 80, NOW + 50)) == {"b"}
    assert await db.run(lambda c: leases.acquire(c, ["b"], "two", NOW + 99, NOW + 79)) == {}


async def test_a_given_back_person_is_free_at_once_and_the_fence_goes_on(db: Database) -> None:
    await db.run(lambda c: leases.acquire(c, ["a", "b"], "one", NOW + 30, NOW))
    await db.run(lambda c: leases.release(c, ["a", "b"], "somebody else"))
    await db.run(lambda c: leases.release(c, ["a"], "one"))
    assert await db.run(lambda c: leases.acquire(c, ["a", "b"], "two", NOW + 30, NOW)) == {"a": 2}


async def test_checking_a_lease_one_lost_raises(db: Database) -> None:
    await db.run(lambda c: leases.acquire(c, ["a"], "one", NOW + 30, NOW))
    await db.run(lambda c: leases.check(c, "a", "one"))
    await db.run(lambda c: leases.check(c, "a", "one", 1))
    for worker, fence in (("one", 2), ("two", None)):
        with pytest.raises(LeaseLostError):
            await db.run(partial(leases.check, person="a", worker_id=worker, fence=fence))


async def test_many_persons_are_leased_in_one_go(db: Database) -> None:
    persons = [f"+1215{number:07d}" for number in range(2500)]
    won = await db.run(lambda c: leases.acquire(c, persons, "one", NOW + 30, NOW))
    assert set(won) == set(persons)
    assert len(await db.run(lambda c: leases.renew(c, "one", NOW + 60, NOW))) == 2500


async def test_the_leases_of_a_process_that_is_gone_are_freed(db: Database) -> None:
    """A killed process on this machine; one elsewhere cannot be judged from here."""
    me = leases.worker_identity()
    pid, started = a_process_that_is_gone()
    dead = WorkerIdentity("dead", me.host, pid, started)
    reused = WorkerIdentity("reused pid", me.host, me.pid, me.started_at - 500)
    away = WorkerIdentity("away", "another host", pid, started)
    for who in (me, dead, reused, away):
        await db.run(partial(leases.register, identity=who, now=NOW))
        take = partial(leases.acquire, persons=[who.id], worker_id=who.id)
        await db.run(partial(take, until=NOW + 30, now=NOW))
    assert await db.run(lambda c: leases.bury_dead(c, me.host)) == 2
    assert await db.run(lambda c: leases.bury_dead(c, me.host)) == 0
    all_ids = [who.id for who in (me, dead, reused, away)]
    taken = await db.run(lambda c: leases.acquire(c, all_ids, "heir", NOW + 30, NOW))
    assert taken == {"dead": 2, "reused pid": 2}


async def test_an_orderly_end_gives_everything_back(db: Database) -> None:
    me = leases.worker_identity()
    await db.run(lambda c: leases.register(c, me, NOW))
    await db.run(lambda c: leases.acquire(c, ["a", "b"], me.id, NOW + 30, NOW))
    await db.run(lambda c: leases.unregister(c, me.id))
    assert len(await db.run(lambda c: leases.acquire(c, ["a", "b"], "next", NOW + 30, NOW))) == 2
    assert await db.run(lambda c: leases.bury_dead(c, me.host, lambda *_: False)) == 0


async def test_workers_silent_for_a_day_are_forgotten(db: Database) -> None:
    old = WorkerIdentity("old", "host", 1, NOW)
    await db.run(lambda c: leases.register(c, old, NOW))
    await db.run(lambda c: leases.register(c, WorkerIdentity("new", "host", 1, NOW), NOW + 90_000))
    assert await db.run(lambda c: leases.bury_dead(c, "host", lambda *_: False)) == 1


def test_two_workers_of_one_process_are_told_apart_but_share_its_life() -> None:
    one, two = leases.worker_identity(), leases.worker_identity()
    assert one.id != two.id
    assert (one.host, one.pid, one.started_at) == (two.host, two.pid, two.started_at)
    assert one.pid == os.getpid()
    assert leases.process_is_alive(one.pid, one.started_at)
    assert not leases.process_is_alive(one.pid, one.started_at - 3600)


def test_a_killed_process_its_parent_has_not_noticed_counts_as_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    started = psutil.Process(child.pid).create_time()
    assert leases.process_is_alive(child.pid, started)
    child.kill()
    until = time.monotonic() + 10
    while leases.process_is_alive(child.pid, started) and time.monotonic() < until:
        time.sleep(0.01)
    assert not leases.process_is_alive(child.pid, started)
    child.wait()
