"""Calls are looked for alike on either kind of store."""

from __future__ import annotations

import json
from functools import partial

import sqlalchemy as sa
from tests.component.store.makers import NOW, an_interaction

from switchboard.store import call_search, directory, ledger
from switchboard.store.call_search import CallFilter
from switchboard.store.database import Database
from switchboard.vendors.zoho_crm.models import CrmPerson

QUOTED = 'Anna "Änne" O\\Neil'


async def numbers(db: Database, **wanted: object) -> list[str]:
    look = partial(call_search.page, wanted=CallFilter(**wanted))  # type: ignore[arg-type]
    found = await db.run(look)
    assert found.count == len(found.rows)
    return [row.session for row in found.rows]


async def filled(db: Database) -> None:
    call = {"call": {"caller_name": QUOTED, "queue_name": "Service"}}
    text = json.dumps(call, ensure_ascii=False)
    lead = CrmPerson(
        module="Leads", id="1", phones=("+12155550002",), full_name="Zoë", owner_id="9"
    )

    def work(conn: sa.Connection) -> None:
        rows = [an_interaction(1, document=text), an_interaction(2), an_interaction(3, office=None)]
        ledger.upsert(conn, [*rows, an_interaction(4, id="chat:1", kind="chat")])
        directory.put(conn, [lead], lambda number: number)
        ledger.put_records(conn, [("call:700:3", "Qx3", "{}")])

    await db.run(work)


async def test_names_come_from_ringcentral_and_zoho_alone(db: Database) -> None:
    """A word elsewhere in the call's document is no name; quotes mean themselves."""
    await filled(db)
    assert await numbers(db, name='"Änne"') == ["1"]
    assert await numbers(db, name="o\\neil") == ["1"]
    assert await numbers(db, name="zoë") == ["2"]
    assert await numbers(db, name="service") == []
    assert await numbers(db, name="caller_name") == []


async def test_every_other_way_finds_its_calls(db: Database) -> None:
    await filled(db)
    assert await numbers(db) == ["3", "2", "1"]
    assert await numbers(db, numbers=("+12155550001", "+4412")) == ["1"]
    assert await numbers(db, digits="550003") == ["3"]
    assert await numbers(db, key="Qx3") == ["3"]
    assert await numbers(db, owner_id="9") == ["2"]
    assert await numbers(db, office=call_search.NO_OFFICE) == ["3"]
    assert await numbers(db, since=NOW - 998, until=NOW - 997) == ["2"]


async def test_walking_the_index_and_sorting_keys_give_the_same_pages(db: Database) -> None:
    rows = [an_interaction(n, started_at=NOW + n // 3) for n in range(40)]
    await db.run(lambda conn: ledger.upsert(conn, rows))
    few = call_search.FEW
    seen = {}
    for limit in (1000, 1):
        call_search.FEW = limit
        try:
            pages, place = [], None
            while True:
                look = partial(call_search.page, wanted=CallFilter(), before=place, size=7)
                page = await db.run(look)
                assert page.count == 40
                pages.append([row.id for row in page.rows])
                place = page.older
                if place is None:
                    break
        finally:
            call_search.FEW = few
        seen[limit] = pages
    assert seen[1000] == seen[1]
    assert len({each for page in seen[1] for each in page}) == 40
