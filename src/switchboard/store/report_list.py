"""Find reports with the runs they are of, and what became of their mails, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from switchboard.store.database import chunks
from switchboard.store.reports import Report
from switchboard.store.tables import mail, report, run


@dataclass(frozen=True, slots=True)
class RunReport:
    """A report and its run's own documents (JSON text); *started_at* is the run's."""

    report: Report
    kind: str
    started_at: float
    finished_at: float | None
    outcome: str | None
    options: str
    summary: str


@dataclass(frozen=True, slots=True)
class MailOfRun:
    """One mail of a run, without its text."""

    key: str
    run_id: str
    kind: str
    recipient: str
    subject: str
    state: str
    error_code: str | None
    error: str | None
    tries: int
    due_at: float | None
    created_at: float
    finished_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reports: of runs begun in [since, until), for an office."""

    since: float | None = None
    until: float | None = None
    office: str | None = None


_BEGUN = sa.func.coalesce(run.c.started_at, report.c.created_at)
_COLUMNS = (
    *report.c,
    sa.func.coalesce(run.c.kind, "").label("kind"),
    _BEGUN.label("started_at"),
    run.c.finished_at,
    run.c.outcome,
    sa.func.coalesce(run.c.options, "{}").label("options"),
    sa.func.coalesce(run.c.summary, "{}").label("summary"),
)
_JOINED = report.outerjoin(run, run.c.id == report.c.run_id)


def find(conn: sa.Connection, wanted: Wanted, *, limit: int, offset: int = 0) -> list[RunReport]:
    """Return reports by the beginning of their runs, newest first."""
    query = sa.select(*_COLUMNS).select_from(_JOINED).where(*_fitting(conn, wanted))
    query = query.order_by(_BEGUN.desc(), report.c.run_id).limit(limit).offset(offset)
    return [_row(each) for each in conn.execute(query)]


def number(conn: sa.Connection, wanted: Wanted) -> int:
    query = sa.select(sa.func.count()).select_from(_JOINED).where(*_fitting(conn, wanted))
    return int(conn.scalar(query) or 0)


def get(conn: sa.Connection, run_id: str) -> RunReport | None:
    query = sa.select(*_COLUMNS).select_from(_JOINED).where(report.c.run_id == run_id)
    found = conn.execute(query).first()
    return None if found is None else _row(found)


def mails(conn: sa.Connection, run_ids: Iterable[str]) -> dict[str, list[MailOfRun]]:
    """Return each run's mails, oldest first."""
    found: dict[str, list[MailOfRun]] = {}
    columns = [mail.c[name] for name in MailOfRun.__slots__]
    for chunk in chunks(run_ids):
        query = sa.select(*columns).where(mail.c.run_id.in_(chunk))
        for row in conn.execute(query.order_by(mail.c.created_at, mail.c.key)):
            found.setdefault(row.run_id, []).append(MailOfRun(*row))
    return found


def broken_runs(conn: sa.Connection, since: float, until: float) -> int:
    """Count the runs begun in that time that did not come to their end."""
    broken = run.c.outcome.in_(("stopped", "failed", "interrupted", "died"))
    query = sa.select(sa.func.count()).select_from(run)
    query = query.where(run.c.started_at >= since, run.c.started_at < until, broken)
    return int(conn.scalar(query) or 0)


def _fitting(conn: sa.Connection, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    rules: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        rules.append(wanted.since <= _BEGUN)
    if wanted.until is not None:
        rules.append(wanted.until > _BEGUN)
    if wanted.office is not None:
        rules.append(_of_office(conn, wanted.office))
    return rules


def _of_office(conn: sa.Connection, office: str) -> sa.ColumnElement[bool]:
    """Tell runs by the offices they were asked for: a list in their options."""
    if conn.dialect.name == "postgresql":
        offices = sa.cast(run.c.options, JSONB)["offices"]
        return offices.op("@>")(sa.cast(sa.literal([office], JSONB), JSONB))
    entries = sa.func.json_each(run.c.options, "$.offices").table_valued("value")
    return sa.exists(sa.select(sa.literal(1)).select_from(entries).where(entries.c.value == office))


def _row(row: sa.Row[tuple[object, ...]]) -> RunReport:
    known = Report(**{name: getattr(row, name) for name in Report.__slots__})
    return RunReport(
        known, row.kind, row.started_at, row.finished_at, row.outcome, row.options, row.summary
    )
