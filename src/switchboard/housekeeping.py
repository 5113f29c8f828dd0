"""Delete what is older than the configuration's `retention` says, and what crashes left behind.

What Switchboard needs to never do a thing twice stays for good: the ledger's rows, the journal,
and what it knows of people. What expires is the evidence: logs, records, reports, mails' texts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from switchboard import logs
from switchboard.config.files import unwritable
from switchboard.config.load import Configuration
from switchboard.errors import SwitchboardError
from switchboard.spool import Spool
from switchboard.store import ledger, reports
from switchboard.store.database import Database
from switchboard.store.tables import mail

MAILS_OVER = ("sent", "refused")  # The others are still to be sent, or a person's to decide.


@dataclass(slots=True)
class CleanUp:
    """How much was removed, or would be; what could not be is named in `problems`."""

    log_files: int = 0
    raw_call_logs: int = 0
    reports: int = 0
    records: int = 0
    mails: int = 0
    temporary_files: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(value for value in self.document().values() if isinstance(value, int))

    def document(self) -> dict[str, Any]:
        """The figures for programs."""
        return asdict(self)


def clean_up(
    configuration: Configuration, db: Database, now: datetime, *, dry_run: bool = False
) -> CleanUp:
    """Remove all that has expired at *now*; with *dry_run* only count it.

    Cleaning up comes after the work: what cannot be removed is reported, never raised.
    """
    keep, done = configuration.settings.retention, CleanUp()
    remove = _Remover(done, dry_run=dry_run)
    old_logs, raw = logs.expired(
        configuration.logs_dir,
        log_days=keep.log_days,
        raw_call_log_days=keep.raw_call_log_days,
        today=now.astimezone().date(),  # The operator's date, as in the files' names.
    )
    done.log_files = remove.files(old_logs)
    done.raw_call_logs = remove.files(raw)
    if not dry_run:
        _remove_empty(path for each in raw for path in each.parents[:3])
    spool = Spool(configuration.temporary_dir)
    with remove.tolerant():
        done.temporary_files = len(spool.abandoned()) if dry_run else spool.sweep()

    def before(days: float) -> float:
        return (now - timedelta(days=days)).timestamp()

    if keep.report_days:
        done.reports = remove.reports(configuration.root, db, before(keep.report_days))
    if keep.record_days:
        moment = before(keep.record_days)
        done.records = remove.rows(db, lambda conn: ledger.purge_records(conn, moment))
    if keep.mail_days:
        limit = before(keep.mail_days)
        done.mails = remove.rows(db, lambda conn: _forget_mail_texts(conn, limit))
    return done


@dataclass(frozen=True, slots=True)
class _Remover:
    done: CleanUp
    dry_run: bool

    @contextlib.contextmanager
    def tolerant(self) -> Any:
        """Note what goes wrong and go on with the next kind of thing."""
        try:
            yield
        except SwitchboardError as error:
            self.done.problems.append(str(error))

    def files(self, paths: Iterable[Path]) -> int:
        return sum(self._file(path) for path in paths)

    def _file(self, path: Path) -> bool:
        try:
            if not self.dry_run:
                path.unlink(missing_ok=True)
        except OSError as error:
            self.done.problems.append(str(unwritable(path, error)))
            return False
        return True

    def rows(self, db: Database, purge: Callable[[sa.Connection], int]) -> int:
        """Run *purge*; a dry run takes it back, so that both count by the same rule."""

        def work(conn: sa.Connection) -> int:
            if not self.dry_run:
                return purge(conn)
            savepoint = conn.begin_nested()
            try:
                return purge(conn)
            finally:
                savepoint.rollback()

        with self.tolerant():
            return db.run_sync(work)
        return 0

    def reports(self, root: Path, db: Database, moment: float) -> int:
        """Remove the file first: a row without a file is found again, a file without one never."""
        with self.tolerant():
            old = db.run_sync(lambda conn: reports.before(conn, moment))
            gone = [each.run_id for each in old if self._file(root / each.path)]
            if not self.dry_run:
                db.run_sync(lambda conn: reports.forget(conn, gone))
            return len(gone)
        return 0


def _forget_mail_texts(conn: sa.Connection, moment: float) -> int:
    """Keep that a mail was sent and to whom; its text repeats what the reports say."""
    over = mail.c.state.in_(MAILS_OVER) & (mail.c.finished_at < moment)
    old = sa.update(mail).where(over, mail.c.message.is_not(None)).values(message=None)
    return conn.execute(old).rowcount


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()
