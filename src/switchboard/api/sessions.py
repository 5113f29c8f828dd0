"""Show a chat to programs, under the name they know it by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from switchboard.api.schemas import (
    Session,
    SessionAnswer,
    SessionMessage,
    SessionTicket,
    SessionVisitor,
)
from switchboard.flows.chat_to_ticket.conversing import load_state
from switchboard.flows.chat_to_ticket.state import ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import conversations, tickets
from switchboard.store.conversations import KIND, Message, StoredConversation, conversation_id
from switchboard.store.tables import conversation, interaction
from switchboard.store.tickets import Ticket

FLAT = "flat"


def find_session(conn: sa.Connection, name: str) -> str | None:
    """Return the conversation somebody means: by its whole id, or as its sender calls it.

    Where several portals use one name, the flat form's is meant, then the newest.
    """
    for wanted in (name, conversation_id(FLAT, name)):
        known = sa.select(conversation.c.id).where(conversation.c.id == wanted)
        if conn.scalar(known) is not None:
            return wanted
    same = (interaction.c.kind == KIND) & (interaction.c.session == name)
    newest = sa.select(interaction.c.id).where(same).order_by(interaction.c.first_seen.desc())
    found: str | None = conn.scalar(newest.limit(1))
    return found


def read_session(conn: sa.Connection, tools: ChatTools, name: str) -> Session | None:
    """Return a chat, as much of it as is still kept."""
    wanted = find_session(conn, name)
    row = conversations.load(conn, tools.sealer, wanted) if wanted else None
    if wanted is None or row is None:
        return None
    held = load_state(conn, tools, wanted)
    said = conversations.transcript(conn, tools.sealer, wanted)
    raised = tickets.of_conversation(conn, tools.sealer, wanted)
    return session_of(row, held[1] if held else None, said, raised)


def session_of(
    row: StoredConversation,
    state: ChatState | None,
    said: Sequence[Message],
    raised: Sequence[Ticket],
) -> Session:
    """Put together what is told of a chat. Pure."""
    answers = state.conversation.slots if state else {}
    known = {name: value for name, value in row.visitor.items() if isinstance(value, str)}
    return Session(
        conversation_id=row.id,
        session_id=row.id.removeprefix(f"{KIND}:").partition(":")[2],
        stage=row.stage,
        workflow=row.workflow or None,
        verified=row.verified,
        escalated=state.escalated if state else "",
        opened_at=_moment(row.opened_at),
        updated_at=_moment(row.updated_at),
        closed_at=None if row.closed_at is None else _moment(row.closed_at),
        visitor=SessionVisitor(**{each: known.get(each) for each in SessionVisitor.model_fields}),
        answers={
            name: SessionAnswer(shown=each.shown, source=each.source)
            for name, each in answers.items()
        },
        messages=[_message(each) for each in said],
        tickets=[_ticket(each) for each in raised],
    )


def _message(one: Message) -> SessionMessage:
    return SessionMessage(
        at=_moment(one.at), sender=one.direction, text=one.text, options=list(one.options)
    )


def _ticket(one: Ticket) -> SessionTicket:
    return SessionTicket(
        reference=one.reference,
        workflow_type=one.workflow,
        state=one.state,
        ticket_id=one.desk_id,
        ticket_number=one.number,
        status=one.status,
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
