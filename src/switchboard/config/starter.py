"""The starting set: complete documents that explain themselves, ready to be edited."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from switchboard.config.chat_starter import (
    ENV_EXAMPLE,
    ENV_TEXT,
    chat_documents,
    chat_settings,
    hours_alone,
)
from switchboard.config.documents import (
    ACCEPTED_DEFAULTS,
    LEAD_STATUS_DEFAULTS,
    MISSED_DEFAULTS,
    is_office_id,
)
from switchboard.config.findings import refuse
from switchboard.config.places import EMAIL, MAPPINGS, OFFICES, SCHEDULE, SETTINGS, office_file
from switchboard.config.timezones import is_time_zone, nearest_time_zone

GUIDE = "data/README.md"


def starting_set(
    offices: Sequence[str], *, timezone: str, calls: bool = True, chats: bool = False
) -> dict[str, str]:
    """Return path → text: one company without *offices*, else one folder for each of them."""
    if not is_time_zone(timezone):
        message = f'the time zone "{timezone}" is unknown{nearest_time_zone(timezone)}'
        raise refuse("CFG-009", "--timezone", message)
    for office_id in offices:
        if not is_office_id(office_id):
            message = f'"{office_id}" must be letters, digits, - and _ only, and not data'
            raise refuse("CFG-007", "--offices", message)
    if len(set(offices)) != len(offices):
        raise refuse("CFG-008", "--offices", "names an office twice")
    documents = _office_documents(offices, timezone, calls=calls)
    if calls:
        documents[MAPPINGS] = _mappings()
    documents[EMAIL] = _email()
    if calls:
        documents[SCHEDULE] = _schedule(timezone)
    if chats:
        documents |= chat_documents()
    documents[SETTINGS] = _settings(timezone, several=bool(offices), calls=calls)
    if chats:
        documents[SETTINGS] |= chat_settings()
    texts = {
        name: json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        for name, value in documents.items()
    }
    if chats:
        texts[ENV_EXAMPLE] = ENV_TEXT
    return {**texts, GUIDE: _guide(list(texts), calls=calls)}


def _office_documents(offices: Sequence[str], timezone: str, *, calls: bool) -> dict[str, Any]:
    several = bool(offices)
    documents = {OFFICES: _offices(offices, timezone)} if several else {}
    for number, office_id in enumerate(offices or ["main"], start=1):
        if calls:
            extensions = office_file(office_id, "extensions.json", several=several)
            documents[extensions] = _extensions(number)
        owners = office_file(office_id, "lead_owners.json", several=several)
        documents[owners] = _owners() if calls else hours_alone()
    return documents


def _offices(offices: Sequence[str], timezone: str) -> dict[str, Any]:
    return {
        "_comment": "Each office has a folder sorted/<id>/ with extensions.json and"
        " lead_owners.json. Lower processing_order runs first.",
        "offices": {
            office_id: {
                "name": f"{office_id.replace('_', ' ').replace('-', ' ').title()} Office",
                "processing_order": number,
                "timezone": timezone,
            }
            for number, office_id in enumerate(offices, start=1)
        },
        "global_config": {
            "_comment": "default_region is the country of phone numbers written without one.",
            "default_timezone": timezone,
            "default_region": "US",
            "processing": {"default_hours_back": 24, "max_hours_back": 168},
        },
    }


def _extensions(number: int) -> dict[str, Any]:
    return {
        "_comment": "id: RingCentral's extension id. number: what people dial."
        " Only calls to extensions with process_calls true become leads. An extension belongs to"
        " one office.",
        "extensions": [
            {
                "id": f"{number}01",
                "name": "Reception",
                "type": "Department",
                "number": f"{number}001",
                "process_calls": True,
            },
            {
                "id": f"{number}02",
                "name": "John Smith",
                "type": "User",
                "number": f"{number}002",
                "process_calls": True,
            },
        ],
    }


def _owners() -> dict[str, Any]:
    return {
        "_comment": "id: the Zoho CRM user's id. assignment_weight 2.0 receives twice as many leads"
        " as 1.0. active false receives none.",
        "lead_owners": [
            {
                "id": "5678901234",
                "name": "Sarah Reynolds",
                "email": "sarah.reynolds@example.com",
                "active": True,
                "assignment_weight": 2.0,
            },
            {
                "id": "6789012345",
                "name": "David Chen",
                "email": "david.chen@example.com",
                "active": True,
                "assignment_weight": 1.5,
            },
        ],
        "assignment_rules": {
            "_comment": "fallback_owner_id takes the leads nobody else can take. Departments,"
            " office hours and holidays: docs/assignment.md. Try changes out with"
            " `switchboard calls simulate-assignment`.",
            "round_robin": True,
            "respect_weights": True,
            "fallback_owner_id": "5678901234",
        },
    }


def _mappings() -> dict[str, Any]:
    return {
        "_comment": "Zoho field on the left, its source on the right. Custom fields may use"
        " ${caller_name}, ${caller_number}, ${caller_company}, ${call_time}, ${call_duration},"
        " ${extension_name} and ${lead_owner_id}, with :uppercase, :lowercase, :minutes, :seconds"
        " or :date, for example ${call_duration:minutes}.",
        "accepted_calls": dict(ACCEPTED_DEFAULTS),
        "missed_calls": dict(MISSED_DEFAULTS),
        "lead_status": {
            "_comment": "These must be values of the Lead Status list in Zoho CRM.",
            **LEAD_STATUS_DEFAULTS,
        },
    }


def _email() -> dict[str, Any]:
    return {
        "_comment": "Where reports go. The password: switchboard credentials set smtp.",
        "smtp_server": "smtp.example.com",
        "smtp_port": 587,
        "use_tls": True,
        "sender_email": "integration@example.com",
        "sender_name": "RC-Zoho Integration",
        "recipients": [
            {
                "name": "Admin",
                "email": "admin@example.com",
                "receive_daily": True,
                "receive_errors": True,
            }
        ],
        "report_settings": {"send_empty_reports": False, "include_charts": True},
    }


def _schedule(timezone: str) -> dict[str, Any]:
    return {
        "_comment": "When runs start by themselves: cron is minute, hour, day of month, month, day"
        ' of week. "enabled": true lets `switchboard serve` start it;'
        " `switchboard schedule install` hands it to cron, systemd or Windows.",
        "timezone": timezone,
        "runs": [{"name": "weekdays", "cron": "0 8,14 * * 1-5", "enabled": False}],
    }


def _settings(timezone: str, *, several: bool, calls: bool) -> dict[str, Any]:
    company = {
        "company": {
            "_comment": "region is the country of phone numbers written without one.",
            "name": "Main office",
            "timezone": timezone,
            "region": "US",
        },
        "processing": {"default_hours_back": 24, "max_hours_back": 168},
    }
    worked = _call_settings() if calls else {}
    return {
        "_comment": "Optional: every value below is the default, but for callbacks.enabled."
        " Environment variables such as SWITCHBOARD_CALLS__SETTLE_MINUTES win over this file.",
        **({} if several else company),
        **worked,
        "vendors": {
            "_comment": "Zoho accounts outside the US: accounts.zoho.eu, .in, .com.au, .jp, ...",
            "ringcentral_base_url": "https://platform.ringcentral.com",
            "zoho_accounts_url": "https://accounts.zoho.com",
            "budgets": {
                "_comment": "Requests and credits per minute, over all processes together.",
                "ringcentral_per_minute": 60,
                "zoho_crm_credits_per_minute": 100,
            },
        },
        "journal": {"reconcile_after_seconds": 30, "lease_seconds": 30},
        "retention": {
            "_comment": "Days; 0 keeps files for ever.",
            "log_days": 90,
            "raw_call_log_days": 30,
        },
    }


def _call_settings() -> dict[str, Any]:
    return {
        "calls": {
            "_comment": "settle_minutes: how long after its end a call may still change."
            " block_list: numbers never to become leads. protected_statuses: lead statuses that"
            " calls never change, such as Qualified, Not Qualified, Junk Lead and Lost Lead: a"
            " person decided those.",
            "settle_minutes": 3.0,
            "trailing_minutes": 240,
            "block_list": [],
            "include_internal": False,
            "protected_statuses": [],
        },
        "callbacks": {
            "_comment": "A missed call becomes a task in Zoho CRM, due so many minutes of office"
            " hours after the call, done by itself once the caller was reached. priority and the"
            " statuses must be values of the lists of Tasks in Zoho CRM. false: no tasks.",
            "enabled": True,
            "due_minutes": 60,
            "priority": "High",
            "status_open": "Not Started",
            "status_done": "Completed",
        },
    }


_PURPOSES = {
    "offices.json": "the offices, their order and time zones",
    "extensions.json": "RingCentral extensions and whether their calls become leads",
    "lead_owners.json": "Zoho CRM owners and how new leads are shared among them",
    "zoho_field_mappings.json": "which Zoho field receives what, and the lead statuses",
    "email_config.json": "mail server and recipients of reports",
    "zoho_desk_config.json": "where tickets go in Zoho Desk, and who is told",
    "salesiq_config.json": "the SalesIQ bot that is listened to",
    ".env.example": "variables that may stand in `.env`",
    "schedule.json": "when runs start by themselves; may be deleted",
    "settings.json": "everything else; may be deleted",
}


def _guide(names: list[str], *, calls: bool) -> str:
    trial = "Try a run that changes nothing: `switchboard calls run --all --dry-run`."
    talk = "Try a chat that raises no ticket: `switchboard chat try`."
    rows = "\n".join(f"| `{name}` | {_PURPOSES[name.rpartition('/')[2]]} |" for name in names)
    return f"""# This configuration

| document | what it says |
| --- | --- |
{rows}
| `data/credentials.enc` | the vendors' credentials, encrypted: `switchboard credentials set` |
| `data/encryption.key` | the key to them: keep it secret, and keep a copy elsewhere |

JSON has no comments: any key that begins with `_comment` is ignored and may say what you like.

After every change: `switchboard config check`. It names each problem with file, line, key, cure.
{trial if calls else talk}
"""
