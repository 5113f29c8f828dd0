"""Count what chats came to, for figures: nothing personal is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from switchboard.store import set_aside, stops
from switchboard.store.tables import chat_fact, conversation, effect, mail, ticket

REPORT_MAILS = ("report", "errors", "alarm", "test")  # The other half's; all others are chats'.
_DONE, _FAILED = {"settled", "sent"}, {"refused", "parked"}


def facts(conn: sa.Connection, since: float, until: float) -> dict[tuple[str, str], int]:
    """Return in how many chats what happened, by workflow: (what, workflow) → chats."""
    query = (
        sa.select(
            chat_fact.c.what,
            chat_fact.c.workflow,
            sa.func.count(sa.distinct(chat_fact.c.conversation_id)),
        )
        .where(chat_fact.c.at >= since, chat_fact.c.at < until)
        .group_by(chat_fact.c.what, chat_fact.c.workflow)
    )
    return {(what, workflow): int(count) for what, workflow, count in conn.execute(query)}


def solved_unescalated(conn: sa.Connection, since: float, until: float) -> dict[str, int]:
    """Return by workflow in how many chats first aid helped and no operator was called."""
    query = (
        sa.select(chat_fact.c.workflow, sa.func.count(sa.distinct(chat_fact.c.conversation_id)))
        .where(
            chat_fact.c.at >= since,
            chat_fact.c.at < until,
            chat_fact.c.what == "solved",
            ~_escalated(chat_fact.c.conversation_id),
        )
        .group_by(chat_fact.c.workflow)
    )
    return {workflow: int(count) for workflow, count in conn.execute(query)}


def raised(conn: sa.Connection, since: float, until: float) -> list[dict[str, Any]]:
    """Return what counts of each ticket raised, or added to, in that time."""
    columns = (
        "workflow", "priority", "raised_at", "extends", "handling_minutes", "resolution_minutes",
        "first_response_minutes", "satisfaction", "closed_at",
    )  # fmt: skip
    query = sa.select(
        *(ticket.c[name] for name in columns),
        ticket.c.conversation_id.is_not(None).label("from_chat"),
        _escalated(ticket.c.conversation_id).label("escalated"),
    ).where(ticket.c.raised_at >= since, ticket.c.raised_at < until)
    return [row._asdict() for row in conn.execute(query)]


def unraised(conn: sa.Connection) -> dict[str, int]:
    """Return how many tickets are wanted, refused or parked now; not those set aside."""
    query = sa.select(ticket.c.state, sa.func.count()).where(
        ticket.c.state != "raised", set_aside.counts(stops.TICKET)
    )
    return {state: int(count) for state, count in conn.execute(query.group_by(ticket.c.state))}


def open_chats(conn: sa.Connection) -> int:
    query = sa.select(sa.func.count()).select_from(conversation)
    return int(conn.scalar(query.where(conversation.c.closed_at.is_(None))) or 0)


def writes(
    conn: sa.Connection, kinds: Iterable[str], since: float, until: float
) -> dict[str, dict[str, int]]:
    """Return how writes of each kind ended: kind → done, failed, waiting."""
    query = (
        sa.select(effect.c.kind, effect.c.state, sa.func.count())
        .where(
            effect.c.kind.in_(list(kinds)),
            effect.c.intended_at >= since,
            effect.c.intended_at < until,
        )
        .group_by(effect.c.kind, effect.c.state)
    )
    return _by_end(conn, query)


def mails(conn: sa.Connection, since: float, until: float) -> dict[str, dict[str, int]]:
    """Return how chats' mails of each kind ended: kind → done, failed, waiting."""
    query = (
        sa.select(mail.c.kind, mail.c.state, sa.func.count())
        .where(
            mail.c.kind.not_in(REPORT_MAILS),
            mail.c.created_at >= since,
            mail.c.created_at < until,
        )
        .group_by(mail.c.kind, mail.c.state)
    )
    return _by_end(conn, query)


def _escalated(conversation_id: sa.Column[Any]) -> sa.ColumnElement[bool]:
    other = chat_fact.alias()
    return (
        sa.select(other.c.conversation_id)
        .where(other.c.conversation_id == conversation_id, other.c.what == "escalated")
        .exists()
    )


def _by_end(conn: sa.Connection, query: sa.Select[Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for kind, state, count in conn.execute(query):
        if state == "superseded":
            continue
        ends = found.setdefault(kind, {"done": 0, "failed": 0, "waiting": 0})
        end = "done" if state in _DONE else "failed" if state in _FAILED else "waiting"
        ends[end] += int(count)
    return found
