"""Read from the store all that a call's page is made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store import call_search, callbacks, directory, journal, ledger, media, reports
from switchboard.store.callback_order import Callback
from switchboard.store.directory import DirectoryEntry
from switchboard.store.journal import Effect, owner_changes_of
from switchboard.store.media import MediaRow
from switchboard.store.reports import Report
from switchboard.store.tables import mail, run

_MOST_MAILS = 20


@dataclass(frozen=True, slots=True)
class RunOf:
    """A run that read or worked the call, by its time."""

    id: str
    started_at: float
    report: Report | None


@dataclass(frozen=True, slots=True)
class MailOf:
    """A mail about such a run."""

    kind: str
    state: str
    recipient: str
    at: float


@dataclass(frozen=True, slots=True)
class Material:
    """One call, and everything the store knows beside it."""

    row: ledger.Interaction
    document: dict[str, Any]
    records: list[str]
    effects: list[Effect]
    changes: list[Effect]  # Of the owner.
    pieces: list[MediaRow]
    call_back: Callback | None
    task: list[Effect]
    name: str  # As Zoho CRM has it.
    entry: DirectoryEntry | None  # The record the call is written under, as Zoho last told.
    runs: list[RunOf]
    mails: list[MailOf]

    @property
    def call(self) -> dict[str, Any]:
        call = self.document.get("call")
        return call if isinstance(call, dict) else {}

    @property
    def forgotten(self) -> bool:
        return self.row.digest == ledger.FORGOTTEN


def read(conn: sa.Connection, call_id: str) -> Material | None:
    """Return what is known of a call; None when there is no such call."""
    row = ledger.load(conn, [call_id]).get(call_id)
    if row is None or row.kind != "call":
        return None
    matters = (row.id, owner_changes_of(row.id), callbacks.effects_of(row.id))
    found = journal.of_interactions(conn, matters)
    effects, changes, task = (found.get(each, []) for each in matters)
    worked = _runs(conn, row)
    return Material(
        row=row,
        document=json.loads(row.document),
        records=ledger.records(conn, [row.id]).get(row.id, []),
        effects=effects,
        changes=changes,
        pieces=media.of_interactions(conn, [row.id]).get(row.id, []),
        call_back=callbacks.load(conn, [row.id]).get(row.id),
        task=task,
        name=call_search.names(conn, [row.person]).get(row.person, ""),
        entry=_entry(conn, effects),
        runs=worked,
        mails=_mails(conn, [each.id for each in worked]),
    )


def parent_of(effects: Sequence[Effect]) -> tuple[str, str] | None:
    """Return module and id of the record a call was written under."""
    for effect in effects:
        if effect.state == "settled" and effect.kind == "lead" and effect.vendor_id:
            return effect.module, effect.vendor_id
    for effect in effects:
        parent = json.loads(effect.request).get("parent_id") if effect.kind == "note" else None
        if effect.state == "settled" and parent:
            return effect.module, str(parent)
    return None


def _entry(conn: sa.Connection, effects: Sequence[Effect]) -> DirectoryEntry | None:
    parent = parent_of(effects)
    if parent is None:
        return None
    return directory.entries(conn, parent[0], [parent[1]]).get(parent[1])


def _runs(conn: sa.Connection, row: ledger.Interaction) -> list[RunOf]:
    """Return the runs during which the call was first seen or got its fate."""
    moments = {row.first_seen, row.finished_at} - {None}
    ended = sa.func.coalesce(run.c.finished_at, row.updated_at)
    query = (
        sa.select(run.c.id, run.c.started_at)
        .where(
            run.c.kind == "calls",
            sa.or_(run.c.office.is_(None), run.c.office == row.office),
            sa.or_(*(sa.and_(run.c.started_at <= at, ended >= at) for at in moments)),
        )
        .order_by(run.c.started_at)
        .limit(4)
    )
    found = conn.execute(query).all()
    return [RunOf(each.id, each.started_at, reports.get(conn, each.id)) for each in found]


def _mails(conn: sa.Connection, runs: Sequence[str]) -> list[MailOf]:
    query = (
        sa.select(mail.c.kind, mail.c.state, mail.c.recipient, mail.c.created_at)
        .where(mail.c.run_id.in_(runs))
        .order_by(mail.c.created_at, mail.c.key)
        .limit(_MOST_MAILS)
    )
    return [MailOf(*each) for each in conn.execute(query)] if runs else []
