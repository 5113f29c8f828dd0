"""Take calls whose media is due under a lease, with all that is known of where it belongs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from switchboard.flows.call_to_lead.match import match
from switchboard.store import directory, journal, leases, ledger, media
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.media import Kind, MediaRow


@dataclass(frozen=True, slots=True)
class Parent:
    """The lead or contact that the call's note is under."""

    module: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One call's due pieces in the order of its legs; ours, as long as the fence holds."""

    interaction_id: str
    session: str
    person: str
    fence: int
    rows: tuple[MediaRow, ...]
    note: Effect | None
    parent: Parent | None
    effects: Mapping[str, Effect]  # Of the media alone, by key.

    @property
    def lease(self) -> str:
        return media.lease_key(self.interaction_id)

    def is_sending(self, key: str) -> bool:
        """Tell whether an earlier worker left this in doubt."""
        return key in self.effects and self.effects[key].state == "sending"

    def new_effect(self, key: str, kind: str, module: str, request: str, at: float) -> Effect:
        """Return the journal's row for a write about this call's media.

        It belongs to the lease, not to the call: the call's own work never waits for it, and a
        piece that is refused does not park the call.
        """
        return Effect(
            key=key,
            interaction_id=self.lease,
            person=self.lease,
            kind=kind,
            module=module,
            request=request,
            intended_at=at,
        )


def claim(
    conn: sa.Connection,
    *,
    worker: str,
    by: float,
    lease_seconds: float,
    limit: int,
    offices: Sequence[str],
    kinds: Sequence[Kind],
) -> list[Claim]:
    """Return calls with pieces due by then that this worker may work on now."""
    ids = media.due(conn, worker=worker, by=by, limit=limit, offices=offices, kinds=kinds)
    if not ids:
        return []
    at = store_now(conn)
    wanted = [media.lease_key(each) for each in ids]
    fences = leases.acquire(conn, wanted, worker, at + lease_seconds, at)
    mine = [each for each in ids if media.lease_key(each) in fences]
    # Read under the lease: another worker may have finished them in between.
    pieces = media.of_interactions(conn, mine)
    calls = ledger.load(conn, mine)
    written = journal.of_interactions(conn, mine)
    effects = journal.of_interactions(conn, [media.lease_key(each) for each in mine])
    claims = []
    for each in mine:
        rows = tuple(
            replace(row, attempts=row.attempts + 1)
            for row in pieces.get(each, ())
            if _is_due(row, by, kinds)
        )
        if not rows or calls[each].fate != "done":
            leases.release(conn, [media.lease_key(each)], worker)
            continue
        media.count_attempt(conn, [row.key for row in rows])
        note = _note_of(written.get(each, ()))
        claims.append(
            Claim(
                interaction_id=each,
                session=calls[each].session,
                person=calls[each].person,
                fence=fences[media.lease_key(each)],
                rows=rows,
                note=note,
                parent=_parent_of(conn, note),
                effects={e.key: e for e in effects.get(media.lease_key(each), ())},
            )
        )
    return claims


def other_parent(conn: sa.Connection, person: str, missing: Parent) -> Parent | None:
    """Return who has the caller's number now that a record is gone: the one it was merged into."""
    found = match(
        entry
        for entry in directory.find(conn, [person]).get(person, ())
        if (entry.module, entry.record_id) != (missing.module, missing.record_id)
    )
    if found.kind in {"lead", "contact"} and found.module and found.record_id:
        return Parent(found.module, found.record_id)
    return None


def _is_due(row: MediaRow, by: float, kinds: Sequence[Kind]) -> bool:
    workable = row.state in {"owed", "done"} and row.kind in kinds
    return workable and row.due_at is not None and row.due_at <= by


def _note_of(effects: Sequence[Effect]) -> Effect | None:
    """Return the note we wrote last: a correction may be under another record than the first."""
    notes = [each for each in effects if each.kind == "note" and each.state == "settled"]
    return max(notes, key=lambda each: (each.finished_at or 0.0, each.key), default=None)


def _parent_of(conn: sa.Connection, note: Effect | None) -> Parent | None:
    record_id = json.loads(note.request).get("parent_id") if note is not None else None
    if note is None or not record_id:
        return None
    known = directory.entries(conn, note.module, [record_id]).get(record_id)
    if known is not None and known.converted and known.converted_contact_id:
        # Zoho moved the lead's notes and attachments to the contact.
        return Parent("Contacts", known.converted_contact_id)
    return Parent(note.module, record_id)
