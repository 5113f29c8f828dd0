"""`switchboard serve` on a store of its own: what it starts, says, follows and leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.config_files import two_offices
from typer.testing import CliRunner, Result

from switchboard.cli import serve_command
from switchboard.cli.app import app
from switchboard.cli.serve_command import ended, options_of
from switchboard.config.documents import ScheduledRun
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.watch import WatchedConfiguration
from switchboard.flows.call_to_lead.accounts import OfficeReport, RunReport
from switchboard.jobs.timetable_text import moment, whose
from switchboard.store import schedules
from switchboard.store.database import Database
from switchboard.store.tables import schedule

RUNS = [{"name": "daily", "cron": "0 8 * * *"}]


def a_home(root: Path, *runs: dict[str, Any]) -> Path:
    document = {"timezone": "America/New_York", "runs": list(runs or RUNS)}
    return two_offices(root, {"data/schedule.json": document})


def serve_once(root: Path) -> Result:
    return CliRunner().invoke(app, ["serve", "--once", "--config-dir", str(root)])


def in_store(root: Path, statement: sa.Executable | None = None) -> dict[str, schedules.Row]:
    def work(conn: sa.Connection) -> dict[str, schedules.Row]:
        if statement is not None:
            conn.execute(statement)
        return schedules.rows(conn)

    db = Database.open(f"sqlite:///{root / 'data/switchboard.db'}")
    try:
        return db.run_sync(work)
    finally:
        db.close()


def a_report(**office: int) -> RunReport:
    part = OfficeReport(office="a", name="A", **office)
    return RunReport(
        run="r1", started_at="2026-01-01", hours_back=24, types=("accepted",), offices=[part]
    )


def test_without_a_timetable_it_says_so_and_looks_after_the_rest(tmp_path: Path) -> None:
    done = serve_once(two_offices(tmp_path))
    assert done.exit_code == 0, done.output
    assert "Nothing is scheduled (data/schedule.json names no run)" in done.stdout


def test_it_says_what_comes_next(tmp_path: Path) -> None:
    done = serve_once(a_home(tmp_path))
    assert done.exit_code == 0, done.output
    assert "No run of the timetable is due." in done.stdout
    assert "Next: all offices " in done.stdout
    assert " (daily)" in done.stdout
    assert in_store(tmp_path)["daily"].cron == "0 8 * * * America/New_York"


def test_a_run_that_cannot_start_is_recorded_and_ends_with_its_code(tmp_path: Path) -> None:
    """Here there are no credentials: exit code 2, as `calls run` has it."""
    root = a_home(tmp_path)
    serve_once(root)
    in_store(root, sa.update(schedule).values(next_at=1.0))
    done = serve_once(root)
    assert done.exit_code == 2, done.output
    assert "daily: started for all offices" in done.stdout
    assert "daily: failed, CFG-0" in done.stdout
    row = in_store(root)["daily"]
    assert (row.outcome, row.error_code) == ("failed", "CFG-025")
    assert row.next_at
    assert row.next_at > 1.0


def test_stopping_it_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stopped(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(serve_command, "_serve", stopped)
    done = CliRunner().invoke(app, ["serve", "--config-dir", str(a_home(tmp_path))])
    assert (done.exit_code, "Stopped." in done.stdout) == (0, True)


def test_a_line_of_the_timetable_asks_for_what_calls_run_would() -> None:
    run = ScheduledRun(
        name="m", cron="0 8 * * *", offices=("a",), type="missed", hours_back=4, no_email=True
    )
    options = options_of(run)
    assert options.offices == ("a",)
    assert options.types == frozenset({"missed"})
    assert options.hours_back == 4
    assert not options.email
    assert not options.dry_run


def test_a_run_s_end_is_summed_up_in_one_line() -> None:
    assert ended(a_report(seen=3, done=2, skipped=1)).message == "3 calls, 2 done, 1 skipped"
    assert ended(a_report(seen=3, done=3)).outcome == "done"
    assert ended(a_report(seen=1, parked=1)).outcome == "parked"
    refused = a_report()
    refused.stopped_by = "RC-401: RingCentral refuses the credentials."
    assert (ended(refused).outcome, ended(refused).code) == ("stopped", "RC-401")


def test_times_are_told_as_people_tell_them() -> None:
    now = 1_767_272_400.0  # Thursday, 1 January 2026, 08:00 in New York
    hour, zone = 3600, "America/New_York"
    assert moment(now + 6 * hour, now, zone) == "today 14:00 EST"
    assert moment(now + 24 * hour, now, zone) == "tomorrow 08:00 EST"
    assert moment(now - 24 * hour, now, zone) == "yesterday 08:00 EST"
    assert moment(now + 72 * hour, now, zone) == "Sun 4 Jan 08:00 EST"
    assert moment(now - 48 * hour, now, zone) == "Tue 30 Dec 2025 08:00 EST"
    assert moment(now + 182 * 24 * hour, now, zone) == "Thu 2 Jul 09:00 EDT"


def test_offices_are_told_as_people_tell_them() -> None:
    def about(**rest: Any) -> str:
        return whose(ScheduledRun(name="r", cron="0 8 * * *", **rest))

    assert about() == "all offices"
    assert about(offices=("a", "b", "c")) == "a, b and c"
    assert about(offices=("a",), type="missed") == "a, missed calls only"


def test_changed_documents_are_taken_up_and_broken_ones_are_not(tmp_path: Path) -> None:
    root = a_home(tmp_path)
    told: list[Configuration | ConfigError] = []
    watched = WatchedConfiguration(load(root), told.append)
    assert watched.refresh().schedule.runs[0].name == "daily"
    assert told == []
    (root / "data/schedule.json").write_text('{"runs": [{"name": "x", "cron": "61 * * * *"}]}')
    assert watched.refresh().schedule.runs[0].name == "daily"
    assert isinstance(told[-1], ConfigError)
    watched.refresh()
    assert len(told) == 1  # Said once, not at every look.
    (root / "data/schedule.json").write_text(
        json.dumps({"runs": [{"name": "other", "cron": "1 * * * *"}]})
    )
    assert watched.refresh().schedule.runs[0].name == "other"
    assert isinstance(told[-1], Configuration)
