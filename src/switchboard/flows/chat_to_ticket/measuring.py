"""Read what chats came to from the store, for the CLI, `/metrics` and the console."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.statistics import (
    ChatFigures,
    Counted,
    Outcome,
    Success,
    TicketCount,
    figures,
)
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store import chat_counts

_WRITES: dict[Success, str] = {
    "ticket_creation": keys.TICKET,
    "contact_creation": keys.CONTACT,
    "chat_linking": keys.LINK,
}


def measure(
    conn: sa.Connection,
    workflows: dict[str, Workflow],
    *,
    since: float,
    until: float,
    zone: str,
    workflow: str = "",
) -> ChatFigures:
    """Return the figures of [since, until); days are those of *zone*.

    With *workflow* only what belongs to that one: chats as such, writes and mails do not.
    """

    def wanted(name: str) -> bool:
        return not workflow or name == workflow

    facts = chat_counts.facts(conn, since, until)
    solved = chat_counts.solved_unescalated(conn, since, until)
    raised = chat_counts.raised(conn, since, until)
    counted = Counted(
        facts={key: chats for key, chats in facts.items() if wanted(key[1])},
        tickets=[_ticket(row, zone) for row in raised if wanted(row["workflow"])],
        solved_unescalated={name: chats for name, chats in solved.items() if wanted(name)},
        open_chats=chat_counts.open_chats(conn),
        states=chat_counts.unraised(conn),
        outcomes=_outcomes(conn, since, until),
    )
    return figures(
        counted,
        titles={each.id: each.title for each in workflows.values()},
        handling_minutes={each.id: each.handling_minutes for each in workflows.values()},
    )


def _ticket(row: dict[str, Any], zone: str) -> TicketCount:
    moment = datetime.fromtimestamp(row["raised_at"], UTC).astimezone(ZoneInfo(zone))
    return TicketCount(
        workflow=row["workflow"],
        day=moment.date().isoformat(),
        priority=row["priority"],
        from_chat=bool(row["from_chat"]),
        escalated=bool(row["escalated"]),
        extends=bool(row["extends"]),
        handling_minutes=row["handling_minutes"],
        resolution_minutes=row["resolution_minutes"],
        first_response_minutes=row["first_response_minutes"],
        satisfaction=row["satisfaction"],
        is_closed=row["closed_at"] is not None,
    )


def _outcomes(conn: sa.Connection, since: float, until: float) -> dict[Success, Outcome]:
    written = chat_counts.writes(conn, _WRITES.values(), since, until)
    found = {name: Outcome(**written.get(kind, {})) for name, kind in _WRITES.items()}
    mailed = chat_counts.mails(conn, since, until).values()
    sums = {end: sum(each[end] for each in mailed) for end in ("done", "failed", "waiting")}
    found["notification_delivery"] = Outcome(**sums)
    return found
