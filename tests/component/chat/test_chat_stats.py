"""The figures of chats at a command line are those of the console: of the same days."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.config_files import two_offices
from typer.testing import CliRunner

from switchboard.bootstrap import open_store
from switchboard.cli.app import app
from switchboard.config.load import load
from switchboard.console.insights.asking import asked
from switchboard.store.tables import ticket

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=ZONE).timestamp()
BEFORE, SINCE = NOW - 6 * 86_400 - 11.5 * 3600, NOW - 6 * 86_400 - 9 * 3600  # Around midnight.


def _insert(conn: sa.Connection, row: dict[str, Any]) -> None:
    conn.execute(sa.insert(ticket).values(row))


def test_days_begin_at_midnight_where_the_console_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--days 7` is today and six days before, from midnight, and Insights shows the same day."""
    two_offices(tmp_path)
    configuration = load(tmp_path)
    assert configuration.zone == ZONE.key
    with open_store(configuration) as db:
        for at in (BEFORE, SINCE):
            row = {
                "reference": f"r{at}", "workflow": "printer_issues", "priority": "High",
                "state": "raised", "extends": False, "verification": "verified",
                "wanted_at": at, "raised_at": at,
            }  # fmt: skip
            db.run_sync(partial(_insert, row=row))
    monkeypatch.setattr("time.time", lambda: NOW)
    words = ["chat", "stats", "--days", "7", "--json", "--config-dir", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["tickets"]["per_day"] == [{"day": "2026-11-15", "tickets": 1}]
    shown = asked({"days": "7"}, now=NOW, zone=configuration.zone).stretch
    assert datetime.fromisoformat(found["since"]).timestamp() == shown.since
    assert found["zone"] == shown.zone
