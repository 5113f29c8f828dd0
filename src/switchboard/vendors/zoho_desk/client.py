"""Read and write Zoho Desk: a thin shell over wire.py (questions) and answers.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from switchboard.errors import OperatorError, RejectedError
from switchboard.vendors.bodies import ReadableFile
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.settings import is_loopback
from switchboard.vendors.transport import Guard, Transport
from switchboard.vendors.zoho_accounts.client import ZohoAccountsClient
from switchboard.vendors.zoho_desk import access, answers, text, webhooks, wire
from switchboard.vendors.zoho_desk.models import (
    CLOSED,
    ON_HOLD,
    OPEN,
    DeskAgent,
    DeskAttachment,
    DeskComment,
    DeskContact,
    DeskDepartment,
    DeskField,
    DeskOrganization,
    DeskStatus,
    DeskTicket,
    NewContact,
    NewTicket,
    TicketChanges,
    TicketMetrics,
)

T = TypeVar("T")
METADATA_SECONDS = 3600.0
KEYS_SECONDS = 1.5  # Whoever waits for a delivery's answer waits 5 seconds in all: §12.
KEYS_AGAIN_SECONDS = 60.0
# What a portal has that nobody changed; only asked for where Desk does not list them (§9).
USUAL_STATUSES = (
    DeskStatus(name="Open", type=OPEN),
    DeskStatus(name="On Hold", type=ON_HOLD),
    DeskStatus(name="Closed", type=CLOSED),
)


class ZohoDeskClient:
    """One portal, seen by the agent whose consent or client is used."""

    def __init__(
        self, transport: Transport, credentials: ZohoCredentials | ZohoSelfClient, org_id: str
    ) -> None:
        self._transport = transport
        self.org_id = access.checked_org_id(org_id)
        self.base_url = _trusted(transport)
        self._accounts = ZohoAccountsClient(transport, credentials, base_url=self.base_url)
        self._kept: dict[str, tuple[float, Any]] = {}
        self._reading = asyncio.Lock()

    async def read_organizations(self) -> list[DeskOrganization]:
        """Return the portals the credentials lead to; the only call that needs no portal's id."""
        return await self._transport.send(
            wire.organizations_request(), answers.read_organizations, keeper=self._accounts.keeper
        )

    async def read_departments(self) -> list[DeskDepartment]:
        return await self._pages(wire.departments_request, answers.department, wire.LARGE_PAGE_SIZE)

    async def read_agents(self) -> list[DeskAgent]:
        """Return all agents, disabled ones included; `status` tells."""
        return await self._pages(wire.agents_request, answers.agent, wire.LARGE_PAGE_SIZE)

    async def read_fields(
        self, module: str = "tickets", department_id: str | None = None, *, fresh: bool = False
    ) -> tuple[DeskField, ...]:
        """Return a module's fields; kept for an hour unless *fresh*."""
        request = wire.fields_request(module, department_id)
        name = f"fields:{module}:{department_id}"
        return await self._remembered(name, request, answers.read_fields, fresh=fresh)

    async def read_statuses(self, *, fresh: bool = False) -> tuple[DeskStatus, ...]:
        """Return the portal's names of ticket statuses with their types; kept for an hour."""
        try:
            found = await self._remembered(
                "statuses", wire.statuses_request(), answers.read_statuses, fresh=fresh
            )
        except RejectedError:  # The call is not in Desk's own description: §9.
            found = ()
            self._keep("statuses", found)
        return found or USUAL_STATUSES

    async def find_contacts(self, email: str) -> list[DeskContact]:
        """Return who has exactly this address, oldest first.

        A search: a contact made minutes ago may not be found yet.
        """
        wanted = text.email(email).casefold()
        found = await self._send(
            wire.contacts_request(email), lambda answer: answers.many(answer, answers.contact)
        )
        same = [
            each
            for each in found
            if wanted in {(each.email or "").casefold(), (each.secondary_email or "").casefold()}
        ]
        return sorted(same, key=lambda each: (len(each.id), each.id))

    async def create_contact(
        self, contact: NewContact, *, guard: Guard | None = None
    ) -> DeskContact:
        """Enter a person.

        RejectedError DESK-409: somebody with this address is there already; search for them.
        """
        return await self._write(wire.create_contact_request(contact), answers.contact, guard)

    async def read_contact_tickets(self, contact_id: str, *, most: int = 100) -> list[DeskTicket]:
        """Return a person's newest tickets, newest first; shows what was written just now."""
        return await self._pages(
            lambda start: wire.contact_tickets_request(contact_id, start),
            answers.ticket,
            wire.PAGE_SIZE,
            most=most,
        )

    async def find_tickets(self, marker: str) -> list[DeskTicket]:
        """Return whose subject may hold *marker*; a search, which lags: compare, and ask again."""
        return await self._send(
            wire.tickets_request(marker), lambda answer: answers.many(answer, answers.ticket)
        )

    async def create_ticket(self, ticket: NewTicket, *, guard: Guard | None = None) -> DeskTicket:
        """Raise a ticket.

        InDoubtError: it may be there; look among `read_contact_tickets` for the marker.
        """
        return await self._write(wire.create_ticket_request(ticket), answers.ticket, guard)

    async def read_ticket(self, ticket_id: str) -> DeskTicket:
        """Return the ticket as it is now; RejectedError DESK-404 if it is gone or hidden."""
        return await self._send(
            wire.ticket_request(ticket_id), lambda answer: answers.one(answer, answers.ticket)
        )

    async def update_ticket(
        self, ticket_id: str, changes: TicketChanges, *, guard: Guard | None = None
    ) -> DeskTicket:
        """Change what *changes* names and nothing else; doing so twice does no harm."""
        request = wire.update_ticket_request(ticket_id, changes)
        return await self._write(request, answers.ticket, guard)

    async def set_status_type(
        self, ticket_id: str, status_type: str, *, guard: Guard | None = None
    ) -> DeskTicket:
        """Give a ticket the portal's first status of the type Open, On Hold or Closed."""
        statuses = await self.read_statuses()
        name = next((each.name for each in statuses if each.type == status_type), None)
        if name is None:
            raise RejectedError("DESK-422", f"The portal has no status of type {status_type}.")
        return await self.update_ticket(ticket_id, TicketChanges(status=name), guard=guard)

    async def close_ticket(self, ticket_id: str, *, guard: Guard | None = None) -> DeskTicket:
        return await self.set_status_type(ticket_id, CLOSED, guard=guard)

    async def create_comment(
        self, ticket_id: str, content: str, *, public: bool, guard: Guard | None = None
    ) -> DeskComment:
        """Write a comment of at most 32,000 characters; a *public* one is shown to the customer.

        InDoubtError: it may be there; look with `read_comments` before writing it again.
        """
        request = wire.create_comment_request(ticket_id, content, public=public)
        return await self._write(request, answers.comment, guard)

    async def read_comments(self, ticket_id: str) -> list[DeskComment]:
        """Return all comments, oldest first."""
        return await self._pages(
            lambda start: wire.comments_request(ticket_id, start), answers.comment, wire.PAGE_SIZE
        )

    async def upload_attachment(
        self,
        ticket_id: str,
        file: ReadableFile,
        *,
        name: str,
        content_type: str,
        size: int,
        timeout: float,  # noqa: ASYNC109 - of the exchange alone, not of the waits before it.
        public: bool = False,
        guard: Guard | None = None,
    ) -> DeskAttachment:
        """Attach *file*, read while it is sent.

        InDoubtError: it may be there, look with `read_attachments` under `wire.file_name(name)`.
        RejectedError DESK-413: too large for Desk; DESK-404: the ticket is gone.
        """
        request = wire.upload_request(
            ticket_id,
            file,
            name=name,
            content_type=content_type,
            size=size,
            seconds=timeout,
            public=public,
        )
        return await self._write(request, answers.attachment, guard)

    async def read_attachments(self, ticket_id: str) -> list[DeskAttachment]:
        return await self._pages(
            lambda start: wire.attachments_request(ticket_id, start),
            answers.attachment,
            wire.PAGE_SIZE,
        )

    async def read_ticket_metrics(self, ticket_id: str) -> TicketMetrics:
        return await self._send(wire.metrics_request(ticket_id), answers.read_metrics)

    async def read_webhook_keys(self) -> dict[str, Any]:
        """Return the keys deliveries are signed with, for `webhooks.verify_delivery`."""
        request = wire.keys_request(self.base_url, KEYS_SECONDS)
        return await self._transport.send(request, lambda answer: dict(answers.object_of(answer)))

    async def webhook_keys(self, proof: str) -> dict[str, Any]:
        """Return the keys for a delivery, kept for an hour.

        A proof made with a key that is not among them has them read anew, once a minute at most:
        deliveries that somebody made up must not have us ask Desk each time.
        """
        async with self._reading:
            until, keys = self._kept.get("keys", (0.0, {}))
            now = self._transport.clock()
            age = METADATA_SECONDS - (until - now)
            known = webhooks.knows_key(proof, keys)
            if until <= now or (not known and age >= KEYS_AGAIN_SECONDS):
                # Also after a failure: the keys at hand serve until the minute is over.
                self._keep("keys", keys)
                keys = await self.read_webhook_keys()
                self._keep("keys", keys)
            return dict(keys)

    async def _remembered(
        self, name: str, request: Request, read: Callable[[Answer], T], *, fresh: bool
    ) -> T:
        async with self._reading:
            kept = self._kept.get(name)
            if kept is not None and not fresh and kept[0] > self._transport.clock():
                found: T = kept[1]
                return found
            found = await self._send(request, read)
            self._keep(name, found)
            return found

    def _keep(self, name: str, found: object) -> None:
        self._kept[name] = (self._transport.clock() + METADATA_SECONDS, found)

    async def _pages(
        self,
        ask: Callable[[int], Request],
        read: Callable[[answers.Item], Any],
        size: int,
        *,
        most: int = wire.LIST_END,
    ) -> list[Any]:
        """Return the records of all pages, each once: pages shift while somebody writes."""
        found: dict[str, Any] = {}
        for start in range(0, wire.LIST_END, size):
            rows = await self._send(ask(start), answers.items_of)
            for row in rows:
                record = read(row)
                if record is not None:
                    found.setdefault(record.id, record)
            if len(rows) < size or len(found) >= most:
                break
        return list(found.values())[:most]

    async def _write(
        self, request: Request, read: Callable[[answers.Item], T | None], guard: Guard | None
    ) -> T:
        return await self._send(request, lambda answer: answers.one(answer, read), guard)

    async def _send(
        self, request: Request, read: Callable[[Answer], T], guard: Guard | None = None
    ) -> T:
        request = replace(request, headers={**(request.headers or {}), "orgId": self.org_id})
        return await self._transport.send(request, read, keeper=self._accounts.keeper, guard=guard)


def _trusted(transport: Transport) -> str:
    """Return Desk's address, if a token may be sent there."""
    settings = transport.settings
    url = settings.desk_url
    host = urlsplit(url).hostname or ""
    if host in settings.allowed_api_domains:
        return url
    signing_in = urlsplit(settings.zoho_accounts_url).hostname or ""
    if is_loopback(host) and is_loopback(signing_in):
        return url
    raise OperatorError(
        "DESK-400",
        f"{host or 'No address'} is not a host of Zoho Desk we know: set `zoho_desk_url`, and add "
        "a new data centre's host to `allowed_api_domains`.",
    )
