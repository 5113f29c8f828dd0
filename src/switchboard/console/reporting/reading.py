"""Read reports for their pages: a page of the list, one with its figures, who may be sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.console.reporting.lines import Line, MailLine, document, line_of, mail_lines
from switchboard.errors import RejectedError
from switchboard.reports.document import document_of
from switchboard.reports.facts import COUNTED, Facts
from switchboard.reports.figures import office_figures
from switchboard.reports.models import OfficeFigures
from switchboard.store import report_list, runs
from switchboard.store.database import Database
from switchboard.store.report_list import MailOfRun, RunReport, Wanted

PAGE_ROWS = 25


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Some reports of many."""

    lines: Sequence[Line]
    total: int
    ever: int  # Without any filter: nothing yet, or nothing that fits?


@dataclass(frozen=True, slots=True)
class OneReport:
    """A report with all that its page tells."""

    line: Line
    kind: str
    finished_at: float | None
    mails: Sequence[MailLine]
    figures: Sequence[OfficeFigures]  # Empty: the run ended before it had counted.
    stopped_by: str
    adds_up: bool
    path: Path | None


async def read_page(
    db: Database, configuration: Configuration, wanted: Wanted, page: int
) -> ReportsPage:
    """Return the page's reports; those whose file is gone are marked."""

    def work(
        conn: sa.Connection,
    ) -> tuple[list[RunReport], dict[str, list[MailOfRun]], int, int]:
        found = report_list.find(conn, wanted, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS)
        mails = report_list.mails(conn, [each.report.run_id for each in found])
        total = report_list.number(conn, wanted)
        ever = total or report_list.number(conn, Wanted())
        return found, mails, total, ever

    found, mails, total, ever = await db.read(work)
    there = await asyncio.to_thread(
        lambda: [document_of(configuration, each.report) is not None for each in found]
    )
    names = office_names(configuration)
    lines = [
        line_of(each, mails.get(each.report.run_id, ()), names, there=is_there)
        for each, is_there in zip(found, there, strict=True)
    ]
    return ReportsPage(lines, total, ever)


async def read_one(db: Database, configuration: Configuration, run_id: str) -> OneReport:
    """Return a report; RejectedError (CON-404) for a run that has none."""

    def work(conn: sa.Connection) -> tuple[RunReport | None, list[MailOfRun], runs.Run | None]:
        mails = report_list.mails(conn, [run_id]).get(run_id, [])
        return report_list.get(conn, run_id), mails, runs.get(conn, run_id)

    found, mails, run = await db.read(work)
    if found is None:
        raise no_report()
    path = await asyncio.to_thread(document_of, configuration, found.report)
    summary = document(found.summary)
    figures: Sequence[OfficeFigures] = ()
    if run is not None and run.outcome in COUNTED and summary.get("offices"):
        facts = Facts(run=run, at=0.0, options=document(found.options), summary=summary)
        figures = office_figures(facts, configuration)
    return OneReport(
        line=line_of(found, mails, office_names(configuration), there=path is not None),
        kind=found.kind,
        finished_at=found.finished_at,
        mails=mail_lines(mails),
        figures=figures,
        stopped_by=str(summary.get("stopped_by") or ""),
        adds_up=all(each.adds_up for each in figures),
        path=path,
    )


def office_names(configuration: Configuration) -> dict[str, str]:
    return {each.id: each.name for each in configuration.offices}


def no_report() -> RejectedError:
    return RejectedError("CON-404", "There is no report of this run: it was never made, or deleted")
