"""Bring one wanted ticket to Zoho Desk: the person, an open ticket on the matter, or a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.delivery import keys, settling
from switchboard.flows.chat_to_ticket.delivery.carrying import (
    Done,
    Guard,
    Later,
    Stopped,
    carry_out,
    scale,
)
from switchboard.flows.chat_to_ticket.delivery.composing import (
    added_text,
    bare,
    contact_of,
    ticket_of,
    without,
)
from switchboard.flows.chat_to_ticket.delivery.extending import find_open, looks_for_open
from switchboard.flows.chat_to_ticket.delivery.leasing import address_leases, held_beside
from switchboard.flows.chat_to_ticket.delivery.matter import Matter, put_request, request_of
from switchboard.store import journal, tickets
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_desk import text
from switchboard.vendors.zoho_desk.models import DeskTicket, NewTicket

log = structlog.get_logger(__name__)

# A contact made a moment ago is found by the search minutes later (zoho-desk.md §6).
SEARCH_SECONDS, SEARCH_EVERY = 300.0, 20.0
# "Not found" of that search is believed a quarter of an hour after the write.
SEARCH_SURE_SECONDS = 900.0
RECENT_SECONDS = 3600.0
_MOST_SLIMMINGS = 4
OTHERS_SECONDS = 5.0
OTHERS_TURN = "Another worker is at a ticket for the same address."
_left_out: set[str] = set()  # Said once: it is the portal's doing, and the same for each ticket.


async def raise_ticket(matter: Matter) -> None:
    """Have the matter's ticket raised; what ends it early is said as by `carry_out`."""
    alone = matter.wanted.email if looks_for_open(matter) else ""
    names = address_leases(matter.tools, alone) if alone else []
    async with held_beside(matter.tools, matter.hold, names) as free:
        if not free:
            now = await matter.tools.db.now()
            raise Later(now + OTHERS_SECONDS * scale(matter.tools), why=OTHERS_TURN)
        await _raise(matter)


async def _raise(matter: Matter) -> None:
    key = keys.effect_key(matter.row.reference, keys.TICKET)
    effect = (await matter.tools.db.run(lambda conn: journal.by_keys(conn, [key])))[key]
    if effect.state == "intended":
        effect = await _decide(matter, effect)
    await carry_out(matter.tools, matter.hold, TicketWrite(matter, effect))


async def _decide(matter: Matter, effect: Effect) -> Effect:
    """Write down for whom the ticket is made, or which one is extended: before it is sent."""
    contact_id = await _contact(matter)
    found = await find_open(matter, contact_id)
    request: dict[str, Any] = {"reference": matter.row.reference, "contact_id": contact_id}
    if found is not None:
        request |= {
            "contact_id": found.contact_id or contact_id,
            "extends": found.id,
            "number": found.number,
            "department_id": found.department_id,
            "status": found.status,
            "status_type": found.status_type,
            "web_url": found.web_url,
        }

    def decide(conn: sa.Connection) -> Effect:
        put_request(conn, effect.key, request)
        tickets.update(conn, matter.row.reference, contact_id=request["contact_id"])
        return journal.by_keys(conn, [effect.key])[effect.key]

    return await matter.tools.db.run(decide)


async def _contact(matter: Matter) -> str | None:
    """Return the person's id; None when the ticket has to carry the person itself."""
    tools, email = matter.tools, matter.wanted.email
    if matter.row.contact_id or not email:
        return matter.row.contact_id
    text.email(email)  # RejectedError DESK-422 before anything is sent.
    key = keys.effect_key(matter.row.reference, keys.CONTACT)
    effect = (await tools.db.run(lambda conn: journal.by_keys(conn, [key])))[key]
    if effect.state == "settled":
        return effect.vendor_id
    if effect.state != "sending":
        known = await _known_contact(matter)
        if known is not None:
            await tools.db.run(lambda conn: _needless(conn, key))
            return known
    now = await tools.db.now()
    try:
        return (await carry_out(tools, matter.hold, ContactWrite(matter, key))).vendor_id
    except Stopped as stopped:
        if stopped.effect.error_code != "DESK-409":
            raise
        # The person is there, and the search does not show it yet. After some minutes Desk may
        # find the person by the address on the ticket: it keeps one contact for each (§5).
        since = stopped.effect.finished_at or now
        if now < since + SEARCH_SECONDS * scale(tools):
            again = now + SEARCH_EVERY * scale(tools)
            raise Later(again, "DESK-409", "The contact is not found yet.") from stopped
        return None


async def _known_contact(matter: Matter) -> str | None:
    found = await matter.desk.find_contacts(matter.wanted.email)
    if found:
        return found[0].id
    since = await matter.tools.db.now() - RECENT_SECONDS
    return await matter.tools.db.run(
        lambda conn: tickets.contact_of(conn, matter.tools.sealer, matter.wanted.email, since)
    )


def _needless(conn: sa.Connection, key: str) -> None:
    effect = journal.by_keys(conn, [key])[key]
    if effect.state in {"intended", "refused"}:
        journal.supersede(conn, [key], "The contact was there already.")


@dataclass(frozen=True, slots=True)
class ContactWrite:
    """A person to be entered; the address is unique, so sending it again makes no second one."""

    matter: Matter
    key: str
    slow_seconds: float = 0.0
    sure_seconds: float = 0.0

    async def send(self, effect: Effect, guard: Guard) -> Done:
        del effect
        made = await self.matter.desk.create_contact(contact_of(self.matter.wanted), guard=guard)
        return Done(made.id)

    async def look(self, effect: Effect) -> Done | None:
        del effect
        found = await self.matter.desk.find_contacts(self.matter.wanted.email)
        return Done(found[0].id) if found else None

    def settle(self, conn: sa.Connection, effect: Effect, done: Done) -> None:
        del effect
        tickets.update(conn, self.matter.row.reference, contact_id=done.vendor_id)


@dataclass(frozen=True, slots=True)
class TicketWrite:
    """A ticket, or the comment that extends one; recognised by our reference at its end."""

    matter: Matter
    effect: Effect
    slow_seconds: float = 0.0

    @property
    def key(self) -> str:
        return self.effect.key

    @property
    def sure_seconds(self) -> float:
        """The list of a contact's tickets shows them at once; the search does not (§11)."""
        request = request_of(self.effect)
        if request.get("contact_id") or request.get("extends"):
            return 0.0
        return SEARCH_SURE_SECONDS * scale(self.matter.tools)

    async def send(self, effect: Effect, guard: Guard) -> Done:
        matter, request = self.matter, request_of(effect)
        if request.get("extends"):
            mark = f"\n[{matter.marker}]"
            words = text.clean(added_text(matter.wanted))
            content = text.fit(words, text.COMMENT_LENGTH - text.units(mark)) + mark
            made = await matter.desk.create_comment(
                request["extends"], content, public=True, guard=guard
            )
            return Done(made.id, _extended(request))
        place = await matter.place()
        ticket, left_out = ticket_of(
            matter.wanted,
            matter.config,
            place,
            marker=matter.marker,
            contact_id=request.get("contact_id"),
            due=matter.due(),
        )
        for each in left_out:
            if each not in _left_out:
                _left_out.add(each)
                log.warning("ticket_field_left_out", reference=matter.row.reference, field=each)
        raised = await self._create(ticket, guard)
        return Done(raised.id, raised)

    async def _create(self, ticket: NewTicket, guard: Guard) -> DeskTicket:
        """Raise the ticket, without what Desk refuses of the fields it can do without."""
        for _ in range(_MOST_SLIMMINGS):
            try:
                return await self.matter.desk.create_ticket(ticket, guard=guard)
            except RejectedError as error:
                slim = without(ticket, error.fields) if error.fields else bare(ticket)
                if error.code not in {"DESK-400", "DESK-422"} or slim in (None, ticket):
                    raise
                names = ", ".join(error.fields) or "all fields but the necessary ones"
                log.warning(
                    "ticket_fields_refused", reference=self.matter.row.reference, fields=names
                )
                ticket = slim or ticket
        return await self.matter.desk.create_ticket(bare(ticket), guard=guard)

    async def look(self, effect: Effect) -> Done | None:
        matter, request = self.matter, request_of(effect)
        if request.get("extends"):
            comments = await matter.desk.read_comments(request["extends"])
            added = [each for each in comments if keys.bears_mark(each.content, matter.marker)]
            return Done(added[0].id, _extended(request)) if added else None
        contacts = [request["contact_id"]] if request.get("contact_id") else []
        if not contacts and matter.wanted.email:
            contacts = [each.id for each in await matter.desk.find_contacts(matter.wanted.email)]
        found: list[DeskTicket] = []
        for contact_id in contacts:
            found += await matter.desk.read_contact_tickets(contact_id)
        if not request.get("contact_id"):
            found += await matter.desk.find_tickets(matter.marker)
        mine = [each for each in found if keys.ends_with_mark(each.subject, matter.marker)]
        return Done(mine[-1].id, mine[-1]) if mine else None

    def settle(self, conn: sa.Connection, effect: Effect, done: Done) -> None:
        request = request_of(effect)
        ticket: DeskTicket = done.value
        if ticket.web_url:
            put_request(conn, effect.key, request | {"web_url": ticket.web_url})
        if ticket.contact_id is None:
            ticket = ticket.model_copy(update={"contact_id": request.get("contact_id")})
        settling.raised(conn, self.matter, ticket, extends=bool(request.get("extends")))


def _extended(request: dict[str, Any]) -> DeskTicket:
    """Return the ticket that was extended, as it was read right before."""
    return DeskTicket(
        id=request["extends"],
        number=request.get("number") or "",
        **{name: request.get(name)
           for name in ("contact_id", "department_id", "status", "status_type", "web_url")},
    )  # fmt: skip
