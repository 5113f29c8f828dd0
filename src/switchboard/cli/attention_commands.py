"""`switchboard attention`: what has stopped or is late, and setting aside what is dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.audit_command import operator
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.load import Configuration, load
from switchboard.console.attention import setting_aside, stopped
from switchboard.console.attention.items import NOUNS, Item
from switchboard.errors import OperatorError
from switchboard.store.database import now

attention_app = typer.Typer(
    name="attention",
    help="What needs a person, and setting aside what is dealt with.",
    no_args_is_help=True,
)
_HERE = Path()
_INDENT = 4
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="As `switchboard attention list` shows them."),
]
Cause = Annotated[
    str, typer.Option("--cause", metavar="CODE", help="Everything of this cause, such as DESK-422.")
]


@attention_app.command(name="list")
def list_things(
    aside: Annotated[
        bool, typer.Option("--set-aside", help="What is set aside, by whom and why.")
    ] = False,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """List what has stopped or waits too long, of every kind; longest waiting first."""
    configuration = load(config_dir)
    with open_store(configuration) as db:
        found = db.run_sync(partial(_found, configuration, aside=aside))
    if as_json:
        output.emit_json([_document(each) for each in found])
    else:
        _print(found, aside=aside)
    stopped_ones = not aside and any(each.stopped for each in found)
    raise typer.Exit(output.PARKED if stopped_ones else output.DONE)


@attention_app.command(name="set-aside")
def set_aside(
    names: Names = None,
    cause: Cause = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="In a few words.")] = "",
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Count and list no more what was dealt with otherwise, until it stops anew.

    Nothing is sent or changed because of it; what is only late goes on by itself and stays.
    """
    configuration = load(config_dir)
    with open_store(configuration) as db:

        def work(conn: sa.Connection) -> list[Item]:
            chosen = _chosen(configuration, conn, names or (), cause, aside=False)
            return setting_aside.put_aside_in(conn, chosen, reason=reason, actor=operator())

        done = db.run_sync(work)
    _tell(done, "set aside", "set_aside", as_json=as_json)


@attention_app.command(name="bring-back")
def bring_back(
    names: Names = None,
    cause: Cause = "",
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Let what was set aside be counted and listed again."""
    configuration = load(config_dir)
    with open_store(configuration) as db:

        def work(conn: sa.Connection) -> list[Item]:
            chosen = _chosen(configuration, conn, names or (), cause, aside=True)
            return setting_aside.bring_back_in(conn, chosen, actor=operator())

        done = db.run_sync(work)
    _tell(done, "brought back", "brought_back", as_json=as_json)


def _print(found: Sequence[Item], *, aside: bool) -> None:
    """Print an id on a line of its own words: it is there to be copied."""
    screen = output.out()
    for each in found:
        output.say(screen, f"{each.cause}  {NOUNS[each.kind][0]}, since {_day(each.since)}")
        output.say(screen, each.id, indent=_INDENT)
        if each.why:
            output.say(screen, each.why, indent=_INDENT)
        if each.aside is not None:
            mark, why = each.aside, f": {each.aside.reason}" if each.aside.reason else "."
            output.say(screen, f"Set aside by {mark.actor}, {_day(mark.at)}{why}", indent=_INDENT)
    if not found:
        output.say(screen, "Nothing is set aside." if aside else "Nothing waits for a person.")


def _found(configuration: Configuration, conn: sa.Connection, *, aside: bool) -> list[Item]:
    days = configuration.settings.media.alarm_days
    return stopped.everything(conn, now(conn), days, aside=aside)


def _chosen(
    configuration: Configuration, conn: sa.Connection, names: Sequence[str], cause: str, *,
    aside: bool,
) -> list[Item]:  # fmt: skip
    """Return what is meant; OperatorError for a name that is not there."""
    if bool(names) == bool(cause):
        raise OperatorError("CLI-001", "Name things by their ids, or give a --cause.")
    found = [each for each in _found(configuration, conn, aside=aside) if each.settable]
    missing = sorted(set(names) - {each.id for each in found})
    if missing:
        listed = f"`switchboard attention list{' --set-aside' if aside else ''}`"
        state = "set aside" if aside else "stopped"
        raise OperatorError("CLI-002", f"{missing[0]} is not {state}. {listed} shows what is.")
    return [each for each in found if each.id in names or each.cause == cause]


def _tell(done: list[Item], said: str, key: str, *, as_json: bool) -> None:
    if as_json:
        output.emit_json({key: [_document(each) for each in done]})
        return
    for each in done:
        output.say(output.out(), f"{NOUNS[each.kind][0].capitalize()} {each.id}: {said}.")
    if not done:
        output.say(output.out(), "There was nothing of it.")


def _document(item: Item) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": item.kind, "id": item.id, "cause": item.cause, "why": item.why,
        "office": item.office, "since": item.since, "stopped": item.stopped,
    }  # fmt: skip
    if item.aside is not None:
        mark = item.aside
        shown["set_aside"] = {"by": mark.actor, "at": mark.at, "reason": mark.reason}
    return shown


def _day(at: float | None) -> str:
    if at is None:
        return "no known time"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
