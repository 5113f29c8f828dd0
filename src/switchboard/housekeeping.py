"""Delete what is older than the configuration's `retention` says, and what crashes left behind.

What Switchboard needs to never do a thing twice stays for good: the ledger's rows, the journal,
and what it knows of people. What expires is the evidence: logs, records, reports, the texts of
mails and chats.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from switchboard import logs
from switchboard.config.files import unwritable
from switchboard.config.load import Configuration
from switchboard.config.settings import RetentionSettings
from switchboard.errors import SwitchboardError
from switchboard.reports.build import purge_reports
from switchboard.spool import Spool
from switchboard.store import (
    configuration_history,
    conversations,
    deliveries,
    ledger,
    outbox,
    reports,
    run_lines,
    run_plans,
    set_aside,
    tickets,
)
from switchboard.store.database import Database


@dataclass(slots=True)
class CleanUp:
    """How much was removed, or would be; what could not be is named in `problems`."""

    log_files: int = 0
    raw_call_logs: int = 0
    reports: int = 0
    records: int = 0
    run_lines: int = 0
    mails: int = 0
    conversations: int = 0
    tickets: int = 0
    deliveries: int = 0
    configuration_changes: int = 0
    temporary_files: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(value for value in self.document().values() if isinstance(value, int))

    def document(self) -> dict[str, Any]:
        """The figures for programs."""
        return asdict(self)


async def clean_up(
    configuration: Configuration, db: Database, now: datetime, *, dry_run: bool = False
) -> CleanUp:
    """Remove all that has expired at *now*; with *dry_run* only count it.

    Cleaning up comes after the work: what cannot be removed is reported, never raised.
    """
    done = CleanUp()
    await asyncio.to_thread(_clean_files, configuration, now, done, dry_run=dry_run)
    keep, today = configuration.settings.retention, now.astimezone(UTC).date()
    if keep.report_days:
        with _tolerant(done):
            if dry_run:
                first = datetime.combine(today - timedelta(days=keep.report_days), time(), UTC)
                past = await db.run(lambda conn: reports.before(conn, first.timestamp()))
                done.reports = len(past)
            else:
                done.reports = await purge_reports(db, configuration, today)

    for name, days, purge in _expiring(keep):
        if days:
            with _tolerant(done):
                old = partial(purge, before=(now - timedelta(days=days)).timestamp())
                number = await _rows(db, old, dry_run=dry_run)
                setattr(done, name, getattr(done, name) + number)
    if not dry_run:
        with _tolerant(done):
            await db.run(set_aside.tidy)  # Not counted: what they were about is over.
    return done


def _expiring(keep: RetentionSettings) -> Iterator[tuple[str, int, Callable[..., int]]]:
    """Return what expires in the store: its figure in `CleanUp`, after how many days, and how."""
    yield "records", keep.record_days, ledger.purge_records
    yield "run_lines", keep.log_days, run_lines.purge  # Runs say what log files say.
    yield "run_lines", keep.log_days, run_plans.purge
    yield "mails", keep.mail_days, outbox.forget_texts
    yield "conversations", keep.conversation_days, conversations.forget_texts
    yield "tickets", keep.conversation_days, tickets.forget_texts
    yield "deliveries", keep.delivery_days, deliveries.purge
    yield "configuration_changes", keep.configuration_days, configuration_history.purge


def _clean_files(
    configuration: Configuration, now: datetime, done: CleanUp, *, dry_run: bool
) -> None:
    keep = configuration.settings.retention
    old_logs, raw = logs.expired(
        configuration.logs_dir,
        log_days=keep.log_days,
        raw_call_log_days=keep.raw_call_log_days,
        today=now.astimezone().date(),  # The operator's date, as in the files' names.
    )
    spool = Spool(configuration.temporary_dir)
    with _tolerant(done):
        done.temporary_files = len(spool.abandoned()) if dry_run else spool.sweep()
    if dry_run:
        done.log_files, done.raw_call_logs = len(old_logs), len(raw)
        return
    done.log_files = sum(_removed(path, done) for path in old_logs)
    done.raw_call_logs = sum(_removed(path, done) for path in raw)
    for folder in dict.fromkeys(parent for path in raw for parent in path.parents[:3]):
        with contextlib.suppress(OSError):  # Not empty: something of somebody else is in it.
            folder.rmdir()


def _removed(path: Path, done: CleanUp) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        done.problems.append(str(unwritable(path, error)))
        return False
    return True


async def _rows(db: Database, purge: Callable[[sa.Connection], int], *, dry_run: bool) -> int:
    """Run *purge*; a dry run takes it back, so that both count by the same rule."""

    def work(conn: sa.Connection) -> int:
        savepoint = conn.begin_nested()
        number = purge(conn)
        if dry_run:
            savepoint.rollback()
        else:
            savepoint.commit()
        return number

    return await db.run(work)


@contextlib.contextmanager
def _tolerant(done: CleanUp) -> Iterator[None]:
    """Note what goes wrong and let the next kind of thing be cleaned."""
    try:
        yield
    except SwitchboardError as error:
        done.problems.append(str(error))
