"""Find a call a person asks about, and put together all that is known of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import callbacks, journal, ledger, media
from switchboard.store.callback_order import Callback
from switchboard.store.tables import interaction, record


def stories(conn: sa.Connection, rows: Sequence[ledger.Interaction]) -> list[dict[str, Any]]:
    """Return everything we know of calls."""
    ids = [row.id for row in rows]
    changes = {each: journal.owner_changes_of(each) for each in ids}
    effects = journal.of_interactions(conn, [*ids, *changes.values()])
    pieces, waits = media.of_interactions(conn, ids), callbacks.load(conn, ids)
    return [
        story_of(
            row,
            [*effects.get(row.id, ()), *effects.get(changes[row.id], ())],
            pieces.get(row.id, ()),
            waits.get(row.id),
        )
        for row in rows
    ]


def find(conn: sa.Connection, wanted: str) -> list[ledger.Interaction]:
    """Return the calls a person may mean: by id, session, record, or the caller's number."""
    exact = ledger.load(conn, [wanted])
    if exact:
        return list(exact.values())
    ids = list(
        conn.scalars(
            sa.select(interaction.c.id)
            .where(
                sa.or_(
                    interaction.c.session == wanted,
                    interaction.c.person == wanted,
                    interaction.c.id.in_(
                        sa.select(record.c.interaction_id).where(record.c.record_id == wanted)
                    ),
                )
            )
            .order_by(interaction.c.started_at)
        )
    )
    rows = list(ledger.load(conn, ids).values()) or ledger.search(conn, query=wanted, limit=5)
    if not rows:
        raise OperatorError(
            "CLI-002", f"No call fits {wanted!r}. `switchboard calls list` shows the known ones."
        )
    return rows


def brief(row: ledger.Interaction) -> dict[str, Any]:
    """Return the line of a list."""
    return {
        "id": row.id,
        "session": row.session,
        "office": row.office,
        "caller": row.person if row.person != row.id else None,
        "started_at": datetime.fromtimestamp(row.started_at, UTC).isoformat(),
        "outcome": row.outcome,
        "fate": row.fate,
        "reason": row.reason,
        "why": row.why,
        "error_code": row.error_code,
        "attempts": row.attempts,
    }


def story_of(
    row: ledger.Interaction,
    effects: Sequence[journal.Effect],
    pieces: Sequence[media.MediaRow] = (),
    call_back: Callback | None = None,
) -> dict[str, Any]:
    """Return everything we know of one call: what was read, decided and written."""
    document = json.loads(row.document)
    return {
        **brief(row),
        "call": document.get("call"),
        "attribution": document.get("attribution"),
        "decision": document.get("decision"),
        "media": [piece_json(each) for each in pieces],
        "call_back": callback_json(call_back) if call_back else None,
        "writes": [
            {
                "key": each.key,
                "kind": each.kind,
                "module": each.module,
                "state": each.state,
                "zoho_id": each.vendor_id,
                "error_code": each.error_code,
                "error": each.error,
                "attempts": each.attempts,
                "request": json.loads(each.request),
            }
            for each in effects
        ],
    }


def piece_json(row: media.MediaRow) -> dict[str, Any]:
    """Return a piece for programs."""
    return {
        "key": row.key,
        "call": row.interaction_id,
        "office": row.office,
        "caller": (row.person if row.person != row.interaction_id else None),
        "kind": row.kind,
        "media_id": row.media_id,
        "started_at": _iso(row.call_started_at),
        "state": row.state,
        "why": row.why,
        "error_code": row.error_code,
        "attempts": row.attempts,
        "next_try": _iso(row.due_at) if row.state == "owed" else None,
        "deleted_on": _iso(row.expires_at) if row.state in media.OPEN else None,
        "module": row.module,
        "record_id": row.record_id,
        "attachment_id": row.attachment_id,
        "file_name": row.file_name,
        "size": row.size,
        "transcript": row.transcript,
    }


def callback_json(row: Callback) -> dict[str, Any]:
    """Return a call-back for programs."""
    return {
        "call": row.interaction_id,
        "office": row.office,
        "caller": row.person,
        "missed_at": _iso(row.opened_at),
        "due_at": _iso(row.task_due_at),
        "state": row.state,
        "why": row.why,
        "error_code": row.error_code,
        "task_id": row.task_id,
        "module": row.module,
        "record_id": row.record_id,
        "joins": row.joins,
        "closed_by": row.closed_by,
    }


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
