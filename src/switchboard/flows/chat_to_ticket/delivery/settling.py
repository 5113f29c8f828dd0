"""Take over that a ticket exists: its row, the visitor, the mails, and what follows for it."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
import structlog

from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket import approving, conversing
from switchboard.flows.chat_to_ticket.delivery.attending import intend_pieces
from switchboard.flows.chat_to_ticket.delivery.matter import Matter
from switchboard.flows.chat_to_ticket.mails.compose import ticket_mails
from switchboard.flows.chat_to_ticket.models import Event
from switchboard.store import audit, outbox, tickets
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_desk.models import DeskTicket

log = structlog.get_logger(__name__)

ACTOR = "switchboard"
_WEBHOOK_SHARE = 6  # Where Desk tells us itself, a rarer look catches what it did not tell.


def raised(conn: sa.Connection, matter: Matter, ticket: DeskTicket, *, extends: bool) -> None:
    """Write down that the ticket exists, and have everybody told who is to know."""
    tools, reference, at = matter.tools, matter.row.reference, store_now(conn)
    before = tickets.by_desk_id(conn, tools.sealer, ticket.id)
    tickets.update(
        conn,
        reference,
        state="raised",
        error_code=None,
        why="",
        work_at=at,
        tries=0,
        extends=extends,
        desk_id=ticket.id,
        number=ticket.number,
        contact_id=ticket.contact_id,
        department_id=ticket.department_id,
        status=ticket.status,
        status_type=ticket.status_type,
        raised_at=at,
        # One row looks after a ticket of Desk's: the one that made it, or knew of it first.
        look_at=at + look_seconds(matter) if before is None else None,
    )
    row = tickets.load(conn, tools.sealer, reference)
    if row is None:
        raise LookupError(reference)
    moment = datetime.fromtimestamp(at, UTC)
    web_url = ticket.web_url or ""
    try:
        mails = ticket_mails(tools, row, matter.wanted.draft, moment, web_url=web_url)
    except SwitchboardError as error:  # A text of the operator's is wrong; the ticket stands.
        log.warning("ticket_mails_not_written", reference=reference, code=error.code)
        mails = []
    outbox.queue(conn, mails, at)
    wish = matter.approval
    if wish is not None:
        approving.ask_approval(conn, tools, row, matter.wanted.draft, wish, at)
    if row.conversation_id is not None:
        detail = {"reference": reference, "id": ticket.id, "number": ticket.number}
        detail |= {"extends": "yes"} if extends else {}
        event = Event(kind="ticket_created", at=moment, detail=detail)
        conversing.apply(conn, tools, row.conversation_id, event)
    # After the chat was told: what it says of the ticket belongs to its history.
    intend_pieces(conn, matter, row, at, web_url=web_url)
    audit.append(
        conn,
        actor=ACTOR,
        action="ticket.extended" if extends else "ticket.raised",
        subject=reference,
        detail={"desk_id": ticket.id, "number": ticket.number, "workflow": row.workflow},
    )
    log.info(
        "ticket", reference=reference, number=ticket.number, workflow=row.workflow, extends=extends
    )


def stopped(
    conn: sa.Connection, matter: Matter, effect: Effect | None, code: str, why: str
) -> None:
    """Leave a ticket that cannot be raised to a person."""
    reference = matter.row.reference
    state = "refused" if effect is not None and effect.state == "refused" else "parked"
    tickets.update(conn, reference, state=state, error_code=code, why=why, work_at=None)
    chat = matter.row.conversation_id
    if chat is not None:
        conversing.account_for(conn, matter.tools, chat)
    audit.append(
        conn,
        actor=ACTOR,
        action=f"ticket.{state}",
        subject=reference,
        detail={"code": code, "workflow": matter.row.workflow},
    )
    log.warning("ticket_parked", reference=reference, code=code)


def look_seconds(matter: Matter) -> float:
    """Return how long after now a ticket is to be read again."""
    seconds = matter.config.poll_minutes * 60
    return seconds * _WEBHOOK_SHARE if matter.config.webhook_id else seconds
