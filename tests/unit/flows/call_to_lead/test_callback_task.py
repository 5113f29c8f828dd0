"""What a call-back's task holds, when it is due, and when it is done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import CUSTOMER, START

from switchboard.config.documents import (
    AssignmentRules,
    Holiday,
    Office,
    OfficeHours,
    OwnersConfig,
)
from switchboard.config.settings import CallbackSettings
from switchboard.flows.call_to_lead.callback_task import (
    DESCRIPTION_LENGTH,
    Parent,
    check_task_fields,
    closing_line,
    closing_of,
    due_moment,
    parent_of,
    reaches,
    standing_of,
    subject_of,
    task_of,
)
from switchboard.flows.call_to_lead.hours import opening_hours
from switchboard.flows.call_to_lead.models import Attribution, Call
from switchboard.store.directory import DirectoryEntry
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_crm.models import CrmField
from switchboard.vendors.zoho_crm.tasks import CrmTask, find_request

EASTERN = ZoneInfo("America/New_York")
SETTINGS = CallbackSettings(enabled=True)
SALES = Attribution(
    office_id="east",
    extension_id="200",
    extension_name="Sales",
    role="queue",
    process_calls=True,
    decided_by="200",
)
LEAD = Parent("Leads", "77", "9001")


def a_call(start: datetime = START, **changes: Any) -> Call:
    values: dict[str, Any] = {
        "account": "7",
        "session": "s-1",
        "started_at": start,
        "ended_at": start + timedelta(seconds=30),
        "direction": "inbound",
        "outcome": "missed",
        "caller": CUSTOMER,
    }
    return Call(**(values | changes))


def an_office(hours: OfficeHours | None = None) -> Office:
    return Office(
        id="east",
        name="East office",
        processing_order=1,
        timezone="America/New_York",
        region="US",
        extensions=(),
        owners=OwnersConfig(lead_owners=(), assignment_rules=AssignmentRules(office_hours=hours)),
    )


def nine_to_five(*holidays: str) -> OfficeHours:
    named = tuple(Holiday(date=each) for each in holidays)
    return OfficeHours(start="09:00", end="17:00", holidays=named)


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


def a_task(call: Call, office: Office | None = None, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"settings": SETTINGS, "now": call.ended_at} | changes
    parent = values.pop("parent", LEAD)
    return task_of(call, office or an_office(nine_to_five()), SALES, parent, **values)


# --- when it is due -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        ("2026-11-03T10:00", "2026-11-03T11:00"),  # In the middle of a Tuesday.
        ("2026-11-03T16:30", "2026-11-04T09:30"),  # Half of the hour is left for tomorrow.
        ("2026-11-03T20:00", "2026-11-04T10:00"),  # At night.
        ("2026-11-06T16:30", "2026-11-09T09:30"),  # Friday, over the week-end.
        ("2026-11-25T16:30", "2026-11-27T09:30"),  # The day between is a holiday.
        ("2026-03-06T16:30", "2026-03-09T09:30"),  # The clocks go forward on the Sunday.
        ("2026-10-30T16:30", "2026-11-02T09:30"),  # ... and back.
    ],
)
def test_a_call_back_is_due_after_so_many_minutes_of_opening(ended: str, due: str) -> None:
    """An hour of office hours after the call: never at night, on a week-end or a holiday."""
    call = a_call(ended_at=eastern(ended))
    office = an_office(nine_to_five("2026-11-26"))
    assert due_moment(call, office, 60).astimezone(EASTERN) == eastern(due)


@given(
    st.integers(0, 365 * 24 * 60).map(
        lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    st.integers(0, 960),
)
def test_a_call_back_is_never_due_while_the_office_is_closed(ended: datetime, minutes: int) -> None:
    """At any minute of the year."""
    office = an_office(nine_to_five("12-25"))
    due = due_moment(a_call(ended_at=ended), office, minutes)
    hours = opening_hours(office)
    assert due >= ended
    assert hours.is_open(due) or hours.is_open(due - timedelta(seconds=1))


def test_an_office_without_hours_is_open_always() -> None:
    call = a_call(ended_at=eastern("2026-11-03T23:30"))
    assert a_task(call, an_office())["Due_Date"] == "2026-11-04"
    assert due_moment(call, an_office(), 60).astimezone(EASTERN) == eastern("2026-11-04T00:30")


# --- what it holds --------------------------------------------------------------------------------


def test_a_task_says_whom_to_call_by_when_and_why() -> None:
    """Everything a salesperson needs, on the office's clock."""
    call = a_call(
        start=eastern("2026-11-03T10:00"),
        outcome="voicemail",
        caller_name="Jane Doe",
        queue_name="Sales Queue",
    )
    assert a_task(call) == {
        "Subject": "Call back +1 215-555-0142 (voicemail to Sales Queue) [rc:s-1]",
        "Due_Date": "2026-11-03",
        "Status": "Not Started",
        "Priority": "High",
        "Description": "Missed call on 2026-11-03 10:00 EST to Sales Queue (East office)\n"
        "From: +1 215-555-0142, Jane Doe\n"
        "The caller left a voicemail.\n"
        "Please call back by Tuesday, 2026-11-03 11:00 EST.",
        "Remind_At": {
            "ALARM": "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-11-03T11:00:30-05:00"
        },
        "Owner": {"id": "9001"},
        "What_Id": {"id": "77"},
        "$se_module": "Leads",
    }


def test_a_contact_is_named_as_who_and_a_lead_as_what() -> None:
    """Zoho takes a lead in What_Id only: zoho-crm.md §7.1."""
    task = a_task(a_call(), parent=Parent("Contacts", "88"))
    assert task["Who_Id"] == {"id": "88"}
    assert not {"What_Id", "$se_module", "Owner"} & task.keys()


def test_nobody_is_reminded_of_what_is_overdue_already_or_does_not_want_to_be() -> None:
    call = a_call()
    assert "Remind_At" not in a_task(call, now=call.ended_at + timedelta(days=9))
    silent = CallbackSettings(enabled=True, remind=False)
    assert "Remind_At" not in a_task(call, settings=silent)
    assert "Owner" not in a_task(call, without={"Owner"})


@given(st.text(max_size=400), st.text(min_size=1, max_size=120))
def test_every_subject_fits_is_found_again_and_can_be_asked_for(name: str, session: str) -> None:
    """Whatever a queue is called: Zoho's limit holds and the query needs no escaping."""
    call = a_call(queue_name=name, session=session)
    subject = subject_of(call, None)
    assert len(subject) <= 255
    assert subject.endswith("]")
    assert subject == subject_of(call, None)
    find_request([subject], 0)


@given(st.text(max_size=3000), st.text(max_size=3000))
def test_a_description_always_comes_back_whole_from_a_list(name: str, queue: str) -> None:
    """Zoho's lists cut at 500 characters; then nobody could tell whether it was edited."""
    task = a_task(a_call(caller_name=name, queue_name=queue))
    assert len(task["Description"]) <= DESCRIPTION_LENGTH


# --- whose it is ----------------------------------------------------------------------------------


def a_note(**changes: Any) -> Effect:
    values: dict[str, Any] = {
        "key": "call:7:s-1:note",
        "interaction_id": "call:7:s-1",
        "person": CUSTOMER,
        "kind": "note",
        "module": "Leads",
        "state": "settled",
        "request": json.dumps({"parent_id": "77"}),
        "intended_at": 0.0,
    }
    return Effect(**(values | changes))


def an_entry(module: str, record_id: str, **changes: Any) -> DirectoryEntry:
    values: dict[str, Any] = {
        "module": module,
        "record_id": record_id,
        "full_name": None,
        "owner_id": "9001",
        "lead_status": None,
        "converted": False,
        "converted_contact_id": None,
        "modified_at": None,
    }
    return DirectoryEntry(**(values | changes))


def test_the_task_belongs_to_the_record_the_calls_note_is_under() -> None:
    entries = {("Leads", "77"): an_entry("Leads", "77")}
    assert parent_of([a_note()], entries) == LEAD
    assert parent_of([a_note()], {}) == Parent("Leads", "77", None)
    assert parent_of([a_note(state="intended")], entries) is None


def test_the_task_of_a_converted_lead_belongs_to_its_contact() -> None:
    lead = an_entry("Leads", "77", converted=True, converted_contact_id="88")
    contact = an_entry("Contacts", "88", owner_id="9002")
    entries = {("Leads", "77"): lead, ("Contacts", "88"): contact}
    assert parent_of([a_note()], entries) == Parent("Contacts", "88", "9002")
    del entries["Contacts", "88"]
    assert parent_of([a_note()], entries) == Parent("Contacts", "88", "9001")


# --- when it is done ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"outcome": "accepted"}, True),
        ({"outcome": "answered_elsewhere"}, True),
        ({"outcome": "missed"}, False),
        ({"outcome": "voicemail"}, False),
        ({"outcome": "unsettled"}, False),
        ({"outcome": "accepted", "direction": "outbound", "talk_seconds": 20}, True),
        ({"outcome": "accepted", "direction": "outbound", "talk_seconds": 19}, False),
        ({"outcome": "missed", "direction": "outbound"}, False),
        ({"outcome": "failed", "direction": "outbound"}, False),
        ({"outcome": "accepted", "direction": "internal"}, False),
    ],
)
def test_a_call_reaches_the_customer_when_people_talked(
    changes: dict[str, Any], expected: bool
) -> None:
    """Ours to them must have lasted: a mailbox answers as well. Theirs to us was answered."""
    assert reaches(a_call(**changes), 20) is expected


def a_crm_task(**changes: Any) -> CrmTask:
    return CrmTask(**({"id": "5", "status": "Not Started", "description": "Call."} | changes))


@pytest.mark.parametrize(
    ("task", "closing", "verdict"),
    [
        (None, False, "gone"),
        (a_crm_task(status="Completed"), False, "done"),
        (a_crm_task(status="Erledigt", closed_time=START), False, "done"),
        (a_crm_task(status="In Progress"), False, "waiting"),
        (a_crm_task(status="In Progress"), True, "changed"),
        (a_crm_task(), True, "waiting"),
    ],
)
def test_what_a_person_did_with_a_task_stays(
    task: CrmTask | None, closing: bool, verdict: str
) -> None:
    found = standing_of(task, status_sent="Not Started", status_done="Completed", closing=closing)
    assert found.verdict == verdict


def test_a_completed_task_says_who_reached_the_customer() -> None:
    by = a_call(eastern("2026-11-04T11:00"), outcome="accepted", agent_name="Ann")
    line = closing_line(by, "", "America/New_York")
    assert (
        line == "Done by itself: the customer called again on 2026-11-04 11:00 EST and reached Ann."
    )
    out = a_call(eastern("2026-11-04T11:00"), direction="outbound", outcome="accepted")
    assert "was called back on 2026-11-04 11:00 EST" in closing_line(out, "", "America/New_York")
    sent = {"Description": "Call."}
    assert closing_of(a_crm_task(), sent, "Completed", line) == {
        "id": "5",
        "Status": "Completed",
        "Description": f"Call.\n\n{line}",
    }


def test_a_description_a_person_has_edited_is_left_alone() -> None:
    task = a_crm_task(description="Call. She is away until Monday.")
    update = closing_of(task, {"Description": "Call."}, "Completed", "Reached.")
    assert update == {"id": "5", "Status": "Completed"}


# --- what Zoho would refuse -----------------------------------------------------------------------


def a_field(name: str, **changes: Any) -> CrmField:
    return CrmField(**({"api_name": name, "data_type": "text"} | changes))


def test_values_missing_from_the_pick_lists_of_tasks_are_named() -> None:
    fields = {
        "Status": a_field("Status", picklist=("Offen", "Erledigt")),
        "Priority": a_field("Priority", picklist=("High", "Low")),
    }
    problems = check_task_fields(fields, SETTINGS)
    assert [each.field for each in problems] == ["Status", "Status"]
    assert "callbacks.status_open" in problems[0].message
    assert "Offen, Erledigt" in problems[1].message


def test_a_mandatory_field_a_call_back_cannot_fill_is_named() -> None:
    fields = {
        "Subject": a_field("Subject", mandatory=True),
        "Region": a_field("Region", mandatory=True, label="Sales region"),
    }
    (problem,) = check_task_fields(fields, SETTINGS)
    assert "Sales region" in problem.message
    assert check_task_fields({}, SETTINGS) == []
