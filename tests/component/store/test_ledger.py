"""The ledger remembers each call once and finds what is due without reading its history."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from tests.component.store.makers import NOW, an_interaction

from switchboard.store import leases, ledger
from switchboard.store.database import Database, chunks
from switchboard.store.tables import interaction


async def test_an_interaction_comes_back_as_it_was_written(db: Database) -> None:
    full = an_interaction(
        1, why="The line was busy — “bitte später”", reason="r", error_code="ZOHO-422", attempts=3,
        document='{"caller": "+12155550001"}', digest="d", finished_at=NOW + 0.25, fate="parked",
    )  # fmt: skip
    await db.run(lambda conn: ledger.upsert(conn, [full]))
    assert await db.run(lambda conn: ledger.load(conn, [full.id, "call:700:unknown"])) == {
        full.id: full
    }


async def test_writing_an_interaction_again_keeps_when_it_was_first_seen(db: Database) -> None:
    first = an_interaction(1)
    second = replace(first, fate="done", why="changed", first_seen=NOW + 50, updated_at=NOW + 50)
    await db.run(lambda conn: ledger.upsert(conn, [first]))
    await db.run(lambda conn: ledger.upsert(conn, [second]))
    stored = (await db.run(lambda conn: ledger.load(conn, [first.id])))[first.id]
    assert stored == replace(second, first_seen=NOW)


async def test_records_are_kept_per_interaction_and_replaced_by_newer_ones(db: Database) -> None:
    await db.run(
        lambda c: ledger.put_records(c, [("a", "1", "x"), ("a", "2", "y"), ("b", "1", "z")])
    )
    await db.run(lambda c: ledger.put_records(c, [("a", "1", "x2")]))
    await db.run(lambda c: ledger.put_records(c, []))
    assert await db.run(lambda c: ledger.records(c, ["a", "b", "none"])) == {
        "a": ["x2", "y"],
        "b": ["z"],
    }


async def test_due_is_what_waits_and_is_ready_oldest_first(db: Database) -> None:
    rows = [
        an_interaction(4, started_at=NOW - 1),
        an_interaction(2, started_at=NOW - 3),
        an_interaction(3, started_at=NOW - 2, office="denver"),
        an_interaction(5, due_at=NOW + 60),
        an_interaction(6, due_at=None),
        an_interaction(7, fate="done"),
        an_interaction(8, fate="parked"),
        an_interaction(9, fate="skipped"),
    ]
    await db.run(lambda conn: ledger.upsert(conn, rows))

    def sessions(office: str | None, limit: int = 10) -> Callable[[sa.Connection], list[str]]:
        return lambda conn: [
            one.session for one in ledger.due(conn, office=office, now=NOW, limit=limit)
        ]

    assert await db.run(sessions(None)) == ["2", "3", "4"]
    assert await db.run(sessions("philadelphia")) == ["2", "4"]
    assert await db.run(sessions(None, limit=1)) == ["2"]


async def test_due_leaves_out_persons_another_worker_holds(db: Database) -> None:
    one, two, three = (an_interaction(n) for n in (1, 2, 3))
    await db.run(lambda conn: ledger.upsert(conn, [one, two, three]))
    await db.run(lambda c: leases.acquire(c, [one.person], "other", NOW + 30, NOW))
    await db.run(lambda c: leases.acquire(c, [two.person], "me", NOW + 30, NOW))
    await db.run(lambda c: leases.acquire(c, [three.person], "gone", NOW - 1, NOW - 30))
    due = await db.run(lambda c: ledger.due(c, office=None, now=NOW, limit=9, worker="me"))
    assert [interaction.id for interaction in due] == [two.id, three.id]


async def test_a_fate_ends_the_work_on_an_interaction_unless_it_is_due_again(db: Database) -> None:
    await db.run(lambda conn: ledger.upsert(conn, [an_interaction(1), an_interaction(2)]))
    await db.run(
        lambda c: ledger.set_fate(
            c,
            "call:700:1",
            "parked",
            "refused",
            "Zoho said no",
            error_code="ZOHO-422",
            finished_at=NOW,
        )
    )
    await db.run(
        lambda c: ledger.set_fate(
            c, "call:700:2", "waiting", "vendor_down", "later", due_at=NOW + 9
        )
    )
    assert await db.run(lambda c: ledger.due(c, office=None, now=NOW + 1, limit=9)) == []
    later = await db.run(lambda c: ledger.due(c, office=None, now=NOW + 9, limit=9))
    assert [one.session for one in later] == ["2"]
    parked = (await db.run(lambda c: ledger.load(c, ["call:700:1"])))["call:700:1"]
    assert (parked.fate, parked.error_code, parked.finished_at) == ("parked", "ZOHO-422", NOW)


async def test_the_four_fates_add_up_to_the_interactions_asked_for(db: Database) -> None:
    fates = ["waiting", "done", "done", "skipped", "parked"]
    rows = [an_interaction(n, fate=fate) for n, fate in enumerate(fates)]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    asked = [row.id for row in rows] + ["call:700:unknown"]
    assert await db.run(lambda conn: ledger.counts(conn, asked)) == {
        "waiting": 1,
        "done": 2,
        "skipped": 1,
        "parked": 1,
    }
    assert await db.run(lambda conn: ledger.waiting_ids(conn, office="philadelphia")) == [
        rows[0].id
    ]


async def test_search_filters_and_takes_wildcards_literally(db: Database) -> None:
    rows = [
        an_interaction(1, why="100% booked"),
        an_interaction(2, why="100 percent", office="denver"),
        an_interaction(3, fate="done", why="A lead was CREATED"),
    ]
    await db.run(lambda conn: ledger.upsert(conn, rows))

    async def found(**wanted: object) -> list[str]:
        hits = await db.run(lambda conn: ledger.search(conn, limit=9, **wanted))  # type: ignore[arg-type]
        return [one.session for one in hits]

    assert await found() == ["3", "2", "1"]
    assert await found(query="100%") == ["1"]
    assert await found(query="created") == ["3"]
    assert await found(office="denver") == ["2"]
    assert await found(fate="waiting", since=rows[1].started_at) == ["2"]
    assert await found(person=rows[0].person) == ["1"]


async def test_attempts_are_counted(db: Database) -> None:
    await db.run(lambda conn: ledger.upsert(conn, [an_interaction(1), an_interaction(2)]))
    for _ in range(2):
        await db.run(lambda conn: ledger.count_attempt(conn, ["call:700:1"]))
    stored = await db.run(lambda conn: ledger.load(conn, ["call:700:1", "call:700:2"]))
    assert {key: one.attempts for key, one in stored.items()} == {"call:700:1": 2, "call:700:2": 0}


async def test_raw_records_of_old_finished_interactions_can_be_forgotten(db: Database) -> None:
    old = an_interaction(1, fate="done", finished_at=NOW - 100)
    open_ = an_interaction(2)
    await db.run(lambda conn: ledger.upsert(conn, [old, open_]))
    await db.run(lambda c: ledger.put_records(c, [(old.id, "1", "x"), (open_.id, "1", "y")]))
    assert await db.run(lambda conn: ledger.purge_records(conn, NOW - 50)) == 1
    assert await db.run(lambda conn: ledger.records(conn, [old.id, open_.id])) == {open_.id: ["y"]}


async def test_a_claim_reads_the_backlog_by_index(db: Database) -> None:
    """Neither a scan of the history nor a sort: the cost of a claim is the size of its answer."""

    def plan(conn: sa.Connection) -> str:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text("ANALYZE interaction"))
            conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
        seen: list[str] = []

        def explain(
            conn: sa.Connection, cursor: object, statement: str, parameters: Any, *_: object
        ) -> tuple[str, object]:
            prefix = "EXPLAIN " if conn.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
            rows = conn.connection.cursor().execute(prefix + statement, parameters).fetchall()
            seen.extend(str(row) for row in rows)
            return statement, parameters

        for office in ("philadelphia", None):
            sa.event.listen(conn, "before_cursor_execute", explain, retval=True)
            ledger.due(conn, office=office, now=NOW, limit=100)
            sa.event.remove(conn, "before_cursor_execute", explain)
        return "\n".join(seen)

    await db.run(lambda c: ledger.upsert(c, [an_interaction(n) for n in range(2000)]))
    text = await db.run(plan)
    assert "interaction_waiting_office" in text
    assert re.search(r"interaction_waiting(?!_)", text)
    assert "TEMP B-TREE" not in text
    assert "Sort" not in text


HISTORY = """
    INSERT INTO interaction (id, kind, account, session, office, person, started_at, outcome,
                             fate, due_at, first_seen, updated_at)
    WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :size)
    SELECT 'call:700:' || n, 'call', '700', n, 'philadelphia', '+' || n, :now - :size + n, 'missed',
           'waiting', :now, :now, :now FROM number
"""


async def test_claiming_a_long_backlog_costs_the_same_at_its_end(db: Database) -> None:
    """Of 100,000 calls the first and the last thousands are claimed and finished as quickly."""
    size, batch, measured = 100_000, 1000, 10

    def claim(conn: sa.Connection) -> int:
        rows = ledger.due(conn, office="philadelphia", now=NOW, limit=batch, worker="me")
        for chunk in chunks(one.id for one in rows):
            finished = sa.update(interaction).where(interaction.c.id.in_(chunk))
            conn.execute(finished.values(fate="done", due_at=None, finished_at=NOW))
        return len(rows)

    async def claim_seconds() -> float:
        times: list[float] = []
        for _ in range(measured):
            began = time.perf_counter()
            assert await db.run(claim) == batch
            times.append(time.perf_counter() - began)
        return sorted(times)[measured // 2]

    def finish_all_but_the_last(conn: sa.Connection) -> None:
        rest = interaction.c.started_at < NOW - batch * measured
        conn.execute(sa.update(interaction).where(rest).values(fate="done", due_at=None))

    await db.run(lambda conn: conn.execute(sa.text(HISTORY), {"size": size, "now": NOW}).close())
    first = await claim_seconds()
    await db.run(finish_all_but_the_last)
    last = await claim_seconds()
    assert await db.run(claim) == 0
    assert last < first * 4 + 0.05


async def test_what_is_ready_is_counted_by_office(db: Database) -> None:
    """The progress display's total: skipped and unsettled calls are not work."""
    rows = [
        an_interaction(1, office="north", due_at=1.0),
        an_interaction(2, office="north", due_at=9e9),
        an_interaction(3, office="south", due_at=None),
    ]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    assert await db.run(ledger.count_due) == {"north": 2}
