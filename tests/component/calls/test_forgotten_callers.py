"""A forgotten caller stays forgotten while RingCentral still tells of their calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.calls.company import CALLERS, Company, a_record

from switchboard.people.mentions import mentions_of
from switchboard.store import forgetting
from switchboard.store.personal import Person
from switchboard.store.tables import metadata

FORGOTTEN = CALLERS[0]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    records = [
        a_record(1, caller=FORGOTTEN, minutes_ago=90),
        a_record(2, caller=FORGOTTEN, minutes_ago=60),
        a_record(3, caller=CALLERS[1], minutes_ago=50, outcome="accepted"),
    ]
    made = Company(tmp_path, records)
    yield made
    made.close()


async def forget(company: Company) -> None:
    """Forget at Zoho first, then here, as the documentation says."""
    theirs = [key for key, row in company.world.people.items() if row.get("Phone") == FORGOTTEN]
    for key in theirs:
        del company.world.people[key]
    person, mentions = Person(phone=FORGOTTEN), mentions_of(FORGOTTEN, None)
    await company.database.run(
        lambda conn: forgetting.forget(conn, None, person, mentions, b"k" * 32, 2e9)
    )


async def everything(company: Company) -> str:
    def read(conn: sa.Connection) -> str:
        rows = (row for table in metadata.sorted_tables for row in conn.execute(sa.select(table)))
        return " ".join(str(tuple(row)) for row in rows)

    return await company.database.run(read)


async def test_the_next_run_writes_nothing_and_learns_nothing(company: Company) -> None:
    """RingCentral's log still holds the calls for the whole look-back."""
    await company.run()
    assert FORGOTTEN in await everything(company)
    await forget(company)
    before = (len(company.world.people), list(company.world.notes))
    for _ in range(2):
        report = await company.run()
        assert report is not None
        assert report.accounted_for
        assert (len(company.world.people), list(company.world.notes)) == before
        assert FORGOTTEN[2:] not in await everything(company)


async def test_a_call_changed_at_ringcentral_is_not_taken_up_again(company: Company) -> None:
    await company.run()
    await forget(company)
    company.records[0] = a_record(1, caller=FORGOTTEN, minutes_ago=90, outcome="accepted")
    before = list(company.world.notes)
    await company.run()
    assert list(company.world.notes) == before
    assert FORGOTTEN[2:] not in await everything(company)


async def test_who_calls_again_is_a_new_person(company: Company) -> None:
    await company.run()
    await forget(company)
    notes = len(company.world.notes)
    company.records.append(a_record(4, caller=FORGOTTEN, minutes_ago=20))
    for _ in range(2):
        await company.run()
    theirs = [row for row in company.world.people.values() if row.get("Phone") == FORGOTTEN]
    assert len(theirs) == 1
    assert len(company.world.notes) == notes + 1
