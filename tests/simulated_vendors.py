"""Our real clients against the simulators on a port: what tests of vendors on the wire share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr
from tests.vendor_stage import CIPHER

from switchboard.simulators.server import SimulatorServer
from switchboard.store.database import Database
from switchboard.vendors.credentials import RingCentralCredentials, ZohoCredentials
from switchboard.vendors.exchange import build_http
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.settings import BudgetSettings, VendorSettings
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_crm.client import ZohoCrmClient

SPEED = 60.0
RC = RingCentralCredentials(
    client_id="sim-rc-client",
    client_secret=SecretStr("sim-rc-secret"),
    jwt=SecretStr("sim-rc-jwt"),
)
ZOHO = ZohoCredentials(
    client_id="sim-zoho-client",
    client_secret=SecretStr("sim-zoho-secret"),
    refresh_token=SecretStr("sim-zoho-refresh"),
)


@asynccontextmanager
async def clients(
    simulator: SimulatorServer,
    database: Database,
    rc: RingCentralCredentials = RC,
    zoho: ZohoCredentials = ZOHO,
    **changes: Any,
) -> AsyncIterator[tuple[RingCentralClient, ZohoCrmClient, Transport]]:
    base = simulator.base_url
    values: dict[str, Any] = {
        "ringcentral_base_url": f"{base}/ringcentral",
        "ringcentral_media_url": f"{base}/ringcentral-media",
        "zoho_accounts_url": f"{base}/zoho-accounts",
        "retry_wait_seconds": 0.01,
        "read_timeout_seconds": 3.0,
        "budgets": BudgetSettings(window_seconds=60.0 / SPEED),
    }
    settings = VendorSettings(**(values | changes))
    async with build_http(settings) as http:
        transport = Transport(http, database, settings, cipher=CIPHER)
        yield RingCentralClient(transport, rc), ZohoCrmClient(transport, zoho), transport


def plan(simulator: SimulatorServer, **fault: Any) -> None:
    httpx.post(f"{simulator.base_url}/_sim/faults", json=[fault]).raise_for_status()


def collection(simulator: SimulatorServer, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{simulator.base_url}/_sim/state/{name}").json()
    return found
