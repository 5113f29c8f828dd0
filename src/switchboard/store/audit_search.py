"""Look through the audit trail: part by part, newest first, by who did what to what and when."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.store import folding
from switchboard.store.audit import Entry
from switchboard.store.tables import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows; blanks stand for all. Texts may be a part of what is looked for."""

    actor: str = ""
    action: str = ""  # Whole, or its beginning with a dot: `ticket.` is all about tickets.
    subject: str = ""
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One page, newest first, and whether there is more on either side."""

    entries: list[Entry]
    count: int
    newer: bool = False
    older: bool = False


def page(
    conn: sa.Connection,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    size: int = 25,
) -> Part:
    """Return the newest rows that fit, those *before* a row, or the ones right *after* it."""
    where = _where(wanted)
    count = conn.scalar(sa.select(sa.func.count()).select_from(audit).where(*where)) or 0
    if after is not None:
        query = sa.select(audit).where(*where, audit.c.seq > after).order_by(audit.c.seq)
        rows = [Entry(*row) for row in conn.execute(query.limit(size + 1))]
        if len(rows) <= size:  # The newest ones: a full page of them.
            return page(conn, wanted, size=size)
        return Part(rows[:size][::-1], count, newer=True, older=True)
    found = walk(conn, wanted, before, size + 1)
    return Part(found[:size], count, newer=before is not None, older=len(found) > size)


def walk(conn: sa.Connection, wanted: Wanted, before: int | None, limit: int) -> list[Entry]:
    """Return the next rows going back in time."""
    query = sa.select(audit).where(*_where(wanted))
    if before is not None:
        query = query.where(audit.c.seq < before)
    rows = conn.execute(query.order_by(audit.c.seq.desc()).limit(limit))
    return [Entry(*row) for row in rows]


def _where(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if wanted.actor:
        where.append(folding.contains(audit.c.actor, wanted.actor))
    if wanted.action.endswith("."):
        where.append(audit.c.action.startswith(wanted.action, autoescape=True))
    elif wanted.action:
        where.append(audit.c.action == wanted.action)
    if wanted.subject:
        where.append(folding.contains(audit.c.subject, wanted.subject))
    if wanted.since is not None:
        where.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        where.append(audit.c.at < wanted.until)
    return where
