"""The chat half of the demo: the service running, invented visitors, and what Desk then holds."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import sqlalchemy as sa
from argon2 import PasswordHasher

from switchboard.api.server import HttpServer
from switchboard.bootstrap import open_store
from switchboard.cli.serve_command import Service
from switchboard.config.load import Configuration
from switchboard.errors import TransientError
from switchboard.simulators.salesiq.visitors.brain import Visitor
from switchboard.simulators.salesiq.visitors.play import Visit, play
from switchboard.simulators.scenario import connect_bot
from switchboard.simulators.server import SimulatorServer
from switchboard.store import accounts, api_keys
from switchboard.store.database import Database
from switchboard.store.database import now as store_now

KEY_NAME = ACCOUNT_NAME = "demo"
KEY_SCOPES = ("chat:read", "chat:write", "tickets:read", "tickets:write", "metrics:read")
READY_SECONDS = 120.0  # The first start on a machine trains the detector.
SETTLED_SECONDS = 60.0
AUTOMATED_BY = "AceBuddy"


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers: where, with which key programs may ask, and how a person signs in."""

    address: str
    key: str
    password: str  # Of ACCOUNT_NAME; empty where an earlier demo has made it.


@asynccontextmanager
async def service_running(
    configuration: Configuration, simulators: SimulatorServer, say: Callable[[str], None]
) -> AsyncIterator[Running]:
    """Serve as `switchboard serve` does, with the simulated portal's bot connected to it."""
    http = HttpServer(configuration.settings.server, configuration.root)
    try:
        with open_store(configuration) as db:
            serving = asyncio.create_task(Service(configuration, db, http, say=say).serve())
            try:
                await _ready(http.address, serving)
                connect_bot(simulators.world, f"{http.address}/webhook/salesiq")
                yield Running(http.address, await _key(db), await _account(db))
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
    finally:
        http.close()


async def receive_visitors(
    simulators: SimulatorServer, visitors: Sequence[Visitor], tell: Callable[[Visit], None]
) -> dict[str, Any]:
    """Let the visitors chat; return what became of it, tickets and duplicates by Desk's account."""
    visits = await play(simulators.base_url, visitors, tell=tell)
    async with httpx.AsyncClient(base_url=simulators.base_url, timeout=30) as door:
        tickets = await _settled(door)
        conversations = (await door.get("/_sim/state/salesiq/conversations")).json()
    return prove_chats(visits, tickets, conversations)


def prove_chats(
    visits: Sequence[Visit], tickets: Sequence[dict[str, Any]], conversations: Sequence[Any]
) -> dict[str, Any]:
    """Count from the vendors' side; only how a visit ended is the visitor's own word."""
    ours = [each for each in tickets if _field(each, "cf_automation_source") == AUTOMATED_BY]
    matters = Counter(
        (_field(each, "cf_salesiq_chat_id"), _field(each, "cf_workflow_type")) for each in ours
    )
    told = {number for visit in visits for number in visit.tickets}
    ends = Counter(visit.end for visit in visits)
    return {
        "conversations": len(conversations),
        "tickets_created": len(ours),
        "duplicate_tickets": sum(count - 1 for count in matters.values()),
        "escalated": ends["operator"],
        "abandoned": ends["left"] + ends["stuck"],
        "solved": ends["solved"],
        "workflows": sorted({str(_field(each, "cf_workflow_type")) for each in ours}),
        "accounted_for": (
            len(conversations) == len(visits)
            and ends["stuck"] == 0
            and told == {str(each["number"]) for each in ours}
        ),
    }


def _field(ticket: dict[str, Any], name: str) -> Any:
    return (ticket.get("cf") or {}).get(name)


async def _ready(address: str, serving: asyncio.Task[int]) -> None:
    """Wait until the service says so; what stops it meanwhile is raised."""
    until = time.monotonic() + READY_SECONDS
    async with httpx.AsyncClient(base_url=address, timeout=5) as http:
        while time.monotonic() < until:
            if serving.done():
                await serving
            try:
                if (await http.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TransientError("API-004", f"The service at {address} is not ready; see its log.")


async def _key(db: Database) -> str:
    """Make a key that is printed once; the demo of before may have left one of that name."""
    name = f"{KEY_NAME} {int(time.time())}"
    _, key = await db.run(lambda c: api_keys.create(c, name, KEY_SCOPES, store_now(c)))
    return key


async def _account(db: Database) -> str:
    """Make the first account of the console and return its password; empty where there is one."""
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    hashed = await asyncio.to_thread(PasswordHasher().hash, password)

    def work(conn: sa.Connection) -> bool:
        if accounts.anybody(conn):
            return False
        made = {"password_hash": hashed, "actor": "cli:demo"}
        accounts.create(conn, ACCOUNT_NAME, "administrator", store_now(conn), **made)
        return True

    return password if await db.run(work) else ""


async def _settled(door: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Return Desk's tickets once what follows them, comments and files, has come to rest."""
    until, before = time.monotonic() + SETTLED_SECONDS, None
    while True:
        tickets: list[dict[str, Any]] = (await door.get("/_sim/state/zoho_desk/tickets")).json()
        comments = (await door.get("/_sim/state/zoho_desk/comments")).json()
        now = (len(tickets), len(comments))
        if now == before or time.monotonic() > until:
            return tickets
        before = now
        await asyncio.sleep(1.0)
