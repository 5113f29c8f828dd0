"""`switchboard admin`: the manual's dashboard in the terminal, and the way to the console."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.text import Text

from switchboard.bootstrap import open_store, public_url
from switchboard.cli import output
from switchboard.cli.browser import open_browser, seen_by_a_person
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.vault import Vault
from switchboard.console.links import MOUNTED_AT
from switchboard.doctor.service import probe
from switchboard.jobs.timetable import entries_of, next_slot
from switchboard.jobs.timetable_text import moment
from switchboard.store import runs, set_aside, stops
from switchboard.store.tables import interaction

RECENT_RUNS = 8
_TITLES = {"ringcentral": "RingCentral", "zoho": "Zoho CRM"}
_LANES = {"media": "Recordings and voicemails", "callbacks": "Call-backs", "mails": "Mails"}
_FIGURES = ("seen", "done", "skipped", "parked", "waiting", "leads_created")


def admin(
    start: Annotated[
        bool, typer.Option("--start", help="Serve here, until Ctrl-C, if nobody does yet.")
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the console in a browser.")
    ] = True,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Open the console; show credentials, offices, recent runs, what waits, and quick actions."""
    configuration = load(config_dir)
    document = overview(configuration, time.time())
    if as_json:
        output.emit_json(document)
        return
    _print(document, configuration)
    show = open_browser if browser and seen_by_a_person() else _nobody
    console, address = output.out(), document["console"]["address"]
    if document["console"]["running"]:
        output.say(console, address, indent=2)
        show(address)
    elif start and configuration.settings.server.enabled:
        output.say(console, "It starts now; Ctrl-C ends it, and the service with it.", indent=2)
        # Only now: nobody who wants the overview alone waits for a web server to load.
        from switchboard.cli.serve_command import keep_serving  # noqa: PLC0415

        keep_serving(configuration, shown=show)
    elif configuration.settings.server.enabled:
        output.say(console, "Not running. Start it: switchboard serve", indent=2)
    else:
        output.say(
            console, "Switched off: server.enabled is false in data/settings.json.", indent=2
        )


def _nobody(_address: str) -> None:
    """Open nothing: nobody is watching."""


def console_of(configuration: Configuration) -> dict[str, Any]:
    """Say where the console is, and whether it answers on this machine."""
    server = configuration.settings.server
    running = False
    if server.enabled and server.port:
        state, _ = probe(server, https=bool(server.tls_certificate))
        running = state == "ours"
    return {"address": f"{public_url(server)}{MOUNTED_AT}/", "running": running}


def overview(configuration: Configuration, now: float) -> dict[str, Any]:
    """Return the dashboard as one document."""
    with open_store(configuration) as db:
        recent, waiting = db.run_sync(lambda conn: (runs.recent(conn, RECENT_RUNS), _waiting(conn)))
    entries = entries_of(configuration.schedule, configuration.offices)
    slots = [(slot, e) for e in entries if (slot := next_slot(e, now)) is not None]
    following = min(slots, key=lambda each: each[0], default=None)
    return {
        "config_dir": str(configuration.root),
        "credentials": credentials_status(configuration.root),
        "offices": [
            {
                "id": office.id,
                "name": office.name,
                "extensions": len(office.processed_extensions),
                "owners": sum(owner.active for owner in office.owners.lead_owners),
                "calls": waiting["calls"].get(office.id, {}),
            }
            for office in configuration.offices
        ],
        "runs": [_run(each) for each in recent],
        "waiting": {name: waiting[name] for name in ("media", "callbacks", "mails")},
        "next_run": following
        and {
            "name": following[1].name,
            "at": following[0],
            "text": moment(following[0], now, following[1].zone),
        },
        "actions": _actions(configuration),
        "console": console_of(configuration),
    }


def credentials_status(root: Path) -> dict[str, dict[str, Any]]:
    """Say of each vendor whether its credentials can be used; never what they are."""
    try:
        contents = Vault.open(root).load()
    except ConfigError as error:
        if error.code == "CFG-025":  # None yet.
            return {name: {"title": title, "set": False} for name, title in _TITLES.items()}
        return {
            name: {"title": title, "set": False, "code": error.code, "message": error.message}
            for name, title in _TITLES.items()
        }
    return {
        name: {"title": title, "set": getattr(contents, name) is not None}
        for name, title in _TITLES.items()
    }


def _waiting(conn: sa.Connection) -> dict[str, Any]:
    """Count the calls of each office by fate, and of the other work what is not over.

    What a person has set aside is left out.
    """
    calls: dict[str, dict[str, int]] = {}
    query = sa.select(interaction.c.office, interaction.c.fate, sa.func.count())
    query = query.where(interaction.c.kind == "call", set_aside.counts(stops.CALL))
    for office, fate, count in conn.execute(
        query.group_by(interaction.c.office, interaction.c.fate)
    ):
        calls.setdefault(office or "", {})[fate] = count
    return {
        "calls": calls,
        "media": _by_state(conn, stops.MEDIA, ("owed", "parked")),
        "callbacks": _by_state(conn, stops.CALL_BACK, ("owed", "open", "closing", "parked")),
        "mails": _by_state(conn, stops.MAIL, ("queued", "sending", "parked")),
    }


def _by_state(conn: sa.Connection, stop: stops.Stop, states: Sequence[str]) -> dict[str, int]:
    state = stop.table.c.state
    query = sa.select(state, sa.func.count()).where(state.in_(states), set_aside.counts(stop))
    return {row[0]: row[1] for row in conn.execute(query.group_by(state))}


def _run(run: runs.Run) -> dict[str, Any]:
    summary = json.loads(run.summary)
    parts = summary.get("offices") or []
    return {
        "run": run.id,
        "office": run.office,
        "started_at": run.started_at,
        "seconds": None if run.finished_at is None else round(run.finished_at - run.started_at, 1),
        "outcome": run.outcome or "running, or killed",
        "dry_run": bool(summary.get("dry_run")),
        "stopped_by": summary.get("stopped_by"),
        **{name: sum(int(part.get(name, 0)) for part in parts) for name in _FIGURES},
    }


def _actions(configuration: Configuration) -> list[dict[str, str]]:
    several = configuration.several_offices
    run = "switchboard calls run" + (" --all" if several else "")
    here = Path.cwd() == configuration.root
    where = "" if here else f" --config-dir {shlex.quote(str(configuration.root))}"
    actions = [
        (f"{run} --dry-run", "show what a run would do"),
        (run, "process the calls"),
        ("switchboard calls list --fate parked", "calls that need a person"),
        ("switchboard calls retry --all-parked", "try those again"),
        ("switchboard credentials test", "ask both vendors who we are"),
        ("switchboard config check", "check every document"),
        ("switchboard schedule show", "see when runs start by themselves"),
    ]
    return [{"command": command + where, "what": what} for command, what in actions]


def _print(document: dict[str, Any], configuration: Configuration) -> None:
    console, now = output.out(), time.time()
    zone = configuration.zone

    def heading(text: str) -> None:
        console.print()
        output.say(console, Text(text, style="bold"))

    output.say(console, Text(f"Switchboard in {document['config_dir']}", style="bold"))
    heading("Credentials")
    for each in document["credentials"].values():
        state = "set" if each["set"] else each.get("message") or "not set"
        output.say(console, f"{each['title']:<12} {state}", indent=2)
    heading("Offices")
    fates = ("done", "skipped", "waiting", "parked")
    table = output.plain_table("Id", "Extensions", "Owners", *map(str.title, fates))
    for office in document["offices"]:
        figures = (office["extensions"], office["owners"])
        counts = (office["calls"].get(fate, 0) for fate in fates)
        table.add_row(office["id"], *map(str, (*figures, *counts)))
    console.print(table)
    heading("Recent runs")
    table = output.plain_table("Started", "Office", "Outcome", "Calls", "Done", "Parked", "Leads")
    for run in document["runs"]:
        started = moment(run["started_at"], now, zone)
        numbers = (run[name] for name in ("seen", "done", "parked", "leads_created"))
        outcome = f"{run['outcome']}{' (dry run)' if run['dry_run'] else ''}"
        table.add_row(started, run["office"] or "several", outcome, *map(str, numbers))
    if document["runs"]:
        console.print(table)
    else:
        output.say(console, "None yet.", indent=2)
    waiting = [
        f"{_LANES[name]}: " + ", ".join(f"{count} {state}" for state, count in states.items())
        for name, states in document["waiting"].items()
        if states
    ]
    if waiting:
        heading("Waiting")
        for line in waiting:
            output.say(console, line, indent=2)
    heading("Next run")
    coming = document["next_run"]
    text = f"{coming['text']} ({coming['name']})" if coming else "Nothing is scheduled."
    output.say(console, text, indent=2)
    heading("Quick actions")
    for action in document["actions"]:
        output.say(console, f"{action['what']}:", indent=2)
        output.say(console, action["command"], indent=4)
    heading("Console")
