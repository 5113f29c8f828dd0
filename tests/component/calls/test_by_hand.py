"""A person skips a call or gives its lead to somebody else: once, whatever the network does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from tests.component.calls.company import CALLERS, Company, a_record
from tests.component.calls.fakes import FakeCrm, Hazard, KilledError

from switchboard.errors import InDoubtError, OperatorError
from switchboard.flows.call_to_lead import by_hand
from switchboard.flows.call_to_lead.owner_change import due, work_owners
from switchboard.flows.call_to_lead.retry import reopen
from switchboard.flows.call_to_lead.working import working
from switchboard.people.mentions import mentions_of
from switchboard.store import audit, forgetting, journal, leases, ledger
from switchboard.store.personal import Person
from switchboard.vendors.zoho_crm.models import CrmUser, ItemResult

T = TypeVar("T")
CALL = "call:7:s-0001"
ANA = {"actor": "console:ana", "who": "ana"}
HAZARDS = ("kill_before", "kill_after", "lost", "drop", "refused")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    it = Company(tmp_path, [a_record(1, caller=CALLERS[0], minutes_ago=90)])
    yield it
    it.close()


class Given(list[str]):
    """To whom leads were given at Zoho, one entry for each time; `trouble` meets the next one."""

    trouble = ""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    told = Given()
    update = FakeCrm.update_records

    async def counted(self: FakeCrm, module: str, records: Any, **more: Any) -> list[ItemResult]:
        if not any("Owner" in each for each in records):
            return await update(self, module, records, **more)
        trouble, told.trouble = told.trouble, ""
        if trouble == "drop":
            raise InDoubtError("ZOHO-000", "No answer.")
        before = {r["id"]: self.world.people[r["id"]].get("Owner") for r in records}
        try:
            results = await update(self, module, records, **more)
        finally:
            for each in records:
                now = self.world.people[each["id"]].get("Owner")
                if now is each["Owner"] and before[each["id"]] is not now:
                    told.append(now["id"])
        if trouble == "lost":
            raise InDoubtError("ZOHO-000", "No answer.")
        return results

    monkeypatch.setattr(FakeCrm, "update_records", counted)
    return told


async def not_written(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run while Zoho takes no leads: the call waits."""

    async def busy(*_args: Any, **_more: Any) -> list[ItemResult]:
        raise OperatorError("ZOHO-401", "The connection was revoked.")

    with monkeypatch.context() as patch:
        patch.setattr(FakeCrm, "create_records", busy)
        await company.run()
    assert (call(company).fate, company.world.people) == ("waiting", {})


def do(company: Company, fn: Any, **more: Any) -> Any:
    return company.database.run_sync(partial(fn, **more))


def give(company: Company, owner: str, call: str = CALL) -> by_hand.Reassigned:
    wish = {"call_id": call, "owner_id": owner, "owner_name": f"Owner {owner}", **ANA}
    return do(company, by_hand.reassign, **wish)  # type: ignore[no-any-return]


def changes(company: Company) -> list[journal.Effect]:
    matter = journal.owner_changes_of(CALL)
    found: dict[str, list[journal.Effect]] = do(company, journal.of_interactions, ids=[matter])
    return found.get(matter, [])


def call(company: Company) -> ledger.Interaction:
    rows: dict[str, ledger.Interaction] = do(company, ledger.load, ids=[CALL])
    return rows[CALL]


def trail(company: Company) -> list[tuple[str, str]]:
    return [(e.actor, e.action) for e in do(company, lambda c: list(audit.entries(c)))]


async def work(company: Company, hazard: Hazard | None = None) -> str | None:
    """Be a worker on owners once; None as well when it was killed."""
    tools = company.tools(hazard or Hazard())
    try:
        async with working(tools):
            return await work_owners(tools)
    except KilledError:
        return None


def owner(company: Company) -> str:
    (lead,) = [row for row in company.world.people.values() if row["module"] == "Leads"]
    return str(lead["Owner"]["id"])


async def test_a_lead_is_given_to_another_owner_once(company: Company, given: Given) -> None:
    """Two clicks, two workers: the lead changes hands one time, and the trail says who did it."""
    await company.run()
    other = "12" if owner(company) == "11" else "11"
    assert give(company, other).how == "wanted"
    give(company, other)
    assert do(company, due, reconcile_after=0.0)
    await asyncio.gather(work(company), work(company))
    await work(company)
    assert (owner(company), given) == (other, [other])
    assert [each.state for each in changes(company)] == ["settled"]
    assert not do(company, due, reconcile_after=0.0)
    assert trail(company).count(("console:ana", "call.reassign")) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", HAZARDS)
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6])
async def test_whatever_breaks_while_an_owner_is_changed_nothing_is_done_twice(
    company: Company, given: Given, kind: str, step: int
) -> None:
    """Killed, lost or refused at any step: the next workers look first, and finish it."""
    await company.run()
    other = "12" if owner(company) == "11" else "11"
    give(company, other)
    await work(company, Hazard({step: kind}))
    await asyncio.sleep(0.32)  # The lease of the dead runs out.
    for _ in range(3):
        await work(company)
    assert (owner(company), given) == (other, [other])
    assert [each.state for each in changes(company)] == ["settled"]


async def test_a_run_settles_what_a_lost_answer_left_open(company: Company, given: Given) -> None:
    """Calls of the same caller wait for the doubt, and the run that clears it writes them."""
    await company.run()
    other = "12" if owner(company) == "11" else "11"
    give(company, other)
    company.records.append(a_record(2, caller=CALLERS[0], minutes_ago=20))
    given.trouble = "lost"
    await work(company)
    assert [each.state for each in changes(company)] == ["sending"]
    assert await company.run() is not None
    assert [each.state for each in changes(company)] == ["settled"]
    assert given == [other]


async def test_what_somebody_else_did_meanwhile_stays(company: Company, given: Given) -> None:
    """The request was dropped, and a colleague gave the lead to a third person: theirs counts."""
    await company.run()
    (lead,) = company.world.people.values()
    give(company, "13")
    given.trouble = "drop"
    await work(company)
    assert [each.state for each in changes(company)] == ["sending"]
    lead["Owner"] = {"id": "99"}
    await work(company)
    assert (owner(company), given) == ("99", [])
    (change,) = changes(company)
    assert (change.state, "meanwhile" in str(change.error)) == ("superseded", True)


async def test_another_choice_replaces_one_that_was_not_sent(
    company: Company, given: Given
) -> None:
    await company.run()
    give(company, "13")
    give(company, "99")
    await work(company)
    assert given == ["99"]
    assert [each.state for each in changes(company)] == ["superseded", "settled"]


async def test_the_owner_of_a_call_not_written_yet_is_kept_for_its_lead(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parked call's lead gets the chosen owner when it is made, and nobody's turn is taken."""
    company.lease_seconds = 30.0  # Nobody dies here.
    await not_written(company, monkeypatch)
    assert give(company, "13").how == "pinned"
    await company.run()
    assert owner(company) == "13"
    decision = json.loads(call(company).document)["decision"]
    assert decision["owner_why"] == "ana chose Owner 13 by hand."
    assert changes(company) == []


async def test_a_contact_keeps_its_owner(company: Company) -> None:
    """Only leads are given away here."""
    company.world.add("Contacts", Last_Name="Contact", Phone=CALLERS[0])
    await company.run()
    with pytest.raises(OperatorError, match="CALL-001"):
        give(company, "13")


def skip(company: Company, reason: str = "Wrong number") -> Any:
    return do(company, by_hand.skip, call_id=CALL, reason=reason, **ANA)


async def test_a_skipped_call_stays_skipped(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No later run takes it up again, also when RingCentral changes its record."""
    await not_written(company, monkeypatch)
    skip(company, "  Our own\n supplier ")
    row = call(company)
    assert (row.fate, row.reason) == ("skipped", "by_hand")
    assert row.why == "ana skipped it: Our own supplier"
    company.records[0] = a_record(1, caller=CALLERS[0], minutes_ago=90, outcome="voicemail")
    for _ in range(2):
        await company.run()
    assert (call(company).fate, company.world.people, company.world.notes) == ("skipped", {}, [])
    assert ("console:ana", "call.skip") in trail(company)
    states = do(company, journal.of_interactions, ids=[CALL]).get(CALL, [])
    assert {each.state for each in states} <= {"superseded"}


async def test_only_waiting_and_parked_calls_are_skipped(company: Company) -> None:
    await company.run()
    with pytest.raises(OperatorError, match="CALL-001"):
        skip(company)
    assert call(company).fate == "done"


async def test_a_call_somebody_works_on_is_left_alone(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await not_written(company, monkeypatch)
    now = time.time()
    do(company, leases.acquire, persons=[CALLERS[0]], worker_id="busy", until=now + 60, now=now)
    for wish in (skip, lambda it: give(it, "13")):
        with pytest.raises(OperatorError, match="CALL-002"):
            wish(company)
    assert call(company).fate == "waiting"


@pytest.mark.parametrize("reason", ["", " \n\t"])
async def test_a_reason_is_needed(
    company: Company, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    await not_written(company, monkeypatch)
    with pytest.raises(OperatorError, match="CALL-003"):
        skip(company, reason)


async def test_a_forgotten_call_is_not_touched_any_more(company: Company) -> None:
    """What was kept of a change of owner is emptied with the rest."""
    await company.run()
    give(company, "13")
    await work(company)
    person = Person(phone=CALLERS[0])
    mentions = mentions_of(person.phone, None)

    def forget(conn: sa.Connection) -> None:
        forgetting.forget(conn, None, person, mentions, b"k" * 32, time.time())

    do(company, forget)
    assert [(e.request, CALLERS[0] in e.person) for e in changes(company)] == [("{}", False)]
    for wish in (skip, lambda it: give(it, "12")):
        with pytest.raises(OperatorError, match="CALL-001"):
            wish(company)


async def test_skipping_undoes_nothing_that_a_retry_had_opened(company: Company) -> None:
    """A parked call is put back, then skipped before anybody took it."""
    company.world.add("Leads", Last_Name="Gone", Phone=CALLERS[0], converted=True)
    await company.run()
    assert call(company).fate == "parked"
    assert do(company, reopen, ids=[CALL]) == [CALL]
    skip(company)
    await company.run()
    assert call(company).fate == "skipped"
    assert do(company, reopen, ids=[CALL]) == []


USERS = {
    "1": CrmUser(id="1", full_name="Sarah Reynolds"),
    "2": CrmUser(id="2", full_name="Tom", status="inactive"),
    "3": CrmUser(id="3", full_name="Kim"),
    "4": CrmUser(id="4", full_name="Kim"),
}


@pytest.mark.parametrize("words", ["1", "sarah  reynolds", " Sarah Reynolds"])
def test_an_owner_is_named_by_id_or_name(words: str) -> None:
    assert by_hand.owner_named(words, USERS).id == "1"


@pytest.mark.parametrize("words", ["2", "Kim", "Nobody", ""])
def test_who_cannot_own_a_lead_is_refused(words: str) -> None:
    with pytest.raises(OperatorError, match="CALL-003"):
        by_hand.owner_named(words, USERS)
