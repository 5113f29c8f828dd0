"""What has expired goes, what is needed to never do a thing twice stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.store.sealers import a_sealer
from tests.config_files import a_company
from typer.testing import CliRunner

from switchboard import logs
from switchboard.cli.app import app
from switchboard.config.load import Configuration, load
from switchboard.config.settings import RetentionSettings
from switchboard.housekeeping import CleanUp, clean_up
from switchboard.store import (
    conversations,
    deliveries,
    ledger,
    reports,
    run_lines,
    run_plans,
    runs,
)
from switchboard.store.conversations import StoredConversation
from switchboard.store.database import Database
from switchboard.store.holders import Holder, this_process
from switchboard.store.tables import (
    conversation,
    delivery,
    interaction,
    mail,
    record,
    run_line,
    run_plan,
)

NOW = datetime.now(UTC)
ALL_ONE = CleanUp(
    log_files=1, raw_call_logs=1, reports=1, records=1, mails=1, conversations=1, deliveries=1,
    run_lines=2, temporary_files=1,
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return a_company(tmp_path)


@pytest.fixture
def db(root: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{root / 'data' / 'switchboard.db'}")
    yield database
    database.close()


def fill(configuration: Configuration, db: Database, at: datetime, mark: str) -> None:
    """Leave one thing of every kind, as a run at *at* would."""
    folder, stamp = configuration.logs_dir, at.timestamp()
    logs.write_raw_call_log(folder, "main", [], at)
    (folder / f"missed_calls_{at.astimezone():%Y%m%d}.log").write_text("{}\n", "utf-8")
    (configuration.reports_dir / mark).mkdir(parents=True)
    (configuration.reports_dir / mark / "run.html").write_text("<p>", "utf-8")
    call = ledger.Interaction(
        id=mark,
        kind="call",
        account="7",
        session=mark,
        person="p",
        started_at=stamp,
        outcome="missed",
        first_seen=stamp,
        updated_at=stamp,
        finished_at=stamp,
        fate="done",
    )

    sealer = a_sealer()
    chat = StoredConversation(id=f"chat:{mark}", opened_at=stamp, updated_at=stamp, state="said")

    def put(conn: sa.Connection) -> None:
        conversations.save(conn, sealer, chat)
        deliveries.claim(conn, sealer, mark, "worker", now=stamp, seconds=1)
        ledger.upsert(conn, [call])
        ledger.put_records(conn, [(mark, "r1", "{}")])
        runs.start(conn, runs.Run(id=mark, kind="calls", started_at=stamp))
        run_lines.append(conn, mark, [run_lines.Line(1, stamp, "info", "said")])
        run_plans.keep(conn, mark, [{"action": "write", "caller": "+12155550123"}])
        path = f"reports/{mark}/run.html"
        reports.put(conn, reports.Report(run_id=mark, path=path, title="", created_at=stamp))
        for state in ("sent", "queued"):
            row = {"key": f"{mark}:{state}", "kind": "report", "recipient": "a@example.com"}
            row |= {"subject": "s", "message": "text", "state": state}
            times = {"created_at": stamp, "finished_at": stamp}
            conn.execute(sa.insert(mail).values(**row, **times))

    db.run_sync(put)


def clean(configuration: Configuration, db: Database, *, dry_run: bool = False) -> CleanUp:
    return asyncio.run(clean_up(configuration, db, NOW, dry_run=dry_run))


def leave_temporary_file(configuration: Configuration) -> Path:
    """Leave a recording's file of a dead process that had our number."""
    folder = configuration.temporary_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rec~{Holder(this_process().number, 1.0)}~{'0' * 16}.spool"
    path.write_bytes(b"noise")
    return path


def test_all_that_has_expired_goes_and_the_rest_stays(root: Path, db: Database) -> None:
    """Personal data is not kept longer than the configuration says."""
    configuration = load(root)
    fill(configuration, db, NOW - timedelta(days=400), "old")
    fill(configuration, db, NOW - timedelta(days=1), "new")
    left = leave_temporary_file(configuration)
    assert clean(configuration, db) == ALL_ONE
    assert not left.exists()
    assert [each.name for each in configuration.reports_dir.rglob("*.html")] == ["run.html"]
    assert len(list(configuration.logs_dir.glob("*.log"))) == 1
    assert len(list(configuration.logs_dir.rglob("*.json"))) == 1
    assert not list(configuration.logs_dir.glob(f"{NOW - timedelta(days=400):%Y}-*/main"))

    def look(conn: sa.Connection) -> list[list[str]]:
        kept_mails = sa.select(mail.c.key).where(mail.c.message.is_not(None)).order_by(mail.c.key)
        return [
            list(conn.scalars(sa.select(interaction.c.id).order_by(interaction.c.id))),
            list(conn.scalars(sa.select(record.c.interaction_id))),
            [each.run_id for each in reports.recent(conn)],
            list(conn.scalars(kept_mails)),
            list(conn.scalars(sa.select(conversation.c.id).where(conversation.c.sealed != ""))),
            list(conn.scalars(sa.select(delivery.c.key))),
            list(conn.scalars(sa.select(run_line.c.run_id))),
            list(conn.scalars(sa.select(run_plan.c.run_id))),
        ]

    assert db.run_sync(look) == [
        # That a call or chat was handled is remembered for good.
        ["chat:new", "chat:old", "new", "old"],
        ["new"],
        ["new"],
        ["new:queued", "new:sent", "old:queued"],
        ["chat:new"],
        ["new"],
        ["new"],
        ["new"],
    ]
    assert clean(configuration, db).total == 0


def test_a_dry_run_counts_the_same_and_removes_nothing(root: Path, db: Database) -> None:
    configuration = load(root)
    fill(configuration, db, NOW - timedelta(days=400), "old")
    leave_temporary_file(configuration)
    before = sorted(root.rglob("*"))
    would = clean(configuration, db, dry_run=True)
    assert sorted(root.rglob("*")) == before
    assert would == ALL_ONE
    assert clean(configuration, db) == would


def test_zero_days_keep_for_ever(root: Path, db: Database) -> None:
    days = dict.fromkeys(RetentionSettings.model_fields, 0)
    (root / "data" / "settings.json").write_text(json.dumps({"retention": days}), "utf-8")
    configuration = load(root)
    fill(configuration, db, NOW - timedelta(days=4000), "old")
    assert clean(configuration, db).total == 0


def test_what_cannot_be_removed_is_named_and_the_rest_goes(root: Path, db: Database) -> None:
    """A directory nobody may write to must not fail the run that has just succeeded."""
    configuration = load(root)
    fill(configuration, db, NOW - timedelta(days=400), "old")
    stubborn = next(configuration.logs_dir.glob("*.log"))
    stubborn.unlink()
    stubborn.mkdir()  # unlink() refuses a directory, also for root.
    done = clean(configuration, db)
    assert [each[:6] for each in done.problems] == ["IO-001"]
    assert str(stubborn) in done.problems[0]
    assert (done.log_files, done.records, done.mails) == (0, 1, 1)


def test_the_command_says_what_it_removed(root: Path, db: Database) -> None:
    fill(load(root), db, NOW - timedelta(days=400), "old")
    words = ["clean", "--config-dir", str(root)]
    would = CliRunner().invoke(app, [*words, "--dry-run"])
    assert would.exit_code == 0
    assert "Would be removed" in would.stdout
    assert "kept for" in would.stdout
    done = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (done["dry_run"], done["log_files"], done["records"]) == (False, 1, 1)
