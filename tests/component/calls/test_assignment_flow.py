"""Whoever owns the new leads of real runs has his share of them, and could own them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.component.calls.company import Company, a_record
from tests.component.calls.fakes import CrmWorld, FakeCrm, Hazard

from switchboard.errors import OperatorError
from switchboard.store import rotation
from switchboard.vendors.zoho_crm.models import CrmUser

CALLS = 30
MakeCompany = Callable[[CrmWorld], Company]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[MakeCompany]:
    """Thirty strangers call one office, whose owners 11 and 12 have the weights 2 and 1."""
    made: list[Company] = []

    def make(world: CrmWorld) -> Company:
        calls = [
            a_record(number, caller=f"+121555502{number:02}", minutes_ago=10 + number)
            for number in range(CALLS)
        ]
        made.append(Company(tmp_path, calls, world))
        return made[-1]

    yield make
    for each in made:
        each.close()


def owners(world: CrmWorld) -> Counter[str]:
    return Counter(row.get("Owner", {}).get("id", "zoho") for row in world.people.values())


async def test_the_shares_of_a_run_are_those_of_the_weights(company: MakeCompany) -> None:
    it = company(CrmWorld())
    report = await it.run()
    assert report is not None
    assert owners(it.world) == {"11": 20, "12": 10}
    assert report.warnings == []  # Owner 13 was switched off on purpose.


@pytest.mark.parametrize("step", [8, 12, 16, 21, 26])
async def test_a_process_that_dies_takes_nobody_s_turn(company: MakeCompany, step: int) -> None:
    """Half the calls, killed in the middle; then the rest: each owner is within one lead."""
    it = company(CrmWorld())
    everything, it.records = it.records, it.records[15:]
    await it.run(Hazard({step: "kill_after"}))
    it.records = everything
    await asyncio.sleep(0.32)  # The lease of the dead runs out (within one process: no burial).
    assert await it.run() is not None
    counts = owners(it.world)
    assert counts.total() == CALLS
    assert abs(counts["11"] - 20) <= 1
    assigned = it.database.run_sync(lambda conn: rotation.assigned(conn, "north"))
    assert Counter(assigned) == counts


async def test_an_owner_who_left_zoho_gets_nothing_and_the_run_says_so(
    company: MakeCompany,
) -> None:
    world = CrmWorld()
    world.users["11"] = "inactive"
    it = company(world)
    plan = await it.run(dry_run=True)
    assert plan is not None
    assert "Skipped: 11 is not active in Zoho CRM" in (plan.plan or [{}])[0]["why"]
    report = await it.run()
    assert report is not None
    assert owners(world) == {"12": CALLS}
    assert "North office: 11 is not active in Zoho CRM and gets no new leads." in report.warnings


async def test_a_run_goes_on_when_the_users_cannot_be_read(
    company: MakeCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permission is missing: the document alone decides, and the run says so."""

    async def refused(_self: FakeCrm) -> tuple[CrmUser, ...]:
        raise OperatorError("ZOHO-403", "The permission to read users is missing.")

    monkeypatch.setattr(FakeCrm, "read_users", refused)
    it = company(CrmWorld(users={}))
    report = await it.run()
    assert report is not None
    assert owners(it.world) == {"11": 20, "12": 10}
    assert report.warnings[0] == (
        "The lead owners were not checked against Zoho CRM. "
        "ZOHO-403: The permission to read users is missing."
    )


async def test_a_dry_run_plans_the_same_owners_and_takes_no_turn(company: MakeCompany) -> None:
    it = company(CrmWorld())
    plan = await it.run(dry_run=True)
    assert plan is not None
    assert plan.plan is not None
    planned = Counter(line["lead"]["Owner"]["id"] for line in plan.plan if line.get("lead"))
    assert planned == {"11": 20, "12": 10}
    assert it.database.run_sync(lambda conn: rotation.load(conn, "north")) == {}
