"""Small makers of calls, records and legs: what a test does not name has a plain value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from switchboard.config.documents import ExtensionConfig, LeadOwner, Office, OwnersConfig
from switchboard.flows.call_to_lead.models import Call
from switchboard.vendors.ringcentral.models import CallRecord, Extension, Leg, MessageRef, Party

START = datetime(2026, 11, 3, 15, 4, 5, 120000, tzinfo=UTC)
LATER = START + timedelta(hours=1)
CUSTOMER = "+12155550142"
MAIN = "+12155550199"

QUEUE = Extension(id="200", extension_number="1001", name="Support Queue", type="Department")
DANA = Extension(id="301", extension_number="201", name="Dana Sample")
LEE = Extension(id="304", extension_number="204", name="Lee Example")
MENU = Extension(id="400", extension_number="9", name="Main Menu", type="IvrMenu")
EXTENSIONS = {each.id: each for each in (QUEUE, DANA, LEE, MENU)}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_leg(kind: str, result: str, **changes: Any) -> Leg:
    """Return a leg; `ext` is its extension id, `after` the seconds since the call's start."""
    extension = changes.pop("ext", None)
    values: dict[str, Any] = {
        "leg_type": kind,
        "result": result,
        "start_time": at(changes.pop("after", 0)),
        "extension_id": extension,
        "direction": "Inbound" if kind == "Accept" else "Outbound",
    }
    return Leg(**(values | changes))


def a_record(record_id: str = "r1", **changes: Any) -> CallRecord:
    """Return an inbound call record from CUSTOMER, answered by nobody, 30 seconds long."""
    values: dict[str, Any] = {
        "id": record_id,
        "session_id": "880012345004",
        "telephony_session_id": "s-1",
        "start_time": START,
        "duration_seconds": 30,
        "direction": "Inbound",
        "action": "Phone Call",
        "result": "Missed",
        "from_": Party(phone_number=CUSTOMER),
        "to": Party(phone_number=MAIN),
    }
    return CallRecord(**(values | changes))


def a_queue_record(**changes: Any) -> CallRecord:
    """Return the vendor note's queue call: Dana did not answer, Lee talked for 192 seconds."""
    values: dict[str, Any] = {
        "duration_seconds": 214,
        "result": "Accepted",
        "reason": "Accepted",
        "to": Party(phone_number=MAIN, name="Support Queue"),
        "legs": (
            a_leg("Accept", "Accepted", ext="200", duration_seconds=214, master=True),
            a_leg("PstnToSip", "No Answer", ext="301", after=6, duration_seconds=15),
            a_leg(
                "PstnToSip",
                "Accepted",
                reason="Accepted",
                ext="304",
                after=22,
                duration_seconds=192,
                to=Party(extension_number="204"),
                from_=Party(name="Lee Example"),
            ),
        ),
    }
    return a_record(**(values | changes))


def a_direct_record(result: str = "Accepted", **changes: Any) -> CallRecord:
    """Return a call to Lee's own number."""
    values: dict[str, Any] = {
        "result": result,
        "legs": (a_leg("Accept", result, ext="304", duration_seconds=30, master=True),),
    }
    return a_record(**(values | changes))


def voicemail(message_id: str = "vm1", kind: str | None = "VoiceMail") -> MessageRef:
    return MessageRef(id=message_id, type=kind)


def a_call(**changes: Any) -> Call:
    """Return a collapsed call, missed at Lee's extension."""
    values: dict[str, Any] = {
        "account": "700100004",
        "session": "s-1",
        "started_at": START,
        "ended_at": at(30),
        "direction": "inbound",
        "outcome": "missed",
        "caller": CUSTOMER,
        "caller_raw": CUSTOMER,
        "called_number": MAIN,
        "extension_ids": ("304",),
        "extension_numbers": ("204",),
        "duration_seconds": 30,
        "result_raw": "Missed",
    }
    return Call(**(values | changes))


def an_owner(owner_id: str, weight: float = 1.0, *, active: bool = True) -> LeadOwner:
    return LeadOwner(id=owner_id, name=f"Owner {owner_id}", active=active, assignment_weight=weight)


def an_extension(extension_id: str, **changes: Any) -> ExtensionConfig:
    values: dict[str, Any] = {"id": extension_id, "name": f"Extension {extension_id}"}
    return ExtensionConfig(**(values | changes))


def an_office(office_id: str = "philadelphia", **changes: Any) -> Office:
    """Return an office with Lee and the support queue."""
    values: dict[str, Any] = {
        "id": office_id,
        "name": office_id.capitalize(),
        "processing_order": 1,
        "timezone": "America/New_York",
        "region": "US",
        "extensions": (
            an_extension("200", name="Support Queue", type="Department", number="1001"),
            an_extension("304", name="Lee Example", number="204"),
        ),
        "owners": OwnersConfig(lead_owners=(an_owner("1"),)),
    }
    return Office(**(values | changes))
