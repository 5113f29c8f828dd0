"""Call-backs in the store, on both databases: one per person, in any order, from any process."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW

from switchboard.store import callbacks, journal, leases
from switchboard.store.callback_order import Callback, Reach
from switchboard.store.database import Database, now
from switchboard.store.journal import Effect

PERSON = "+12155550100"
Event = tuple[str, str, float]


def tell(conn: sa.Connection, event: Event, person: str = PERSON) -> None:
    kind, name, at = event
    if kind == "missed":
        callbacks.owe(conn, interaction_id=name, person=person, office="east", opened_at=at)
    else:
        callbacks.reached(conn, person=person, at=at, by=name, why="answered")


async def hear(db: Database, event: Event, person: str = PERSON) -> None:
    await db.run(partial(tell, event=event, person=person))


async def rows_of(db: Database, *names: str) -> dict[str, Callback]:
    return await db.run(lambda conn: callbacks.load(conn, names))


async def begin(db: Database, name: str, state: str = "sending") -> None:
    """Bring the task of a missed call into *state*, as the lane would."""
    person = callbacks.lease_key(PERSON)

    def work(conn: sa.Connection) -> None:
        at = now(conn)
        effect = Effect(
            key=callbacks.task_key(name),
            interaction_id=callbacks.effects_of(name),
            person=person,
            kind="task",
            module="Tasks",
            request=json.dumps({"Subject": "Call back"}),
            intended_at=at,
        )
        journal.intend(conn, [effect])
        leases.acquire(conn, [person], "w1", at + 60, at)
        journal.mark_sending(conn, [effect.key], "w1", at)
        if state == "settled":
            journal.settle(conn, effect.key, "500")
            callbacks.opened(conn, callbacks.load(conn, [name])[name], "500", at + 99)

    await db.run(work)


async def test_any_order_of_calls_and_repeats_ends_the_same(
    new_database_url: Callable[[], str],
) -> None:
    """Missed, reached, missed, missed: one call-back, for the first call nobody made good."""
    events: list[Event] = [
        ("missed", "a", 1.0),
        ("reached", "b", 2.0),
        ("missed", "c", 3.0),
        ("missed", "d", 4.0),
    ]
    db = Database.open(new_database_url())
    for number, order in enumerate(itertools.permutations(events)):
        person = f"+1215555{number:04}"
        for kind, name, at in (*order, *order):
            await hear(db, (kind, f"{name}{number}", at), person)
        rows = await rows_of(db, *(f"{name}{number}" for name in "acd"))
        assert {name[0]: (row.state, row.joins) for name, row in rows.items()} == {
            "a": ("needless", None),
            "c": ("owed", None),
            "d": ("needless", f"c{number}"),
        }
    await db.aclose()


async def test_two_processes_that_hear_of_the_same_person_agree(
    new_database_url: Callable[[], str],
) -> None:
    """The missed call in one, the call that reached them in the other, at the same moment."""
    url = new_database_url()
    first, second = Database.open(url), Database.open(url)
    names = [f"m{number}" for number in range(30)]

    def missed(name: str) -> None:
        first.run_sync(lambda conn: tell(conn, ("missed", name, 1.0), name + "p"))

    def reached(name: str) -> None:
        second.run_sync(lambda conn: tell(conn, ("reached", "x" + name, 2.0), name + "p"))

    with ThreadPoolExecutor(8) as pool:
        waits = [pool.submit(act, name) for name in names for act in (missed, reached)]
        for each in waits:
            each.result()
    rows = await rows_of(first, *names)
    assert {row.state for row in rows.values()} == {"needless"}
    assert len(rows) == len(names)
    await first.aclose()
    await second.aclose()


async def test_two_missed_calls_at_once_make_one_call_back(
    new_database_url: Callable[[], str],
) -> None:
    url = new_database_url()
    stores = [Database.open(url), Database.open(url)]

    def missed(number: int) -> None:
        store, name = stores[number % 2], f"m{number}"
        store.run_sync(lambda conn: tell(conn, ("missed", name, float(number))))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(missed, range(20)))
    rows = await rows_of(stores[0], *(f"m{number}" for number in range(20)))
    assert [name for name, row in rows.items() if row.state == "owed"] == ["m0"]
    assert {row.joins for row in rows.values() if row.state == "needless"} == {"m0"}
    for store in stores:
        await store.aclose()


async def test_a_caller_without_a_number_is_nobody_to_call_back(db: Database) -> None:
    await db.run(lambda conn: tell(conn, ("missed", "call:7:s", 1.0), "call:7:s"))
    row = (await rows_of(db, "call:7:s"))["call:7:s"]
    assert (row.state, row.why) == ("needless", callbacks.NO_NUMBER)


async def test_a_task_on_its_way_is_not_called_off_but_closed(db: Database) -> None:
    """The customer was reached while the request was on the wire."""
    await hear(db, ("missed", "a", 1.0))
    await begin(db, "a")
    await hear(db, ("reached", "b", 2.0))
    row = (await rows_of(db, "a"))["a"]
    assert (row.state, row.closed_by) == ("owed", "b")
    await db.run(lambda conn: callbacks.opened(conn, row, "500", NOW))
    row = (await rows_of(db, "a"))["a"]
    assert (row.state, row.task_id, row.why) == ("closing", "500", "answered")


async def test_a_call_back_waits_until_the_one_before_it_is_closed(db: Database) -> None:
    """Two open tasks for one person would have two colleagues call them."""
    await hear(db, ("missed", "a", 1.0))
    await begin(db, "a", "settled")
    for event in (("missed", "c", 3.0), ("reached", "b", 2.0)):
        await hear(db, event)
    rows = await rows_of(db, "a", "c")
    assert (rows["a"].state, rows["c"].state) == ("closing", "owed")

    def due(conn: sa.Connection) -> list[str]:
        found = callbacks.due(conn, ("owed",), now=NOW * 2, limit=9, worker="w1")
        assert callbacks.soonest(conn, ("owed",)) == (found[0] if found else None)
        return [row.interaction_id for row in found]

    assert await db.run(due) == []
    await db.run(lambda conn: callbacks.closed(conn, rows["a"], "done"))
    assert await db.run(due) == ["c"]


@pytest.mark.parametrize(
    ("completed_at", "state"), [(10.0, "needless"), (2.0, "owed")], ids=["after", "before"]
)
async def test_a_task_completed_by_hand_settles_the_calls_before_it(
    db: Database, completed_at: float, state: str
) -> None:
    """A later missed call had joined it; completed before that call, it needs a new call-back."""
    await hear(db, ("missed", "a", 1.0))
    await begin(db, "a", "settled")
    await hear(db, ("missed", "c", 3.0))
    assert (await rows_of(db, "c"))["c"].joins == "a"
    by_hand = Reach(completed_at, "task:500", "completed in Zoho CRM")

    def close(conn: sa.Connection) -> None:
        row = callbacks.lock(conn, ["a"])["a"]
        callbacks.closed(conn, row, by_hand.why, by_hand)

    await db.run(close)
    rows = await rows_of(db, "a", "c")
    assert (rows["a"].state, rows["c"].state) == ("closed", state)


async def test_a_refused_task_is_parked_and_can_be_retried(db: Database) -> None:
    await hear(db, ("missed", "a", 1.0))
    await begin(db, "a")

    def refuse(conn: sa.Connection) -> None:
        journal.refuse(conn, callbacks.task_key("a"), "ZOHO-422", "mandatory")
        callbacks.park(conn, callbacks.load(conn, ["a"])["a"], "ZOHO-422", "mandatory")

    await db.run(refuse)
    row = (await rows_of(db, "a"))["a"]
    assert (row.state, row.error_code, row.due_at) == ("parked", "ZOHO-422", None)
    assert await db.run(lambda conn: callbacks.retry(conn, ["a", "unknown"])) == ["a"]
    row = (await rows_of(db, "a"))["a"]
    assert (row.state, row.error_code, row.why) == ("owed", None, "")
    effects = await db.run(lambda conn: journal.by_keys(conn, [callbacks.task_key("a")]))
    assert effects[callbacks.task_key("a")].state == "intended"


async def test_a_parked_call_back_is_needless_once_the_person_was_reached(db: Database) -> None:
    """Nothing is left to retry: its refused task is not wanted any more."""
    await hear(db, ("missed", "a", 1.0))
    await begin(db, "a")

    def refuse(conn: sa.Connection) -> None:
        journal.refuse(conn, callbacks.task_key("a"), "ZOHO-422", "mandatory")
        callbacks.park(conn, callbacks.load(conn, ["a"])["a"], "ZOHO-422", "mandatory")

    await db.run(refuse)
    await hear(db, ("reached", "b", 2.0))
    assert (await rows_of(db, "a"))["a"].state == "needless"
    effects = await db.run(lambda conn: journal.by_keys(conn, [callbacks.task_key("a")]))
    assert effects[callbacks.task_key("a")].state == "superseded"


async def test_the_list_shows_what_is_due_first(db: Database) -> None:
    for name, at, due in (("a", 1.0, 300.0), ("b", 2.0, 100.0), ("c", 3.0, None)):
        await hear(db, ("missed", name, at), name + "p")
        row = (await rows_of(db, name))[name]
        await db.run(partial(callbacks.save, rows=[replace(row, task_due_at=due)]))

    def listed(conn: sa.Connection, **about: object) -> list[str]:
        return [r.interaction_id for r in callbacks.search(conn, **about)]  # type: ignore[arg-type]

    assert await db.run(listed) == ["c", "b", "a"]
    assert await db.run(lambda conn: listed(conn, overdue_at=200.0)) == ["b"]
    assert await db.run(lambda conn: listed(conn, states=("open",))) == []
    assert await db.run(lambda conn: listed(conn, office="west")) == []
