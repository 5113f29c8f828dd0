"""`switchboard calls simulate-assignment`: who would have got the leads, by today's rules."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from switchboard.bootstrap import open_session, open_store
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.documents import Office
from switchboard.config.load import Configuration, load
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.owners import Users, owner_warnings
from switchboard.flows.call_to_lead.past_calls import past_calls, rotations_of
from switchboard.flows.call_to_lead.simulate import Given, Replay, Share, replay

BAR = 20  # Characters of a full bar.
LEDGER_ONLY = "Only calls that runs have read are known here: `switchboard calls run` reads them."


def simulate_assignment(
    hours_back: Annotated[
        float | None, typer.Option("--hours-back", help="How far to look back, in hours.")
    ] = None,
    office: Annotated[str | None, typer.Option("--office", help="Only this office.")] = None,
    all_calls: Annotated[
        bool, typer.Option("--all-calls", help="Also calls of callers who were known already.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin as if nobody had received a lead yet.")
    ] = False,
    check_owners: Annotated[
        bool, typer.Option("--check-owners", help="Ask Zoho CRM who can own leads.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many calls to list; 0 lists all.")
    ] = 40,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Replay past calls under today's assignment rules; nothing is written anywhere."""
    configuration = load(config_dir)
    offices = (configuration.office(office),) if office else configuration.offices
    hours = configuration.processing.default_hours_back if hours_back is None else hours_back
    if hours <= 0:
        raise OperatorError("CLI-003", "--hours-back must be above 0.")
    users = asyncio.run(_users(configuration)) if check_owners else None
    since = time.time() - hours * 3600
    with open_store(configuration) as db:
        calls, rotations = db.run_sync(
            lambda conn: (past_calls(conn, since), {} if fresh else rotations_of(conn, offices))
        )
    result = replay(
        configuration.offices,
        calls,
        wanted=[each.id for each in offices],
        rotations=rotations,
        users=users,
        every_call=all_calls,
    )
    warnings = owner_warnings(offices, users)
    if as_json:
        document = _document(result, hours, warnings, fresh=fresh, checked=check_owners)
        output.emit_json(document)
        return
    _print(result, offices, hours, limit)
    console = output.out()
    if result.given:
        start = "an empty rotation" if fresh else "the rotation as it stands"
        output.say(console, f"It began with {start}, and nothing was written.")
    for each in warnings:
        output.say(console, Text("warning  ", style="yellow") + Text(each))
    output.say(console, LEDGER_ONLY)


async def _users(configuration: Configuration) -> Users:
    async with open_session(configuration) as session:
        return {each.id: each for each in await session.tools.crm.read_users()}


def _print(result: Replay, offices: Sequence[Office], hours: float, limit: int) -> None:
    console = output.out()
    if result.given:
        _print_calls(result.given[-limit:] if limit else result.given)
        hidden = len(result.given) - limit if limit else 0
        if hidden > 0:
            output.say(console, f"{hidden} earlier calls are not listed; --limit 0 lists all.")
        console.print()
        _print_shares(result, offices)
        console.print()
    output.say(console, _summary(result, hours))


def _print_calls(given: Sequence[Given]) -> None:
    """Print two lines a call: a reason is too long for a column."""
    rows = [
        (
            f"{each.call.started_at.astimezone(ZoneInfo(each.office.timezone)):%d %b %H:%M}",
            each.office.id,
            each.assignment.department or "-",
            each.owner,
        )
        for each in given
    ]
    headings = ("When", "Office", "Department", "Owner")
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    console = output.out()

    def line(cells: Sequence[str]) -> str:
        padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        return "  ".join(padded).rstrip()

    output.say(console, Text(line(headings), style="bold"))
    for each, row in zip(given, rows, strict=True):
        output.say(console, line(row))
        # Who is passed over is the same for most calls, and listed once below.
        why = each.assignment.why.removeprefix(f"{each.owner} ").split(" Skipped: ")[0]
        output.say(console, Text(why, style="dim"), indent=widths[0] + 2)


def _print_shares(result: Replay, offices: Sequence[Office]) -> None:
    console = output.out()
    numbers = ("Leads", "Wanted", "Got")
    table = output.plain_table("Owner", *numbers, "", numbers=numbers)
    for office in offices:
        shares = result.of_office(office)
        leads = sum(each.leads for each in shares)
        if not leads:
            continue
        if len(offices) > 1:
            table.add_row(Text(office.name, style="bold"), str(leads), "", "", "")
        for each in shares:
            table.add_row(
                f"  {each.owner}" if len(offices) > 1 else each.owner,
                str(each.leads),
                f"{each.wanted / leads:.1%}",
                f"{each.leads / leads:.1%}",
                Text("█" * round(BAR * each.leads / leads), style="cyan"),
            )
    console.print(table)


def _summary(result: Replay, hours: float) -> str:
    given = len(result.given)
    noun = "lead" if given == 1 else "leads"
    text = f"{given or 'No'} {noun} from the calls of the last {hours:g} hours."
    if result.known_callers:
        text += f" {result.known_callers} calls came from callers already known."
    if result.not_processed:
        text += f" {result.not_processed} calls are of no extension that is processed today."
    return text


def _document(
    result: Replay, hours: float, warnings: Sequence[str], *, fresh: bool, checked: bool
) -> dict[str, Any]:
    return {
        "hours_back": hours,
        "begins_with": "empty rotation" if fresh else "stored rotation",
        "owners_checked": checked,
        "known_callers": result.known_callers,
        "not_processed": result.not_processed,
        "warnings": [*warnings, LEDGER_ONLY],
        "calls": [
            {
                "call": each.call.id,
                "session": each.call.session,
                "started_at": each.call.started_at.astimezone(UTC).isoformat(),
                "office": each.office.id,
                "department": each.assignment.department,
                "rule": each.assignment.rule,
                "owner_id": each.assignment.owner_id,
                "owner": each.owner,
                "why": each.assignment.why,
            }
            for each in result.given
        ],
        "owners": [_share(each, result) for each in result.shares],
    }


def _share(share: Share, result: Replay) -> dict[str, Any]:
    leads = sum(each.leads for each in result.of_office(share.office)) or 1
    return {
        "office": share.office.id,
        "owner_id": share.owner_id,
        "owner": share.owner,
        "leads": share.leads,
        "leads_wanted": round(share.wanted, 3),
        "share_got": round(share.leads / leads, 4),
        "share_wanted": round(share.wanted / leads, 4),
    }
