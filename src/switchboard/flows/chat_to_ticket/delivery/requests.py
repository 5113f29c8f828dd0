"""Tickets that programs ask for through the API: raised once, read live, changed and commented.

Without an Idempotency-Key, the same body from the same program within ten minutes is the same
request: a repeat after a lost answer, and not a second ticket.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from switchboard.errors import OperatorError, RejectedError, TransientError
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.intending import (
    add_piece,
    intend_ticket,
)
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.models import (
    AUTOMATION_SOURCE,
    GENERAL,
    Priority,
    TicketDraft,
)
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import audit, journal, tickets
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.tickets import Ticket
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import (
    STATUS_TYPES,
    DeskTicket,
    TicketChanges,
    status_type,
)

WINDOW_SECONDS = 600.0
NOTHING, OTHER_BODY, UNFIT = "API-404", "API-409", "API-422"
_LENGTH = 12
_background: set[asyncio.Task[object]] = set()


class TicketRequest(BaseModel):
    """What a program wants a ticket for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    description: str
    workflow: str = GENERAL
    priority: Priority = "Medium"
    category: str = ""
    department: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    custom_fields: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket of ours; `live` is Zoho Desk's own word, None where only ours is known (`stale`)."""

    ticket: Ticket
    live: DeskTicket | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment: intended, sending, settled, refused or parked; `id` once it is in Zoho Desk."""

    ticket: Ticket
    state: str
    id: str | None = None
    code: str | None = None
    why: str | None = None


async def raise_by_request(
    tools: ChatTools, request: TicketRequest, *, key: str | None, actor: str
) -> Ticket:
    """Have a ticket raised and wait for it a little; with Desk down it follows by itself.

    RejectedError API-409: *key* was used for another body.
    """
    body = _digest(actor, request.model_dump_json())
    base = f"API-{_short(_digest(actor, 'key', key) if key else body)}"

    def want(conn: sa.Connection) -> str:
        at = store_now(conn)
        reference, known = _known(conn, tools, base, key, at)
        if known is not None:
            stored = (known.request or {}).get("body")
            if stored is not None and stored != body:
                raise RejectedError(OTHER_BODY, "This Idempotency-Key was used for another body.")
            return known.reference
        draft = _draft(reference, request)
        intend_ticket(
            conn, tools, draft=draft, conversation_id=None, session="", approval=None, at=at,
            body=body,
        )  # fmt: skip
        detail = {"workflow": draft.workflow, "priority": draft.priority}
        audit.append(conn, actor=actor, action="ticket.wanted", subject=reference, detail=detail)
        return reference

    reference = await tools.db.run(want)
    await _work_a_little(tools, reference)
    return await _ours(tools, reference)


async def add_comment(
    tools: ChatTools, ticket_id: str, text: str, *, public: bool, key: str | None, actor: str
) -> CommentView:
    """Add a comment to a ticket of ours, once for each *key*; RejectedErrors as above."""
    if not text.strip():
        raise RejectedError(UNFIT, "A comment needs a text.")
    row = await _ours(tools, ticket_id)
    body = _digest(actor, text, str(public))

    def want(conn: sa.Connection) -> str:
        at = store_now(conn)
        bucket = key if key is not None else f"{body}:{int(at // WINDOW_SECONDS)}"
        name = f"api-{_short(_digest(actor, 'key', bucket))}"
        effect_key = keys.effect_key(row.reference, keys.COMMENT, name)
        known = journal.by_keys(conn, [effect_key]).get(effect_key)
        if known is not None:
            if json.loads(known.request).get("body", body) != body:
                raise RejectedError(OTHER_BODY, "This Idempotency-Key was used for another body.")
            return effect_key
        content = {"text": text, "public": public}
        add_piece(conn, tools, row, keys.COMMENT, name, content, at, body=body)
        tickets.work_by(conn, row.reference, at)
        audit.append(
            conn, actor=actor, action="ticket.comment", subject=row.reference,
            detail={"public": public},
        )  # fmt: skip
        return effect_key

    effect_key = await tools.db.run(want)
    await _work_a_little(tools, row.reference)
    effect: Effect = (await tools.db.run(lambda conn: journal.by_keys(conn, [effect_key])))[
        effect_key
    ]
    return CommentView(row, effect.state, effect.vendor_id, effect.error_code, effect.error)


async def set_status(tools: ChatTools, ticket_id: str, status: str, *, actor: str) -> TicketView:
    """Give a ticket a status by the portal's name for it, or by type: Open, On Hold, Closed."""
    row, desk = await _ours(tools, ticket_id), _desk(tools)
    if row.desk_id is None:
        raise RejectedError(OTHER_BODY, "The ticket is not in Zoho Desk yet.")
    known = await desk.read_statuses()
    name = next((each.name for each in known if each.name.casefold() == status.casefold()), None)
    if name is None:
        kind = status_type(status)
        name = next((each.name for each in known if each.type == kind), None)
    if name is None:
        names = ", ".join(dict.fromkeys([*(each.name for each in known), *STATUS_TYPES]))
        raise RejectedError(UNFIT, f"There is no such status; there are: {names}.")
    live = await desk.update_ticket(row.desk_id, TicketChanges(status=name))

    def note(conn: sa.Connection) -> None:
        at = store_now(conn)
        # Whoever follows tickets reads it anew: what a closing means is decided there.
        tickets.update(conn, row.reference, look_at=at)
        audit.append(
            conn, actor=actor, action="ticket.status", subject=row.reference,
            detail={"status": name},
        )  # fmt: skip

    await tools.db.run(note)
    tools.wake("follow_ups")
    return TicketView(row, live)


async def read_ticket(tools: ChatTools, ticket_id: str) -> TicketView:
    """Return a ticket as it is now; Zoho Desk down or slow: as it was known last."""
    row = await _ours(tools, ticket_id)
    if tools.desk is None or row.desk_id is None:
        return TicketView(row, stale=row.desk_id is not None)
    seconds = tools.configuration.settings.chat.answer_seconds
    try:
        async with asyncio.timeout(seconds):
            return TicketView(row, await tools.desk.read_ticket(row.desk_id))
    except (TransientError, OperatorError, TimeoutError):
        return TicketView(row, stale=True)


def _known(
    conn: sa.Connection, tools: ChatTools, base: str, key: str | None, at: float
) -> tuple[str, Ticket | None]:
    """Return the reference to use, and the row if this request was made before."""
    if key is not None:
        return base, tickets.load(conn, tools.sealer, base)
    number = 1
    while True:
        reference = f"{base}-{number}"
        known = tickets.load(conn, tools.sealer, reference)
        if known is None or known.wanted_at > at - WINDOW_SECONDS:
            return reference, known
        number += 1


def _draft(reference: str, request: TicketRequest) -> TicketDraft:
    custom = {"workflow_type": request.workflow, "automation_source": AUTOMATION_SOURCE}
    return TicketDraft(
        reference=reference,
        summary=request.description,
        fields=(),
        **{**request.model_dump(exclude={"description"}),
           "custom_fields": custom | request.custom_fields},
    )  # fmt: skip


async def _ours(tools: ChatTools, name: str) -> Ticket:
    """Return a ticket by reference, id or number: ours alone, since a key opens no portal."""
    found = await tools.db.run(lambda conn: tickets.find(conn, tools.sealer, name))
    if found is None:
        raise RejectedError(NOTHING, "No ticket of this id was raised here.")
    return found


async def _work_a_little(tools: ChatTools, reference: str) -> None:
    """Work on a ticket at once; what takes longer goes on behind the answer."""
    task: asyncio.Task[object] = asyncio.create_task(work_tickets(tools, reference=reference))
    _background.add(task)
    task.add_done_callback(_background.discard)
    await asyncio.wait({task}, timeout=tools.configuration.settings.chat.answer_seconds)
    if task.done():
        task.result()
    else:
        tools.wake("tickets")


def _desk(tools: ChatTools) -> ZohoDeskClient:
    if tools.desk is None:
        raise OperatorError("API-003", "Zoho Desk is not set up here.")
    return tools.desk


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _short(digest: str) -> str:
    return base64.b32encode(bytes.fromhex(digest)).decode()[:_LENGTH]
