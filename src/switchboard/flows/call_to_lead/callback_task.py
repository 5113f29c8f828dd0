"""Say what a call-back's task holds, when it is due, and when it is done. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.config.settings import CallbackSettings
from switchboard.flows.call_to_lead.hours import opening_hours
from switchboard.flows.call_to_lead.models import Attribution, Call, FieldProblem
from switchboard.flows.call_to_lead.note import local_time, marker
from switchboard.people.phone import readable
from switchboard.store.directory import DirectoryEntry
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_crm.models import CrmField
from switchboard.vendors.zoho_crm.tasks import SUBJECT_LENGTH, CrmTask, quotable

ABROAD = "ZZ"  # No region: numbers are written with their country, to be dialled from anywhere.
DESCRIPTION_LENGTH = 480  # Lists cut texts at 500 characters (zoho-crm.md §3.1): ours comes whole.
# What Zoho may refuse without the call-back being worth less: the task goes without it.
DISPENSABLE = frozenset({"Remind_At", "Owner"})
_OURS = frozenset(
    {"Subject", "Due_Date", "Status", "Priority", "Owner", "What_Id", "Who_Id", "Description"}
)
ADVICE = (
    "Let Zoho CRM accept the task (a mandatory field of the Tasks layout, a pick list value in"
    " callbacks of settings.json), then: switchboard calls callbacks --retry"
)


@dataclass(frozen=True, slots=True)
class Parent:
    """The record a task belongs to, and who looks after it."""

    module: str
    record_id: str
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands: still to be done, done by somebody, changed by somebody, or deleted."""

    verdict: Literal["waiting", "done", "changed", "gone"]
    why: str = ""
    attended_at: datetime | None = None


def reaches(call: Call, min_talk_seconds: float = 0.0) -> bool:
    """Tell whether somebody of ours talked to the customer in this call.

    An outbound call that a mailbox or a child took looks answered as well: *min_talk_seconds* is
    how long it must have lasted (ringing included, as RingCentral counts it).
    """
    if call.direction == "inbound":
        return call.call_type == "accepted"
    if call.direction == "outbound":
        return call.call_type == "accepted" and call.talk_seconds >= min_talk_seconds
    return False


def due_moment(call: Call, office: Office, due_minutes: float) -> datetime:
    """Return when the customer should have been called back: so many open minutes after the call.

    Never while the office is closed; without office hours the clock just runs.
    """
    return opening_hours(office).add_open(call.ended_at, due_minutes)


def subject_of(call: Call, attribution: Attribution | None) -> str:
    """Return the task's subject; it ends in the marker by which the task is found again."""
    number = readable(call.caller, ABROAD) if call.caller else "an unknown number"
    place = call.queue_name or (attribution.extension_name if attribution else None)
    to = f" to {place}" if place else ""
    head = " ".join(quotable(f"Call back {number} ({_kind(call)}{to})").split())
    mark = quotable(marker(call.session))
    room = SUBJECT_LENGTH - len(mark) - 1
    if len(head) > room:
        head = head[: room - 1].rstrip() + "…"
    return f"{head} {mark}"


def task_of(
    call: Call,
    office: Office,
    attribution: Attribution | None,
    parent: Parent | None,
    *,
    settings: CallbackSettings,
    now: datetime,
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Return the fields of the task in Zoho CRM (zoho-crm.md §7.2)."""
    due = due_moment(call, office, settings.due_minutes).astimezone(ZoneInfo(office.timezone))
    task: dict[str, Any] = {
        "Subject": subject_of(call, attribution),
        "Due_Date": due.date().isoformat(),
        "Status": settings.status_open,
        "Priority": settings.priority,
        "Description": _description(call, office, attribution, due),
    }
    if settings.remind and due > now:
        # As Zoho's own SDK samples write it. A pop-up: a mail for each would be a flood.
        when = due.isoformat(timespec="seconds")
        task["Remind_At"] = {"ALARM": f"FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:{when}"}
    if parent is not None:
        if parent.owner_id:
            task["Owner"] = {"id": parent.owner_id}
        if parent.module == "Contacts":
            task["Who_Id"] = {"id": parent.record_id}
        else:  # A lead goes into What_Id, not Who_Id.
            task |= {"What_Id": {"id": parent.record_id}, "$se_module": parent.module}
    return {name: value for name, value in task.items() if name not in without}


def parent_of(
    notes: Sequence[Effect], entries: Mapping[tuple[str, str], DirectoryEntry]
) -> Parent | None:
    """Return the record the call's note is under, or the contact its lead was converted to."""
    settled = [each for each in notes if each.kind == "note" and each.state == "settled"]
    if not settled:
        return None
    note = settled[-1]
    record_id = str(json.loads(note.request)["parent_id"])
    entry = entries.get((note.module, record_id))
    owner = entry.owner_id if entry else None
    if entry is None or not entry.converted:
        return Parent(note.module, record_id, owner)
    if entry.converted_contact_id is None:
        return None  # Zoho takes no task for a converted lead; the task still says whom to call.
    contact = entries.get(("Contacts", entry.converted_contact_id))
    owner = contact.owner_id if contact and contact.owner_id else owner
    return Parent("Contacts", entry.converted_contact_id, owner)


def standing_of(
    task: CrmTask | None, *, status_sent: str, status_done: str, closing: bool
) -> Standing:
    """Say how a task stands at Zoho; what a person did with it stays."""
    if task is None:
        return Standing("gone", "The task was deleted in Zoho CRM.")
    if task.status == status_done or task.closed_time is not None:
        moment = task.closed_time or task.modified_time
        return Standing("done", "The task was completed in Zoho CRM.", moment)
    if closing and task.status != status_sent:
        why = f'The task was set to "{task.status}" in Zoho CRM; that stays.'
        return Standing("changed", why)
    return Standing("waiting")


def closing_of(
    task: CrmTask, sent: Mapping[str, Any], status_done: str, line: str
) -> dict[str, Any]:
    """Return the update that completes a task; a description a person has edited stays theirs."""
    update: dict[str, Any] = {"id": task.id, "Status": status_done}
    description = str(sent.get("Description") or "")
    if (task.description or "").split() == description.split():
        update["Description"] = f"{description}\n\n{line}".strip()
    return update


def closing_line(by: Call | None, why: str, timezone: str) -> str:
    """Say who reached the customer, and when."""
    if by is None:
        return why
    when = f"{local_time(by.started_at, timezone):%Y-%m-%d %H:%M %Z}"
    if by.direction == "outbound":
        return f"Done by itself: the customer was called back on {when}."
    who = by.agent_name or "a colleague"
    return f"Done by itself: the customer called again on {when} and reached {who}."


def check_task_fields(
    fields: Mapping[str, CrmField], settings: CallbackSettings
) -> list[FieldProblem]:
    """Return what Zoho would refuse about our tasks; *fields* are those of the module Tasks."""
    problems = []
    for name, key, value in (
        ("Status", "status_open", settings.status_open),
        ("Status", "status_done", settings.status_done),
        ("Priority", "priority", settings.priority),
    ):
        known = fields[name].picklist if name in fields else ()
        if known and value not in known:
            listed = ", ".join(known)
            message = f'callbacks.{key} is "{value}", but {name} of a task is one of: {listed}.'
            problems.append(FieldProblem(field=name, message=message))
    for field in fields.values():
        if field.mandatory and not field.read_only and field.api_name not in _OURS:
            message = (
                f"The field {field.label or field.api_name} of the module Tasks is mandatory, and"
                " a call-back has no value for it. Make it optional in the layout of Tasks."
            )
            problems.append(FieldProblem(field=field.api_name, message=message))
    return problems


def _kind(call: Call) -> str:
    if call.callback_requested:
        return "asked to be called back"
    return "voicemail" if call.outcome == "voicemail" else "missed call"


def _description(call: Call, office: Office, attribution: Attribution | None, due: datetime) -> str:
    began = local_time(call.started_at, office.timezone)
    number = readable(call.caller, ABROAD) if call.caller else "number withheld"
    place = call.queue_name or (attribution.extension_name if attribution else None)
    who = ", ".join(filter(None, (number, call.caller_name, call.caller_location)))
    left = "The caller left a voicemail." if call.outcome == "voicemail" else "No message was left."
    if call.callback_requested:
        left = f"The caller asked to be called back. {left}"
    to = f" to {place}" if place else ""
    lines = [
        f"Missed call on {began:%Y-%m-%d %H:%M %Z}{to} ({office.name})",
        f"From: {who}",
        left,
        f"Please call back by {due:%A, %Y-%m-%d %H:%M %Z}.",
    ]
    over = len("\n".join(lines)) - DESCRIPTION_LENGTH
    if over > 0:  # Only names can be that long.
        lines[0], lines[1] = lines[0][:160], lines[1][:160]
    return "\n".join(lines)


def utc(epoch: float) -> datetime:
    """Return epoch seconds as a moment."""
    return datetime.fromtimestamp(epoch, UTC)
