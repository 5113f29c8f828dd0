"""Follow tickets until they are closed: webhooks as hints, looks of our own as the truth.

A webhook's signature does not cover its body (zoho-desk.md §12), so all an event does is have its
ticket read again, at once. Where there is no webhook, tickets are read at growing intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError, RejectedError, SwitchboardError, TransientError
from switchboard.flows.chat_to_ticket import following_plan as plan
from switchboard.flows.chat_to_ticket.noticing import Seen, notice, notice_gone, of_desk
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import deliveries, tickets
from switchboard.store.tables import ticket as ticket_table
from switchboard.vendors.zoho_desk import webhooks
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import DeskEvent

log = structlog.get_logger(__name__)

HOLD_SECONDS = 300.0  # Longer than one look takes; whoever dies meanwhile is made up for then.
BATCH = 50
UNPROVEN = "DESK-498"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Rows of one ticket of Desk's, and the `look_at` that says they are ours for now."""

    desk_id: str
    references: tuple[str, ...]
    comments_seen: int
    until: float


async def receive_desk(tools: ChatTools, raw: bytes, headers: Mapping[str, str]) -> None:
    """Take a delivery of Zoho Desk's.

    RejectedError DESK-498: it bears no proof that it is Desk's; answer 401, never 410.
    """
    proof = next((v for k, v in headers.items() if k.lower() == webhooks.HEADER), "")
    await _prove(tools, proof)
    events = [each for each in webhooks.read_events(raw) if each.ticket_id]
    if not events:
        return
    holder = deliveries.holder_name("desk")
    at = await tools.db.now()

    def write(conn: sa.Connection) -> int:
        return sum(_hint(conn, tools, each, holder, at) for each in events)

    if await tools.db.run(write):
        tools.wake("follow_ups")


def follow_ups_due(conn: sa.Connection, at: float) -> bool:
    """Tell whether `work_follow_ups` would find a ticket to read."""
    due = sa.select(ticket_table.c.reference).where(
        ticket_table.c.look_at <= at, ticket_table.c.desk_id.is_not(None)
    )
    return conn.execute(due.limit(1)).first() is not None


async def work_follow_ups(tools: ChatTools) -> str | None:
    """Read the tickets whose time has come; return what stopped it: "DESK-429: ..."."""
    desk = tools.desk
    if desk is None:
        return None
    at = await tools.db.now()
    claimed = await tools.db.run(lambda conn: _claim(conn, tools, at))
    for number, each in enumerate(claimed):
        try:
            await _look(tools, desk, each)
        except (TransientError, OperatorError) as error:
            left = [name for one in claimed[number:] for name in one.references]
            await tools.db.run(lambda conn, names=left: _let_go(conn, names, at))  # type: ignore[misc]
            return str(error)
        except RejectedError as error:
            log.warning("ticket_not_read", code=error.code, ticket=each.desk_id)
            await _put_off(tools, each, at)
    return None


async def look_again(tools: ChatTools, reference: str) -> None:
    """Read a ticket now because a person wants it read, whenever it was to be read by itself.

    What keeps it from being read is raised; the ticket is then read as was planned.
    """
    desk = tools.desk
    if desk is None:
        raise OperatorError("DESK-401", "Zoho Desk is not set up here.")
    at = await tools.db.now()
    before = await tools.db.run(lambda conn: _claim_one(conn, tools, reference, at))
    if before is None:
        raise RejectedError("DESK-404", "The ticket is not in Zoho Desk yet.")
    claimed, planned = before
    try:
        await _look(tools, desk, claimed)
    except SwitchboardError:
        await tools.db.run(lambda conn: _let_go(conn, claimed.references, planned))
        raise


async def _prove(tools: ChatTools, proof: str) -> None:
    configured = tools.configuration.desk
    if tools.desk is None or configured is None or not configured.webhook_id:
        raise RejectedError(UNPROVEN, "No webhook of Zoho Desk is set up here.")
    if not proof:
        raise RejectedError(UNPROVEN, "The delivery bears no proof that it is Zoho Desk's.")
    try:
        keys = await tools.desk.webhook_keys(proof)
    except SwitchboardError as error:
        raise TransientError(
            error.code, "Zoho Desk's keys cannot be read; the ticket is looked at later."
        ) from error
    why = webhooks.verify_delivery(
        proof,
        keys,
        org_id=tools.desk.org_id,
        webhook_id=configured.webhook_id,
        now=tools.now(),
    )
    if why is not None:
        raise RejectedError(UNPROVEN, "The delivery is not proved to be Zoho Desk's.", detail=why)


def _hint(conn: sa.Connection, tools: ChatTools, event: DeskEvent, holder: str, at: float) -> bool:
    """Have the event's ticket read now, once for each event; tell whether it is one of ours."""
    row = tickets.by_desk_id(conn, tools.sealer, event.ticket_id or "")
    if row is None:
        return False
    key = f"desk:{event.key}"
    taken = deliveries.claim(conn, tools.sealer, key, holder, now=at, seconds=HOLD_SECONDS)
    if taken.verdict != "yours":
        return False
    # One row looks after a ticket of Desk's; where none does any more, the first does again.
    followed = (ticket_table.c.desk_id == row.desk_id) & ticket_table.c.look_at.is_not(None)
    moved = conn.execute(sa.update(ticket_table).where(followed).values(look_at=at))
    if moved.rowcount == 0:
        tickets.update(conn, row.reference, look_at=at)
    deliveries.answer(conn, tools.sealer, key, holder, "", now=at)
    return True


def _claim(conn: sa.Connection, tools: ChatTools, at: float) -> list[_Claimed]:
    """Take tickets that are due, so that no other process reads them meanwhile."""
    until = at + HOLD_SECONDS
    found: dict[str, list[tickets.Ticket]] = {}
    for row in tickets.due_looks(conn, tools.sealer, at, BATCH):
        mine = (ticket_table.c.reference == row.reference) & (ticket_table.c.look_at == row.look_at)
        taken = conn.execute(sa.update(ticket_table).where(mine).values(look_at=until))
        if taken.rowcount == 1 and row.desk_id:
            found.setdefault(row.desk_id, []).append(row)
    return [
        _Claimed(
            desk_id,
            tuple(each.reference for each in rows),
            min(each.comments_seen for each in rows),
            until,
        )
        for desk_id, rows in found.items()
    ]


def _claim_one(
    conn: sa.Connection, tools: ChatTools, reference: str, at: float
) -> tuple[_Claimed, float | None] | None:
    """Take one ticket, and say when it was to be read; None: it is not in Zoho Desk."""
    asked = tickets.load(conn, tools.sealer, reference)
    if asked is None or asked.desk_id is None:
        return None
    known = _rows(conn, tools, of_desk(conn, asked.desk_id))
    row = next((each for each in known if each.look_at is not None), known[0])
    until = at + HOLD_SECONDS
    tickets.update(conn, row.reference, look_at=until)
    claimed = _Claimed(asked.desk_id, (row.reference,), row.comments_seen, until)
    return claimed, row.look_at


async def _look(tools: ChatTools, desk: ZohoDeskClient, claimed: _Claimed) -> None:
    """Read one ticket and write down what is new."""
    try:
        found = await desk.read_ticket(claimed.desk_id)
    except RejectedError as error:
        if error.code != "DESK-404":
            raise
        at = await tools.db.now()
        await tools.db.run(lambda conn: notice_gone(conn, claimed.desk_id, at))
        return
    comments = None
    if found.comment_count is None or found.comment_count != claimed.comments_seen:
        comments = await desk.read_comments(claimed.desk_id)
    metrics = await desk.read_ticket_metrics(claimed.desk_id) if found.is_closed else None
    seen = Seen(ticket=found, comments=comments, metrics=metrics)
    at = await tools.db.now()

    def write(conn: sa.Connection) -> bool:
        told = notice(conn, tools, seen, at)
        for row in _rows(conn, tools, claimed.references):
            _plan(conn, tools, row, claimed.until, at)
        return told

    if await tools.db.run(write):
        tools.wake("mails")
        tools.wake("replies")


async def _put_off(tools: ChatTools, claimed: _Claimed, at: float) -> None:
    def write(conn: sa.Connection) -> None:
        _let_go(conn, claimed.references, at + plan.SAFETY_SECONDS)

    await tools.db.run(write)


def _plan(
    conn: sa.Connection, tools: ChatTools, row: tickets.Ticket, until: float, at: float
) -> None:
    """Say when the ticket is read again, unless it was asked for while it was read."""
    desk = tools.configuration.desk
    again = plan.next_look(
        at,
        raised_at=row.raised_at or row.wanted_at,
        closed_at=row.closed_at,
        webhook=bool(desk and desk.webhook_id),
        poll_minutes=desk.poll_minutes if desk else 10,
    )
    ours = (ticket_table.c.reference == row.reference) & (ticket_table.c.look_at == until)
    conn.execute(sa.update(ticket_table).where(ours).values(look_at=again))


def _let_go(conn: sa.Connection, references: Iterable[str], at: float | None) -> None:
    for each in references:
        tickets.update(conn, each, look_at=at)


def _rows(conn: sa.Connection, tools: ChatTools, references: Sequence[str]) -> list[tickets.Ticket]:
    found = [tickets.load(conn, tools.sealer, each) for each in references]
    return [each for each in found if each is not None]
