"""Find the ticket that is open on the same matter, so that it is extended and not doubled."""

from __future__ import annotations

import sqlalchemy as sa

from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.carrying import Later, reconcile_seconds
from switchboard.flows.chat_to_ticket.delivery.composing import may_extend
from switchboard.flows.chat_to_ticket.delivery.matter import Matter
from switchboard.store import journal, tickets
from switchboard.store.database import now as store_now
from switchboard.vendors.zoho_desk.models import CLOSED, DeskTicket

OTHERS_DOUBT = "Another ticket on this matter got no answer yet; it may have to be extended."
MOST_READ = 5  # Tickets read one by one: a person has not more open on the same matter.
_NEWEST = 20


async def find_open(matter: Matter, contact_id: str | None) -> DeskTicket | None:
    """Return the ticket to be extended, as it is at this moment; None: raise a new one."""
    config, row, wanted = matter.config, matter.row, matter.wanted
    if not looks_for_open(matter):
        return None
    if wanted.email:
        await _no_doubt(matter)
    ours = await matter.tools.db.run(
        lambda conn: tickets.alike(
            conn, matter.tools.sealer, row, email=wanted.email, contact_id=contact_id
        )
    )
    for desk_id in dict.fromkeys(each.desk_id for each in ours if each.desk_id):
        found = await _open(matter, desk_id)
        if found is not None:
            return found
    field = config.custom_fields.workflow_type
    if field is None or contact_id is None:
        return None
    return await _of_contact(matter, contact_id, field)


def looks_for_open(matter: Matter) -> bool:
    """Tell whether the matter is added to an open ticket, where there is one."""
    from_chat = matter.row.conversation_id is not None
    return matter.config.extend_open_tickets and may_extend(matter.wanted, from_chat=from_chat)


async def _no_doubt(matter: Matter) -> None:
    """Raise Later while nobody knows whether another ticket for this address was made.

    Under the lease on the address: what was marked before is seen, and nothing is marked meanwhile.
    """

    def look(conn: sa.Connection) -> tuple[bool, float]:
        email, sealer = matter.wanted.email, matter.tools.sealer
        others = tickets.wanted_alike(conn, sealer, matter.row, email=email)
        names = [keys.effect_key(each, keys.TICKET) for each in others]
        found = journal.by_keys(conn, names).values()
        return any(each.state == "sending" for each in found), store_now(conn)

    doubt, now = await matter.tools.db.run(look)
    if doubt:
        raise Later(now + reconcile_seconds(matter.tools), why=OTHERS_DOUBT)


async def _of_contact(matter: Matter, contact_id: str, field: str) -> DeskTicket | None:
    """Look among the contact's tickets; a list shows neither type of status nor custom fields."""
    statuses = {each.name: each.type for each in await matter.desk.read_statuses()}
    listed = await matter.desk.read_contact_tickets(contact_id, most=_NEWEST)
    maybe = [each for each in listed if statuses.get(each.status or "") != CLOSED]
    for each in maybe[:MOST_READ]:
        found = await _open(matter, each.id)
        if found is not None and found.custom.get(field) == matter.wanted.draft.workflow:
            return found
    return None


async def _open(matter: Matter, desk_id: str) -> DeskTicket | None:
    try:
        found = await matter.desk.read_ticket(desk_id)
    except RejectedError:  # Deleted, merged or hidden: nothing that could be extended.
        return None
    over = found.is_closed or found.is_spam or found.is_trashed
    return None if over else found
