"""Ask the store what a report is made of: calls, recordings and call-backs of a run's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store import ledger, set_aside, stops
from switchboard.store.call_kinds import CallKind, kind_column
from switchboard.store.database import chunks
from switchboard.store.tables import callback, directory, effect, interaction, media


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whose calls, and which time: a run's offices (None in them: calls of no office) and hours."""

    offices: Sequence[str | None]
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How many calls of an office met which fate; `fresh` in the span, or open from before it."""

    office: str | None
    fate: str
    outcome: str
    reason: str
    code: str | None
    fresh: bool
    number: int


def tallies(conn: sa.Connection, span: Span) -> list[Tally]:
    """Count the calls of *calls_of*, without a limit."""
    fresh = sa.case((_fresh(span), 1), else_=0)
    columns = (
        interaction.c.office,
        interaction.c.fate,
        interaction.c.outcome,
        interaction.c.reason,
        interaction.c.error_code,
    )
    query = (
        sa.select(*columns, fresh.label("fresh"), sa.func.count())
        .where(_concerns(span))
        .group_by(*columns, fresh)
    )
    return [
        Tally(office, fate, outcome, reason, code, bool(is_fresh), int(number))
        for office, fate, outcome, reason, code, is_fresh, number in conn.execute(query)
    ]


def calls_of(conn: sa.Connection, span: Span, limit: int) -> list[ledger.Interaction]:
    """Return calls the span changed, and those still open; parked first, then the newest."""
    order = sa.case(
        (interaction.c.fate == "parked", 0), (interaction.c.fate == "waiting", 1), else_=2
    )
    query = (
        sa.select(interaction.c.id)
        .where(_concerns(span))
        .order_by(order, interaction.c.started_at.desc(), interaction.c.id)
        .limit(limit)
    )
    return list(ledger.load(conn, conn.scalars(query).all()).values())


def starts(
    conn: sa.Connection, offices: Sequence[str | None], begin: float, end: float
) -> list[tuple[str | None, float, CallKind]]:
    """Return office, start and kind of the calls that began between *begin* and *end*."""
    query = sa.select(interaction.c.office, interaction.c.started_at, kind_column()).where(
        interaction.c.started_at >= begin, interaction.c.started_at < end, _of(interaction, offices)
    )
    return [(office, float(at), kind) for office, at, kind in conn.execute(query)]


def media_of(conn: sa.Connection, span: Span, limit: int = 1000) -> list[Mapping[str, Any]]:
    """Return recordings nobody has yet: owed, parked, or lost in this span; not those set aside."""
    touched = media.c.updated_at.between(span.begin, span.end)
    columns = (
        media.c.key,
        media.c.updated_at,
        media.c.interaction_id,
        media.c.office,
        media.c.person,
        media.c.kind,
        media.c.state,
        media.c.why,
        media.c.error_code,
        media.c.call_started_at,
        media.c.expires_at,
        media.c.alarmed_at,
    )
    query = (
        sa.select(*columns)
        .where(
            _of(media, span.offices),
            sa.or_(
                media.c.state == "owed",
                sa.and_(media.c.state == "parked", ~set_aside.is_set(stops.MEDIA)),
                sa.and_(media.c.state == "gone", touched, ~set_aside.is_set(stops.LOST)),
            ),
            media.c.first_seen <= span.end,
        )
        .order_by(media.c.expires_at.is_(None), media.c.expires_at, media.c.key)
        .limit(limit)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def media_counts(conn: sa.Connection, span: Span) -> dict[str, int]:
    """Return how many are owed, and how many the span attached (`done`)."""
    done = sa.and_(media.c.state == "done", media.c.finished_at.between(span.begin, span.end))
    query = (
        sa.select(media.c.state, sa.func.count())
        .where(_of(media, span.offices), sa.or_(media.c.state == "owed", done))
        .group_by(media.c.state)
    )
    return {state: int(number) for state, number in conn.execute(query)}


def media_of_calls(conn: sa.Connection, ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return (kind, state) of each call's recordings and voicemails."""
    found: dict[str, list[tuple[str, str]]] = {}
    for chunk in chunks(ids):
        query = (
            sa.select(media.c.interaction_id, media.c.kind, media.c.state)
            .where(media.c.interaction_id.in_(chunk))
            .order_by(media.c.interaction_id, media.c.position)
        )
        for call, kind, state in conn.execute(query):
            found.setdefault(call, []).append((kind, state))
    return found


def callbacks_of(conn: sa.Connection, span: Span) -> list[tuple[str, str | None, bool, int]]:
    """Return (state, code, fresh, number) of call-backs that are open or that the span touched."""
    touched = callback.c.updated_at.between(span.begin, span.end)
    fresh = sa.case((touched, 1), else_=0)
    query = (
        sa.select(callback.c.state, callback.c.error_code, fresh, sa.func.count())
        .where(
            _of(callback, span.offices),
            sa.or_(callback.c.state.in_(("owed", "open", "closing", "parked")), touched),
            ~sa.and_(callback.c.state == "parked", set_aside.is_set(stops.CALL_BACK)),
            callback.c.first_seen <= span.end,
        )
        .group_by(callback.c.state, callback.c.error_code, fresh)
    )
    return [(state, code, bool(new), int(count)) for state, code, new, count in conn.execute(query)]


def callback_states(conn: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the state of each call's call-back."""
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        query = sa.select(callback.c.interaction_id, callback.c.state)
        rows = conn.execute(query.where(callback.c.interaction_id.in_(chunk)))
        found |= {row.interaction_id: row.state for row in rows}
    return found


def owners_of(conn: sa.Connection, record_ids: Iterable[str]) -> dict[str, str]:
    """Return who owns leads and contacts the directory knows."""
    found: dict[str, str] = {}
    for chunk in chunks(record_ids):
        query = sa.select(directory.c.record_id, directory.c.owner_id)
        rows = conn.execute(query.where(directory.c.record_id.in_(chunk)))
        found |= {row.record_id: row.owner_id for row in rows if row.owner_id}
    return found


def settled_writes(conn: sa.Connection, span: Span) -> list[tuple[str | None, str, str]]:
    """Return office, kind and request of every write the span carried out (leads', not notes')."""
    body = sa.case((effect.c.kind == "lead", effect.c.request), else_="")
    query = (
        sa.select(interaction.c.office, effect.c.kind, body)
        .join(interaction, interaction.c.id == effect.c.interaction_id)
        .where(
            effect.c.state == "settled",
            effect.c.finished_at.between(span.begin, span.end),
            interaction.c.kind == "call",
            _of(interaction, span.offices),
        )
    )
    return [(office, kind, request) for office, kind, request in conn.execute(query)]


def _concerns(span: Span) -> sa.ColumnElement[bool]:
    parked = sa.and_(interaction.c.fate == "parked", ~set_aside.is_set(stops.CALL))
    still_open = sa.and_(
        sa.or_(interaction.c.fate == "waiting", parked), interaction.c.first_seen <= span.end
    )
    calls = interaction.c.kind == "call"  # Chats have no office either, and figures of their own.
    return sa.and_(calls, _of(interaction, span.offices), sa.or_(_fresh(span), still_open))


def _fresh(span: Span) -> sa.ColumnElement[bool]:
    """A call the span changed; also one it saw first that a later run has changed since.

    Every run writes the calls it skips anew, so of these only the first look counts.
    """
    changed = interaction.c.updated_at.between(span.begin, span.end)
    return sa.or_(
        sa.and_(changed, interaction.c.fate != "skipped"),
        interaction.c.first_seen.between(span.begin, span.end),
    )


def _of(table: sa.Table, offices: Sequence[str | None]) -> sa.ColumnElement[bool]:
    known = table.c.office.in_([each for each in offices if each is not None])
    return sa.or_(known, table.c.office.is_(None)) if None in offices else known
