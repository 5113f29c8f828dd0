"""`switchboard calls`: run the flow, and ask of any call what became of it, and why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer
from rich.markup import escape
from rich.table import Table

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli.assignment_command import simulate_assignment
from switchboard.cli.audit_command import operator
from switchboard.cli.call_story import print_story
from switchboard.cli.callbacks_command import callbacks_command
from switchboard.cli.calls_by_hand import reassign, skip
from switchboard.cli.media_command import media_command
from switchboard.cli.output import (
    DONE,
    PARKED,
    REFUSED,
    AsJson,
    ConfigDir,
    emit_json,
    err,
    show_findings,
)
from switchboard.cli.run_display import RunDisplay, print_plan, print_report, screen
from switchboard.config.load import Configuration, load
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.accounts import OfficeReport, RunReport
from switchboard.flows.call_to_lead.models import CallType
from switchboard.flows.call_to_lead.offices import work_offices
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.run import (
    BOTH,
    RunOptions,
    chosen_offices,
    read_rules,
)
from switchboard.flows.call_to_lead.story import brief, find, stories
from switchboard.flows.call_to_lead.tools import Listener
from switchboard.flows.call_to_lead.working import working
from switchboard.flows.retrying import take_up
from switchboard.housekeeping import clean_up
from switchboard.reports import wording
from switchboard.running import run_in
from switchboard.store import ledger

calls_app = typer.Typer(
    no_args_is_help=True, help="Turn calls into leads, and see what became of each."
)


class TypeOption(StrEnum):
    """The manual's call types."""

    accepted = "accepted"
    missed = "missed"
    all = "all"


TYPES: dict[TypeOption, frozenset[CallType]] = {
    TypeOption.accepted: frozenset({"accepted"}),
    TypeOption.missed: frozenset({"missed"}),
    TypeOption.all: BOTH,
}


class FateOption(StrEnum):
    """What can have become of a call."""

    waiting = "waiting"
    done = "done"
    skipped = "skipped"
    parked = "parked"


@calls_app.command()
def run(
    office: Annotated[
        list[str] | None, typer.Option("--office", help="Only this office; may be repeated.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All offices in order, as without --office.")
    ] = False,
    kind: Annotated[
        TypeOption, typer.Option("--type", help="Which calls to process.")
    ] = TypeOption.all,
    hours_back: Annotated[
        float | None, typer.Option("--hours-back", help="How far to look back, in hours.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and write nothing.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log in detail.")] = False,
    no_email: Annotated[bool, typer.Option("--no-email", help="Send no report by mail.")] = False,
    no_media: Annotated[
        bool, typer.Option("--no-media", help="Leave recordings and voicemails to a later run.")
    ] = False,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Read the call log and write leads, notes and statuses, each once."""
    configuration = load(config_dir)
    if office and every:
        raise OperatorError("CLI-001", "Use either --office or --all, not both.")
    types = TYPES[kind]
    options = RunOptions(
        tuple(office or ()), types, hours_back, dry_run, email=not no_email, media=not no_media
    )
    logs.configure(
        configuration.logs_dir,
        debug=debug,
        files=logs.files_for(kind.value, several_offices=configuration.several_offices),
        console_level="info" if debug else "error",
    )
    if configuration.warnings and not as_json:
        show_findings(err(), configuration.warnings)
    report = run_calls(configuration, options, quiet=as_json, debug=debug)
    if not dry_run:
        with open_store(configuration) as db:
            cleaned = asyncio.run(clean_up(configuration, db, datetime.now(UTC)))
        report.warnings += cleaned.problems
    if as_json:
        emit_json(report.document())
    elif dry_run:
        print_plan(report, {each.id: each.timezone for each in configuration.offices})
    else:
        print_report(report)
    raise typer.Exit(exit_code(report))


def run_calls(
    configuration: Configuration, options: RunOptions, *, quiet: bool, debug: bool = False
) -> RunReport:
    """Run with a live display (unless *quiet*) and return the report."""

    async def go(tell: Listener) -> RunReport:
        async with open_session(configuration, tell=tell) as session:
            return await run_in(session, options, actor=operator(), debug=debug)

    with RunDisplay(quiet=quiet) as display:
        return asyncio.run(go(display.tell))


def exit_code(report: RunReport) -> int:
    """0 all done, 1 something needs a person, 3 a vendor or the mail server refused us."""
    if report.stopped_by is not None or report.mail_error is not None:
        return REFUSED
    unfinished = report.total("parked") or report.media_alarms or report.mails.get("parked")
    return PARKED if unfinished else DONE


@calls_app.command("list")
def list_calls(
    office: Annotated[str | None, typer.Option("--office", help="Only this office.")] = None,
    fate: Annotated[FateOption | None, typer.Option("--fate", help="Only this fate.")] = None,
    person: Annotated[str | None, typer.Option("--number", help="Only this caller.")] = None,
    hours_back: Annotated[float | None, typer.Option("--hours-back")] = None,
    search: Annotated[str | None, typer.Option("--search", help="Text to look for.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 30,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """List the newest calls and their fates."""
    configuration = load(config_dir)
    since = None if hours_back is None else time.time() - hours_back * 3600

    def look(conn: sa.Connection) -> list[ledger.Interaction]:
        return ledger.search(
            conn,
            fate=fate.value if fate else None,
            office=office,
            person=person,
            since=since,
            limit=limit,
            query=search,
        )

    with open_store(configuration) as db:
        rows = db.run_sync(look)
    if as_json:
        emit_json([brief(row) for row in rows])
        return
    zones = {each.id: ZoneInfo(each.timezone) for each in configuration.offices}
    table = Table(box=None, pad_edge=False)
    for heading in ("When", "Office", "Caller", "Outcome", "Fate", "Why"):
        table.add_column(heading, overflow="fold" if heading == "Why" else "ellipsis")
    for row in rows:
        when = datetime.fromtimestamp(row.started_at, zones.get(row.office or "", UTC))
        caller = row.person if row.person != row.id else "withheld"
        why = f"{row.error_code}: {row.why}" if row.error_code else row.why
        table.add_row(
            f"{when:%d %b %H:%M}", row.office or "-", caller,
            wording.outcome(row.outcome, row.reason), row.fate, escape(why),
        )  # fmt: skip
    screen().print(table)
    screen().print(f"{len(rows)} calls. One in detail: switchboard calls show NUMBER-OR-ID")


@calls_app.command()
def show(
    call: Annotated[str, typer.Argument(help="Session, record id, or the caller's number.")],
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Tell the story of a call: what RingCentral said, what was decided and written, and why."""
    configuration = load(config_dir)
    with open_store(configuration) as db:
        told = db.run_sync(lambda conn: stories(conn, find(conn, call)))
    if as_json:
        emit_json(told[0] if len(told) == 1 else told)
        return
    for story in told:
        print_story(story, configuration)


@calls_app.command()
def retry(
    calls: Annotated[list[str] | None, typer.Argument(help="Sessions or numbers.")] = None,
    all_parked: Annotated[bool, typer.Option("--all-parked", help="Every parked call.")] = False,
    office: Annotated[str | None, typer.Option("--office", help="Only of this office.")] = None,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Try parked calls again, with today's configuration."""
    configuration = load(config_dir)
    if bool(calls) == all_parked:
        raise OperatorError("CLI-001", "Name the calls to retry, or use --all-parked.")
    logs.configure(
        configuration.logs_dir,
        files=logs.files_for("all", several_offices=False),
        console_level="error",
    )
    with open_store(configuration) as db:
        if all_parked:
            rows = db.run_sync(
                lambda conn: ledger.search(conn, fate="parked", office=office, limit=100_000)
            )
        else:
            rows = [row for each in calls or () for row in db.run_sync(partial(find, wanted=each))]
        parked = [row.id for row in rows if row.fate == "parked"]
        work = partial(take_up, kind="call", names=parked, actor=operator())
        opened = db.run_sync(work)
    with RunDisplay(quiet=as_json) as display:
        report = asyncio.run(_work_off(configuration, opened, display.tell))
    if as_json:
        emit_json({"reopened": len(opened), **report.document()})
    else:
        screen().print(f"{len(opened)} parked calls were tried again.")
        print_report(report)
    raise typer.Exit(exit_code(report))


async def _work_off(
    configuration: Configuration, opened: Sequence[str], tell: Listener
) -> RunReport:
    report = RunReport(
        run="retry",
        started_at=datetime.now(UTC).isoformat(),
        hours_back=0,
        types=tuple(sorted(BOTH)),
    )
    if not opened:
        return report
    async with open_session(configuration, tell=tell) as session, working(session.tools):
        tools = session.tools
        await refresh(tools)
        rules, report.warnings = await read_rules(tools)
        before = await tools.db.run(lambda conn: ledger.load(conn, opened))
        parts, mine = {}, {}
        for office in chosen_offices(tools, ()):
            ids = [row.id for row in before.values() if row.office == office.id]
            if ids:
                mine[office.id] = ids
                parts[office.id] = OfficeReport(office=office.id, name=office.name, seen=len(ids))
        report.offices.extend(parts.values())
        report.stopped_by = await work_offices(tools, rules, parts)
        for part in report.offices:
            counts = await tools.db.run(partial(ledger.counts, ids=mine[part.office]))
            for fate, number in counts.items():
                setattr(part, fate, number)
        report.requests = session.requests()
    return report


calls_app.command()(skip)
calls_app.command()(reassign)
calls_app.command("simulate-assignment")(simulate_assignment)
calls_app.command("media")(media_command)
calls_app.command("callbacks")(callbacks_command)
