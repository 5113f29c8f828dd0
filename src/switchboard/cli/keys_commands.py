"""`switchboard keys`: who may use the HTTP API, and for what."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.audit_command import operator
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.load import load
from switchboard.store import api_keys, audit
from switchboard.store.api_keys import ApiKey

keys_app = typer.Typer(name="keys", help="Keys of the HTTP API.", no_args_is_help=True)
_HERE = Path()


@keys_app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for; used once.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", help=f"What it may do: {', '.join(api_keys.SCOPES)}. Repeatable."),
    ],
    expires: Annotated[
        int | None, typer.Option("--expires", metavar="DAYS", min=1, help="Ends after so long.")
    ] = None,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it: this once, for only its hash is stored."""
    unknown = sorted(set(scope) - set(api_keys.SCOPES))
    if unknown:
        known = ", ".join(api_keys.SCOPES)
        raise typer.BadParameter(f"{', '.join(unknown)} is unknown; choose among {known}")
    if not api_keys.fits(name):
        raise typer.BadParameter(f"a name has 1 to {api_keys.LONGEST_NAME} printable characters")
    now = time.time()
    until = now + expires * api_keys.DAY if expires else None

    def work(conn: sa.Connection) -> tuple[ApiKey, str]:
        made, secret = api_keys.create(conn, name.strip(), scope, now, expires_at=until)
        detail = {"id": made.id, "scopes": made.scopes, "expires_at": until}
        _note(conn, "key.create", made, detail)
        return made, secret

    with open_store(load(config_dir)) as db:
        made, secret = db.run_sync(work)
    if as_json:
        output.emit_json({**_document(made, now), "key": secret})
        return
    output.say(output.out(), secret)
    output.say(output.err(), f"{made.name} may: {', '.join(made.scopes)}. Ends: {_day(until)}.")
    output.say(output.err(), "Keep the key now: it cannot be shown again.")


@keys_app.command(name="list")
def list_keys(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """List the keys; the readable part of each begins with sbk_."""
    now = time.time()
    with open_store(load(config_dir)) as db:
        found = db.run_sync(api_keys.every)
    if as_json:
        output.emit_json([_document(each, now) for each in found])
        return
    table = output.plain_table("name", "key", "may", "state", "ends", "last used")
    for each in found:
        used = _day(each.last_used_at) if each.last_used_at else "never"
        ends = _day(each.expires_at)
        table.add_row(
            each.name, f"sbk_{each.id}_…", " ".join(each.scopes), each.state(now), ends, used
        )
    output.out().print(table)


@keys_app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name, or its id.")],
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """End a key for good, at once."""
    now = time.time()

    def work(conn: sa.Connection) -> ApiKey:
        ended = api_keys.revoke(conn, name, now)
        _note(conn, "key.revoke", ended, {"id": ended.id})
        return ended

    with open_store(load(config_dir)) as db:
        ended = db.run_sync(work)
    if as_json:
        output.emit_json(_document(ended, now))
    else:
        output.say(output.out(), f"{ended.name} cannot be used any more.")


def _note(conn: sa.Connection, action: str, key: ApiKey, detail: dict[str, Any]) -> None:
    audit.append(conn, actor=operator(), action=action, subject=f"key:{key.name}", detail=detail)


def _document(key: ApiKey, now: float) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "state": key.state(now),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _day(at: float | None) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" if at else "never"
