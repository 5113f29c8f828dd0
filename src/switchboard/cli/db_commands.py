"""Look after the store from the command line: `switchboard db upgrade` and `db status`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.environment import environment
from switchboard.config.load import load
from switchboard.config.places import database_url
from switchboard.config.settings import ENV_PREFIX
from switchboard.store import schema
from switchboard.store.database import Database
from switchboard.store.engine import normalise
from switchboard.store.tables import effect, interaction, worker

db_app = typer.Typer(no_args_is_help=True, help="Look after the store: the ledger and the journal.")

Url = Annotated[
    str,
    typer.Option("--database", metavar="URL", help="This store instead of the configured one."),
]


@db_app.command("upgrade")
def upgrade(config_dir: ConfigDir = Path(), database: Url = "", *, as_json: AsJson = False) -> None:
    """Create the store's tables or bring them up to date. Every run does this by itself."""
    url = _url(config_dir, database)
    store = Database.open(url)
    try:
        revision = store.run_sync(schema.current_revision)
    finally:
        store.close()
    if as_json:
        output.emit_json({"store": _shown(url), "revision": revision})
        return
    output.say(output.out(), f"The store {_shown(url)} is up to date (revision {revision}).")


@db_app.command("status")
def status(config_dir: ConfigDir = Path(), database: Url = "", *, as_json: AsJson = False) -> None:
    """Show the store's revision and what it holds; change nothing."""
    url = _url(config_dir, database)
    found: dict[str, Any] = {
        "store": _shown(url),
        "revision": None,
        "newest": schema.head_revision(),
        "interactions": {},
        "effects": {},
        "workers": 0,
    }
    if _exists(url):
        store = Database.open(url, migrate=False)
        try:
            found |= store.run_sync(_contents)
        finally:
            store.close()
    if as_json:
        output.emit_json(found)
        return
    lines = {"Store": found["store"]}
    if found["revision"] is None:
        lines["Revision"] = "none yet: `switchboard db upgrade` creates the tables"
    else:
        behind = "" if found["revision"] == found["newest"] else f", newest is {found['newest']}"
        lines["Revision"] = f"{found['revision']}{behind}"
        lines["Interactions"] = _counted(found["interactions"])
        lines["Effects"] = _counted(found["effects"])
        lines["Workers"] = str(found["workers"])
    for name, value in lines.items():
        output.say(output.out(), f"{name:<14}{value}")


def _contents(conn: sa.Connection) -> dict[str, Any]:
    revision = schema.current_revision(conn)
    if revision is None:
        return {}
    by_fate = sa.select(interaction.c.fate, sa.func.count()).group_by(interaction.c.fate)
    by_state = sa.select(effect.c.state, sa.func.count()).group_by(effect.c.state)
    return {
        "revision": revision,
        "interactions": dict(sorted(conn.execute(by_fate).all())),
        "effects": dict(sorted(conn.execute(by_state).all())),
        "workers": conn.scalar(sa.select(sa.func.count()).select_from(worker)),
    }


def _url(config_dir: Path, database: str) -> str:
    """Return the store's URL; where it is given, mistakes in the documents are no matter."""
    if database:
        return database
    given = environment(config_dir).get(f"{ENV_PREFIX}DATABASE_URL", "")
    if given and not given.startswith("sqlite"):
        return given
    configuration = load(config_dir)
    return database_url(configuration.root, configuration.settings)


def _exists(url: str) -> bool:
    parsed = normalise(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def _shown(url: str) -> str:
    return normalise(url).render_as_string(hide_password=True)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
