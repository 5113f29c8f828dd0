"""Our Zoho Desk client against the simulated portal: what tests of it share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
from pydantic import SecretStr
from tests.vendor_stage import CIPHER

from switchboard.simulators.assembly import simulators
from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.faults import Fault
from switchboard.simulators.core.world import World, WorldSpec
from switchboard.simulators.server import SimulatorServer
from switchboard.simulators.zoho_desk.limits import Limits
from switchboard.simulators.zoho_desk.state import DeskState
from switchboard.store.database import Database
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.exchange import build_http
from switchboard.vendors.settings import BudgetSettings, VendorSettings
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import NewContact, NewTicket

SPEED = 600.0
NOON = 1_772_380_800.0  # 2026-03-01 16:00:00 UTC
CREDENTIALS = ZohoCredentials(
    client_id="sim-desk-client",
    client_secret=SecretStr("sim-desk-secret"),
    refresh_token=SecretStr("sim-desk-refresh"),
)


def desk_of(simulator: SimulatorServer) -> DeskState:
    return simulator.world.desk


def rows(simulator: SimulatorServer, name: str) -> list[dict[str, Any]]:
    """Look at what the portal holds, past every limit and lag."""
    return desk_of(simulator).collections()[name]()


def plan(simulator: SimulatorServer, **fault: Any) -> None:
    simulator.world.faults.add(Fault(vendor="zoho_desk", **fault))


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


class DeskPortal:
    """The simulated portal in process, with somebody signed in; time passes only if told to."""

    def __init__(self) -> None:
        self.app = simulators(WorldSpec(seed=7, scenario="empty", calls=0))
        self.world.clock = SimClock(wall=lambda: NOON, stopwatch=lambda: 0.0)
        self.desk.limits = Limits(self.world, self.desk.rules, lambda: len(self.desk.agents))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1:8900"
        )

    @property
    def world(self) -> World:
        found: World = self.app.state.stage.world
        return found

    @property
    def desk(self) -> DeskState:
        return self.world.desk

    async def __aenter__(self) -> Self:
        await self.sign_in()
        return self

    async def sign_in(self) -> None:
        grant = {
            "grant_type": "refresh_token",
            "client_id": CREDENTIALS.client_id,
            "client_secret": CREDENTIALS.client_secret.get_secret_value(),
            "refresh_token": "sim-desk-refresh",
        }
        reply = await self.http.post("/zoho-accounts/oauth/v2/token", data=grant)
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {reply.json()['access_token']}"
        self.http.headers["orgId"] = self.desk.org_id

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def allow_only(self, *scopes: str) -> None:
        for access in self.world.accounts.access_tokens.values():
            access.scopes = scopes

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.http.request(method, f"/zoho-desk/api/v1{path}", **more)

    async def a_ticket(self, **changes: Any) -> str:
        """Raise a ticket through the API and return its id."""
        given = {"subject": "x", "departmentId": next(iter(self.desk.departments))}
        given |= {"contact": {"lastName": "Marlowe", "email": "m@x.example"}} | changes
        reply = await self.call("POST", "/tickets", json=given)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])
