"""Our Zoho Desk client against the simulated portal: what tests of it share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr
from tests.vendor_stage import CIPHER

from switchboard.simulators.server import SimulatorServer
from switchboard.simulators.zoho_desk.state import DeskState
from switchboard.store.database import Database
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.exchange import build_http
from switchboard.vendors.settings import BudgetSettings, VendorSettings
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import NewContact, NewTicket

SPEED = 600.0
CREDENTIALS = ZohoCredentials(
    client_id="sim-desk-client",
    client_secret=SecretStr("sim-desk-secret"),
    refresh_token=SecretStr("sim-desk-refresh"),
)


def desk_of(simulator: SimulatorServer) -> DeskState:
    return simulator.world.desk


def a_person(**changes: Any) -> NewContact:
    values = {"last_name": "Marlowe", "first_name": "Ines", "email": "ines@example.com"}
    return NewContact(**(values | changes))


def a_draft(desk: DeskState, **changes: Any) -> NewTicket:
    """A ticket for the portal's first department, from a person Desk does not know yet."""
    values: dict[str, Any] = {
        "subject": "Password reset",
        "marker": "IT-7F3K2",
        "department_id": next(iter(desk.departments)),
        "description": "User <jo> cannot sign in & needs help",
        "priority": "Medium",
        "channel": "Chat",
        "custom": {"cf_workflow_type": "password_reset", "cf_automation_source": "AceBuddy"},
    }
    if not {"contact", "contact_id"} & set(changes):
        values["contact"] = a_person()
    return NewTicket(**(values | changes))


@asynccontextmanager
async def desk_client(
    simulator: SimulatorServer,
    database: Database,
    credentials: ZohoCredentials | ZohoSelfClient = CREDENTIALS,
    *,
    org_id: str | None = None,
    **changes: Any,
) -> AsyncIterator[ZohoDeskClient]:
    values: dict[str, Any] = {
        "zoho_accounts_url": f"{simulator.base_url}/zoho-accounts",
        "zoho_desk_url": f"{simulator.base_url}/zoho-desk",
        "retry_wait_seconds": 0.01,
        "read_timeout_seconds": 3.0,
        "breaker_threshold": 50,
        "budgets": BudgetSettings(window_seconds=60.0 / SPEED),
    }
    settings = VendorSettings(**(values | changes))
    async with build_http(settings) as http:
        transport = Transport(http, database, settings, cipher=CIPHER)
        yield ZohoDeskClient(transport, credentials, org_id or desk_of(simulator).org_id)
