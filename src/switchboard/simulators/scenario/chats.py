"""The chat half of the customer's configuration: the help desk's portal and its bot."""

from __future__ import annotations

from typing import Any

from switchboard.simulators.core.world import World

HELP_DESK = "Keystone Help Desk"
DESK_KEY = "sim-desk-client:sim-desk-secret:sim-desk-refresh"
SALESIQ = {
    "client_id": "sim-salesiq-client",
    "client_secret": "sim-salesiq-secret",
    "refresh_token": "sim-salesiq-refresh",
}
_POLL_MINUTES = 10.0


def desk_document(world: World, speed: float) -> dict[str, Any]:
    """Return `zoho_desk_config.json` with the ids this portal has."""
    desk = world.desk
    return {
        "org_id": desk.org_id,
        "department_id": next(each.id for each in desk.departments.values() if each.default),
        "default_assignee": desk.human_agent,
        "ticket_source": "SalesIQ",
        "team_emails": ["helpdesk@keystone.example"],
        "support_contact": "+1 215 555 0100",
        "resolution_hours": {"High": 4, "Medium": 8, "Low": 24},
        "poll_minutes": _POLL_MINUTES / speed,
    }


def salesiq_document(world: World, base_url: str) -> dict[str, Any]:
    """Return `salesiq_config.json` with the keys this portal signs with."""
    state = world.salesiq.state
    return {
        "public_keys": [key.public_pem() for key in state.keys.all()],
        "screen_name": state.screen_name,
        "address": f"{base_url}/salesiq",
        "department_id": state.operators[0].department,
    }


def chat_settings(server_port: int) -> dict[str, Any]:
    """Return the sections of `settings.json` that the service and its bot go by."""
    return {
        "server": {"host": "127.0.0.1", "port": server_port},
        "chat": {"help_desk": HELP_DESK},  # Its hours are those of the first office.
    }


def connect_bot(world: World, url: str) -> None:
    """Tell the portal where its bot will be, without asking there yet; deliveries are signed."""
    bot = world.salesiq.state.bot
    bot.url, bot.secure = url, True
