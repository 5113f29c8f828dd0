"""A simulated Zoho alone: in process with a clock that stands still, or on a loopback port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx
import uvicorn

from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.core.door import VendorErrors
from switchboard.simulators.core.stage import Stage, VendorMount
from switchboard.simulators.core.world import World, WorldSpec
from switchboard.simulators.zoho_accounts import errors as accounts_errors
from switchboard.simulators.zoho_accounts import routes as accounts_routes
from switchboard.simulators.zoho_accounts.state import AccountsState
from switchboard.simulators.zoho_crm import errors as crm_errors
from switchboard.simulators.zoho_crm import routes as crm_routes
from switchboard.simulators.zoho_crm.state import CrmState

NOON = 1_772_380_800.0  # 2026-03-01 16:00:00 UTC
GRANT = {
    "grant_type": "refresh_token",
    "client_id": "sim-zoho-client",
    "client_secret": "sim-zoho-secret",
    "refresh_token": "sim-zoho-refresh",
}
TOKEN = "/zoho-accounts/oauth/v2/token"
MOUNTS = (
    VendorMount(
        "/zoho-accounts",
        "zoho_accounts",
        accounts_routes.routes,
        VendorErrors(accounts_errors.rate_limited, accounts_errors.expired_token),
    ),
    VendorMount(
        "/zoho-crm",
        "zoho_crm",
        crm_routes.routes,
        VendorErrors(crm_errors.rate_limited, crm_errors.expired_token),
    ),
)


def _world(spec: WorldSpec) -> World:
    world = World(spec, clock=SimClock(wall=lambda: NOON, stopwatch=lambda: 0.0))
    world.accounts = AccountsState(world)
    world.crm = CrmState(world)
    return world


class ZohoRig:
    """A client signed in to its own simulated Zoho; time passes only through `advance`."""

    def __init__(self) -> None:
        self.stage = Stage(_world, MOUNTS, WorldSpec(seed=7))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.stage), base_url="http://zoho.test"
        )

    @property
    def world(self) -> World:
        return self.stage.world

    @property
    def crm(self) -> CrmState:
        return self.world.crm

    async def __aenter__(self) -> Self:
        await self.sign_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def token(self, path: str = TOKEN, **changed: str) -> httpx.Response:
        return await self.http.post(path, data=GRANT | changed)

    async def sign_in(self) -> str:
        token: str = (await self.token()).json()["access_token"]
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        return token

    def allow_only(self, *scopes: str) -> None:
        """Let the token in use carry nothing but *scopes*."""
        for access in self.world.accounts.access_tokens.values():
            access.scopes = scopes

    def advance(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        return await self.http.request(method, f"/zoho-crm/crm/v8{path}", **kwargs)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.call("GET", path, params=params)

    async def post(self, path: str, *items: dict[str, Any], **body: Any) -> httpx.Response:
        return await self.call("POST", path, json={"data": list(items), **body})

    async def put(self, path: str, *items: dict[str, Any], **body: Any) -> httpx.Response:
        return await self.call("PUT", path, json={"data": list(items), **body})

    async def coql(self, query: str) -> httpx.Response:
        return await self.call("POST", "/coql", json={"select_query": query})

    async def a_lead(self, **fields: Any) -> str:
        """Create a lead through the API and return its id."""
        reply = await self.post("/Leads", {"Last_Name": "Okafor", **fields})
        assert reply.status_code == 201, reply.text
        lead_id: str = reply.json()["data"][0]["details"]["id"]
        return lead_id

    def leads(self) -> list[dict[str, Any]]:
        return self.crm.collections()["leads"]()


@contextmanager
def on_a_port(rig: ZohoRig) -> Iterator[str]:
    """Serve the rig's simulators on a loopback port for clients that bring their own network."""
    config = uvicorn.Config(
        rig.stage, port=0, ws="none", lifespan="off", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
