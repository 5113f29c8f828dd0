"""`switchboard calls callbacks`: who waits for a call back, since when, and until when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer
from rich.markup import escape

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli.audit_command import operator
from switchboard.cli.output import (
    DONE,
    PARKED,
    REFUSED,
    AsJson,
    ConfigDir,
    emit_json,
    plain_table,
)
from switchboard.cli.run_display import RunDisplay, screen
from switchboard.config.load import Configuration, load
from switchboard.flows.call_to_lead.callbacks import work_callbacks
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.story import callback_json
from switchboard.flows.call_to_lead.tools import Listener
from switchboard.flows.call_to_lead.working import working
from switchboard.flows.retrying import take_up
from switchboard.store import callbacks, journal, ledger
from switchboard.store.callback_order import Callback, State
from switchboard.store.database import now as store_now

WAITING: tuple[State, ...] = ("owed", "open", "closing", "parked")
STATES: dict[str, tuple[State, ...]] = {
    "waiting": WAITING,
    "owed": ("owed",),
    "open": ("open",),
    "closed": ("closing", "closed"),
    "parked": ("parked",),
    "all": (),
}


class StateOption(StrEnum):
    """What can have become of a call-back; waiting: all that is not done."""

    waiting = "waiting"
    owed = "owed"
    open = "open"
    closed = "closed"
    parked = "parked"
    all = "all"


@dataclass(frozen=True, slots=True)
class Line:
    """A call-back with what a person wants to know besides."""

    row: Callback
    caller_name: str | None
    owner_id: str | None


def callbacks_command(
    office: Annotated[str | None, typer.Option("--office", help="Only this office.")] = None,
    state: Annotated[
        StateOption, typer.Option("--state", help="Which to list; waiting: all not done.")
    ] = StateOption.waiting,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those that should have been made by now.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Send parked ones again, with today's configuration.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 200,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """List who waits for a call back, and whose task it is."""
    configuration = load(config_dir)
    if office is not None:
        configuration.office(office)
    extra: dict[str, Any] = {}
    if retry:
        extra = _retry(configuration, office, quiet=as_json)
    with open_store(configuration) as db:
        at = db.run_sync(store_now)
        until = at if overdue else None
        states = WAITING if overdue and not STATES[state] else STATES[state]
        lines = db.run_sync(
            lambda conn: _lines(
                conn,
                callbacks.search(conn, states=states, office=office, overdue_at=until, limit=limit),
            )
        )
    if as_json:
        listed = [_line_json(line, configuration, at) for line in lines]
        emit_json({"callbacks": listed, "count": len(listed), **extra})
    else:
        _print(lines, configuration, at, extra)
        if len(lines) == limit:
            screen().print(f"These are the first {limit}; --limit shows more.")
    if "stopped_by" in extra:
        raise typer.Exit(REFUSED)
    raise typer.Exit(PARKED if extra.get("parked") else DONE)


def callback_lines(told: Mapping[str, Any] | None, zone: tzinfo) -> list[tuple[str, str]]:
    """Return what the story of a call says of its call-back."""
    if told is None:
        return []
    words = [str(told["state"])]
    if told["task_id"]:
        words.append(f"task {told['task_id']}")
    if told["due_at"]:
        due = datetime.fromisoformat(told["due_at"]).astimezone(zone)
        words.append(f"due {due:%a %d %b %H:%M %Z}")
    said = ", ".join(words)
    if told["why"]:
        code = f"{told['error_code']}: " if told["error_code"] else ""
        said += f". {code}{told['why']}"
    return [("Call back", said)]


def _lines(conn: sa.Connection, rows: Sequence[Callback]) -> list[Line]:
    ids = [row.interaction_id for row in rows]
    calls = ledger.load(conn, ids)
    tasks = journal.by_keys(conn, [callbacks.task_key(each) for each in ids])
    found = []
    for row in rows:
        known = calls.get(row.interaction_id)
        call = (json.loads(known.document).get("call") if known else None) or {}
        effect = tasks.get(callbacks.task_key(row.interaction_id))
        owner = json.loads(effect.request).get("Owner") if effect else None
        found.append(Line(row, call.get("caller_name"), owner["id"] if owner else None))
    return found


def _line_json(line: Line, configuration: Configuration, at: float) -> dict[str, Any]:
    return {
        **callback_json(line.row),
        "caller_name": line.caller_name,
        "owner_id": line.owner_id,
        "owner": _owner_names(configuration).get(line.owner_id or ""),
        "overdue": _is_overdue(line.row, at),
    }


def _print(
    lines: Sequence[Line], configuration: Configuration, at: float, extra: Mapping[str, Any]
) -> None:
    if "reopened" in extra:
        screen().print(f"{extra['reopened']} parked call-backs were tried again.")
    if "stopped_by" in extra:
        screen().print(escape(f"Stopped: {extra['stopped_by']}"))
    zones = {each.id: ZoneInfo(each.timezone) for each in configuration.offices}
    owners = _owner_names(configuration)
    table = plain_table("Missed", "Due", "Office", "Caller", "Owner", "Task", "State")
    for line in lines:
        row, zone = line.row, zones.get(line.row.office or "", UTC)
        due = _clock(row.task_due_at, zone)
        state = f"{row.state} ({row.error_code})" if row.error_code else row.state
        table.add_row(
            _clock(row.opened_at, zone),
            f"{due} !" if _is_overdue(row, at) else due,
            row.office or "-",
            escape(" ".join(filter(None, (row.person, line.caller_name)))),
            escape(owners.get(line.owner_id or "", line.owner_id or "-")),
            row.task_id or "-",
            state,
        )
    screen().print(table)
    late = sum(_is_overdue(line.row, at) for line in lines)
    screen().print(f"{len(lines)} call-backs, {late} overdue (!).")
    for line in lines:
        if line.row.state == "parked":
            screen().print(escape(f"{line.row.person}: {line.row.why}"))


def _retry(configuration: Configuration, office: str | None, *, quiet: bool) -> dict[str, Any]:
    names = logs.files_for("all", several_offices=False)
    logs.configure(configuration.logs_dir, files=names, console_level="error")

    def reopen(conn: sa.Connection) -> list[str]:
        parked = callbacks.search(conn, states=("parked",), office=office, limit=100_000)
        names = [row.interaction_id for row in parked]
        return take_up(conn, "callback", names, actor=operator())

    with open_store(configuration) as db:
        opened = db.run_sync(reopen)
    if not opened:
        return {"reopened": 0}
    with RunDisplay(quiet=quiet) as display:
        stopped = asyncio.run(_work(configuration, display.tell))
    with open_store(configuration) as db:
        rows = db.run_sync(lambda conn: callbacks.load(conn, opened))
    parked = sum(row.state == "parked" for row in rows.values())
    extra: dict[str, Any] = {"reopened": len(opened), "parked": parked}
    return extra | ({"stopped_by": stopped} if stopped else {})


async def _work(configuration: Configuration, tell: Listener) -> str | None:
    async with open_session(configuration, tell=tell) as session, working(session.tools):
        await refresh(session.tools)  # A lead may have been converted, its owner changed.
        return await work_callbacks(session.tools, None)


def _owner_names(configuration: Configuration) -> dict[str, str]:
    owners = [each for office in configuration.offices for each in office.owners.lead_owners]
    return {each.id: each.name for each in owners if each.name}


def _is_overdue(row: Callback, at: float) -> bool:
    return row.state in WAITING and row.task_due_at is not None and row.task_due_at < at


def _clock(epoch: float | None, zone: tzinfo) -> str:
    return "-" if epoch is None else f"{datetime.fromtimestamp(epoch, zone):%d %b %H:%M}"
