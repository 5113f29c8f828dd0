"""Ask the store for all that stopped or waits too long, as one list whatever table it is in.

Each kind is a SELECT of the same columns; together they are counted, grouped and paged like one
table, so that thousands of parked calls cost a page no more than three.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from switchboard.console.attention import rows
from switchboard.console.attention.items import Item, Kind, Tally
from switchboard.console.attention.places import place_of, written
from switchboard.store import call_search
from switchboard.store import tables as t
from switchboard.store.set_aside import Mark

OURS = "Caller +"  # What our own leads are called as long as nobody knows better.


def count(conn: sa.Connection, at: float, alarm_days: float, *, aside: bool = False) -> int:
    """Return how many things of the store wait for a person; *aside*: are set aside."""
    listed = _listed(at, alarm_days, aside=aside).subquery()
    return int(conn.scalar(sa.select(sa.func.count()).select_from(listed)) or 0)


def tallies(
    conn: sa.Connection, at: float, alarm_days: float, *, aside: bool = False
) -> list[Tally]:
    """Return how many there are by cause, kind and office, and since when."""
    u = _listed(at, alarm_days, aside=aside).subquery()
    settled = sa.case(((u.c.stopped == 1) | (u.c.kind == "reply"), 1), else_=0)
    query = sa.select(
        u.c.cause, u.c.kind, u.c.office, sa.func.count(), sa.func.sum(u.c.retryable),
        sa.func.sum(u.c.stopped), sa.func.min(u.c.since), sa.func.sum(settled),
    ).group_by(u.c.cause, u.c.kind, u.c.office)  # fmt: skip
    return [Tally(*row) for row in conn.execute(query.order_by(u.c.cause, u.c.kind, u.c.office))]


def items(
    conn: sa.Connection, at: float, alarm_days: float, cause: str, *, limit: int, offset: int = 0,
    aside: bool = False,
) -> list[Item]:  # fmt: skip
    """Return what has one cause, longest waiting first."""
    u = _listed(at, alarm_days, aside=aside).subquery()
    query = sa.select(u).where(u.c.cause == cause).order_by(u.c.since, u.c.kind, u.c.id)
    return _items(conn, query.limit(limit).offset(offset))


def named(
    conn: sa.Connection, at: float, alarm_days: float, *, kind: str = "", cause: str = "",
    id: str = "", aside: bool = False,  # noqa: A002 - the column's name.
) -> list[Item]:  # fmt: skip
    """Return everything of a cause, or one thing; of a kind, where one is named."""
    u = _listed(at, alarm_days, aside=aside).subquery()
    query = sa.select(u).where(u.c.cause == cause if cause else u.c.id == id)
    if kind:
        query = query.where(u.c.kind == kind)
    return _items(conn, query.order_by(u.c.since, u.c.kind, u.c.id))


def everything(
    conn: sa.Connection, at: float, alarm_days: float, *, aside: bool = False
) -> list[Item]:
    """Return all of it, longest waiting first."""
    u = _listed(at, alarm_days, aside=aside).subquery()
    return _items(conn, sa.select(u).order_by(u.c.since, u.c.kind, u.c.id))


def examples(
    conn: sa.Connection, at: float, alarm_days: float, most: int, *, aside: bool = False
) -> list[Item]:
    """Return up to *most* things of each cause, those waiting longest."""
    u = _listed(at, alarm_days, aside=aside).subquery()
    order = (u.c.since, u.c.kind, u.c.id)
    place = sa.func.row_number().over(partition_by=u.c.cause, order_by=order)
    v = sa.select(u, place.label("place")).subquery()
    return _items(conn, sa.select(v).where(v.c.place <= most).order_by(v.c.since, v.c.kind, v.c.id))


def retryable(
    conn: sa.Connection, at: float, alarm_days: float, *, cause: str = "", kind: str = "",
    id: str = "",  # noqa: A002 - the column's name.
) -> list[tuple[Kind, str]]:  # fmt: skip
    """Return kind and id of what can be taken up: of a cause, or one thing if it is there."""
    u = _listed(at, alarm_days).subquery()
    query = sa.select(u.c.kind, u.c.id).where(u.c.retryable == 1)
    if cause:
        query = query.where(u.c.cause == cause)
    else:
        query = query.where(u.c.kind == kind, u.c.id == id)
    return [(row.kind, row.id) for row in conn.execute(query.order_by(u.c.since, u.c.id))]


def _listed(at: float, alarm_days: float, *, aside: bool = False) -> sa.Select[Any]:
    """Return all that is not set aside; with *aside* what is, and by whom."""
    u, m = rows.everything(at, alarm_days).subquery(), t.set_aside.c
    same = (m.kind == u.c.kind) & (m.id == u.c.id) & (m.cause == u.c.cause) & (m.since == u.c.since)
    if aside:
        marks = (m.at.label("aside_at"), m.actor.label("aside_by"), m.reason.label("aside_why"))
        return sa.select(u, *marks).join_from(u, t.set_aside, same)
    return sa.select(u).join_from(u, t.set_aside, same, isouter=True).where(m.id.is_(None))


def _items(conn: sa.Connection, query: sa.Select[Any]) -> list[Item]:
    found = conn.execute(query).all()
    names = call_search.names(conn, [row.name for row in found if row.name])
    names = {number: name for number, name in names.items() if not name.startswith(OURS)}
    return [_item(row, names) for row in found]


def _item(row: sa.Row[Any], names: Mapping[str, str]) -> Item:
    """Return a row as a thing; callers go by the name Zoho CRM has for their number."""
    name, href = place_of(row.kind, row.id, row.name or "", row.about or "")
    why = row.why or ""
    if row.kind == "write":
        name, why = f"{written(why)} for {name}", ""
    elif row.name in names:
        name = f"{names[row.name]}, {name}"
    return Item(
        kind=row.kind,
        id=row.id,
        cause=row.cause,
        why=why,
        name=name,
        office=row.office,
        since=row.since,
        stopped=bool(row.stopped),
        retryable=bool(row.retryable),
        href=href,
        aside=_mark(row) if "aside_at" in row._fields else None,
    )


def _mark(row: sa.Row[Any]) -> Mark:
    return Mark(row.kind, row.id, row.cause, row.since, row.aside_at, row.aside_by, row.aside_why)
