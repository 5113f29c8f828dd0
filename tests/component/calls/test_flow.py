"""The whole flow on vendors in memory: what a manager would find in the CRM afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.component.calls.company import CALLERS, NOW, Company, a_record
from tests.component.calls.fakes import CrmWorld, Hazard

from switchboard.store import ledger
from switchboard.vendors.ringcentral.models import CallRecord

MakeCompany = Callable[..., Company]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[MakeCompany]:
    made: list[Company] = []

    def make(*records: CallRecord, world: CrmWorld | None = None, **calls: object) -> Company:
        made.append(Company(tmp_path, list(records), world or CrmWorld(), dict(calls)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def leads(world: CrmWorld) -> dict[str, str]:
    return {
        row["Phone"]: row["Lead_Status"]
        for row in world.people.values()
        if row["module"] == "Leads" and "Lead_Source" in row
    }


async def test_an_unknown_caller_becomes_one_lead_with_a_note_for_each_call(
    company: MakeCompany,
) -> None:
    """The first call creates the lead as New; the next one changes its status."""
    it = company(
        a_record(1, caller=CALLERS[0], minutes_ago=90),
        a_record(2, caller=CALLERS[0], minutes_ago=60, outcome="accepted"),
    )
    report = await it.run()
    assert report is not None
    assert report.accounted_for
    assert leads(it.world) == {CALLERS[0]: "Accepted Call"}
    assert len(it.world.notes) == 2
    assert (report.total("leads_created"), report.total("notes_created")) == (1, 2)


async def test_a_repeated_run_writes_nothing_new(company: MakeCompany) -> None:
    it = company(*(a_record(n, caller=CALLERS[n % 6], minutes_ago=60 + n) for n in range(12)))
    await it.run()
    before = (len(it.world.people), list(it.world.notes), it.world.requests)
    report = await it.run()
    assert (len(it.world.people), list(it.world.notes), it.world.requests) == before
    assert report is not None
    assert report.total("done") == 12


async def test_a_known_lead_is_found_however_its_number_was_typed(company: MakeCompany) -> None:
    world = CrmWorld()
    world.add("Leads", Last_Name="Known", Phone="(215) 555-0100", Lead_Status="New")
    world.add("Contacts", Last_Name="Client", Mobile="215.555.0101")
    it = company(
        a_record(1, caller=CALLERS[0], minutes_ago=30),
        a_record(2, caller=CALLERS[1], minutes_ago=20),
        world=world,
    )
    report = await it.run()
    assert report is not None
    assert (report.total("leads_matched"), report.total("contacts_matched")) == (1, 1)
    assert len(world.people) == 2
    assert {module for module, _, _ in world.notes} == {"Leads", "Contacts"}


async def test_a_protected_status_stays(company: MakeCompany) -> None:
    world = CrmWorld()
    ident = world.add("Leads", Last_Name="Known", Phone=CALLERS[0], Lead_Status="Qualified")
    it = company(
        a_record(1, caller=CALLERS[0], minutes_ago=30),
        world=world,
        protected_statuses=("Qualified",),
    )
    await it.run()
    assert world.people[ident]["Lead_Status"] == "Qualified"


async def test_an_older_call_that_is_seen_late_does_not_turn_the_status_back(
    company: MakeCompany,
) -> None:
    world = CrmWorld()
    ident = world.add("Leads", Last_Name="Known", Phone=CALLERS[0], Lead_Status="New")
    late = a_record(1, caller=CALLERS[0], minutes_ago=300)
    it = company(a_record(2, caller=CALLERS[0], minutes_ago=30, outcome="accepted"), world=world)
    await it.run()
    it.records.append(late)
    await it.run()
    assert world.people[ident]["Lead_Status"] == "Accepted Call"
    assert len(world.notes) == 2


async def test_a_call_in_progress_waits_and_is_completed_by_a_later_run(
    company: MakeCompany,
) -> None:
    final = a_record(1, caller=CALLERS[0], minutes_ago=30)
    it = company(final.model_copy(update={"result": "In Progress"}))
    first = await it.run()
    assert first is not None
    assert (first.total("waiting"), len(it.world.notes)) == (1, 0)
    it.records[:] = [final]
    second = await it.run()
    assert second is not None
    assert (second.total("done"), len(it.world.notes)) == (1, 1)


async def test_a_waiting_call_outside_the_window_is_read_again_by_its_id(
    company: MakeCompany,
) -> None:
    """It was in progress when it was seen; the next run looks back less far than its start."""
    final = a_record(1, caller=CALLERS[0], minutes_ago=30)
    it = company(final.model_copy(update={"result": "In Progress"}))
    await it.run()
    it.records[:] = [final]
    later = await it.run(now=NOW + timedelta(days=4))
    assert later is not None
    assert (later.total("seen"), later.total("done")) == (1, 1)


async def test_a_waiting_call_that_ringcentral_deleted_is_not_waited_for(
    company: MakeCompany,
) -> None:
    it = company(
        a_record(1, caller=CALLERS[0], minutes_ago=30).model_copy(update={"result": "In Progress"})
    )
    await it.run()
    it.records.clear()
    report = await it.run()
    assert report is not None
    assert (report.total("seen"), report.total("skipped")) == (1, 1)
    assert report.accounted_for
    assert it.world.notes == []


async def test_a_record_rewritten_after_it_was_noted_gets_a_correction(
    company: MakeCompany,
) -> None:
    it = company(a_record(1, caller=CALLERS[0], minutes_ago=30))
    await it.run()
    it.records[:] = [a_record(1, caller=CALLERS[0], minutes_ago=30, outcome="accepted")]
    await it.run()
    await it.run()
    titles = [title for _, _, title in it.world.notes]
    assert len(titles) == 2
    assert "/corrected-" in titles[1]


async def test_a_dry_run_plans_what_a_real_run_does_and_leaves_nothing_behind(
    company: MakeCompany,
) -> None:
    it = company(*(a_record(n, caller=CALLERS[n % 4], minutes_ago=60 + n) for n in range(9)))
    plan = await it.run(dry_run=True)
    assert plan is not None
    assert not it.world.people
    assert it.database.run_sync(ledger.search) == []
    real = await it.run()
    assert real is not None
    names = ("seen", "leads_created", "leads_matched", "notes_created", "statuses_updated")
    assert [plan.total(name) for name in names] == [real.total(name) for name in names]
    planned = {line["note"] for line in plan.plan or [] if line["action"] == "write"}
    assert planned == {title for _, _, title in it.world.notes}
    owners = [line["lead"]["Owner"] for line in plan.plan or [] if line.get("lead")]
    assert owners == [row["Owner"] for row in it.world.people.values()]


async def test_a_dry_run_after_a_run_has_nothing_to_write_and_still_adds_up(
    company: MakeCompany,
) -> None:
    it = company(
        *(a_record(n, caller=CALLERS[n % 3], minutes_ago=60 + n) for n in range(6)),
        a_record(9, caller=CALLERS[4], minutes_ago=30).model_copy(update={"direction": "Outbound"}),
    )
    await it.run()
    plan = await it.run(dry_run=True)
    assert plan is not None
    assert (plan.total("seen"), plan.total("done"), plan.total("skipped")) == (7, 6, 1)
    assert plan.accounted_for
    assert not [line for line in plan.plan or [] if line["action"] == "write"]


async def test_two_processes_on_the_same_office_double_nothing(company: MakeCompany) -> None:
    it = company(*(a_record(n, caller=CALLERS[n % 5], minutes_ago=60 + n) for n in range(25)))
    reports = await asyncio.gather(it.run(), it.run(), it.run())
    assert all(report is not None and report.total("done") == 25 for report in reports)
    assert len(leads(it.world)) == 5 == len(it.world.people)
    assert len(it.world.notes) == 25 == len(set(it.world.notes))


@pytest.mark.parametrize("kind", ["kill_before", "kill_after", "lost", "drop", "refused"])
@pytest.mark.parametrize("step", range(1, 26))
async def test_every_step_can_fail_or_be_the_last_one(
    company: MakeCompany, kind: str, step: int
) -> None:
    """One fault at each step in turn, then an ordinary run: the CRM looks as if nothing was."""
    world = CrmWorld()
    world.add("Leads", Last_Name="Known", Phone="(215) 555-0100", Lead_Status="New")
    world.add("Contacts", Last_Name="Client", Mobile="215.555.0101")
    # Two calls of each caller, of different kinds: the last one's status stays.
    kinds = ("accepted", "missed")
    it = company(
        *(
            a_record(
                n,
                caller=CALLERS[n % 6],
                minutes_ago=90 - n,
                office=("north", "south")[n % 6 >= 3],
                outcome=kinds[n // 6],
            )
            for n in range(12)
        ),
        world=world,
    )
    await it.run(Hazard({step: kind}))
    await asyncio.sleep(0.32)  # The lease of the dead runs out (within one process: no burial).
    report = await it.run()
    assert report is not None
    assert report.total("done") == 12
    assert len(world.people) == 6
    assert len(world.notes) == 12 == len(set(world.notes))
    assert {row.get("Lead_Status") for row in world.people.values()} == {None, "Missed Call"}


@pytest.mark.parametrize("later", [{"hours_back": 0.1}, {"types": frozenset({"accepted"})}])
async def test_a_narrower_run_does_not_forget_what_an_earlier_one_took_on(
    company: MakeCompany, later: dict[str, Any]
) -> None:
    """Killed before it wrote; then runs that look back less, or for other calls; then any run."""
    it = company(*(a_record(n, caller=CALLERS[n], minutes_ago=60 + n) for n in range(4)))
    await it.run(Hazard({12: "kill_before"}))
    assert it.world.notes == []
    ready = it.database.run_sync(lambda conn: ledger.search(conn, fate="waiting"))
    assert len(ready) == 4
    await asyncio.sleep(0.32)
    await it.run(**later)
    await it.run(hours_back=0.1)
    assert len(it.world.notes) == 4 == len(set(it.world.notes))
