"""`switchboard report`: list, open, read, rebuild and send the reports of runs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.text import Text

from switchboard import logs
from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.documents import EmailConfig
from switchboard.config.findings import refuse
from switchboard.config.load import Configuration, load
from switchboard.config.places import EMAIL
from switchboard.config.vault import Vault
from switchboard.errors import OperatorError
from switchboard.jobs.at_work import registered
from switchboard.reports import wording
from switchboard.reports.build import build_report, compose_report, report_of
from switchboard.reports.mailing import audience, named
from switchboard.reports.outgoing import mail_key
from switchboard.reports.sending import mail_client, queue_mails, send_due
from switchboard.reports.text import report_text
from switchboard.reports.zones import Zones
from switchboard.store import leases, outbox, reports, runs
from switchboard.store.database import Database
from switchboard.store.tables import run as run_table

report_app = typer.Typer(no_args_is_help=True, help="See, rebuild and send the reports of runs.")

LATEST = "latest"
_HAD = frozenset({"sent", "sending", "parked"})  # Sent, or it may have been.
_STATES = {
    "sent": "sent",
    "queued": "waits and is tried again",
    "sending": "is being sent",
    "refused": "refused",
    "parked": "may or may not have arrived; --again sends it anew",
}

WhichRun = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's id, the beginning of one, or `latest`.")
]


@report_app.command("list")
def list_reports(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 20,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """List the newest reports."""
    configuration = load(config_dir)
    with open_store(configuration) as db:
        rows = db.run_sync(lambda conn: reports.recent(conn, limit))
    if as_json:
        output.emit_json([asdict(row) | {"created_at": _iso(row.created_at)} for row in rows])
        return
    if not rows:
        output.say(output.out(), "There is no report yet. Each run makes one.")
        return
    zones = Zones(configuration)
    table = output.plain_table("Made", "Run", "What it says")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for row in rows:
        said, _, _ = row.title.partition(" - ")
        made = wording.short_moment(zones.local(row.created_at))
        table.add_row(Text(made), Text(row.run_id), Text(said))
    output.out().print(table)
    output.say(output.out(), "One of them: switchboard report open RUN")


@report_app.command("open")
def open_report(
    run: WhichRun = LATEST,
    browser: Annotated[
        bool | None,
        typer.Option("--browser/--no-browser", help="Whether to open it; else with a display."),
    ] = None,
    config_dir: ConfigDir = Path(),
) -> None:
    """Print where a report is and open it in the browser, where there is a display."""
    configuration = load(config_dir)
    _log_to_files(configuration)
    with open_store(configuration) as db:
        run_id = find_run(db, run)
        known = db.run_sync(lambda conn: reports.get(conn, run_id))
        path = configuration.root / known.path if known else None
        if path is None or not path.is_file():
            path = asyncio.run(build_report(db, configuration, run_id)).path
    sys.stdout.write(f"{path}\n")
    if has_display() if browser is None else browser:
        sys.stdout.flush()
        if not webbrowser.open(path.resolve().as_uri()):
            output.say(output.err(), "No browser could be started; open the file yourself.")


@report_app.command()
def show(
    run: WhichRun = LATEST,
    calls: Annotated[int, typer.Option("--calls", min=0, help="How many calls to list.")] = 25,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Print a report in the terminal, as the text part of its mail says it."""
    configuration = load(config_dir)
    with open_store(configuration) as db:
        data = asyncio.run(report_of(db, configuration, find_run(db, run)))
    if as_json:
        output.emit_json(json.loads(json.dumps(asdict(data), default=_plain)))
        return
    sys.stdout.write(report_text(data, calls=calls))


@report_app.command()
def build(
    run: WhichRun,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Build the report of a run again, or for the first time, from the store."""
    configuration = load(config_dir)
    _log_to_files(configuration)
    with open_store(configuration) as db:
        built = asyncio.run(build_report(db, configuration, find_run(db, run)))
    if as_json:
        output.emit_json(
            {"run": built.data.run, "path": str(built.path), "size": len(built.content)}
        )
        return
    sys.stdout.write(f"{built.path}\n")


@report_app.command()
def send(
    run: WhichRun = LATEST,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="ADDRESS", help="Send it here instead; may be repeated."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also to who has had this report before.")
    ] = False,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Send a report by mail to the configured recipients, or to others."""
    configuration = load(config_dir)
    email = configuration.email
    if email is None:
        raise refuse(
            "CFG-001", EMAIL, "no mail can be sent without it", hint="docs: Reports, 'Mails'"
        )
    _check_addresses(to or ())
    _log_to_files(configuration)
    with open_store(configuration) as db:
        run_id = find_run(db, run)
        found = asyncio.run(_send(db, configuration, email, run_id, to or (), again=again))
    if as_json:
        output.emit_json(found)
    else:
        _tell(found)
    if found["stopped_by"] or any(each["state"] == "refused" for each in found["mails"]):
        raise typer.Exit(output.REFUSED)
    if any(each["state"] == "parked" for each in found["mails"]):
        raise typer.Exit(output.PARKED)


async def _send(
    db: Database,
    configuration: Configuration,
    email: EmailConfig,
    run_id: str,
    to: Sequence[str],
    *,
    again: bool,
) -> dict[str, Any]:
    """Queue what is new, send what is due, and return what became of this report's mails."""
    built = await build_report(db, configuration, run_id)
    people = named(to, email) if to else audience(built.data, email)
    key_of = {each: mail_key(run_id, "report", each.email) for each in people}
    before = await db.run(lambda conn: outbox.by_keys(conn, key_of.values()))
    had = {p for p in people if key_of[p] in before and before[key_of[p]].state in _HAD}
    mark = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    mails = await compose_report(configuration, built, to=[p for p in people if p not in had])
    if again and had:
        anew = [p for p in people if p in had]
        mails += await compose_report(configuration, built, to=anew, again=mark)
    await queue_mails(db, mails)
    keys = [each.key for each in mails]
    await db.run(lambda conn: _reopen(conn, keys))
    client = mail_client(configuration, Vault.open(configuration.root).load())
    stopped_by = None
    if client is not None and keys:
        worker = leases.worker_identity().id
        async with registered(db, worker, configuration.settings.journal.lease_seconds):
            result = await send_due(db, client, worker)
        stopped_by = str(result.stopped_by) if result.stopped_by else None
    rows = await db.run(lambda conn: outbox.by_keys(conn, keys))
    if not again:
        rows |= {key_of[p]: before[key_of[p]] for p in had}
    return {
        "run": run_id,
        "mails": [
            {
                "recipient": each.recipient,
                "state": each.state,
                "now": each.key in keys,
                "subject": each.subject,
                "error_code": each.error_code,
                "error": each.error,
            }
            for each in rows.values()
        ],
        "stopped_by": stopped_by,
    }


def _reopen(conn: sa.Connection, keys: Sequence[str]) -> None:
    """Try at once what waits for its next try or was refused; what may be there needs --again."""
    known = outbox.by_keys(conn, keys)
    outbox.reopen(conn, [k for k, each in known.items() if each.state in {"queued", "refused"}])


def _tell(found: dict[str, Any]) -> None:
    console = output.out()
    if not found["mails"]:
        output.say(
            console,
            "Nothing to send: no recipient in data/email_config.json asks for a run like this "
            "one. --to ADDRESS sends it anyway.",
        )
    for each in found["mails"]:
        line = f"{each['recipient']}: {_STATES.get(each['state'], each['state'])}"
        if each["state"] == "sent" and not each["now"]:
            line += " before; --again sends it anew"
        elif each["error"] and each["state"] != "sent" and not found["stopped_by"]:
            line += f" ({each['error_code']}: {each['error']})"
        output.say(console, line)
    if found["stopped_by"]:
        output.say(output.err(), found["stopped_by"])


def find_run(db: Database, wanted: str) -> str:
    """Return the id of the run a person means."""

    def look(conn: sa.Connection) -> list[str]:
        if wanted == LATEST:
            return [each.id for each in runs.recent(conn, 1)]
        if runs.get(conn, wanted) is not None:
            return [wanted]
        query = sa.select(run_table.c.id).where(run_table.c.id.startswith(wanted, autoescape=True))
        return list(conn.scalars(query.order_by(run_table.c.started_at.desc()).limit(6)))

    found = db.run_sync(look)
    if not found and wanted == LATEST:
        raise OperatorError("CLI-002", "There has been no run yet: `switchboard calls run`.")
    if not found:
        raise OperatorError(
            "CLI-002", f"There is no run {wanted!r}. `switchboard report list` shows the reports."
        )
    if len(found) > 1:
        raise OperatorError(
            "CLI-002",
            f"Several runs begin with {wanted!r}: {', '.join(found[:5])}. Say more of it.",
        )
    return found[0]


def _log_to_files(configuration: Configuration) -> None:
    logs.configure(
        configuration.logs_dir,
        files=logs.files_for("all", several_offices=configuration.several_offices),
        console_level="error",
    )


def has_display() -> bool:
    """Say whether somebody sits before a screen on which a browser could open."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _check_addresses(addresses: Sequence[str]) -> None:
    for each in addresses:
        local, at, domain = each.rpartition("@")
        if not (local and at and "." in domain) or any(char.isspace() for char in each):
            raise OperatorError("CLI-001", f"--to {each!r} is not an e-mail address.")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
