"""What Desk tells others: subscriptions, and signed deliveries of a JSON array (§12)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from switchboard.simulators.zoho_desk import render
from switchboard.simulators.zoho_desk.records import Comment, Record, Ticket, Webhook

if TYPE_CHECKING:
    from switchboard.simulators.zoho_desk.state import DeskState

KEY_NAME = "simulated-desk-key"
PATIENCE_S = 5.0  # Zoho's documentation says 5 seconds, an older copy 10.
PROOF_LIFE_S = 300
OK, GONE = 200, 410
ALLOWED = {"FREE": 0, "EXPRESS": 0, "STANDARD": 0, "PROFESSIONAL": 5, "ENTERPRISE": 10}
EVENTS = {
    "Ticket_Add": {"departmentIds"},
    "Ticket_Update": {"departmentIds", "fields", "includePrevState"},
    "Ticket_Comment_Add": {"departmentIds"},
    "Contact_Add": set[str](),
}


class Webhooks:
    """Subscriptions of one portal, and what was delivered to whom."""

    def __init__(self, desk: DeskState) -> None:
        self._desk = desk
        self.by_id: dict[str, Webhook] = {}
        self.deliveries: list[dict[str, Any]] = []
        self.make_http: Callable[[], httpx.AsyncClient] = _http
        self._sending: set[asyncio.Task[None]] = set()

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        """A key of this run: making one from a seed is something no library offers."""
        return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": KEY_NAME, "use": "sig", "alg": "RS256"}]}

    def proof(self, webhook_id: str) -> str:
        """Sign what a delivery's header holds; it says nothing about the body."""
        now = int(self._desk.now())
        claims = {
            "iss": f"orgId:{self._desk.org_id}",
            "aud": f"webhookId:{webhook_id}",
            "iat": now,
            "exp": now + PROOF_LIFE_S,
        }
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": KEY_NAME})

    def shown(self, ticket: Ticket) -> dict[str, Any]:
        return render.ticket(self._desk, ticket) if self.by_id else {}

    async def answers(self, url: str) -> bool:
        """Ask the address as Desk does when it is subscribed: a GET, failing that a POST."""
        async with self.make_http() as http:
            for method in ("GET", "POST"):
                with contextlib.suppress(httpx.HTTPError):
                    body = b"[]" if method == "POST" else None
                    if (await http.request(method, url, content=body)).status_code == OK:
                        return True
        return False

    def happened(
        self,
        event: str,
        record: Record,
        *,
        before: dict[str, Any] | None = None,
        comment: Comment | None = None,
        by: str | None = None,
    ) -> None:
        """Deliver *event* to whoever subscribed, beside the answer that caused it."""
        for webhook in list(self.by_id.values()):
            if not webhook.enabled or event not in webhook.subscriptions:
                continue
            wanted = webhook.subscriptions[event] or {}
            if not _concerns(wanted, record) or self._own(webhook, by):
                continue
            item = {
                "eventType": event,
                "payload": self._payload(record, comment),
                "eventTime": str(int(self._desk.now() * 1000)),
                "orgId": self._desk.org_id,
            }
            if before and wanted.get("includePrevState"):
                item["prevState"] = before
            times = 0 if self._desk.rules.deliver_never else 1 + self._desk.rules.deliver_twice
            for _ in range(times):
                self._send_soon(webhook, [item])

    async def settle(self) -> None:
        """Wait until everything is delivered."""
        while self._sending:
            await asyncio.gather(*list(self._sending), return_exceptions=True)

    def _own(self, webhook: Webhook, by: str | None) -> bool:
        """Tell whether the subscriber caused this itself and asked not to hear of that."""
        return webhook.ignore_source is not None and by in (None, self._desk.current_agent)

    def _payload(self, record: Record, comment: Comment | None) -> dict[str, Any]:
        if comment is not None:
            return render.comment(self._desk, comment) | {"ticketId": record.id}
        if isinstance(record, Ticket):
            return render.ticket(self._desk, record)
        return render.contact(self._desk, record)

    def _send_soon(self, webhook: Webhook, items: list[dict[str, Any]]) -> None:
        try:
            task = asyncio.get_running_loop().create_task(self._deliver(webhook, items))
        except RuntimeError:  # A scenario is being set up: nobody listens yet.
            return
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, webhook: Webhook, items: list[dict[str, Any]]) -> None:
        headers = {"X-ZDesk-JWT": self.proof(webhook.id), "Content-Type": "application/json"}
        row = {"webhook": webhook.id, "events": [each["eventType"] for each in items]}
        status: int | None = None
        try:
            async with self.make_http() as http, asyncio.timeout(PATIENCE_S):
                body = json.dumps(items).encode()
                status = (await http.post(webhook.url, content=body, headers=headers)).status_code
        except (httpx.HTTPError, TimeoutError) as error:
            row["error"] = type(error).__name__
        self.deliveries.append({**row, "status": status, "at": self._desk.now()})
        if status == GONE:
            self.by_id.pop(webhook.id, None)


def is_here(url: str) -> bool:
    """Tell whether *url* leads to this machine: the simulator speaks to nobody else."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    try:
        return ip_address(parts.hostname).is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def _concerns(wanted: dict[str, Any], record: Record) -> bool:
    departments = wanted.get("departmentIds")
    return not departments or str(record.fields.get("departmentId")) in map(str, departments)


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=PATIENCE_S, follow_redirects=False, trust_env=False)
