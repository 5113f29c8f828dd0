"""Build a run's report from the store, at any time and as often as wanted, and queue its mails."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.config.files import unwritable, write_private
from switchboard.config.load import Configuration
from switchboard.config.places import REPORTS
from switchboard.reports import html
from switchboard.reports.charts import Chart, charts_of
from switchboard.reports.facts import read_facts
from switchboard.reports.mailing import Addressee, Page, audience, mails_for
from switchboard.reports.models import ReportData
from switchboard.reports.outgoing import OutgoingMail
from switchboard.reports.sending import queue_mails
from switchboard.reports.statistics import report_data
from switchboard.store import media, reports
from switchboard.store.database import Database, now
from switchboard.store.reports import Report

log = structlog.get_logger(__name__)

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class BuiltReport:
    """A report on the disk and in the store."""

    path: Path
    place: str  # The same below the configuration directory, with /.
    data: ReportData
    charts: tuple[Chart, ...]
    content: bytes


async def report_of(db: Database, configuration: Configuration, run_id: str) -> ReportData:
    """Return a run's figures without writing anything."""
    facts = await db.run(lambda conn: read_facts(conn, run_id, configuration))
    return report_data(facts, configuration)


async def build_report(db: Database, configuration: Configuration, run_id: str) -> BuiltReport:
    """Write the report of a run, whatever became of that run. Built again, it is replaced.

    Raises CLI-002 for an unknown run and IO-001 where the file cannot be written.
    """
    data = await report_of(db, configuration, run_id)
    charts = charts_of(data) if _wants_charts(configuration) else ()
    drawings = await asyncio.to_thread(_draw, charts, "svg")
    content = html.page(data, charts, drawings).encode()
    known = await db.run(lambda conn: reports.get(conn, run_id))
    place = await asyncio.to_thread(_write, configuration.root, known, data, content)

    def remember(conn: sa.Connection) -> None:
        title = html.title(data)
        row = Report(
            run_id=run_id, path=place, title=title, created_at=now(conn), size=len(content)
        )
        reports.put(conn, row)

    await db.run(remember)
    log.info("report_built", run=run_id, path=place, problems=len(data.problems))
    return BuiltReport(configuration.root / place, place, data, charts, content)


async def compose_report(
    configuration: Configuration,
    built: BuiltReport,
    *,
    to: Sequence[Addressee] | None = None,
    again: str = "",
) -> list[OutgoingMail]:
    """Return the mails of a report; without *to* for those the configuration names."""
    email = configuration.email
    if email is None:
        return []
    people = audience(built.data, email) if to is None else tuple(to)
    pictures: dict[str, Any] = {}
    if email.report_settings.include_charts and any(each.full for each in people):
        pictures = await asyncio.to_thread(_draw, built.charts, "png")
    return mails_for(
        built.data,
        email,
        people,
        charts=built.charts,
        pictures=pictures,
        page=Page(name=built.path.name, content=built.content, place=built.place),
        again=again,
    )


async def queue_report(db: Database, configuration: Configuration, built: BuiltReport) -> list[str]:
    """Put a report's mails into the outbox; return the keys that are new there.

    Called twice for a run, nobody is told twice. `sending.send_due` sends them.
    """
    queued = await queue_mails(db, await compose_report(configuration, built))
    told = [line.key for line in built.data.media if line.urgent]
    if queued and told:
        await db.run(lambda conn: media.mark_alarmed(conn, told))
    return queued


async def purge_reports(db: Database, configuration: Configuration, today: date) -> int:
    """Delete reports older than `retention.report_days` with their rows; return how many."""
    days = configuration.settings.retention.report_days
    if days == 0:
        return 0
    kept_from = today - timedelta(days=days)
    moment = (kept_from - date(1970, 1, 1)).days * DAY_SECONDS
    old = await db.run(lambda conn: reports.before(conn, moment))
    await asyncio.to_thread(_delete, configuration, [configuration.root / row.path for row in old])
    await db.run(lambda conn: reports.forget(conn, [row.run_id for row in old]))
    return len(old)


def _wants_charts(configuration: Configuration) -> bool:
    email = configuration.email
    return email is None or email.report_settings.include_charts


def _draw(charts: Sequence[Chart], form: str) -> dict[str, Any]:
    """Return each chart's picture; matplotlib is imported by the first who needs it."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # Says at length how it finds fonts.
    from switchboard.reports import drawing  # noqa: PLC0415 - takes half a second: see there.

    draw = drawing.svg if form == "svg" else drawing.png
    return {chart.id: draw(chart) for chart in charts}


def _write(root: Path, known: Report | None, data: ReportData, content: bytes) -> str:
    """Write the page where the run's earlier one lies, else as the manual names it; say where.

    Another run's report is never overwritten, even if both began in one second.
    """
    if known is not None:
        write_private(root / known.path, content)
        return known.path
    kind = "multi_location_report" if data.several else "report"
    at = data.started_at
    stem = f"{REPORTS}/{at:%Y-%m-%d}/{kind}_{at:%Y%m%d_%H%M%S}"
    for number in itertools.count(1):
        place = f"{stem}.html" if number == 1 else f"{stem}_{number}.html"
        try:
            write_private(root / place, content, overwrite=False)
        except FileExistsError:
            continue
        return place
    raise AssertionError  # Counting has no end.


def _delete(configuration: Configuration, paths: Sequence[Path]) -> None:
    """Delete files below the reports' directory, and the days' folders that are empty then."""
    home = configuration.reports_dir.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(home):
            continue  # A row from a store that was moved: not ours to delete.
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error
        with contextlib.suppress(OSError):  # Not empty yet.
            path.parent.rmdir()
