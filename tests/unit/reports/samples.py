"""A company with two offices and a run in which nearly everything happened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from switchboard.config.documents import (
    AssignmentRules,
    EmailConfig,
    FieldMappings,
    LeadOwner,
    Office,
    OwnersConfig,
    Processing,
    Recipient,
    ReportSettings,
)
from switchboard.config.load import Configuration
from switchboard.config.settings import Settings
from switchboard.reports.facts import Facts
from switchboard.reports.models import ReportData
from switchboard.reports.statistics import report_data
from switchboard.store.budgets import Use
from switchboard.store.journal import Effect
from switchboard.store.ledger import Interaction
from switchboard.store.report_facts import Tally
from switchboard.store.runs import Run

START = datetime(2026, 3, 2, 13, 0, tzinfo=UTC).timestamp()  # 08:00 in Philadelphia.
END = START + 95.0
RUN = "20260302-130000-a1b2c3"
HOSTILE = '<img src=x onerror="alert(1)"> & Söhne'


def a_configuration(root: Path = Path("company"), **changes: Any) -> Configuration:
    owners = OwnersConfig(
        lead_owners=(
            LeadOwner(id="11", name="Sarah Reynolds", assignment_weight=2.0),
            LeadOwner(id="12", name="David Chen"),
        ),
        assignment_rules=AssignmentRules(),
    )
    values: dict[str, Any] = {
        "root": root,
        "offices": (
            an_office("philadelphia", "Philadelphia", "America/New_York", owners),
            an_office("denver", "Denver", "America/Denver", OwnersConfig()),
        ),
        "processing": Processing(),
        "mappings": FieldMappings(),
        "email": an_email(),
        "settings": Settings(),
        "several_offices": True,
    }
    return Configuration(**values | changes)


def an_office(ident: str, name: str, zone: str, owners: OwnersConfig) -> Office:
    return Office(
        id=ident,
        name=name,
        processing_order=1,
        timezone=zone,
        region="US",
        extensions=(),
        owners=owners,
    )


def an_email(*recipients: Recipient, **settings: Any) -> EmailConfig:
    return EmailConfig(
        smtp_server="smtp.example.com",
        sender_email="integration@example.com",
        sender_name="Switchboard",
        recipients=recipients
        or (
            Recipient(email="admin@example.com", name="Admin"),
            Recipient(email="manager@example.com", receive_errors=False),
            Recipient(email="oncall@example.com", receive_daily=False),
        ),
        report_settings=ReportSettings(**settings),
    )


def a_call(number: int, **changes: Any) -> Interaction:
    document = {
        "call": {"caller_name": changes.pop("caller_name", None)},
        "decision": changes.pop("decision", {}),
    }
    values: dict[str, Any] = {
        "id": f"call:7:s-{number:03}",
        "kind": "call",
        "account": "7",
        "session": f"s-{number:03}",
        "office": "philadelphia",
        "person": f"+1215555{number:04}",
        "started_at": START - 3600 * number,
        "outcome": "missed",
        "fate": "done",
        "first_seen": START + 10,
        "updated_at": START + 20,
        "document": json.dumps(document),
    }
    return Interaction(**values | changes)


def an_effect(call: Interaction, kind: str, **changes: Any) -> Effect:
    values: dict[str, Any] = {
        "key": f"{call.id}:{kind}",
        "interaction_id": call.id,
        "person": call.person,
        "kind": kind,
        "module": "Leads",
        "request": json.dumps({"target": "Missed Call"}),
        "state": "settled",
        "intended_at": START + 11,
    }
    return Effect(**values | changes)


def a_part(office: str, name: str, **changes: Any) -> dict[str, Any]:
    part = {"office": office, "name": name, "seen": 0, "done": 0, "skipped": 0, "parked": 0}
    return {**part, "waiting": 0, **changes}


def some_media(number: int, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": f"media:{number}",
        "updated_at": START + 30,
        "interaction_id": f"call:7:s-{number:03}",
        "office": "philadelphia",
        "person": f"+1215555{number:04}",
        "kind": "recording",
        "state": "owed",
        "why": "RingCentral does not have it yet.",
        "error_code": None,
        "call_started_at": START - 85 * 86_400,
        "expires_at": START + 5 * 86_400,
        "alarmed_at": None,
    }
    return row | changes


def a_run(**changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": RUN,
        "kind": "calls",
        "started_at": START,
        "finished_at": END,
        "outcome": "done",
    }
    return Run(**values | changes)


OPTIONS = {
    "offices": ["philadelphia", "denver"],
    "types": ["accepted", "missed"],
    "hours_back": 24.0,
    "dry_run": False,
}
REQUESTS = {
    "ringcentral": {
        "requests": 14,
        "credits": 14.0,
        "operations": {"read_call_log": 3},
        "groups": {"heavy": 9, "light": 4, "auth": 1},
    },
    "zoho_crm": {"requests": 23, "credits": 58.0, "operations": {}, "groups": {}},
    "zoho_accounts": {"requests": 1, "credits": 1.0, "operations": {}, "groups": {}},
}


def a_summary(**changes: Any) -> dict[str, Any]:
    offices = [
        a_part(
            "philadelphia",
            "Philadelphia",
            seen=31,
            done=24,
            skipped=4,
            parked=2,
            waiting=1,
            leads_created=9,
            leads_matched=12,
            contacts_matched=3,
            notes_created=24,
            statuses_updated=11,
            callbacks_opened=6,
            callbacks_closed=2,
            media_attached=8,
            owners={"11": 6, "12": 3},
            outcomes={"accepted": 15, "missed": 9, "voicemail": 5, "blocked": 1, "unsettled": 1},
            kinds={
                "answered": 13,
                "missed": 8,
                "voicemail": 5,
                "reached": 2,
                "unreached": 1,
                "open": 1,
                "other": 1,
            },
            skip_reasons={"outbound": 3, "blocked_by_ringcentral": 1},
            errors={"ZOHO-422": 2},
        ),
        a_part(
            "denver",
            "Denver",
            seen=11,
            done=9,
            skipped=2,
            leads_created=3,
            leads_matched=6,
            notes_created=9,
            outcomes={"accepted": 7, "missed": 4},
            kinds={"answered": 7, "missed": 4},
            skip_reasons={"extension_off": 2},
        ),
    ]
    return {"offices": offices, "requests": REQUESTS, "problems": [], **changes}


def some_facts(**changes: Any) -> Facts:
    """Return the facts of a busy run; *changes* replace whole fields."""
    lead = a_call(1, outcome="voicemail", caller_name="Alan Hampton", decision={"owner_id": "11"})
    note = a_call(2, outcome="accepted", caller_name=HOSTILE, why="The number belongs to a lead.")
    parked = [
        a_call(
            number,
            fate="parked",
            error_code="ZOHO-422",
            why="Zoho CRM refused the lead: Email is not an e-mail address (INVALID_DATA).",
            caller_name=name,
        )
        for number, name in ((3, "Marta Oyelaran"), (4, None))
    ]
    old = a_call(
        30, fate="parked", error_code="ZOHO-409", first_seen=START - 9e4, updated_at=START - 9e4
    )
    waits = a_call(5, fate="waiting", outcome="unsettled", why="The call was still going on.")
    skipped = a_call(
        6, office="denver", fate="skipped", reason="internal", why="Both sides are extensions."
    )
    withheld = a_call(7, office=None, fate="skipped", reason="no_number", why="Number withheld.")
    withheld = replace(withheld, person=withheld.id)
    values: dict[str, Any] = {
        "run": a_run(options=json.dumps(OPTIONS)),
        "at": END + 1,
        "options": OPTIONS,
        "summary": a_summary(),
        "tallies": [
            Tally("philadelphia", "done", "accepted", "lead", None, True, 15),
            Tally("philadelphia", "done", "missed", "none", None, True, 9),
            Tally("philadelphia", "skipped", "accepted", "internal", None, True, 4),
            Tally("philadelphia", "parked", "missed", "refused", "ZOHO-422", True, 2),
            Tally("philadelphia", "parked", "missed", "refused", "ZOHO-409", False, 1),
            Tally("philadelphia", "waiting", "unsettled", "in_progress", None, True, 1),
            Tally("denver", "done", "accepted", "lead", None, True, 7),
            Tally("denver", "skipped", "missed", "extension_off", None, True, 2),
        ],
        "calls": [lead, note, *parked, old, waits, skipped, withheld],
        "effects": {
            lead.id: [an_effect(lead, k) for k in ("lead", "note", "status")],
            note.id: [an_effect(note, "note", module="Contacts")],
        },
        "begun": [
            ("philadelphia", START - 3600 * hour, "missed" if hour % 3 else "accepted")
            for hour in range(1, 12)
        ]
        + [("denver", START - 3600 * 15, "voicemail")],
        "media": [some_media(8), some_media(9, state="gone", why="RingCentral deleted it.")],
        "media_counts": {"owed": 1, "done": 8},
        "media_of_calls": {lead.id: [("voicemail", "done")]},
        "callbacks": [("open", None, True, 6), ("closed", None, True, 2)],
        "callback_of_call": {lead.id: "open"},
        "usage": {
            "ringcentral": {"read_call_log": Use(44, 44.0)},
            "zoho_crm": {"create_records": Use(120, 310.0)},
            "zoho_accounts": {"token": Use(3, 3.0)},
        },
    }
    return Facts(**values | changes)


def some_data(configuration: Configuration | None = None, **changes: Any) -> ReportData:
    return report_data(some_facts(**changes), configuration or a_configuration())
