"""Missed calls become tasks, each once, and are completed when the customer is reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.calls.callback_company import CallbackCompany
from tests.component.calls.company import CALLERS, NOW, a_record
from tests.component.calls.fakes import Hazard

from switchboard.store import callbacks
from switchboard.store.tables import callback

ANN, BEN = CALLERS[:2]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[CallbackCompany]:
    made = CallbackCompany(tmp_path, [])
    yield made
    made.close()


async def history(company: CallbackCompany, *calls: tuple[int, str, float, str]) -> None:
    """Have calls (number, caller, minutes ago, outcome) read, written and told."""
    company.records += [
        a_record(number, caller=caller, minutes_ago=minutes, outcome=outcome)
        for number, caller, minutes, outcome in calls
    ]
    assert await company.run() is not None
    await company.tell()


async def look_again(company: CallbackCompany) -> None:
    """Let the time pass after which it is looked how open tasks stand."""
    everything = sa.update(callback).where(callback.c.state == "open").values(due_at=0.0)
    await company.database.run(lambda conn: conn.execute(everything).close())


async def test_a_missed_call_becomes_one_task_for_the_leads_owner(
    company: CallbackCompany,
) -> None:
    """However often the lane runs."""
    await history(company, (1, ANN, 60, "missed"))
    assert await company.call_backs() is None
    assert company.parts["north"].callbacks_opened == 1
    assert await company.call_backs() is None
    (task,) = company.tasks.values()
    (lead,) = (i for i, row in company.world.people.items() if row["module"] == "Leads")
    assert task["Subject"].startswith("Call back +1 215-555-0100 (missed call to Desk north) [rc:")
    assert task["What_Id"] == {"id": lead}
    assert task["Owner"] == company.world.people[lead]["Owner"]
    assert company.parts["north"].callbacks_opened == 0


async def test_a_person_who_calls_three_times_is_called_back_once(
    company: CallbackCompany,
) -> None:
    await history(
        company, (1, ANN, 90, "missed"), (2, ANN, 80, "voicemail"), (3, BEN, 70, "missed")
    )
    await company.call_backs()
    await history(company, (4, ANN, 60, "missed"))
    await company.call_backs()
    assert len(company.tasks) == 2


async def test_nobody_is_called_back_who_was_reached_already(company: CallbackCompany) -> None:
    await history(company, (1, ANN, 90, "missed"), (2, ANN, 60, "accepted"))
    await company.call_backs()
    assert company.tasks == {}


async def test_a_later_call_completes_the_task_and_says_who_was_reached(
    company: CallbackCompany,
) -> None:
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    await history(company, (2, ANN, 60, "accepted"))
    await company.call_backs()
    (task,) = company.tasks.values()
    assert task["Status"] == "Completed"
    assert "the customer called again on" in task["Description"]
    (row,) = (await company.rows()).values()
    assert row.state == "closed"


async def test_a_customer_missed_again_gets_a_new_task(company: CallbackCompany) -> None:
    """Missed, reached, missed: the second is no part of the first."""
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    await history(company, (2, ANN, 60, "accepted"), (3, ANN, 50, "missed"))
    await company.call_backs()
    assert sorted(task["Status"] for task in company.tasks.values()) == ["Completed", "Not Started"]


async def test_four_hundred_missed_calls_cost_four_requests(company: CallbackCompany) -> None:
    """A hundred tasks in one request, over all offices together."""
    company.lease_seconds = 30.0
    company.records = [
        a_record(n, caller=f"+1215555{n:04}", minutes_ago=n + 5, office=("north", "south")[n % 2])
        for n in range(1, 401)
    ]
    await company.run(hours_back=48)
    await company.tell()
    before = company.world.requests
    await company.call_backs()
    assert len(company.tasks) == 400
    assert company.world.requests - before == 4
    assert company.parts["north"].callbacks_opened == 200
    assert company.parts["south"].callbacks_opened == 200


# --- what people do -------------------------------------------------------------------------------


async def test_a_task_somebody_completed_is_left_alone_and_done(company: CallbackCompany) -> None:
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    (task,) = company.tasks.values()
    task |= {"Status": "Completed", "Description": "Spoke to her."}
    await look_again(company)
    await company.call_backs()
    (row,) = (await company.rows()).values()
    assert (row.state, row.why) == ("closed", "The task was completed in Zoho CRM.")
    assert task["Description"] == "Spoke to her."
    assert company.parts["north"].callbacks_closed == 0


@pytest.mark.parametrize(("minutes_ago", "tasks"), [(70, 2), (30, 1)])
async def test_a_call_missed_after_the_task_was_completed_by_hand_gets_its_own(
    company: CallbackCompany, minutes_ago: float, tasks: int
) -> None:
    """It is looked at once when a call joins it: nobody would call this customer back else."""
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    (task,) = company.tasks.values()
    task |= {"Status": "Completed", "Closed_Time": NOW - timedelta(minutes=minutes_ago)}
    await history(company, (2, ANN, 50, "missed"))
    await company.call_backs()
    assert len(company.tasks) == tasks


async def test_a_deleted_task_stays_deleted(company: CallbackCompany) -> None:
    """But a call missed after it was made asks for a new one."""
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    company.world.people.pop(*company.tasks)
    await history(company, (2, ANN, 60, "accepted"))
    await company.call_backs()
    assert company.tasks == {}
    (row,) = (await company.rows()).values()
    assert (row.state, row.why) == ("closed", "The task was deleted in Zoho CRM.")


async def test_a_status_a_person_chose_stays(company: CallbackCompany) -> None:
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    (task,) = company.tasks.values()
    task["Status"] = "In Progress"
    await history(company, (2, ANN, 60, "accepted"))
    await company.call_backs()
    assert task["Status"] == "In Progress"
    (row,) = (await company.rows()).values()
    assert (row.state, row.why) == (
        "closed",
        'The task was set to "In Progress" in Zoho CRM; that stays.',
    )


# --- what Zoho refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Remind_At", "Owner"])
async def test_a_task_goes_without_what_zoho_refuses_and_it_can_do_without(
    company: CallbackCompany, name: str
) -> None:
    """A reminder, an owner who left: the call-back is worth the same."""
    company.refuse = {name: "INVALID_DATA"}
    await history(company, (1, ANN, 4, "missed"), (2, BEN, 4, "missed"))
    before = company.world.requests
    await company.call_backs()
    assert company.world.requests - before == 2  # Refused with it, taken without.
    assert len(company.tasks) == 2
    assert not any(name in task for task in company.tasks.values())


async def test_a_refused_task_is_parked_the_call_stays_done_and_a_retry_makes_it(
    company: CallbackCompany,
) -> None:
    """A mandatory field of their own: what to do is said, nothing else suffers."""
    company.refuse = {"Region": "MANDATORY_NOT_FOUND"}
    await history(company, (1, ANN, 60, "missed"))
    assert await company.call_backs() is None
    (row,) = (await company.rows()).values()
    assert (row.state, row.error_code) == ("parked", "ZOHO-422")
    assert "switchboard calls callbacks --retry" in row.why
    company.refuse = {}
    await company.database.run(lambda conn: callbacks.retry(conn, [row.interaction_id]))
    await company.call_backs()
    assert len(company.tasks) == 1


async def test_switched_off_nothing_new_is_made_and_open_tasks_are_still_completed(
    company: CallbackCompany,
) -> None:
    await history(company, (1, ANN, 90, "missed"))
    await company.call_backs()
    company.enabled = False
    await history(company, (2, ANN, 60, "accepted"), (3, BEN, 50, "missed"))
    await company.call_backs()
    assert [task["Status"] for task in company.tasks.values()] == ["Completed"]


async def test_the_call_itself_never_sees_the_writes_of_its_call_back(
    company: CallbackCompany,
) -> None:
    """A corrected call is written anew: neither sends nor drops a task, nor is parked for one."""
    company.refuse = {"Region": "MANDATORY_NOT_FOUND"}
    await history(company, (1, ANN, 60, "missed"))
    await company.call_backs()
    company.records[0] = a_record(1, caller=ANN, minutes_ago=60, outcome="accepted")
    report = await company.run()
    assert report is not None
    assert (report.total("done"), report.total("parked")) == (1, 0)
    await company.tell()
    (row,) = (await company.rows()).values()
    assert (row.state, row.closed_by) == ("needless", "call:7:s-0001")


# --- lost answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost", "drop", "refused", "kill_before", "kill_after"])
async def test_every_step_may_go_wrong_once(company: CallbackCompany, kind: str) -> None:
    """One task, completed once, wherever the process dies or an answer is lost."""
    callers = [f"+121555502{number:02}" for number in range(1, 12)]
    for number, caller in enumerate(callers, 1):
        company.records += [
            a_record(number * 2, caller=caller, minutes_ago=90),
            a_record(number * 2 + 1, caller=caller, minutes_ago=60, outcome="accepted"),
        ]
    assert await company.run() is not None
    await company.forget_who_was_reached()  # Below they are told one after the other.
    for step, caller in enumerate(callers, 1):
        hazard = Hazard({step: kind})
        await company.tell([f"call:7:s-{step * 2:04}"])
        await company.call_backs(hazard)
        await company.call_backs()
        mine = [t for t in company.tasks.values() if caller[-4:] in t["Subject"]]
        assert [task["Status"] for task in mine] == ["Not Started"], (kind, step)
        await company.tell([f"call:7:s-{step * 2 + 1:04}"])
        await company.call_backs(Hazard({step: kind}))
        await company.call_backs()
        assert [task["Status"] for task in mine] == ["Completed"], (kind, step)
        assert len(company.tasks) == step
        if hazard.step < step:
            break  # There is no such step any more: all of them went wrong once.
    assert step > 4  # The heartbeat adds steps on a slow machine.
