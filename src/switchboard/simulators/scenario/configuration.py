"""The configuration a customer of this company would have written, pointed at the simulators."""

from __future__ import annotations

from math import ceil
from typing import Any

from switchboard.simulators.core.world import World
from switchboard.simulators.mail import state as mail
from switchboard.simulators.ringcentral import state as ringcentral
from switchboard.simulators.ringcentral.company import Office
from switchboard.simulators.scenario.chats import (
    DESK_KEY,
    SALESIQ,
    chat_settings,
    desk_document,
    salesiq_document,
)
from switchboard.simulators.scenario.company import OFFICES, OWNERS, process_calls

Documents = dict[str, dict[str, Any]]
MAIL_CA = "data/simulated_mail_ca.pem"
MEDIA_LADDER = (1, 2, 5, 15, 60, 240, 720, 1440)  # The product's own, to be sped up.
ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET = "sim-zoho-client", "sim-zoho-secret"
ZOHO_REFRESH_TOKEN = "sim-zoho-refresh"  # noqa: S105 (simulated)


def config_documents(
    world: World, base_url: str, speed: float | None = None, *, server_port: int = 0
) -> Documents:
    """Return the documents by their places; `speed` shortens the budgets as it does the limits.

    The service takes a free port unless *server_port* names one.
    """
    pace = world.clock.speed if speed is None else speed
    documents: Documents = {
        "sorted/data/offices.json": _offices(ceil(world.spec.days * 24)),
        "data/zoho_field_mappings.json": _mappings(),
        "data/settings.json": _settings(base_url, pace) | chat_settings(server_port),
        "data/zoho_desk_config.json": desk_document(world, pace),
        "data/salesiq_config.json": salesiq_document(world, base_url),
    }
    if world.mail.door is not None:
        documents["data/email_config.json"] = _email(world.mail.door)
    for office in OFFICES:
        documents[f"sorted/{office.id}/extensions.json"] = _extensions(world, office)
        documents[f"sorted/{office.id}/lead_owners.json"] = _owners(office)
    return documents


def credentials() -> dict[str, dict[str, str]]:
    """What the simulators accept, in the vault's own form."""
    return {
        "ringcentral": {
            "client_id": ringcentral.CLIENT_ID,
            "client_secret": ringcentral.CLIENT_SECRET,
            "jwt": ringcentral.JWT,
        },
        "zoho": {
            "client_id": ZOHO_CLIENT_ID,
            "client_secret": ZOHO_CLIENT_SECRET,
            "refresh_token": ZOHO_REFRESH_TOKEN,
        },
        "desk": {"key": DESK_KEY},
        "salesiq": dict(SALESIQ),
        "smtp": {"username": mail.USERNAME, "password": mail.PASSWORD},
    }


def _offices(hours: int) -> dict[str, Any]:
    """A run without `--hours-back` looks at the whole history."""
    return {
        "offices": {
            office.id: {
                "name": office.name,
                "processing_order": order,
                "timezone": office.timezone,
            }
            for order, office in enumerate(OFFICES, 1)
        },
        "global_config": {
            "default_timezone": "America/New_York",
            "processing": {
                "default_hours_back": max(24, hours),
                "max_hours_back": max(168, hours),
            },
        },
    }


def _extensions(world: World, office: Office) -> dict[str, Any]:
    company = world.ringcentral.company
    return {
        "extensions": [
            {
                "id": extension.id,
                "name": extension.name,
                "type": extension.type,
                "number": extension.number,
                "process_calls": process_calls(company, extension),
            }
            for extension in company.of_office(office.id)
        ]
    }


def _owners(office: Office) -> dict[str, Any]:
    owners = [owner for owner in OWNERS if owner.office == office.id]
    return {
        "lead_owners": [
            {
                "id": owner.id,
                "name": owner.name,
                "email": owner.email,
                "active": owner.active,
                "assignment_weight": owner.weight,
            }
            for owner in owners
        ],
        "assignment_rules": {
            "round_robin": True,
            "respect_weights": True,
            "fallback_owner_id": owners[0].id,
            "office_hours": {"start": "08:00", "end": "18:00", "days": [1, 2, 3, 4, 5]},
        },
    }


def _mappings() -> dict[str, Any]:
    person = {
        "Phone": "Phone",
        "First_Name": "First_Name",
        "Last_Name": "Last_Name",
        "Company": "Company",
    }
    return {
        "accepted_calls": {
            **person,
            "Email": "Email",
            "Description": "Answered by ${extension_name}, ${call_duration:minutes} min.",
        },
        "missed_calls": person,
        "lead_status": {
            "new": "New",
            "accepted_call": "Accepted Call",
            "missed_call": "Missed Call",
            "missed_call_with_voicemail": "Missed Call with Voicemail",
        },
    }


def _email(door: mail.MailDoor) -> dict[str, Any]:
    return {
        "smtp_server": door.host,
        "smtp_port": door.port,
        "use_tls": True,
        "tls_ca_file": MAIL_CA,
        "sender_email": "integration@keystone.example",
        "sender_name": "RC-Zoho Integration",
        "recipients": [
            {
                "name": "Admin",
                "email": "admin@keystone.example",
                "receive_daily": True,
                "receive_errors": True,
            },
            {
                "name": "Manager",
                "email": "manager@keystone.example",
                "receive_daily": True,
                "receive_errors": False,
            },
        ],
        "report_settings": {"send_empty_reports": False, "include_charts": True},
    }


def _settings(base_url: str, speed: float) -> dict[str, Any]:
    return {
        "vendors": {
            "ringcentral_base_url": f"{base_url}/ringcentral",
            "ringcentral_media_url": f"{base_url}/ringcentral-media",
            "zoho_accounts_url": f"{base_url}/zoho-accounts",
            "zoho_desk_url": f"{base_url}/zoho-desk",
            "allowed_api_domains": ["127.0.0.1"],
            "budgets": {"window_seconds": 60.0 / speed},
        },
        "calls": {"settle_minutes": 3.0 / speed},
        "callbacks": {"enabled": True},
        "journal": {"reconcile_after_seconds": 30.0 / speed},
        "media": {
            "retry_minutes": [minutes / speed for minutes in MEDIA_LADDER],
            "give_up_hours": 48.0 / speed,
            # Bytes travel at their own speed, however fast the vendors' clock is.
            "transfer_seconds": max(5.0, 600.0 / speed),
        },
    }
