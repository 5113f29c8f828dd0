"""The directory, the rotation, the last status and the runs come back as they were put."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from tests.component.store.makers import NOW

from switchboard.store import directory, people_status, rotation, runs
from switchboard.store.database import Database
from switchboard.store.people_status import PersonStatus
from switchboard.store.runs import Run
from switchboard.vendors.zoho_crm.models import CrmPerson


def a_person(number: int = 1, **changes: Any) -> CrmPerson:
    values: dict[str, Any] = {
        "module": "Leads",
        "id": f"5000{number}",
        "phones": (f"(215) 555-000{number}",),
        "full_name": "Ann Lee",
        "owner_id": "7",
        "lead_status": "New",
        "modified_time": datetime.fromtimestamp(NOW, UTC),
    }
    return CrmPerson(**values | changes)


def e164_of(text: str) -> str | None:
    digits = "".join(one for one in text if one.isdigit())
    return f"+1{digits}" if len(digits) == 10 else None


async def test_a_caller_is_found_under_each_number_of_each_record(db: Database) -> None:
    lead = a_person(1, phones=("(215) 555-0001", "215.555.0009", "ext 12", "2155550001"))
    contact = a_person(2, module="Contacts", phones=("215-555-0009",), lead_status=None)
    await db.run(lambda c: directory.put(c, [lead, contact], e164_of))
    found = await db.run(lambda c: directory.find(c, ["+12155550001", "+12155550009", "+1999"]))
    assert {number: [(e.module, e.record_id) for e in who] for number, who in found.items()} == {
        "+12155550001": [("Leads", lead.id)],
        "+12155550009": [("Contacts", contact.id), ("Leads", lead.id)],
    }
    entry = found["+12155550001"][0]
    assert (entry.full_name, entry.owner_id, entry.lead_status) == ("Ann Lee", "7", "New")
    assert (entry.converted, entry.converted_contact_id, entry.modified_at) == (False, None, NOW)


async def test_an_entry_read_again_loses_the_numbers_it_no_longer_has(db: Database) -> None:
    await db.run(lambda c: directory.put(c, [a_person(1)], e164_of))
    newer = a_person(1, phones=("2155550077",), converted=True, converted_contact_id="9")
    await db.run(lambda c: directory.put(c, [a_person(1), newer], e164_of))
    found = await db.run(lambda c: directory.find(c, ["+12155550001", "+12155550077"]))
    assert list(found) == ["+12155550077"]
    assert found["+12155550077"][0].converted_contact_id == "9"


async def test_deleted_records_are_forgotten_in_their_module_only(db: Database) -> None:
    people = [a_person(1), a_person(1, module="Contacts"), a_person(2)]
    await db.run(lambda c: directory.put(c, people, e164_of))
    await db.run(lambda c: directory.remove(c, "Leads", ["50001", "unknown"]))
    found = await db.run(lambda c: directory.find(c, ["+12155550001", "+12155550002"]))
    assert [e.module for who in found.values() for e in who] == ["Contacts", "Leads"]
    assert await db.run(lambda c: directory.entries(c, "Leads", ["50001"])) == {}
    assert list(await db.run(lambda c: directory.entries(c, "Contacts", ["50001"]))) == ["50001"]


async def test_a_status_we_wrote_is_known_before_the_next_refresh(db: Database) -> None:
    await db.run(lambda c: directory.put(c, [a_person(1)], e164_of))
    await db.run(lambda c: directory.set_status(c, "Leads", "50001", "Missed call"))
    found = await db.run(lambda c: directory.entries(c, "Leads", ["50001"]))
    assert found["50001"].lead_status == "Missed call"


async def test_a_large_refresh_is_taken_over(db: Database) -> None:
    people = [
        a_person(1, id=str(number), phones=(f"215{number:07d}",)) for number in range(1, 2101)
    ]
    await db.run(lambda c: directory.put(c, people, e164_of))
    wanted = [f"+1215{number:07d}" for number in range(1, 2101)]
    assert len(await db.run(lambda c: directory.find(c, wanted))) == 2100


async def test_how_far_a_module_was_read_never_goes_back(db: Database) -> None:
    assert await db.run(lambda c: directory.synced_at(c, "Leads")) is None
    for at in (NOW, NOW + 60, NOW + 30):
        await db.run(partial(directory.set_synced_at, module="Leads", at=at))
    assert await db.run(lambda c: directory.synced_at(c, "Leads")) == NOW + 60


async def test_an_older_call_does_not_overrule_the_status_of_a_later_one(db: Database) -> None:
    later = PersonStatus("+1", "Leads", "50001", "Contacted", NOW)
    older = PersonStatus("+1", "Leads", "50001", "Missed call", NOW - 60)
    assert await db.run(lambda c: people_status.put(c, later)) is True
    assert await db.run(lambda c: people_status.put(c, older)) is False
    assert await db.run(lambda c: people_status.put(c, later)) is True
    assert await db.run(lambda c: people_status.load(c, ["+1", "+2"])) == {"+1": later}


async def test_whose_turn_it_is_survives(db: Database) -> None:
    assert await db.run(lambda c: rotation.load(c, "denver")) == {}
    await db.run(lambda c: rotation.save(c, "denver", {"a": 1.5, "b": -2.0}, assigned=["a", "a"]))
    await db.run(lambda c: rotation.save(c, "denver", {"a": 0.5, "c": 0.0}, assigned=["a", "c"]))
    assert await db.run(lambda c: rotation.load(c, "denver")) == {"denver": {"a": 0.5, "c": 0.0}}
    assert await db.run(lambda c: rotation.assigned(c, "denver")) == {"a": 3, "c": 1}
    assert await db.run(lambda c: rotation.load(c, "philadelphia")) == {}


async def test_departments_take_turns_of_their_own(db: Database) -> None:
    """An office's pools are read together; those of an office whose name begins alike are not."""
    for pool, credit in {
        "den": {"a": 0.5},
        "den/department:sales": {"a": -0.5, "b": 0.5},
        "denver": {"c": 0.0},
        "den_/department:sales": {"d": 0.0},
    }.items():
        await db.run(partial(rotation.save, pool=pool, current=credit))
    expected = {"den": {"a": 0.5}, "den/department:sales": {"a": -0.5, "b": 0.5}}
    assert await db.run(lambda c: rotation.load(c, "den")) == expected


async def test_two_processes_never_give_the_same_turn_twice(database_url: str) -> None:
    one, two = Database.open(database_url), Database.open(database_url)

    def turn(conn: sa.Connection) -> None:
        current = rotation.load(conn, "denver").get("denver", {})
        rotation.save(conn, "denver", {"a": current.get("a", 0.0) + 1}, assigned=["a"])

    await asyncio.gather(*(db.run(turn) for _ in range(40) for db in (one, two)))
    assert await one.run(lambda c: rotation.load(c, "denver")) == {"denver": {"a": 80.0}}
    assert await one.run(lambda c: rotation.assigned(c, "denver")) == {"a": 80}
    await one.aclose()
    await two.aclose()


async def test_a_run_is_remembered_with_its_end(db: Database) -> None:
    first = Run(id="r1", kind="calls", started_at=NOW, options='{"hours_back": 24}')
    second = Run(id="r2", kind="calls", started_at=NOW + 1, office="denver")
    for one in (first, second):
        await db.run(partial(runs.start, new=one))
    await db.run(
        lambda c: runs.finish(c, "r1", outcome="done", summary='{"done": 3}', finished_at=NOW + 9)
    )
    ended = await db.run(lambda c: runs.get(c, "r1"))
    assert ended is not None
    assert (ended.outcome, ended.summary, ended.finished_at) == ("done", '{"done": 3}', NOW + 9)
    assert [run.id for run in await db.run(runs.recent)] == ["r2", "r1"]
    assert [run.id for run in await db.run(runs.unfinished)] == ["r2"]
    assert await db.run(lambda c: runs.get(c, "none")) is None


async def test_two_processes_may_refresh_the_directory_at_once(
    db: Database, database_url: str
) -> None:
    """Both read the same records from the CRM at the start of their runs."""
    other = Database.open(database_url)
    people = [a_person(number) for number in range(1, 9)]
    try:
        await asyncio.gather(
            *(
                store.run(partial(directory.put, people=people, e164_of=e164_of))
                for store in (db, other) * 15
            )
        )
    finally:
        await other.aclose()
    found = await db.run(lambda c: directory.find(c, ["+12155550001"]))
    assert [entry.record_id for entry in found["+12155550001"]] == [people[0].id]
