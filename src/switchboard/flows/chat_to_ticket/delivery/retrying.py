"""Put stopped tickets and their pieces back to work, when a person has mended the cause."""

from __future__ import annotations

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket import conversing
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import audit, journal, set_aside, tickets
from switchboard.store.database import now as store_now
from switchboard.store.tables import effect, ticket

STOPPED = ("refused", "parked")


def stopped_references(conn: sa.Connection) -> list[str]:
    """Return the tickets that stopped, or a piece of which did, in the order they were wanted."""
    pieces = sa.select(effect.c.interaction_id).where(
        effect.c.state.in_(STOPPED), effect.c.kind.in_(keys.KINDS)
    )
    person = sa.func.coalesce(ticket.c.conversation_id, "api:" + ticket.c.reference)
    query = sa.select(ticket.c.reference).where(
        sa.or_(ticket.c.state.in_(STOPPED), person.in_(pieces))
    )
    return list(conn.scalars(query.order_by(ticket.c.wanted_at, ticket.c.reference)))


def retry(conn: sa.Connection, tools: ChatTools, name: str, *, actor: str) -> list[str]:
    """Take up again what was refused or parked; return the references concerned.

    *name*: a chat's id, or a ticket's reference, id or number. What was parked in doubt is looked
    for first, as ever.
    """
    at = store_now(conn)
    rows = tickets.of_conversation(conn, tools.sealer, name)
    one = tickets.find(conn, tools.sealer, name)
    done: list[str] = []
    for row in rows or ([one] if one is not None else []):
        mine = f"ticket:{row.reference}:"
        effects = journal.of_interactions(conn, [row.person]).get(row.person, [])
        failed = [
            each.key for each in effects if each.key.startswith(mine) and each.state in STOPPED
        ]
        if row.request is None or not (failed or row.state in STOPPED):
            continue  # Nothing stopped, or what was wanted has been forgotten.
        journal.retry(conn, failed)
        if row.state in STOPPED:
            # Who it is for is looked up anew: a contact that went may have been the trouble.
            tickets.update(
                conn, row.reference, state="wanted", contact_id=None, error_code=None, why=""
            )
        tickets.work_by(conn, row.reference, at)
        set_aside.drop(conn, ["ticket", "update"], [row.reference, *failed])
        if row.conversation_id is not None:
            conversing.account_for(conn, tools, row.conversation_id)
        audit.append(conn, actor=actor, action="ticket.retry", subject=row.reference)
        done.append(row.reference)
    return done
