"""Set up what vendor tests share: a clock that obeys, a cipher, and a transport over answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from switchboard.store.database import Database
from switchboard.vendors.credentials import RingCentralCredentials, ZohoCredentials
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.settings import BudgetSettings, VendorSettings
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_crm.client import ZohoCrmClient

RC_BASE = "https://platform.ringcentral.com"
ZOHO_API = "https://www.zohoapis.com"
RC_CREDENTIALS = RingCentralCredentials(
    client_id="rc-client", client_secret=SecretStr("rc-secret"), jwt=SecretStr("rc-jwt")
)
ZOHO_CREDENTIALS = ZohoCredentials(
    client_id="z-client", client_secret=SecretStr("z-secret"), refresh_token=SecretStr("z-refresh")
)
CIPHER = Fernet(Fernet.generate_key())
Handler = Callable[[httpx.Request], httpx.Response]


class FakeClock:
    """Time passes only when somebody sleeps."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(seconds, 0.0)
        await asyncio.sleep(0)


def settings(**changes: Any) -> VendorSettings:
    """Settings that never make a test wait for a retry."""
    values: dict[str, Any] = {
        "retry_wait_seconds": 0.0,
        "retry_wait_max_seconds": 0.0,
        "breaker_threshold": 50,
        "budgets": BudgetSettings(
            ringcentral_per_minute=6000,
            heavy=1000,
            medium=4000,
            light=5000,
            auth=500,
            zoho_crm_credits_per_minute=10_000,
        ),
    }
    return VendorSettings(**(values | changes))


def open_database(tmp_path: Path) -> Database:
    return Database.open(f"sqlite:///{tmp_path / 'store.db'}")


def make_transport(database: Database, handler: Handler, **changes: Any) -> Transport:
    clock = changes.pop("clock", None)
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    if clock is None:
        return Transport(http, database, settings(**changes), cipher=CIPHER)
    return Transport(
        http, database, settings(**changes), cipher=CIPHER, clock=clock, sleep=clock.sleep
    )


def token_or(handler: Handler) -> Handler:
    """Answer both vendors' token endpoints, and leave the rest to *handler*."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/restapi/oauth/token":
            return httpx.Response(
                200,
                json={
                    "access_token": "rc-token",
                    "token_type": "bearer",
                    "expires_in": 3600,
                    "scope": "ReadCallLog ReadAccounts",
                },
            )
        if request.url.path == "/oauth/v2/token":
            return httpx.Response(
                200,
                json={
                    "access_token": "z-token",
                    "api_domain": ZOHO_API,
                    "token_type": "Bearer",
                    "expires_in": 3600,
                },
            )
        return handler(request)

    return answer


def ringcentral(database: Database, handler: Handler, **changes: Any) -> RingCentralClient:
    return RingCentralClient(make_transport(database, token_or(handler), **changes), RC_CREDENTIALS)


def zoho(database: Database, handler: Handler, **changes: Any) -> ZohoCrmClient:
    return ZohoCrmClient(make_transport(database, token_or(handler), **changes), ZOHO_CREDENTIALS)


def metadata(request: httpx.Request) -> httpx.Response | None:
    """Answer Zoho's metadata of a small organisation."""
    if request.url.path.endswith("/settings/fields"):
        names = {"Last_Name": "text", "Phone": "phone", "Mobile": "phone", "Owner": "ownerlookup"}
        names |= {"Lead_Status": "picklist", "Modified_Time": "datetime", "Company": "text"}
        fields = [{"api_name": name, "data_type": kind} for name, kind in names.items()]
        fields[0]["system_mandatory"] = True  # type: ignore[assignment]
        return httpx.Response(200, json={"fields": fields})
    if request.url.path.endswith("/settings/layouts"):
        section = {"fields": [{"api_name": "Company", "required": True}]}
        return httpx.Response(200, json={"layouts": [{"status": "active", "sections": [section]}]})
    return None
