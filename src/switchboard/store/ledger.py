"""Keep one row per call or chat: what became of it, and why.

Every function takes a connection, so a decision and its consequences commit together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import folding
from switchboard.store.database import chunks, insert, now
from switchboard.store.tables import WAITING, interaction, lease, record

Fate = Literal["waiting", "done", "skipped", "parked"]
FORGOTTEN = "forgotten"  # The digest of what a person wants forgotten: it is never taken up again.


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One call session or conversation. `dataclasses.replace` makes the next version of it."""

    id: str
    kind: str
    account: str
    session: str
    person: str
    started_at: float
    outcome: str
    first_seen: float
    updated_at: float
    fate: Fate = "waiting"
    office: str | None = None
    reason: str = ""
    why: str = ""
    error_code: str | None = None
    due_at: float | None = None
    attempts: int = 0
    document: str = "{}"
    digest: str = ""
    finished_at: float | None = None


def load(conn: sa.Connection, ids: Iterable[str]) -> dict[str, Interaction]:
    """Return those of *ids* that are known."""
    found: dict[str, Interaction] = {}
    for chunk in chunks(ids):
        for row in conn.execute(sa.select(interaction).where(interaction.c.id.in_(chunk))):
            found[row.id] = _interaction(row)
    return found


def records(conn: sa.Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the vendor's records of each interaction, as JSON, in a stable order."""
    found: dict[str, list[str]] = {}
    for chunk in chunks(ids):
        query = (
            sa.select(record.c.interaction_id, record.c.document)
            .where(record.c.interaction_id.in_(chunk))
            .order_by(record.c.interaction_id, record.c.record_id)
        )
        for interaction_id, document in conn.execute(query):
            found.setdefault(interaction_id, []).append(document)
    return found


def put_records(conn: sa.Connection, rows: Iterable[tuple[str, str, str]]) -> None:
    """Keep (interaction, record id, JSON); a record read again replaces its older version."""
    values = [
        {"interaction_id": owner, "record_id": record_id, "document": document}
        for owner, record_id, document in rows
    ]
    if not values:
        return
    statement = insert(conn, record)
    statement = statement.on_conflict_do_update(
        index_elements=["interaction_id", "record_id"],
        set_={"document": statement.excluded.document},
    )
    conn.execute(statement, values)


def upsert(conn: sa.Connection, interactions: Sequence[Interaction]) -> None:
    """Write interactions whole; of one already known only `first_seen` stays."""
    if not interactions:
        return
    # A fixed order: two processes that write the same rows wait for each other, never in a ring.
    rows = [asdict(one) for one in sorted(interactions, key=lambda one: one.id)]
    conn.execute(_upserting(conn), rows)


_UPSERTS: dict[str, sa.Executable] = {}


def _upserting(conn: sa.Connection) -> sa.Executable:
    """Return the statement, built once: every message of a chat needs it."""
    known = _UPSERTS.get(conn.dialect.name)
    if known is None:
        statement = insert(conn, interaction)
        changing = [c.name for c in interaction.columns if c.name not in {"id", "first_seen"}]
        known = _UPSERTS[conn.dialect.name] = statement.on_conflict_do_update(
            index_elements=["id"], set_={name: statement.excluded[name] for name in changing}
        )
    return known


def set_fate(  # noqa: PLR0917 - the row's columns in their order.
    conn: sa.Connection,
    interaction_id: str,
    fate: Fate,
    reason: str,
    why: str,
    error_code: str | None = None,
    due_at: float | None = None,
    finished_at: float | None = None,
) -> None:
    """Say what became of an interaction. Without *due_at* nobody works on it any more."""
    conn.execute(
        sa.update(interaction)
        .where(interaction.c.id == interaction_id)
        .values(
            fate=fate,
            reason=reason,
            why=why,
            error_code=error_code,
            due_at=due_at,
            finished_at=finished_at,
            updated_at=now(conn) if finished_at is None else finished_at,
        )
    )


def count_attempt(conn: sa.Connection, ids: Iterable[str]) -> None:
    """Note that these are being worked on once more: a poison item must end somewhere."""
    for chunk in chunks(sorted(ids)):
        conn.execute(
            sa.update(interaction)
            .where(interaction.c.id.in_(chunk))
            .values(attempts=interaction.c.attempts + 1)
        )


def due(
    conn: sa.Connection, *, office: str | None, now: float, limit: int, worker: str | None = None
) -> list[Interaction]:
    """Return what can be worked now, oldest first; None means any office.

    With *worker*, persons that somebody else holds are left out: two processes on one office
    share its backlog instead of both looking at its head.
    """
    # WAITING word for word: see tables.py. The index then holds the backlog and nothing else.
    query = sa.select(interaction).where(WAITING, interaction.c.due_at <= now)
    if office is not None:
        query = query.where(interaction.c.office == office)
    if worker is not None:
        taken = sa.exists().where(
            lease.c.person == interaction.c.person,
            lease.c.worker != worker,
            lease.c.until > now,
        )
        query = query.where(~taken)
    query = query.order_by(interaction.c.started_at, interaction.c.id).limit(limit)
    return [_interaction(row) for row in conn.execute(query)]


def count_due(conn: sa.Connection) -> dict[str | None, int]:
    """Return how many interactions of each office are ready to be worked, now or later."""
    query = sa.select(interaction.c.office, sa.func.count()).where(
        interaction.c.fate == "waiting", interaction.c.due_at.is_not(None)
    )
    rows = conn.execute(query.group_by(interaction.c.office))
    return {office: count for office, count in rows}  # noqa: C416 - rows are not pairs to mypy.


def waiting_ids(
    conn: sa.Connection, *, office: str | None = None, limit: int | None = None
) -> list[str]:
    """Return everything without a final fate, due or not, oldest first."""
    query = sa.select(interaction.c.id).where(WAITING)
    if office is not None:
        query = query.where(interaction.c.office == office)
    query = query.order_by(interaction.c.started_at, interaction.c.id).limit(limit)
    return list(conn.scalars(query))


def counts(conn: sa.Connection, ids: Iterable[str]) -> dict[Fate, int]:
    """Return how many of *ids* met which fate; the four always add up to the known ones."""
    found: dict[Fate, int] = {"waiting": 0, "done": 0, "skipped": 0, "parked": 0}
    for chunk in chunks(ids):
        query = (
            sa.select(interaction.c.fate, sa.func.count())
            .where(interaction.c.id.in_(chunk))
            .group_by(interaction.c.fate)
        )
        for fate, count in conn.execute(query):
            found[fate] += count
    return found


def search(
    conn: sa.Connection,
    *,
    fate: Fate | None = None,
    office: str | None = None,
    person: str | None = None,
    since: float | None = None,
    limit: int = 50,
    query: str | None = None,
    kind: str = "call",
) -> list[Interaction]:
    """Return the newest calls that fit; *query* is looked for in what a person reads."""
    wanted = sa.select(interaction).where(interaction.c.kind == kind)
    equal: Mapping[str, str | None] = {"fate": fate, "office": office, "person": person}
    for name, value in equal.items():
        if value is not None:
            wanted = wanted.where(interaction.c[name] == value)
    if since is not None:
        wanted = wanted.where(interaction.c.started_at >= since)
    if query:
        readable = ("id", "person", "outcome", "reason", "why", "error_code", "document")
        wanted = wanted.where(
            sa.or_(*(folding.contains(interaction.c[name], query) for name in readable))
        )
    newest = wanted.order_by(interaction.c.started_at.desc(), interaction.c.id).limit(limit)
    return [_interaction(row) for row in conn.execute(newest)]


def purge_records(conn: sa.Connection, before: float) -> int:
    """Forget the vendor's raw records of interactions finished before then; the rows stay."""
    finished = sa.select(interaction.c.id).where(interaction.c.finished_at < before)
    return conn.execute(sa.delete(record).where(record.c.interaction_id.in_(finished))).rowcount


def _interaction(row: sa.Row[Any]) -> Interaction:
    return Interaction(**row._asdict())
