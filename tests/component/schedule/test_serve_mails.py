"""The lane of mails, as a worker others know of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.config_files import a_company

from switchboard.cli import serve_lanes
from switchboard.config.load import load
from switchboard.config.vault import Vault, VaultContents
from switchboard.reports.sending import SendResult
from switchboard.store import outbox
from switchboard.store.database import Database
from switchboard.store.outbox import NewMail
from switchboard.store.tables import worker

MAIL = {"smtp_server": "127.0.0.1", "smtp_port": 2525, "use_tls": False,
        "sender_email": "desk@example.com"}  # fmt: skip


async def test_the_mails_of_a_killed_service_are_free_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A one-time code lives ten minutes: its mail does not wait for a lease of five."""
    root = a_company(tmp_path, email_config=MAIL)
    Vault.open(root, create=True).save(VaultContents())
    db, known = Database.open(f"sqlite:///{tmp_path / 'store.db'}"), []
    one = NewMail(key="k", run_id=None, kind="code", recipient="a@example.com", subject="s",
                  message="From: desk@example.com\n\nhello")  # fmt: skip

    async def sending(db: Database, _client: object, who: str, **_: Any) -> SendResult:
        known.append(await db.run(lambda c: c.scalars(sa.select(worker.c.id)).all() == [who]))
        return SendResult()

    monkeypatch.setattr(serve_lanes, "send_due", sending)
    await db.run(lambda conn: outbox.queue(conn, [one]))
    await serve_lanes.send_mails(load(root), db)
    assert known == [True]
    assert await db.run(lambda conn: conn.scalars(sa.select(worker.c.id)).all()) == []
    await db.aclose()
