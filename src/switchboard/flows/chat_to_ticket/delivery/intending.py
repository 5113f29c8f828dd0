"""Write down what is to be sent to Zoho Desk, in the transaction of whoever decides it.

Nothing is woken here: the transaction may yet fail. Once it stands, the caller wakes `tickets`.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.models import AskApproval, TicketDraft
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import journal, tickets
from switchboard.store.journal import Effect
from switchboard.store.tables import message
from switchboard.store.tickets import Ticket


def intend_ticket(
    conn: sa.Connection,
    tools: ChatTools,
    *,
    draft: TicketDraft,
    conversation_id: str | None,
    session: str,
    approval: AskApproval | None,
    at: float,
    body: str = "",
) -> None:
    """Have a ticket raised; saying it twice for one reference changes nothing.

    *session*: as the chat is called where it takes place; it goes on the ticket. *body*: what
    tells a program's requests apart.
    """
    row = Ticket(
        reference=draft.reference,
        conversation_id=conversation_id,
        workflow=draft.workflow,
        priority=draft.priority,
        verification=draft.verification,
        handling_minutes=draft.handling_minutes,
        wanted_at=at,
        work_at=at,
        request={
            "draft": draft.model_dump(mode="json"),
            "session": session,
            "approval": approval.model_dump(mode="json") if approval else None,
            "email": (draft.contact_email or "").strip().lower(),
            "sequence": _latest(conn, conversation_id),
            "body": body,
        },
    )
    if not tickets.create(conn, tools.sealer, row, email=draft.contact_email):
        return
    wanted = [keys.TICKET] if not draft.contact_email else [keys.CONTACT, keys.TICKET]
    journal.intend(
        conn, [new_effect(row, kind, {"reference": row.reference}, at) for kind in wanted]
    )


def intend_comment(
    conn: sa.Connection,
    tools: ChatTools,
    *,
    reference: str,
    text: str,
    public: bool,
    key: str,
    at: float,
) -> None:
    """Have *text* added to the ticket of *reference* as a comment, once for each *key*."""
    row = tickets.load(conn, tools.sealer, reference)
    if row is None:
        raise ValueError(f"There is no ticket {reference}.")
    add_piece(conn, tools, row, keys.COMMENT, key, {"text": text, "public": public}, at)
    tickets.work_by(conn, reference, at)


def add_piece(  # noqa: PLR0917 - what it needs, each once.
    conn: sa.Connection,
    tools: ChatTools,
    row: Ticket,
    kind: str,
    name: str,
    content: dict[str, Any],
    at: float,
    *,
    body: str = "",
) -> None:
    """Write down one further write about a ticket; its content is sealed until it was sent."""
    key = keys.effect_key(row.reference, kind, name)
    request = {
        "reference": row.reference,
        "sealed": tools.sealer.seal(place_of(key), content),
    }
    if body:
        request["body"] = body
    journal.intend(conn, [new_effect(row, kind, request, at, name)])


def content_of(tools: ChatTools, effect: Effect) -> dict[str, Any] | None:
    """Return what an effect is to send; None when it was emptied."""
    sealed = json.loads(effect.request).get("sealed")
    if sealed is None:
        return None
    content: dict[str, Any] = tools.sealer.unseal(place_of(effect.key), sealed)
    return content


def place_of(key: str) -> str:
    """Name what an effect's sealed request is sealed for."""
    return f"effect {key}"


def new_effect(
    row: Ticket, kind: str, request: dict[str, Any], at: float, name: str = ""
) -> Effect:
    return Effect(
        key=keys.effect_key(row.reference, kind, name),
        interaction_id=row.person,
        person=row.person,
        kind=kind,
        module="Tickets",
        request=json.dumps(request),
        sequence=keys.SEQUENCE[kind],
        intended_at=at,
    )


def tickets_due(conn: sa.Connection, at: float) -> bool:
    """Tell whether `working.work_tickets` would find something to do."""
    return bool(tickets.due_work(conn, at, limit=1))


def _latest(conn: sa.Connection, conversation_id: str | None) -> int:
    """Return the last message of the chat that is stored so far."""
    if conversation_id is None:
        return 0
    newest = sa.select(sa.func.max(message.c.sequence))
    return int(conn.scalar(newest.where(message.c.conversation_id == conversation_id)) or 0)
