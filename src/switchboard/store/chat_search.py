"""Find chats by what people ask for; texts are opened for the rows that are shown, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import conversations, keyset
from switchboard.store.conversations import Message, StoredConversation
from switchboard.store.keyset import Mark, Slice
from switchboard.store.sealing import Sealer
from switchboard.store.tables import approval, conversation, message, ticket

StageFilter = Literal["", "open", "waiting", "operator", "closed"]
_OWED = ("wanted", "refused", "parked")
_NOBODY_SPOKE = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFilter:
    """What is looked for; `waiting`: a ticket or an approval is still owed.

    `text` is an id, as SalesIQ calls it or as we do, an e-mail address, or a ticket's name; `phone`
    is the same read as a number in E.164.
    """

    stage: StageFilter = ""
    workflow: str = ""
    verified: bool | None = None
    since: float | None = None
    text: str = ""
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """What a list tells of a chat's ticket."""

    reference: str
    number: str | None
    state: str


def count(conn: sa.Connection, sealer: Sealer, wanted: ChatFilter) -> int:
    query = sa.select(sa.func.count()).select_from(conversation)
    return int(conn.scalar(query.where(_fits(sealer, wanted))) or 0)


def page(
    conn: sa.Connection,
    sealer: Sealer,
    wanted: ChatFilter,
    *,
    before: Mark | None = None,
    after: Mark | None = None,
    limit: int = 25,
) -> tuple[list[StoredConversation], Slice]:
    """Return the chats that fit, those with the latest words first."""
    found = keyset.newest_first(
        conn, conversation.c.updated_at, conversation.c.id, _fits(sealer, wanted),
        before=before, after=after, limit=limit,
    )  # fmt: skip
    rows = (conversations.load(conn, sealer, each) for each in found.keys)
    return [row for row in rows if row is not None], found


def last_words(conn: sa.Connection, sealer: Sealer, ids: Iterable[str]) -> dict[str, Message]:
    """Return what was said last in each chat, whoever said it."""
    latest = (
        sa.select(message.c.conversation_id, sa.func.max(message.c.sequence))
        .where(message.c.conversation_id.in_(list(ids)), message.c.direction != _NOBODY_SPOKE)
        .group_by(message.c.conversation_id)
    )
    return _messages(conn, sealer, latest)


def first_words(conn: sa.Connection, sealer: Sealer, ids: Iterable[str]) -> dict[str, Message]:
    """Return what each visitor wrote first."""
    first = (
        sa.select(message.c.conversation_id, sa.func.min(message.c.sequence))
        .where(message.c.conversation_id.in_(list(ids)), message.c.direction == "visitor")
        .group_by(message.c.conversation_id)
    )
    return _messages(conn, sealer, first)


def own_tickets(conn: sa.Connection, ids: Iterable[str]) -> dict[str, list[OwnTicket]]:
    """Return the tickets of each chat in the order they were wanted."""
    query = (
        sa.select(ticket.c.conversation_id, ticket.c.reference, ticket.c.number, ticket.c.state)
        .where(ticket.c.conversation_id.in_(list(ids)))
        .order_by(ticket.c.wanted_at, ticket.c.reference)
    )
    found: dict[str, list[OwnTicket]] = {}
    for chat, *rest in conn.execute(query):
        found.setdefault(chat, []).append(OwnTicket(*rest))
    return found


def undecided(conn: sa.Connection, ids: Iterable[str]) -> set[str]:
    """Return the chats because of which somebody was asked to approve and has not answered."""
    query = sa.select(approval.c.conversation_id).where(
        approval.c.conversation_id.in_(list(ids)), approval.c.decision.is_(None)
    )
    return set(conn.scalars(query))


def _messages(conn: sa.Connection, sealer: Sealer, query: sa.Select[Any]) -> dict[str, Message]:
    """Return one message of each chat, by the sequence that the query says."""
    return {
        row[0]: one
        for row in conn.execute(query).all()
        for one in conversations.transcript(conn, sealer, row[0], after=row[1] - 1, limit=1)
    }


def _fits(sealer: Sealer, wanted: ChatFilter) -> sa.ColumnElement[bool]:
    table = conversation.c
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    match wanted.stage:
        case "open":
            parts.append(table.closed_at.is_(None))
        case "closed":
            parts.append(table.closed_at.is_not(None))
        case "operator":
            parts.append(table.stage == "handed_over")
        case "waiting":
            parts.append(_waits())
        case _:
            pass
    if wanted.workflow:
        parts.append(table.workflow == wanted.workflow)
    if wanted.verified is not None:
        parts.append(table.verified.is_(wanted.verified))
    if wanted.since is not None:
        parts.append(table.updated_at >= wanted.since)
    if wanted.text.strip():
        parts.append(_called(sealer, wanted.text.strip(), wanted.phone))
    return sa.and_(*parts)


def _waits() -> sa.ColumnElement[bool]:
    owed = sa.select(ticket.c.reference).where(
        ticket.c.conversation_id == conversation.c.id, ticket.c.state.in_(_OWED)
    )
    asked = sa.select(approval.c.token_hash).where(
        approval.c.conversation_id == conversation.c.id, approval.c.decision.is_(None)
    )
    return sa.or_(owed.exists(), asked.exists())


def _called(sealer: Sealer, text: str, phone: str | None) -> sa.ColumnElement[bool]:
    name = text.lstrip("#")
    table = conversation.c
    of_ticket = sa.select(ticket.c.conversation_id).where(
        sa.or_(ticket.c.reference == name, ticket.c.number == name, ticket.c.desk_id == name)
    )
    ways = [
        table.id == text,
        table.id.endswith(f":{text}", autoescape=True),
        table.id.in_(of_ticket),
    ]
    if "@" in text:
        ways.append(table.email_hash.in_(sealer.hashes("email", text.lower())))
    if phone:
        ways.append(table.phone_hash.in_(sealer.hashes("phone", phone)))
    return sa.or_(*ways)
