"""Note what stopped and a person has settled otherwise, so that it is counted no more.

A mark belongs to one stop: to the thing, the error it had and the moment. What stops again later
is a new matter, whatever became of the mark. Nothing is sent or held back because of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store import stops
from switchboard.store.database import chunks, insert
from switchboard.store.stops import Kind, Stop
from switchboard.store.tables import set_aside as table

_NAMES = 100  # Looked for in one statement.


@dataclass(frozen=True, slots=True)
class Mark:
    """Who set what aside, when and why."""

    kind: Kind
    id: str
    cause: str
    since: float
    at: float
    actor: str
    reason: str = ""


def put(  # noqa: PLR0917 - a mark's columns.
    conn: sa.Connection,
    kind: Kind,
    ids: Iterable[str],
    cause: str,
    at: float,
    actor: str,
    reason: str,
) -> list[str]:
    """Set aside those of *ids* that are stopped by *cause* at this moment; return which."""
    done: list[str] = []
    for chunk in chunks(sorted(set(ids))):
        for stop in stops.OF[kind]:
            # Locked: whoever has it tried again comes before us, or takes our mark away.
            query = (
                sa.select(stop.id.label("id"), stop.since.label("since"))
                .where(stop.holds, stop.kind == kind, stop.id.in_(chunk), stop.cause == cause)
                .order_by(stop.id)
                .with_for_update(of=stop.table)
            )
            rows: list[dict[str, Any]] = [
                {"kind": kind, "id": row.id, "cause": cause, "since": row.since, "at": at,
                 "actor": actor, "reason": reason}
                for row in conn.execute(query)
            ]  # fmt: skip
            if rows:
                done += _marked(conn, rows)
    return done


def _marked(conn: sa.Connection, rows: list[dict[str, Any]]) -> list[str]:
    """Write marks; what somebody else has set aside already stays theirs."""
    statement = insert(conn, table).values(rows)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "id"],
        set_={name: new[name] for name in ("cause", "since", "at", "actor", "reason")},
        where=sa.or_(table.c.cause != new.cause, table.c.since != new.since),
    )
    return list(conn.scalars(statement.returning(table.c.id)))


def drop(conn: sa.Connection, kinds: Iterable[Kind], ids: Iterable[str]) -> list[tuple[Kind, str]]:
    """Take marks away; return whose those were. After the change that makes them void."""
    gone: list[tuple[Kind, str]] = []
    for chunk in chunks(sorted(set(ids))):
        statement = sa.delete(table).where(table.c.kind.in_(list(kinds)), table.c.id.in_(chunk))
        rows = conn.execute(statement.returning(table.c.kind, table.c.id))
        gone += [(row.kind, row.id) for row in rows]
    return gone


def counts(stop: Stop) -> sa.ColumnElement[bool]:
    """Return the condition that a row, whatever its state, is not stopped and set aside."""
    return ~sa.and_(stop.holds, is_set(stop))


def is_set(stop: Stop) -> sa.ColumnElement[bool]:
    """Return the condition that a row of *stop*'s table is set aside as it stands."""
    return sa.exists().where(_same(stop)).correlate(stop.table)


def those(conn: sa.Connection, kind: Kind, ids: Iterable[str]) -> set[str]:
    """Return those of *ids* that are set aside as they stand."""
    return {
        name
        for chunk in chunks(ids)
        for name in conn.scalars(
            sa.select(table.c.id).where(table.c.kind == kind, table.c.id.in_(chunk), _stands())
        )
    }


def about(conn: sa.Connection, names: Iterable[str]) -> list[Mark]:
    """Return the marks of calls, tickets, chats and mails, and of what belongs to those."""
    found: list[Mark] = []
    for chunk in chunks(names, _NAMES):
        query = sa.select(table).where(_belongs(chunk), _stands())
        found += (Mark(**row._asdict()) for row in conn.execute(query))
    return sorted(found, key=lambda each: (each.at, each.kind, each.id))


def forget(conn: sa.Connection, names: Iterable[str]) -> None:
    """Remove the marks of all that, and the reasons people gave, whether they hold or not."""
    for chunk in chunks(names, _NAMES):
        conn.execute(sa.delete(table).where(_belongs(chunk)))


def tidy(conn: sa.Connection) -> int:
    """Remove the marks of what is not stopped any more, or not as it was; return how many."""
    return conn.execute(sa.delete(table).where(~_stands())).rowcount


def _belongs(names: Sequence[str]) -> sa.ColumnElement[bool]:
    """Ids tell whose they are: a call's media and a ticket's pieces are named after it."""
    begins = [each for name in names for each in (f"{name}:media:", f"ticket:{name}:")]
    return sa.or_(
        table.c.id.in_(names), *(table.c.id.startswith(each, autoescape=True) for each in begins)
    )


def _stands() -> sa.ColumnElement[bool]:
    """Return the condition that a mark's thing is still stopped as it was."""
    held = (
        sa.exists().where(stop.holds, _same(stop)).select_from(stop.table).correlate(table)
        for stop in stops.ALL
    )
    return sa.or_(*held)


def _same(stop: Stop) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.kind == stop.kind,
        table.c.id == stop.id,
        table.c.cause == stop.cause,
        table.c.since == stop.since,
    )
