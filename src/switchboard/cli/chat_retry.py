"""`switchboard chat retry`: take tickets up again once what stopped them is mended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard import logs
from switchboard.bootstrap import open_chats, open_store
from switchboard.cli import output
from switchboard.cli.chat_store import once_asked, open_chat_store
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.cli.ticket_story import brief
from switchboard.config.load import Configuration, load
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.delivery.retrying import retry as take_up
from switchboard.flows.chat_to_ticket.delivery.retrying import stopped_references
from switchboard.flows.chat_to_ticket.delivery.working import work_tickets
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.jobs.at_work import registered
from switchboard.store import conversations, tickets
from switchboard.store.database import Database

ACTOR = "cli"
STOPPED = {"refused", "parked"}


def retry(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TICKET-OR-CHAT]...", help="Numbers, references, or chats' ids."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that was stopped.")] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Send it at once, instead of leaving it to `serve`.")
    ] = False,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Take up what Zoho Desk refused or what was parked: tickets, comments, files.

    What may have happened already is looked for first, as ever; nothing is sent twice.
    """
    configuration = load(config_dir)
    if bool(names) == every:
        raise OperatorError("CLI-001", "Name tickets or chats to take up again, or use --all.")
    logs.configure(
        configuration.logs_dir,
        files=logs.files_for("all", several_offices=False),
        console_level="error",
    )
    with open_chat_store(configuration) as tools:
        opened = tools.db.run_sync(lambda conn: _reopen(conn, tools, names or (), every=every))
    stopped_by = asyncio.run(_work(configuration, opened)) if now and opened else None
    with open_chat_store(configuration) as tools:
        rows = tools.db.run_sync(
            lambda conn: [tickets.load(conn, tools.sealer, each) for each in opened]
        )
    lines = [brief(row) for row in rows if row is not None]
    if as_json:
        document: dict[str, Any] = {"reopened": len(opened), "tickets": lines}
        output.emit_json(document | ({"stopped_by": stopped_by} if stopped_by else {}))
    else:
        _print(lines, stopped_by, now=now)
    if stopped_by is not None:
        raise typer.Exit(output.REFUSED)
    again = any(each["state"] in STOPPED for each in lines)
    raise typer.Exit(output.PARKED if again else output.DONE)


def _reopen(
    conn: sa.Connection, tools: ChatTools, names: list[str] | tuple[()], *, every: bool
) -> list[str]:
    wanted = stopped_references(conn) if every else [_known(conn, tools, each) for each in names]
    opened = [reference for each in wanted for reference in take_up(conn, tools, each, actor=ACTOR)]
    return list(dict.fromkeys(opened))


def _known(conn: sa.Connection, tools: ChatTools, name: str) -> str:
    """Return the ticket's reference or the chat's id somebody means."""
    ticket = tickets.find(conn, tools.sealer, name.lstrip("#"))
    if ticket is not None:
        return ticket.reference
    for each in [name, *conversations.of_session(conn, name)]:
        if conversations.load(conn, tools.sealer, each) is not None:
            return each
    raise OperatorError(
        "CLI-002",
        f"No ticket or chat fits {name!r}. `switchboard chat tickets list` shows the known ones.",
    )


async def _work(configuration: Configuration, references: list[str]) -> str | None:
    with open_store(configuration) as db:
        return await _work_in(configuration, db, references)


async def _work_in(configuration: Configuration, db: Database, references: list[str]) -> str | None:
    detector = once_asked(configuration.root)
    lease = configuration.settings.journal.lease_seconds
    async with (
        open_chats(configuration, db, detector=detector) as session,
        registered(db, session.tools.worker, lease),
    ):
        if session.desk_problem is not None:
            raise session.desk_problem
        for each in references:
            stopped_by = await work_tickets(session.tools, reference=each)
            if stopped_by is not None:
                return stopped_by
    return None


def _print(lines: list[dict[str, Any]], stopped_by: str | None, *, now: bool) -> None:
    console = output.out()
    if not lines:
        output.say(console, "Nothing of it was stopped: there is nothing to take up.")
        return
    for each in lines:
        name = each["number"] or each["reference"]
        why = ": ".join(filter(None, (each["error_code"], each["why"])))
        output.say(console, f"{name}: {each['state']}{f'. {why}' if why else ''}")
    if stopped_by is not None:
        output.say(console, f"Stopped: {stopped_by}")
    elif not now:
        output.say(console, "They are taken up by `switchboard serve`; --now sends them at once.")
