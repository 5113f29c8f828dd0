"""A store of either kind is described without being changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.component.calls.company import a_configuration

from switchboard.doctor import storage
from switchboard.store import ledger
from switchboard.store.database import Database, now
from switchboard.store.tables import mail

DAY = 86_400.0


def test_both_kinds_of_store_are_examined(tmp_path: Path, database_url: str) -> None:
    """Parked and long waiting calls are named, whichever database they are in."""
    configuration = a_configuration(tmp_path)
    url = {"database_url": database_url}
    configuration = replace(configuration, settings=configuration.settings.model_copy(update=url))
    db = Database.open(database_url)
    try:
        at = db.run_sync(now)
        for fate in ("parked", "waiting"):
            call = ledger.Interaction(
                id=f"call:7:{fate}",
                kind="call",
                account="7",
                session=fate,
                person="p",
                started_at=at,
                outcome="missed",
                first_seen=at - 2 * DAY,
                updated_at=at,
                fate=fate,
            )

            def put(conn: sa.Connection, call: ledger.Interaction = call) -> None:
                ledger.upsert(conn, [call])

            db.run_sync(put)
        row: dict[str, Any] = {
            "key": "run:a",
            "kind": "report",
            "recipient": "a@example.com",
            "subject": "s",
        }
        row |= {"state": "refused", "created_at": at - DAY, "finished_at": at - DAY}
        old = row | {"key": "run:b", "finished_at": at - 30 * DAY}
        db.run_sync(lambda conn: conn.execute(sa.insert(mail), [row, old]).close())
    finally:
        db.close()
    found = {each.name: each for each in storage.examine(configuration)}
    assert found["Store"].state == "ok"
    assert ("PostgreSQL" in found["Store"].message) == database_url.startswith("postgresql")
    assert (found["Parked"].code, found["Waiting calls"].code) == ("DOC-008", "DOC-013")
    assert found["Mails"].message.startswith("1 mails")
    assert "48 hours" in found["Waiting calls"].message
