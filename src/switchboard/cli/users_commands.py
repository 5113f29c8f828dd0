"""`switchboard users`: who may sign in to the console; the way back in when nobody can."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard.bootstrap import open_store, public_url
from switchboard.cli import output
from switchboard.cli.audit_command import operator
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.load import Configuration, load
from switchboard.console.links import setup_link
from switchboard.store import accounts, setup_links
from switchboard.store.accounts import Account

users_app = typer.Typer(name="users", help="Accounts of the console.", no_args_is_help=True)
_HERE = Path()
Name = Annotated[str, typer.Argument(help="The name somebody signs in with.")]


class RoleOption(StrEnum):
    """What an account may do; each may what the one before may."""

    viewer = "viewer"
    operator = "operator"
    administrator = "administrator"


@users_app.command()
def add(
    name: Name,
    role: Annotated[RoleOption, typer.Option("--role", help="What they may do.")],
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Add an account and print the link with which its password is chosen, once."""
    now = time.time()

    def work(conn: sa.Connection) -> tuple[Account, str]:
        made = accounts.create(conn, name, role.value, now, actor=operator())
        return made, setup_links.make(conn, made.id, now)

    _with_link(load(config_dir), work, as_json=as_json)


@users_app.command(name="list")
def list_users(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """List who may sign in."""
    with open_store(load(config_dir)) as db:
        found = db.run_sync(accounts.every)
    if as_json:
        output.emit_json([_document(each) for each in found])
        return
    table = output.plain_table("name", "role", "state", "second factor", "last signed in")
    for each in found:
        factor = "on" if each.has_second_factor else "off"
        table.add_row(each.name, each.role, each.state, factor, _day(each.signed_in_at))
    output.out().print(table)


@users_app.command()
def reset(name: Name, config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Forget password and second factor, sign out everywhere; print a link to choose anew."""
    now = time.time()

    def work(conn: sa.Connection) -> tuple[Account, str]:
        found = accounts.named(conn, name)
        if found.disabled_at is not None:
            accounts.enable(conn, found.id, actor=operator())
        accounts.reset(conn, found.id, actor=operator())
        return accounts.get(conn, found.id), setup_links.make(conn, found.id, now)

    _with_link(load(config_dir), work, as_json=as_json)


@users_app.command()
def disable(name: Name, config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Sign somebody out everywhere and keep them out; `reset` lets them in again."""
    now = time.time()

    def work(conn: sa.Connection) -> Account:
        found = accounts.named(conn, name)
        accounts.disable(conn, found.id, now, actor=operator())
        return accounts.get(conn, found.id)

    with open_store(load(config_dir)) as db:
        ended = db.run_sync(work)
    if as_json:
        output.emit_json(_document(ended))
    else:
        output.say(output.out(), f"{ended.name} cannot sign in any more.")


def _with_link(
    configuration: Configuration,
    work: Callable[[sa.Connection], tuple[Account, str]],
    *,
    as_json: bool,
) -> None:
    with open_store(configuration) as db:
        found, token = db.run_sync(work)
    link = setup_link(public_url(configuration.settings.server), token)
    if as_json:
        output.emit_json({**_document(found), "link": link})
        return
    output.say(output.out(), link)
    words = f"{found.name} ({found.role}) chooses a password there: once, within 24 hours."
    output.say(output.err(), words)


def _document(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "role": account.role,
        "state": account.state,
        "second_factor": account.has_second_factor,
        "created_at": account.created_at,
        "signed_in_at": account.signed_in_at,
    }


def _day(at: float | None) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" if at else "never"
