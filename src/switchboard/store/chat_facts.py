"""Keep what happened in chats as facts to count: nothing personal, so they outlive the texts.

opened           a chat began, or its visitor came back after it was closed
started          a workflow was begun (the visitor confirmed that it is meant)
solved           first aid solved it; no ticket was needed
cancelled        the visitor dropped the workflow
switched         the visitor left the workflow for another one
ticket_wanted    the summary was confirmed: a ticket is owed
ticket_created   Zoho Desk has the ticket and the chat was told
person_wanted    the visitor asked for a person
escalated        operators were called to the chat
handover_failed  no operator took it
verified         identity was proved by a code; `unverified`: it was not, and the ticket says so
code_limited     a code was wanted, but too many went to that address already: none was sent
not_understood   a message could not be made sense of
expired          nobody went on with the workflow until its time was over
abandoned        the same, and the chat brought no ticket, no solution and no operator either
closed           the chat ended, whoever ended it

Of a workflow: completion = (solved + ticket_created) / started; of chats: escalation = escalated /
opened, abandonment = abandoned / opened.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.store.tables import chat_fact

GAINED = frozenset({"solved", "ticket_wanted", "escalated"})
"""What makes that a chat was not for nothing."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many chats of a workflow got how far; each chat counts once in each column."""

    started: int = 0
    ticket_wanted: int = 0
    ticket_created: int = 0
    solved: int = 0
    escalated: int = 0
    cancelled: int = 0
    switched: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened in a chat."""

    at: float
    what: str
    workflow: str


_COLUMNS = tuple(Funnel.__dataclass_fields__)


def add(conn: sa.Connection, conversation_id: str, at: float, what: str, workflow: str = "") -> int:
    """Note a fact, in the transaction that makes it one; return its number in the chat."""
    latest = sa.select(sa.func.coalesce(sa.func.max(chat_fact.c.number), 0)).where(
        chat_fact.c.conversation_id == conversation_id
    )
    number = int(conn.scalar(latest) or 0) + 1
    row = {"conversation_id": conversation_id, "number": number, "at": at}
    conn.execute(sa.insert(chat_fact).values(**row, what=what, workflow=workflow))
    return number


def counts(conn: sa.Connection, since: float, until: float) -> dict[tuple[str, str], int]:
    """Return how often what happened in which workflow, from *since* to before *until*."""
    query = (
        sa.select(chat_fact.c.what, chat_fact.c.workflow, sa.func.count())
        .where(chat_fact.c.at >= since, chat_fact.c.at < until)
        .group_by(chat_fact.c.what, chat_fact.c.workflow)
    )
    return {(row[0], row[1]): int(row[2]) for row in conn.execute(query)}


def funnels(conn: sa.Connection, since: float, until: float) -> dict[str, Funnel]:
    """Return how far the chats got that began a workflow in that time, by workflow.

    A ticket created tomorrow counts for the day on which its workflow was begun.
    """
    began = (
        sa.select(chat_fact.c.conversation_id, chat_fact.c.workflow)
        .where(chat_fact.c.what == "started", chat_fact.c.at >= since, chat_fact.c.at < until)
        .distinct()
        .subquery()
    )
    reached = sa.func.count(sa.distinct(chat_fact.c.conversation_id))
    query = (
        sa.select(chat_fact.c.workflow, chat_fact.c.what, reached)
        .join(
            began,
            (began.c.conversation_id == chat_fact.c.conversation_id)
            & (began.c.workflow == chat_fact.c.workflow),
        )
        .where(chat_fact.c.what.in_(_COLUMNS), chat_fact.c.at >= since)
        .group_by(chat_fact.c.workflow, chat_fact.c.what)
    )
    found: dict[str, dict[str, int]] = {}
    for workflow, what, number in conn.execute(query):
        found.setdefault(workflow, {})[what] = int(number)
    return {workflow: Funnel(**steps) for workflow, steps in sorted(found.items())}


def since_opened(conn: sa.Connection, conversation_id: str) -> frozenset[str]:
    """Return what happened in a chat since it began, or began anew."""
    mine = chat_fact.c.conversation_id == conversation_id
    opened = sa.select(sa.func.max(chat_fact.c.number)).where(mine, chat_fact.c.what == "opened")
    first = sa.func.coalesce(opened.scalar_subquery(), 0)
    query = sa.select(chat_fact.c.what).where(mine, chat_fact.c.number >= first)
    return frozenset(conn.scalars(query))


def of_conversation(conn: sa.Connection, conversation_id: str) -> list[Fact]:
    """Return what happened in a chat, in its order."""
    query = sa.select(chat_fact.c.at, chat_fact.c.what, chat_fact.c.workflow)
    query = query.where(chat_fact.c.conversation_id == conversation_id)
    return [Fact(*row) for row in conn.execute(query.order_by(chat_fact.c.number))]
