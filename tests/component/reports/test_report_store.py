"""What a report asks of the store, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW, an_effect, an_interaction
from tests.postgres import backend, database_url, new_database_url, postgres_server

from switchboard.store import journal, ledger, report_facts, reports, set_aside
from switchboard.store.database import Database
from switchboard.store.report_facts import Span
from switchboard.store.reports import Report
from switchboard.store.tables import callback, effect, media

__all__ = ["backend", "database_url", "new_database_url", "postgres_server"]

SPAN = Span(offices=["philadelphia"], begin=NOW, end=NOW + 60)
BEFORE, DURING, AFTER = NOW - 500, NOW + 30, NOW + 900


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database.open(database_url)
    yield database
    await database.aclose()


def a_call(number: int, seen: float, changed: float, **changes: object) -> ledger.Interaction:
    return an_interaction(number, first_seen=seen, updated_at=changed, **changes)


async def test_a_report_built_again_replaces_the_runs_row(db: Database) -> None:
    for number, path in ((1, "reports/a.html"), (2, "reports/b.html"), (1, "reports/c.html")):
        row = Report(run_id=f"r{number}", path=path, title=path, created_at=NOW + number)
        await db.run(lambda conn, row=row: reports.put(conn, row))  # type: ignore[misc]
    assert [each.path for each in await db.run(reports.recent)] == [
        "reports/b.html",
        "reports/c.html",
    ]
    old = await db.run(lambda conn: reports.before(conn, NOW + 2))
    assert [each.run_id for each in old] == ["r1"]
    await db.run(lambda conn: reports.forget(conn, ["r1"]))
    assert await db.run(lambda conn: reports.get(conn, "r1")) is None


async def test_calls_the_run_changed_and_open_ones_are_counted_others_not(db: Database) -> None:
    """Counted: changed in the run; seen first in it, whatever came later; open since before."""
    rows = [
        a_call(1, BEFORE, DURING, fate="done"),
        a_call(2, DURING, AFTER, fate="done"),
        a_call(3, BEFORE, BEFORE, fate="parked", error_code="ZOHO-422"),
        a_call(4, BEFORE, BEFORE, fate="waiting"),
        a_call(5, BEFORE, BEFORE, fate="done"),
        a_call(6, AFTER, AFTER, fate="parked"),
        a_call(7, DURING, DURING, fate="done", office="denver"),
        a_call(8, DURING, DURING, fate="skipped", office=None),
        a_call(9, BEFORE, DURING, fate="skipped"),  # Skipped again, as by every run before.
    ]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    found = await db.run(lambda conn: report_facts.tallies(conn, SPAN))
    counted = {(each.fate, each.fresh): each.number for each in found}
    assert counted == {("done", True): 2, ("parked", False): 1, ("waiting", False): 1}
    calls = await db.run(lambda conn: report_facts.calls_of(conn, SPAN, 10))
    assert {each.session for each in calls} == {"1", "2", "3", "4"}
    first = await db.run(lambda conn: report_facts.calls_of(conn, SPAN, 2))
    assert {each.session for each in first} == {"3", "4"}, "what is open is never cut first"
    everything = Span(offices=["philadelphia", None], begin=NOW, end=NOW + 60)
    found = await db.run(lambda conn: report_facts.tallies(conn, everything))
    assert sum(each.number for each in found) == 5


async def test_what_a_person_set_aside_is_no_problem_of_later_reports(db: Database) -> None:
    """It was solved by hand: no report names it for ever. The run that met it keeps its count."""
    rows = [
        a_call(1, BEFORE, BEFORE, fate="parked", error_code="ZOHO-422", finished_at=BEFORE),
        a_call(2, DURING, DURING, fate="parked", error_code="ZOHO-422", finished_at=DURING),
    ]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    ids = [each.id for each in rows]
    await db.run(lambda c: set_aside.put(c, "call", ids, "ZOHO-422", AFTER, "cli:x", ""))
    found = await db.run(lambda conn: report_facts.tallies(conn, SPAN))
    assert [(each.fate, each.fresh, each.number) for each in found] == [("parked", True, 1)]


async def test_the_window_of_the_hours_is_by_start_not_by_change(db: Database) -> None:
    rows = [a_call(n, AFTER, AFTER, started_at=NOW - 100 * n) for n in (1, 2, 3)]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    found = await db.run(
        lambda conn: report_facts.starts(conn, ["philadelphia"], NOW - 250, NOW - 100)
    )
    assert [at for _, at, _ in found] == [NOW - 200]


async def test_writes_are_counted_for_the_office_of_their_call(db: Database) -> None:
    call = a_call(1, DURING, DURING)
    note = an_effect(1, kind="note", request='{"title": "Note"}')
    lead = an_effect(1, key="call:700:1:lead", kind="lead", request='{"Owner": {"id": "1"}}')
    await db.run(lambda conn: ledger.upsert(conn, [call]))
    await db.run(lambda conn: journal.intend(conn, [note, lead]))

    def settle(conn: sa.Connection) -> None:
        conn.execute(sa.update(effect).values(state="settled", finished_at=DURING))

    await db.run(settle)
    found = await db.run(lambda conn: report_facts.settled_writes(conn, SPAN))
    assert sorted(found) == [
        ("philadelphia", "lead", '{"Owner": {"id": "1"}}'),
        ("philadelphia", "note", ""),
    ]
    late = Span(offices=SPAN.offices, begin=AFTER, end=AFTER + 9)
    assert await db.run(lambda conn: report_facts.settled_writes(conn, late)) == []


def a_piece(number: int, state: str, updated_at: float, **changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "key": f"m{number}",
        "interaction_id": f"call:700:{number}",
        "office": "philadelphia",
        "person": "+12155550100",
        "kind": "recording",
        "media_id": str(number),
        "call_started_at": BEFORE,
        "call_ended_at": BEFORE,
        "state": state,
        "first_seen": BEFORE,
        "updated_at": updated_at,
        "finished_at": updated_at if state != "owed" else None,
        "expires_at": NOW + 1000 - number,
    }
    return row | changes


async def test_recordings_nobody_has_yet_come_with_the_most_urgent_first(db: Database) -> None:
    rows = [
        a_piece(1, "owed", BEFORE),
        a_piece(2, "owed", DURING),
        a_piece(3, "parked", BEFORE),
        a_piece(4, "gone", DURING),
        a_piece(5, "gone", BEFORE),
        a_piece(6, "done", DURING),
        a_piece(7, "done", BEFORE),
        a_piece(8, "owed", DURING, office="denver"),
    ]
    await db.run(lambda conn: conn.execute(sa.insert(media), rows))
    found = await db.run(lambda conn: report_facts.media_of(conn, SPAN))
    assert [row["key"] for row in found] == ["m4", "m3", "m2", "m1"]
    counts = await db.run(lambda conn: report_facts.media_counts(conn, SPAN))
    assert counts == {"owed": 2, "done": 1}
    kinds = await db.run(lambda conn: report_facts.media_of_calls(conn, ["call:700:1", "x"]))
    assert kinds == {"call:700:1": [("recording", "owed")]}


async def test_call_backs_are_counted_while_open_and_when_touched(db: Database) -> None:
    rows = [
        {
            "interaction_id": f"call:700:{number}",
            "office": "philadelphia",
            "person": "+12155550100",
            "opened_at": BEFORE,
            "state": state,
            "first_seen": BEFORE,
            "updated_at": at,
        }
        for number, (state, at) in enumerate(
            [("open", BEFORE), ("open", DURING), ("closed", DURING), ("closed", BEFORE)]
        )
    ]
    await db.run(lambda conn: conn.execute(sa.insert(callback), rows))
    found = await db.run(lambda conn: report_facts.callbacks_of(conn, SPAN))
    assert sorted(found) == [
        ("closed", None, True, 1),
        ("open", None, False, 1),
        ("open", None, True, 1),
    ]
    states = await db.run(lambda conn: report_facts.callback_states(conn, ["call:700:0"]))
    assert states == {"call:700:0": "open"}
