"""`switchboard chat tickets`: what is wanted of Zoho Desk, what became of it, and why."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from switchboard.cli import output
from switchboard.cli.chat_store import from_iso, moment, open_chat_store, zone_of
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.cli.ticket_story import brief, print_story, story_of
from switchboard.config.load import load
from switchboard.errors import OperatorError
from switchboard.store import tickets
from switchboard.store.tickets import State

tickets_app = typer.Typer(
    name="tickets", help="Tickets on their way to Zoho Desk, and there.", no_args_is_help=True
)
DAY_SECONDS = 86_400.0
STATES: dict[str, tuple[State, ...]] = {
    "all": (),
    "wanted": ("wanted",),
    "raised": ("raised",),
    "refused": ("refused",),
    "parked": ("parked",),
    "stopped": ("refused", "parked"),
}


class StateOption(StrEnum):
    """What can have become of a ticket."""

    all = "all"
    wanted = "wanted"
    raised = "raised"
    refused = "refused"
    parked = "parked"
    stopped = "stopped"


@tickets_app.command("list")
def list_tickets(
    state: Annotated[
        StateOption, typer.Option("--state", help="Only these; stopped: refused and parked.")
    ] = StateOption.all,
    days: Annotated[
        float | None, typer.Option("--days", min=0.01, help="Only of the last so many days.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """List the newest tickets; whom they are for is masked."""
    configuration = load(config_dir)
    since = None if days is None else time.time() - days * DAY_SECONDS
    with open_chat_store(configuration) as tools:
        rows = tools.db.run_sync(
            lambda conn: tickets.newest(
                conn, tools.sealer, states=STATES[state], since=since, limit=limit
            )
        )
        zone = zone_of(tools)
    lines = [brief(row) for row in rows]
    if as_json:
        output.emit_json(lines)
        return
    console = output.out()
    table = output.plain_table("Wanted", "Ticket", "Workflow", "For", "State", "Why")
    for each in lines:
        why = ": ".join(filter(None, (each["error_code"], each["why"])))
        table.add_row(
            moment(from_iso(each["wanted_at"]), zone, "%d %b %H:%M"),
            each["number"] or each["reference"],
            each["workflow"],
            each["contact"] or "-",
            each["state"] if each["state"] != "raised" else each["status"] or "raised",
            why or "-",
        )
    console.print(table)
    stopped = sum(each["state"] in STATES["stopped"] for each in lines)
    output.say(console, f"{len(lines)} tickets, {stopped} of them need a person.")
    output.say(console, "One in detail: switchboard chat tickets show NUMBER-OR-REFERENCE")


@tickets_app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="TICKET", help="Its number, Zoho Desk's id, or our reference.")
    ],
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Tell the story of a ticket: what was asked for, each write, mails, and what came of it.

    People are masked; `switchboard chat show` tells who wrote what.
    """
    configuration = load(config_dir)
    with open_chat_store(configuration) as tools:
        row = tools.db.run_sync(lambda conn: tickets.find(conn, tools.sealer, name.lstrip("#")))
        if row is None:
            raise OperatorError(
                "CLI-002",
                f"No ticket fits {name!r}. `switchboard chat tickets list` shows the known ones.",
            )
        story = tools.db.run_sync(lambda conn: story_of(conn, tools, row))
        zone = zone_of(tools)
    if as_json:
        output.emit_json(story)
    else:
        print_story(story, zone)
