"""`switchboard chat stats`: what chats and tickets came to, and how each figure is computed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.load import load
from switchboard.console.insights.periods import LONGEST_DAYS, Stretch, last_days
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.measuring import measure
from switchboard.flows.chat_to_ticket.statistics import HOW_SAVED, ChatFigures

_BAR = 30
_SUCCESS = {
    "ticket_creation": "Tickets created",
    "contact_creation": "Contacts created",
    "notification_delivery": "Mails delivered",
    "chat_linking": "Chats linked",
}


def stats(
    days: Annotated[
        int,
        typer.Option(
            "--days", min=1, max=LONGEST_DAYS, help="How many days, today so far being one of them."
        ),
    ] = 30,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Show what chats and tickets came to: numbers, rates, times, and minutes saved.

    Days are those of the console: of the first office's clock.
    """
    configuration = load(config_dir)
    library = load_library(configuration.root)
    stretch = last_days(days, time.time(), configuration.zone)
    with open_store(configuration) as db:
        found = db.run_sync(
            lambda conn: measure(
                conn, library.workflows, since=stretch.since, until=stretch.until, zone=stretch.zone
            )
        )
    if as_json:
        said = {"since": _iso(stretch.since), "until": _iso(stretch.until), "zone": stretch.zone}
        output.emit_json(said | found.document())
        return
    _show(found, stretch)


def _show(found: ChatFigures, stretch: Stretch) -> None:
    console = output.out()
    chats, tickets = found.conversations, found.tickets
    output.say(console, Text(f"{stretch.words} ({stretch.zone})", "bold"))
    output.say(
        console,
        f"{chats['opened']} chats: {tickets['created']} tickets, {tickets['extended']} additions "
        f"to open tickets, {chats['solved']} solved by first aid, {chats['escalated']} to an "
        f"operator, {chats['abandoned']} left unfinished. {chats['open']} are open now.",
    )
    if tickets["waiting"] or tickets["parked"]:
        output.say(
            console,
            Text(
                f"{tickets['waiting']} tickets wait, {tickets['parked']} need a person: "
                "switchboard chat tickets list",
                "yellow",
            ),
        )
    _show_days(found)
    _show_workflows(found)
    _show_rates(found)


def _show_days(found: ChatFigures) -> None:
    if not found.per_day:
        return
    console = output.out()
    most = max(count for _, count in found.per_day)
    output.say(console, Text("\nTickets per day", "bold"))
    for day, count in found.per_day:
        bar = "█" * max(1, round(count / most * _BAR))
        console.print(Text(f"{day}  ") + Text(bar, "cyan") + Text(f" {count}"))


def _show_workflows(found: ChatFigures) -> None:
    rows = [row for row in found.workflows if row.started or row.tickets or row.solved]
    if not rows:
        return
    console = output.out()
    table = output.plain_table(
        "Workflow", "begun", "tickets", "solved", "left", "operator", "completed", "min saved",
        numbers=("begun", "tickets", "solved", "left", "operator", "completed", "min saved"),
    )  # fmt: skip
    for row in rows:
        left = row.cancelled + row.abandoned
        numbers = (row.started, row.tickets, row.solved, left, row.escalated)
        share, saved = _percent(row.completion_rate), str(row.minutes_saved)
        table.add_row(row.title, *map(str, numbers), share, saved)
    console.print()
    console.print(table)


def _show_rates(found: ChatFigures) -> None:
    console = output.out()
    rates, times, happy = found.rates, found.resolution_minutes, found.satisfaction
    console.print()
    for label, value in (
        ("Completed", f"{_percent(rates['completion'])} of the requests begun"),
        ("Escalated", f"{_percent(rates['escalation'])} of the chats"),
        ("Automated", f"{_percent(rates['automation'])} with no operator called"),
        ("Resolution", f"{_minutes(times['average'])} average, {_minutes(times['median'])} median"),
        ("First response", f"{_minutes(times['first_response_average'])} on average"),
        ("Satisfaction", f"{happy['average'] or '-'} of 5, {happy['answers']} answers"),
    ):
        output.say(console, Text(f"{label:<18}") + Text(value))
    for name, label in _SUCCESS.items():
        one = found.outcomes[name]  # type: ignore[index] # The names of the value's own type.
        text = f"{_percent(one.rate)}, {one.failed} failed, {one.waiting} waiting"
        output.say(console, Text(f"{label:<18}") + Text(text))
    output.say(
        console,
        Text(f"\n{found.minutes_saved} minutes saved", "bold")
        + Text(f" by {found.automated} automated requests: {HOW_SAVED}."),
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:g} min"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
