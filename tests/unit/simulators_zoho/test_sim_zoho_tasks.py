"""Tasks of the simulated CRM: reminders, when they were completed, and being found at once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.zoho_rig import ZohoRig

ALARM = "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-03-02T09:00:00-05:00"


async def a_task(zoho: ZohoRig, **fields: Any) -> str:
    task = {"Subject": "Call back [rc:s-1]", "Status": "Not Started", **fields}
    reply = await zoho.post("/Tasks", task)
    assert reply.status_code == 201, reply.text
    task_id: str = reply.json()["data"][0]["details"]["id"]
    return task_id


async def read(zoho: ZohoRig, task_id: str) -> dict[str, Any]:
    fields = "Subject,Status,Closed_Time,Remind_At,What_Id"
    (row,) = (await zoho.get("/Tasks", ids=task_id, fields=fields)).json()["data"]
    return dict(row)


async def test_a_task_belongs_to_a_lead_and_reminds_its_owner(zoho: ZohoRig) -> None:
    lead = await zoho.a_lead()
    about = {"What_Id": {"id": lead}, "$se_module": "Leads", "Remind_At": {"ALARM": ALARM}}
    row = await read(zoho, await a_task(zoho, **about))
    assert row["What_Id"]["id"] == lead
    assert row["Remind_At"] == {"ALARM": ALARM}


@pytest.mark.parametrize("value", [ALARM, {"ALARM": "tomorrow"}, {"at": ALARM}])
async def test_a_reminder_of_another_shape_is_refused(zoho: ZohoRig, value: Any) -> None:
    """Named in the answer, so that the task can go without it."""
    reply = await zoho.post("/Tasks", {"Subject": "Call back", "Remind_At": value})
    (item,) = reply.json()["data"]
    assert (item["code"], item["details"]["api_name"]) == ("INVALID_DATA", "Remind_At")


async def test_when_a_task_was_completed_is_kept(zoho: ZohoRig) -> None:
    """By the first completion; opened again it is not completed."""
    task = await a_task(zoho)
    assert (await read(zoho, task))["Closed_Time"] is None
    await zoho.put("/Tasks", {"id": task, "Status": "Completed"})
    first = (await read(zoho, task))["Closed_Time"]
    zoho.advance(60)
    await zoho.put("/Tasks", {"id": task, "Status": "Completed"})
    assert (await read(zoho, task))["Closed_Time"] == first == "2026-03-01T11:00:00-05:00"
    await zoho.put("/Tasks", {"id": task, "Status": "Deferred"})
    assert (await read(zoho, task))["Closed_Time"] is None


async def test_a_task_is_found_by_its_subject_at_once(zoho: ZohoRig) -> None:
    task = await a_task(zoho)
    reply = await zoho.coql("select id from Tasks where Subject in ('Call back [rc:s-1]')")
    assert [row["id"] for row in reply.json()["data"]] == [task]


async def test_deleted_tasks_are_left_out_of_a_list_by_ids(zoho: ZohoRig) -> None:
    task = await a_task(zoho)
    await zoho.call("DELETE", "/Tasks", params={"ids": task})
    assert (await zoho.get("/Tasks", ids=task, fields="Status")).status_code == 204
