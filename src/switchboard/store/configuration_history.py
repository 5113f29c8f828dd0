"""What was changed in the configuration's documents, by whom, and what they said before.

A change is noted before its files are replaced ("saving") and confirmed afterwards ("saved"): a
process that dies in between leaves word of what it was about.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store.sealing import Sealer
from switchboard.store.tables import configuration_change as table

State = Literal["saving", "saved"]
_LOCK = 0x5377_436F_6E66  # Any number, the same in every process: "SwConf".
_ID_BYTES = 6


@dataclass(frozen=True, slots=True)
class Edit:
    """One document of a change; the texts are None where it was not there."""

    place: str
    before: str  # Digests.
    after: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody saved at once; the edits' texts are there only where they were asked for."""

    id: str
    at: float
    actor: str
    title: str
    state: State
    edits: tuple[Edit, ...]
    undoes: str | None = None
    undone_by: str | None = None


def begin(
    conn: sa.Connection,
    sealer: Sealer,
    *,
    now: float,
    actor: str,
    title: str,
    edits: Sequence[Edit],
    undoes: str | None = None,
) -> str:
    """Note what is about to be written; return the change's id."""
    change_id = secrets.token_hex(_ID_BYTES)
    for number, each in enumerate(edits):
        texts = {"old": each.old, "new": each.new}
        values: dict[str, Any] = {
            "id": change_id,
            "number": number,
            "at": now,
            "actor": actor,
            "title": title,
            "place": each.place,
            "state": "saving",
            "before": each.before,
            "after": each.after,
            "sealed": sealer.seal(_place(change_id, number), texts),
            "undoes": undoes,
        }
        conn.execute(sa.insert(table).values(**values))
    return change_id


def alone(conn: sa.Connection) -> None:
    """Let no other process begin a change until this transaction ends."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def confirm(conn: sa.Connection, change_id: str) -> None:
    """The files say now what the change wanted."""
    conn.execute(sa.update(table).where(table.c.id == change_id).values(state="saved"))


def withdraw(conn: sa.Connection, change_id: str) -> None:
    """Nothing was written after all."""
    conn.execute(sa.delete(table).where(table.c.id == change_id, table.c.state == "saving"))


def unfinished(conn: sa.Connection) -> list[str]:
    """Return the changes of which nobody said whether they were written, oldest first."""
    query = sa.select(table.c.id).where(table.c.state == "saving").order_by(table.c.at)
    return list(dict.fromkeys(conn.scalars(query)))


def recent(
    conn: sa.Connection, *, place: str = "", before: float | None = None, limit: int = 25
) -> list[Change]:
    """Return changes without their texts, newest first; *place*: only of that document."""
    ids = sa.select(table.c.id, sa.func.max(table.c.at).label("latest")).group_by(table.c.id)
    if place:
        ids = ids.where(table.c.place == place)
    if before is not None:
        ids = ids.where(table.c.at < before)
    wanted = ids.order_by(sa.desc("latest"), table.c.id).limit(limit).subquery()
    query = (
        sa.select(table)
        .join(wanted, wanted.c.id == table.c.id)
        .order_by(table.c.at.desc(), table.c.id, table.c.number)
    )
    rows = conn.execute(query).all()
    undone = _undone(conn, {row.id for row in rows})
    return [_change(list(group), undone) for _, group in groupby(rows, key=attrgetter("id"))]


def places(conn: sa.Connection) -> list[str]:
    """Return the documents that were ever changed here."""
    return list(conn.scalars(sa.select(table.c.place).distinct().order_by(table.c.place)))


def load(conn: sa.Connection, sealer: Sealer, change_id: str) -> Change | None:
    """Return one change with its texts."""
    query = sa.select(table).where(table.c.id == change_id).order_by(table.c.number)
    rows = conn.execute(query).all()
    return _change(list(rows), _undone(conn, {change_id}), sealer) if rows else None


def writer_of(conn: sa.Connection, place: str, digest: str) -> Change | None:
    """Return the newest change after which a document was as it is now."""
    query = (
        sa.select(table.c.id)
        .where(table.c.place == place, table.c.after == digest)
        .order_by(table.c.at.desc())
        .limit(1)
    )
    found = conn.scalar(query)
    if found is None:
        return None
    rows = conn.execute(sa.select(table).where(table.c.id == found)).all()
    return _change(list(rows), {})


def text_of(
    conn: sa.Connection, sealer: Sealer, place: str, digest: str
) -> tuple[str | None] | None:
    """Return a version of a document by its digest, in a tuple: it may be that of no document."""
    either = (table.c.before == digest) | (table.c.after == digest)
    query = sa.select(table).where(table.c.place == place, either).limit(1)
    row = conn.execute(query).first()
    if row is None:
        return None
    texts = sealer.unseal(_place(row.id, row.number), row.sealed)
    return (texts["new" if row.after == digest else "old"],)


def purge(conn: sa.Connection, *, before: float) -> int:
    """Forget changes that are older; return of how many documents."""
    return conn.execute(sa.delete(table).where(table.c.at < before)).rowcount


def sealed_anew(sealer: Sealer, row: Any) -> dict[str, Any]:
    """Return the sealed column under the newest key, for `resealing`."""
    place = _place(row.id, row.number)
    return {"sealed": sealer.seal(place, sealer.unseal(place, row.sealed))}


def _undone(conn: sa.Connection, ids: set[str]) -> Mapping[str, str]:
    query = sa.select(table.c.undoes, table.c.id).where(table.c.undoes.in_(ids))
    return {row.undoes: row.id for row in conn.execute(query.order_by(table.c.at))}


def _change(
    rows: list[sa.Row[Any]], undone: Mapping[str, str], sealer: Sealer | None = None
) -> Change:
    first = rows[0]
    return Change(
        id=first.id,
        at=first.at,
        actor=first.actor,
        title=first.title,
        state=first.state,
        edits=tuple(_edit(row, sealer) for row in rows),
        undoes=first.undoes,
        undone_by=undone.get(first.id),
    )


def _edit(row: sa.Row[Any], sealer: Sealer | None) -> Edit:
    texts = sealer.unseal(_place(row.id, row.number), row.sealed) if sealer else {}
    return Edit(row.place, row.before, row.after, texts.get("old"), texts.get("new"))


def _place(change_id: str, number: int) -> str:
    return f"configuration_change {change_id} {number}"
