"""Calls for tests of their pages: what a test does not care about has a value already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from tests.component.calls.company import a_configuration
from tests.component.store.makers import an_effect, an_interaction

from switchboard.config.load import Configuration
from switchboard.people.phone import to_e164
from switchboard.store import directory, journal, ledger
from switchboard.store.database import Database
from switchboard.store.ledger import Interaction
from switchboard.store.tables import effect
from switchboard.vendors.zoho_crm.models import CrmPerson

NOON = 1_780_000_000.0  # Thursday, 28 May 2026, 16:26:40 in New York.
HOSTILE = '<img src=x onerror="window.__xss=1">{{7*7}}'


def a_call(number: int = 1, *, name: str | None = None, **changes: Any) -> Interaction:
    """Return a call from +1215555<number>, one minute after the call before it."""
    person = changes.pop("person", f"+1215555{number:04d}")
    call: dict[str, Any] = {
        "account": "700",
        "session": f"s-{number}",
        "started_at": "2026-05-28T20:26:40Z",
        "ended_at": "2026-05-28T20:27:20Z",
        "direction": "inbound",
        "outcome": changes.get("outcome", "missed"),
        "caller": person,
        "duration_seconds": 40,
        "result_raw": "Missed",
    }
    if name is not None:
        call["caller_name"] = name
    document = {"call": call | changes.pop("call", {})} | changes.pop("document", {})
    values: dict[str, Any] = {
        "session": f"s-{number}",
        "office": "north",
        "person": person,
        "started_at": NOON + 60 * number,
        "fate": "done",
        "reason": "none",
        "why": "Nobody in Zoho CRM has this number.",
        "due_at": None,
        "first_seen": NOON + 100_000,
        "updated_at": NOON + 100_000,
        "finished_at": NOON + 100_000,
        "document": json.dumps(document, ensure_ascii=False),
    }
    return an_interaction(number, **values | changes)


def parked(number: int = 1, **changes: Any) -> Interaction:
    refused = {"fate": "parked", "error_code": "ZOHO-422", "why": "Zoho says INVALID_DATA."}
    return a_call(number, **refused | changes)


def keep(db: Database, *rows: Interaction) -> None:
    db.run_sync(lambda conn: ledger.upsert(conn, rows))


def know(db: Database, person: CrmPerson) -> None:
    """Let Zoho CRM have told of a person."""
    db.run_sync(lambda conn: directory.put(conn, [person], lambda number: to_e164(number, "US")))


def write(db: Database, row: Interaction, kind: str, vendor_id: str | None, **body: Any) -> None:
    """Let a write of a call have happened."""
    wanted = an_effect(
        key=f"{row.id}:{kind}", interaction_id=row.id, person=row.person, kind=kind,
        request=json.dumps(body),
    )  # fmt: skip

    def work(conn: sa.Connection) -> None:
        journal.intend(conn, [wanted])
        settled = {"state": "settled", "vendor_id": vendor_id, "sending_at": 1.0}
        conn.execute(sa.update(effect).where(effect.c.key == wanted.key).values(**settled))

    db.run_sync(work)


def page_of(row: Interaction) -> str:
    return f"/calls/{quote(row.id, safe='')}"


def configured(folder: Path) -> Configuration:
    """Two offices, north and south, in New York; their owners are 11 and 12."""
    return a_configuration(folder)
