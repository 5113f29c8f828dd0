"""`switchboard people`: tell a person what is stored about them, and forget them."""

from __future__ import annotations

import secrets
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.audit_command import operator
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.files import write_private
from switchboard.config.load import Configuration, load
from switchboard.config.vault import Vault
from switchboard.flows import personal_data
from switchboard.store.personal import Person
from switchboard.store.sealing import Sealer

people_app = typer.Typer(
    name="people", help="What is stored about a person, and forgetting it.", no_args_is_help=True
)
_HERE = Path()
Identifier = Annotated[str, typer.Argument(help="A telephone number or an e-mail address.")]


@people_app.command()
def export(
    identifier: Identifier,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Written for you alone.")],
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Write everything the store holds about a person to a JSON file."""
    configuration = load(config_dir)
    person = _person(identifier, configuration)

    def work(conn: sa.Connection) -> tuple[str, dict[str, int]]:
        sealer = personal_data.sealer_for(conn, lambda: _opened(configuration))
        return personal_data.export(conn, sealer, person, actor=operator())

    with open_store(configuration) as db:
        text, counts = db.run_sync(work)
    write_private(to, text)
    if as_json:
        output.emit_json({"file": str(to), **counts})
        return
    _show("In the file", counts)
    output.say(output.err(), f"Written to {to}. {personal_data.ELSEWHERE}")


@people_app.command()
def forget(
    identifier: Identifier,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Take a person out of the store for good. That calls were handled is remembered."""
    configuration = load(config_dir)
    person = _person(identifier, configuration)
    with open_store(configuration) as db:
        key, now = secrets.token_bytes(32), time.time()

        def work(conn: sa.Connection, *, keep: bool) -> dict[str, int]:
            return personal_data.forget(
                conn,
                sealer=personal_data.sealer_for(conn, lambda: _opened(configuration)),
                person=person,
                key=key,
                now=now,
                keep=keep,
                actor=operator(),
            )

        counts = db.run_sync(partial(work, keep=True))
        if not as_json:
            _show("Would be forgotten" if dry_run else "To be forgotten", counts)
        done = not dry_run and (yes or _confirmed())
        if done:
            counts = db.run_sync(partial(work, keep=False))
    if as_json:
        output.emit_json({"forgotten": done, **counts})
    elif done:
        output.say(output.out(), f"Forgotten. {personal_data.ELSEWHERE}")
    else:
        output.say(output.out(), "Nothing was changed.")


def _person(identifier: str, configuration: Configuration) -> Person:
    return personal_data.person_of(identifier, configuration.settings.company.region)


def _opened(configuration: Configuration) -> Sealer:
    vault = Vault.open(configuration.root)
    return Sealer(vault.cipher, vault.keys)


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at; use --yes or --dry-run")
    return typer.confirm("Forget all of this? It cannot be undone.", default=False, err=True)


def _show(head: str, counts: dict[str, int]) -> None:
    table = output.plain_table(head, "number", numbers=["number"])
    for name, number in counts.items():
        table.add_row(name.replace("_", " "), str(number))
    output.out().print(table)
