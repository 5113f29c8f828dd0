"""The lines of the two lists: what a chat and a ticket come to at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.console.chats.known import chat_path, ticket_path
from switchboard.console.chats.words import (
    SET_ASIDE,
    Chip,
    duration,
    need_chip,
    stage_chip,
    ticket_chip,
    titled,
)
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.holding import read_state
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.redaction import redact_text
from switchboard.store import chat_search, ledger, set_aside, ticket_search
from switchboard.store.chat_search import ChatFilter, OwnTicket
from switchboard.store.conversations import Message, StoredConversation
from switchboard.store.keyset import Mark, Slice
from switchboard.store.sealing import Sealer
from switchboard.store.ticket_search import TicketFilter
from switchboard.store.tickets import Ticket

LIVE_SECONDS = 120.0  # Somebody wrote so recently that more is to be expected.
_LONGEST_WORDS = 90
NOT_SAID = "No name given"
_SPEAKERS = {"bot": "Bot", "operator": "Operator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLink:
    name: str
    path: str
    stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    path: str
    who: str
    known: bool  # Somebody said who they are.
    last: str
    topic: str
    matter: str  # In the visitor's words.
    stage: Chip
    need: Chip | None
    came_to: str
    verified: bool
    tickets: tuple[TicketLink, ...]
    updated_at: float
    live: bool
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    path: str
    name: str
    subject: str
    who: str
    topic: str
    priority: str
    chip: Chip
    error_code: str | None
    first_response: str
    resolution: str
    satisfaction: int | None
    wanted_at: float


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list, and how long the list is."""

    lines: tuple[Any, ...]
    total: int
    where: Slice


def list_chats(
    conn: sa.Connection,
    sealer: Sealer,
    wanted: ChatFilter,
    workflows: Mapping[str, Workflow],
    *,
    now: float,
    before: Mark | None = None,
    after: Mark | None = None,
) -> Listed:
    rows, where = chat_search.page(conn, sealer, wanted, before=before, after=after)
    ids = [row.id for row in rows]
    first = chat_search.first_words(conn, sealer, ids)
    said = chat_search.last_words(conn, sealer, ids)
    own = chat_search.own_tickets(conn, ids)
    undecided = chat_search.undecided(conn, ids)
    accounts = ledger.load(conn, ids)
    lines = tuple(
        _chat_line(
            row,
            first.get(row.id),
            said.get(row.id),
            own.get(row.id, []),
            workflows,
            now=now,
            undecided=row.id in undecided,
            came_to=accounts[row.id].why if row.id in accounts else "",
        )
        for row in rows
    )
    return Listed(lines, chat_search.count(conn, sealer, wanted), where)


def list_tickets(
    conn: sa.Connection,
    sealer: Sealer,
    wanted: TicketFilter,
    workflows: Mapping[str, Workflow],
    *,
    before: Mark | None = None,
    after: Mark | None = None,
) -> Listed:
    rows, where = ticket_search.page(conn, sealer, wanted, before=before, after=after)
    aside = set_aside.those(
        conn, "ticket", [row.reference for row in rows if row.state in ticket_search.STOPPED]
    )
    lines = tuple(_ticket_line(row, workflows, aside=row.reference in aside) for row in rows)
    return Listed(lines, ticket_search.count(conn, sealer, wanted), where)


def who_of(visitor: Mapping[str, Any]) -> tuple[str, bool]:
    """Return whom a list names: by name, else by a masked address; and whether anybody is known."""
    if visitor.get("name"):
        return str(visitor["name"]), True
    address = visitor.get("email") or visitor.get("phone")
    return (redact_text(str(address)), True) if address else (NOT_SAID, False)


def _chat_line(
    row: StoredConversation,
    first: Message | None,
    last: Message | None,
    own: list[OwnTicket],
    workflows: Mapping[str, Workflow],
    *,
    now: float,
    undecided: bool,
    came_to: str,
) -> ChatLine:
    who, known = who_of(row.visitor)
    state = read_state(row)
    matter = (state.conversation.first_words if state else "") or (first and first.text) or ""
    closed = row.closed_at is not None
    return ChatLine(
        path=chat_path(row.id),
        who=who,
        known=known,
        last=_last(last),
        topic=titled(workflows, row.workflow),
        matter=shorten(masked(matter), _LONGEST_WORDS),
        stage=stage_chip("closed" if closed else row.stage),
        need=need_chip((each.state for each in own), undecided=undecided),
        came_to=came_to if closed and not own else "",
        verified=row.verified,
        tickets=tuple(_link(each) for each in own),
        updated_at=row.updated_at,
        live=not closed and now - row.updated_at < LIVE_SECONDS,
        closed=closed,
    )


def _last(last: Message | None) -> str:
    if last is None:
        return "Nothing was said."
    if last.text is None:
        return "What was said has been forgotten."
    said = masked(last.text) if last.direction == "visitor" else last.text
    speaker = _SPEAKERS.get(last.direction)
    short = shorten(said, _LONGEST_WORDS)
    return f"{speaker}: {short}" if speaker else short


def _link(each: OwnTicket) -> TicketLink:
    return TicketLink(
        name=f"#{each.number}" if each.number else "On its way",
        path=ticket_path(each.reference),
        stopped=each.state in ticket_search.STOPPED,
    )


def _ticket_line(row: Ticket, workflows: Mapping[str, Workflow], *, aside: bool) -> TicketLine:
    draft = (row.request or {}).get("draft") or {}
    contact = {name: draft.get(f"contact_{name}") for name in ("name", "email", "phone")}
    return TicketLine(
        path=ticket_path(row.reference),
        name=f"#{row.number}" if row.number else "No number yet",
        subject=str(draft.get("subject") or "What was asked for has been forgotten."),
        who=who_of(contact)[0] if draft else "",
        topic=titled(workflows, row.workflow),
        priority=row.priority,
        chip=SET_ASIDE if aside else ticket_chip(row),
        error_code=row.error_code,
        first_response=duration(row.first_response_minutes),
        resolution=duration(row.resolution_minutes),
        satisfaction=row.satisfaction,
        wanted_at=row.wanted_at,
    )
