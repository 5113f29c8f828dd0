"""Write down what was seen of a ticket at Zoho Desk, and tell who has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket import conversing, feedback
from switchboard.flows.chat_to_ticket import following_plan as plan
from switchboard.flows.chat_to_ticket.approving import draft_of
from switchboard.flows.chat_to_ticket.mails import compose, words
from switchboard.flows.chat_to_ticket.models import Reply
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import audit, outbox, tickets
from switchboard.store.tables import ticket as table
from switchboard.store.tickets import Ticket
from switchboard.vendors.zoho_desk.models import DeskComment, DeskTicket, TicketMetrics

ACTOR = "desk"
GONE = "Deleted"
CLOCKS_SECONDS = 300.0  # Desk's clock and ours may differ by that much.
SAME_SECONDS = 60.0  # Two times of one closing, ours and Desk's, are not further apart.


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A ticket as it was just now; `comments` is None where there were no new ones to read."""

    ticket: DeskTicket
    comments: Sequence[DeskComment] | None = None
    metrics: TicketMetrics | None = None


def notice(conn: sa.Connection, tools: ChatTools, seen: Seen, at: float) -> bool:
    """Bring the rows of one ticket up to date; tell whether anybody is told of something."""
    told = False
    chats: dict[str, list[str]] = {}
    for reference in of_desk(conn, seen.ticket.id):
        row = tickets.load(conn, tools.sealer, reference)
        if row is None:
            continue
        said = _news(row, seen)
        values = {"status": seen.ticket.status, "status_type": seen.ticket.status_type}
        count = len(seen.comments) if seen.comments is not None else row.comments_seen
        tickets.update(conn, reference, **values, comments_seen=count)
        if _closed_anew(row, seen.ticket):
            told |= _close(conn, tools, row, seen, at)
            said = [*said, "it is closed."]
        elif row.closed_at is not None and not seen.ticket.is_closed:
            _reopen(conn, row, at)
            said = [*said, "it was opened again."]
        if said and row.conversation_id:
            # A chat that raised a ticket and added to it hears of it once.
            chats.setdefault(row.conversation_id, said)
    for conversation_id, said in chats.items():
        told |= _tell_chat(conn, tools, conversation_id, seen.ticket.number, said)
    return told


def of_desk(conn: sa.Connection, desk_id: str) -> tuple[str, ...]:
    """Return the references of all that stands for one ticket of Desk's."""
    query = sa.select(table.c.reference).where(table.c.desk_id == desk_id)
    return tuple(conn.scalars(query.order_by(table.c.wanted_at, table.c.reference)))


def _news(row: Ticket, seen: Seen) -> list[str]:
    if seen.comments is None:
        return []
    begun = (row.raised_at or row.wanted_at) - CLOCKS_SECONDS
    since = datetime.fromtimestamp(begun, UTC) if row.extends else None
    return plan.news(seen.comments, row.comments_seen, since)


def notice_gone(conn: sa.Connection, desk_id: str, at: float) -> None:
    """Write down that a ticket is no more, or hidden from us; it is not read again."""
    for reference in of_desk(conn, desk_id):
        tickets.update(conn, reference, status=GONE, status_type=None, look_at=None)
        audit.append(conn, actor=ACTOR, action="ticket.gone", subject=reference, at=at)


def _closed_anew(row: Ticket, found: DeskTicket) -> bool:
    if not found.is_closed:
        return False
    if row.closed_at is None:
        return True
    # Opened and closed again between two looks.
    closed = found.closed_time
    return closed is not None and closed.timestamp() > row.closed_at + SAME_SECONDS


def _close(conn: sa.Connection, tools: ChatTools, row: Ticket, seen: Seen, at: float) -> bool:
    """Write the closing down and mail the customer; tell whether a mail was queued."""
    found, metrics = seen.ticket, seen.metrics
    ended = found.closed_time or datetime.fromtimestamp(at, UTC)
    resolution = metrics.resolution_minutes if metrics else None
    if resolution is None:
        resolution = plan.minutes_between(found.created_time, ended)
    tickets.update(
        conn,
        row.reference,
        closed_at=ended.timestamp(),
        resolution_minutes=resolution,
        first_response_minutes=metrics.first_response_minutes if metrics else None,
        closing_told_at=None,
    )
    detail = {"ticket": row.number or "", "resolution_minutes": resolution}
    audit.append(
        conn, actor=ACTOR, action="ticket.close", subject=row.reference, detail=detail, at=at
    )
    if found.is_spam or found.is_trashed:
        return False
    draft = draft_of(row)
    current = tickets.load(conn, tools.sealer, row.reference)
    if draft is None or current is None or not words.address(draft.contact_email):
        return False
    desk = tools.configuration.desk
    asks = bool(desk and desk.ask_satisfaction and tools.public_url)
    key = f"closed:{row.desk_id}:{int(ended.timestamp())}"
    link = feedback.link(tools, row.reference) if asks else ""
    mails = compose.closed_mail(tools, current, draft, link, key=key, at=at)
    outbox.queue(conn, mails, at)
    if mails:
        tickets.update(conn, row.reference, closing_told_at=at)
    return bool(mails)


def _reopen(conn: sa.Connection, row: Ticket, at: float) -> None:
    tickets.update(
        conn, row.reference, closed_at=None, resolution_minutes=None, closing_told_at=None
    )
    audit.append(conn, actor=ACTOR, action="ticket.reopen", subject=row.reference, at=at)


def _tell_chat(
    conn: sa.Connection,
    tools: ChatTools,
    conversation_id: str,
    number: str,
    said: Sequence[str],
) -> bool:
    """Put news before a visitor who is still there."""
    found = conversing.load_state(conn, tools, conversation_id)
    if found is None or found[1].conversation.stage == "closed":
        return False
    replies = tuple(Reply(text=plan.told(number, text)) for text in said)
    conversing.put_unsent(conn, tools, conversation_id, replies)
    return True
