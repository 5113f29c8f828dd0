"""Workers that die, freeze and come back at any moment carry out each effect exactly once.

Two workers follow the protocol on one store against a vendor in memory. A step is one transaction
or one request; hypothesis chooses who steps, who dies and how the time passes in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.store.makers import NOW, an_effect, an_interaction

from switchboard.store import journal, leases, ledger
from switchboard.store.database import Database
from switchboard.store.leases import LeaseLostError
from switchboard.store.tables import metadata

LEASE_SECONDS, REQUEST_SECONDS = 30.0, 20.0
CALLS = 6


class World:
    """The store, the time, and a vendor that remembers what it was asked to write."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = NOW
        self.written: Counter[str] = Counter()

    def worker(self, name: str) -> Iterator[None]:
        """Follow the protocol; every yield is a moment at which the process may die or freeze."""
        run = self.db.run_sync
        while True:
            due = run(partial(ledger.due, office=None, now=self.now, limit=3, worker=name))
            if not due:
                return
            yield
            take = partial(leases.acquire, persons={one.person for one in due}, worker_id=name)
            fences = run(partial(take, until=self.now + LEASE_SECONDS, now=self.now))
            yield
            held = run(partial(ledger.load, ids=[one.id for one in due]))
            mine = [o for o in held.values() if o.person in fences and o.fate == "waiting"]
            try:
                yield from self._reconcile(name, set(fences))
                yield from self._apply(name, mine, fences)
            except LeaseLostError:
                continue  # Somebody else has them now.
            run(partial(leases.release, persons=set(fences), worker_id=name))
            yield

    def _reconcile(self, name: str, persons: set[str]) -> Iterator[None]:
        run = self.db.run_sync
        for doubtful in run(partial(journal.in_doubt, persons=persons)):
            key = doubtful.key
            found = self.written[key]
            yield
            if found:
                run(partial(journal.settle, key=key, vendor_id=key, worker=name))
            else:
                run(partial(journal.release, keys=[key], worker=name))
            yield

    def _apply(
        self, name: str, mine: list[ledger.Interaction], fences: dict[str, int]
    ) -> Iterator[None]:
        run = self.db.run_sync
        effects = [
            an_effect(int(one.session), key=f"{one.id}:{kind}", person=one.person, sequence=place)
            for one in mine
            for place, kind in enumerate(("lead", "note"))
        ]
        rows = run(partial(journal.intend, effects=effects))
        yield
        open_ = [key for key, row in rows.items() if row.state == "intended"]
        marked_at = self.now
        mark = partial(journal.mark_sending, keys=open_, worker=name, now=self.now, fences=fences)
        for key in run(mark):
            yield
            if self.now - marked_at > REQUEST_SECONDS:
                return  # Too late to send under this lease; it stays in doubt.
            self.written[key] += 1
            yield
            run(partial(journal.settle, key=key, vendor_id=key, worker=name))
        yield
        for one in mine:
            effects = run(partial(journal.of_interactions, ids=[one.id]))[one.id]
            if all(each.state == "settled" for each in effects):
                done = partial(ledger.set_fate, interaction_id=one.id, fate="done")
                run(partial(done, reason="", why="written"))


def clear(conn: sa.Connection, *tables: str) -> None:
    for table in tables:
        conn.execute(metadata.tables[table].delete())


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["step"]), st.integers(0, 1), st.integers(1, 12)),
    st.tuples(st.sampled_from(["die"]), st.integers(0, 1), st.just(0)),
    st.tuples(st.sampled_from(["wait"]), st.just(0), st.sampled_from([1, 12, 25, 31, 70])),
)


@given(actions=st.lists(ACTIONS, max_size=25))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_effect_happens_once_whoever_dies_or_freezes(
    store: Database, actions: list[tuple[str, int, int]]
) -> None:
    """After any history and one undisturbed worker, the vendor has every write, and none twice."""
    store.run_sync(lambda c: clear(c, "interaction", "effect", "lease"))
    persons = [f"+{number % 4}" for number in range(CALLS)]
    calls = [an_interaction(n, person=person) for n, person in enumerate(persons)]
    store.run_sync(lambda c: ledger.upsert(c, calls))
    world = World(store)
    started = 2
    workers = [world.worker("w0"), world.worker("w1")]
    for action, index, amount in actions:
        if action == "wait":
            world.now += amount
        elif action == "die":
            workers[index] = world.worker(f"w{started}")
            started += 1
        else:
            for _ in range(amount):
                next(workers[index], None)
    world.now += LEASE_SECONDS + 1
    for _ in world.worker("last"):
        pass
    wanted = {f"{call.id}:{kind}" for call in calls for kind in ("lead", "note")}
    assert dict(world.written) == dict.fromkeys(wanted, 1)
    assert store.run_sync(lambda c: ledger.counts(c, [o.id for o in calls]))["done"] == CALLS


def test_the_model_notices_a_double_write(store: Database) -> None:
    """The test above can fail: without the journal's mark a dead worker's write is repeated."""
    world = World(store)
    store.run_sync(lambda c: ledger.upsert(c, [an_interaction(1)]))
    first = world.worker("w0")
    while not world.written:
        next(first)
    store.run_sync(lambda c: clear(c, "effect"))
    world.now += LEASE_SECONDS + 1
    for _ in world.worker("w1"):
        pass
    assert 2 in world.written.values()
