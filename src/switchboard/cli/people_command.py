"""`switchboard people`: tell a person what is stored about them, and forget them."""

from __future__ import annotations

import json
import secrets
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.audit_command import operator
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.documents import is_mail_address
from switchboard.config.files import write_private
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.vault import Vault
from switchboard.errors import OperatorError
from switchboard.people.mentions import mentions_of
from switchboard.people.phone import to_e164
from switchboard.store import audit, forgetting, personal
from switchboard.store.database import Database
from switchboard.store.personal import Person
from switchboard.store.sealing import Sealer

people_app = typer.Typer(
    name="people", help="What is stored about a person, and forgetting it.", no_args_is_help=True
)
_HERE = Path()
_ELSEWHERE = (
    "Not ours to delete: records at Zoho and RingCentral; reports/, logs/ and backups on disk."
)
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

    with open_store(configuration) as db:
        sealer = _sealer(configuration, db)
        document = db.run_sync(partial(personal.export, sealer=sealer, person=person))
        counts = {name: len(rows) for name, rows in document.items() if isinstance(rows, list)}
        write_private(to, json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")
        subject = _subject(sealer, person)
        note = partial(_note, action="people.export", subject=subject, detail=counts)
        db.run_sync(note)
    if as_json:
        output.emit_json({"file": str(to), **counts})
        return
    _show("In the file", counts)
    output.say(output.err(), f"Written to {to}. {_ELSEWHERE}")


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
        work = partial(
            _forget,
            sealer=_sealer(configuration, db),
            person=person,
            key=secrets.token_bytes(32),
            now=time.time(),
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
        output.say(output.out(), f"Forgotten. {_ELSEWHERE}")
    else:
        output.say(output.out(), "Nothing was changed.")


def _forget(
    conn: sa.Connection,
    *,
    sealer: Sealer | None,
    person: Person,
    key: bytes,
    now: float,
    keep: bool,
) -> dict[str, int]:
    """Forget; to *keep* is to count by the same rule and take it back."""
    savepoint = conn.begin_nested()
    mentions = mentions_of(person.phone, person.email)
    counts = forgetting.forget(conn, sealer, person, mentions, key, now)
    if keep:
        savepoint.rollback()
        return counts
    savepoint.commit()
    _note(conn, "people.forget", forgetting.pseudonym(key, person), counts)
    return counts


def _note(conn: sa.Connection, action: str, subject: str, detail: dict[str, Any]) -> None:
    audit.append(conn, actor=operator(), action=action, subject=subject, detail=detail)


def _subject(sealer: Sealer | None, person: Person) -> str:
    """Name a person in the trail so that only who has the vault can test whom it means."""
    if sealer is None:
        return "person"
    return f"person:{sealer.hash('audit', person.email or person.phone or '')[:24]}"


def _person(identifier: str, configuration: Configuration) -> Person:
    text = identifier.strip()
    if is_mail_address(text):
        return Person(email=text.lower())
    phone = to_e164(text, configuration.settings.company.region)
    if phone is None:
        raise OperatorError(
            "CLI-005", f"{identifier!r} is neither a telephone number nor an e-mail address."
        )
    return Person(phone=phone)


def _sealer(configuration: Configuration, db: Database) -> Sealer | None:
    """Open the vault; a store without chats needs none."""
    try:
        vault = Vault.open(configuration.root)
    except ConfigError:
        if db.run_sync(personal.has_chats):
            raise
        return None
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
