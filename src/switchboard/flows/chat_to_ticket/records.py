"""Gather what is stored of one chat or one ticket: for whoever tells its story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.holding import read_state
from switchboard.flows.chat_to_ticket.state import ChatState
from switchboard.store import (
    approvals,
    chat_facts,
    conversations,
    deliveries,
    journal,
    ledger,
    outbox,
    owed_replies,
    tickets,
)
from switchboard.store.approvals import Approval
from switchboard.store.chat_facts import Fact
from switchboard.store.conversations import Message, StoredConversation
from switchboard.store.deliveries import Received
from switchboard.store.journal import Effect
from switchboard.store.ledger import Interaction
from switchboard.store.outbox import Mail
from switchboard.store.sealing import Sealer
from switchboard.store.tickets import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRecord:
    """One chat; `state` is None once what was said has been forgotten."""

    row: StoredConversation
    state: ChatState | None
    account: Interaction | None
    said: tuple[Message, ...]
    tickets: tuple[Ticket, ...]
    deliveries: tuple[Received, ...]
    approvals: tuple[Approval, ...]
    mails: tuple[Mail, ...]
    facts: tuple[Fact, ...]
    owed_at: float | None  # When something is said without being asked.


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    """One ticket; its effects in the order in which they were wanted."""

    row: Ticket
    effects: tuple[Effect, ...]
    mails: tuple[Mail, ...]
    approvals: tuple[Approval, ...]

    @property
    def draft(self) -> Mapping[str, Any]:
        """What was asked for; empty once it has been forgotten."""
        found: Mapping[str, Any] = (self.row.request or {}).get("draft") or {}
        return found

    @property
    def web_url(self) -> str | None:
        """Where Zoho Desk shows it, as Desk says: whoever makes a link of it looks at it first."""
        found = (
            json.loads(each.request).get("web_url")
            for each in self.effects
            if each.kind == keys.TICKET
        )
        return next(filter(None, found), None)


def read_chat(conn: sa.Connection, sealer: Sealer, conversation_id: str) -> ChatRecord | None:
    row = conversations.load(conn, sealer, conversation_id)
    if row is None:
        return None
    own = tickets.of_conversation(conn, sealer, row.id)
    return ChatRecord(
        row=row,
        state=read_state(row),
        account=ledger.load(conn, [row.id]).get(row.id),
        said=tuple(conversations.transcript(conn, sealer, row.id)),
        tickets=tuple(own),
        deliveries=tuple(deliveries.of_conversation(conn, row.id)),
        approvals=tuple(approvals.of_conversation(conn, sealer, row.id)),
        mails=(*_codes(conn, sealer, row), *mails_about(conn, own)),
        facts=tuple(chat_facts.of_conversation(conn, row.id)),
        owed_at=owed_replies.due_at(conn, row.id),
    )


def read_ticket(conn: sa.Connection, sealer: Sealer, row: Ticket) -> TicketRecord:
    return TicketRecord(
        row=row,
        effects=tuple(effects_of(conn, row)),
        mails=tuple(mails_about(conn, [row])),
        approvals=tuple(approvals.of_reference(conn, sealer, row.reference)),
    )


def effects_of(conn: sa.Connection, row: Ticket) -> list[Effect]:
    """Return the writes for a ticket in the order in which they were wanted."""
    mine = f"ticket:{row.reference}:"
    found = journal.of_interactions(conn, [row.person]).get(row.person, [])
    own = [each for each in found if each.key.startswith(mine)]
    return sorted(own, key=lambda each: (each.intended_at, each.sequence, each.key))


def mails_about(conn: sa.Connection, rows: Iterable[Ticket]) -> Sequence[Mail]:
    """Return the mails sent because of tickets, oldest first."""
    names = [name for row in rows for name in (row.reference, row.desk_id) if name]
    return outbox.about(conn, names)


def _codes(conn: sa.Connection, sealer: Sealer, row: StoredConversation) -> list[Mail]:
    """Return the mails with one-time codes to the visitor's address while the chat was open."""
    email = str(row.visitor.get("email") or "").strip().lower()
    if not email:
        return []
    until = row.closed_at if row.closed_at is not None else row.updated_at
    found = outbox.codes(conn, sealer.hashes("email", email))
    return [each for each in found if row.opened_at <= each.created_at <= until]
