"""Find a call a person asks about, and tell what became of it, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from rich.markup import escape
from rich.table import Table

from switchboard.cli.callbacks_command import callback_json, callback_lines
from switchboard.cli.media_command import media_lines, piece_json
from switchboard.cli.run_display import screen
from switchboard.config.load import Configuration
from switchboard.errors import OperatorError
from switchboard.store import journal, ledger, media
from switchboard.store.callback_order import Callback
from switchboard.store.database import Database
from switchboard.store.tables import interaction, record


def find(db: Database, wanted: str) -> list[ledger.Interaction]:
    """Return the calls a person may mean: by id, session, record, or the caller's number."""

    def look(conn: sa.Connection) -> list[ledger.Interaction]:
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
        return list(ledger.load(conn, ids).values()) or ledger.search(conn, query=wanted, limit=5)

    rows = db.run_sync(look)
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


def print_story(story: dict[str, Any], configuration: Configuration) -> None:
    """Print a story for a person."""
    zone = next(
        (ZoneInfo(o.timezone) for o in configuration.offices if o.id == story["office"]), UTC
    )
    started = datetime.fromisoformat(story["started_at"]).astimezone(zone)
    call = story["call"] or {}
    rows: list[tuple[str, str]] = [
        ("Call", story["session"]),
        ("When", f"{started:%a %d %b %Y %H:%M:%S %Z}"),
        (
            "Caller",
            " ".join(filter(None, (story["caller"] or "withheld", call.get("caller_name")))),
        ),
        ("RingCentral", f"{call.get('direction')}, result {call.get('result_raw')!r}"),
        ("Outcome", story["outcome"]),
    ]
    whose = story["attribution"]
    if whose:
        rows.append(
            ("Office", f"{whose['office_id']} ({whose['extension_name']}, {whose['role']})")
        )
    decision = story["decision"] or {}
    if decision:
        rows.append(("Match", decision["match"]["why"]))
        if decision.get("owner_why"):
            rows.append(("Owner", f"{decision['owner_id']}: {decision['owner_why']}"))
        if decision.get("status_why"):
            rows.append(("Status", decision["status_why"]))
    fate = story["fate"] + (f" ({story['error_code']})" if story["error_code"] else "")
    rows += [("Fate", fate), ("Why", story["why"])]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, escape(value))
    for write in story["writes"]:
        said = f"{write['state']} {write['module']} {write['zoho_id'] or ''}".strip()
        if write["error"]:
            said += f" {write['error_code']}: {write['error']}"
        table.add_row(f"Wrote {write['kind']}", escape(said))
    for name, value in media_lines(story["media"], zone):
        table.add_row(name, escape(value))
    for name, value in callback_lines(story["call_back"], zone):
        table.add_row(name, escape(value))
    screen().print(table)
    screen().print()
