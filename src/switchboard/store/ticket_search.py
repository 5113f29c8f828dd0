"""Find tickets by what people ask for; what was wanted is opened for the rows shown only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from switchboard.store import keyset, tickets
from switchboard.store.keyset import Mark, Slice
from switchboard.store.sealing import Sealer
from switchboard.store.tables import ticket
from switchboard.store.tickets import Ticket

StateFilter = Literal["", "wanted", "raised", "refused", "parked", "stopped"]
STOPPED = ("refused", "parked")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """What is looked for; `text` is a number, a reference, Zoho Desk's id or an e-mail address."""

    state: StateFilter = ""
    status_type: str = ""  # As Zoho Desk sorts its statuses: Open, On Hold, Closed.
    workflow: str = ""
    priority: str = ""
    since: float | None = None
    text: str = ""


def count(conn: sa.Connection, sealer: Sealer, wanted: TicketFilter) -> int:
    query = sa.select(sa.func.count()).select_from(ticket)
    return int(conn.scalar(query.where(_fits(sealer, wanted))) or 0)


def page(
    conn: sa.Connection,
    sealer: Sealer,
    wanted: TicketFilter,
    *,
    before: Mark | None = None,
    after: Mark | None = None,
    limit: int = 25,
) -> tuple[list[Ticket], Slice]:
    """Return the tickets that fit, those wanted last first."""
    found = keyset.newest_first(
        conn, ticket.c.wanted_at, ticket.c.reference, _fits(sealer, wanted),
        before=before, after=after, limit=limit,
    )  # fmt: skip
    rows = (tickets.load(conn, sealer, each) for each in found.keys)
    return [row for row in rows if row is not None], found


def _fits(sealer: Sealer, wanted: TicketFilter) -> sa.ColumnElement[bool]:
    table = ticket.c
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    if wanted.state:
        states = STOPPED if wanted.state == "stopped" else (wanted.state,)
        parts.append(table.state.in_(states))
    for column, value in (
        (table.status_type, wanted.status_type),
        (table.workflow, wanted.workflow),
        (table.priority, wanted.priority),
    ):
        if value:
            parts.append(column == value)
    if wanted.since is not None:
        parts.append(table.wanted_at >= wanted.since)
    text = wanted.text.strip()
    if text:
        name = text.lstrip("#")
        ways = [table.reference == name, table.number == name, table.desk_id == name]
        if "@" in text:
            ways.append(table.email_hash.in_(sealer.hashes("email", text.lower())))
        parts.append(sa.or_(*ways))
    return sa.and_(*parts)
