"""`switchboard credentials`: set, show, test and re-encrypt the vendors' secrets."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel, SecretStr
from rich.padding import Padding
from rich.text import Text

from switchboard import logs
from switchboard.cli import output
from switchboard.cli.chat_resealing import reseal_chats
from switchboard.cli.credentials_input import NO_SIGN_IN, ask, from_stdin
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.cli.zoho_code_command import zoho_code
from switchboard.config.credentials import KINDS, LABELS, from_variables, merged, revealed
from switchboard.config.documents import is_mail_address
from switchboard.config.environment import environment
from switchboard.config.findings import refuse
from switchboard.config.halves import chats_alone
from switchboard.config.load import load
from switchboard.config.places import CREDENTIALS
from switchboard.config.vault import Vault

if TYPE_CHECKING:
    from switchboard.doctor.connection_checks import ConnectionCheck

credentials_app = typer.Typer(
    name="credentials", help="The vendors' secrets, encrypted at rest.", no_args_is_help=True
)
_HERE = Path()


@credentials_app.command(name="set")
def set_credentials(
    vendor: Annotated[
        str,
        typer.Argument(
            help="ringcentral, zoho, smtp, desk or salesiq; all that are used when left out.",
            metavar="[VENDOR]",
        ),
    ] = "",
    config_dir: ConfigDir = _HERE,
    from_env: Annotated[
        bool,
        typer.Option(
            "--from-env", help="Read SWITCHBOARD_RINGCENTRAL_CLIENT_ID, ..., also from .env."
        ),
    ] = False,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin",
            help='Read JSON: {"zoho": {...}, "desk": {"key": ...}}.',
        ),
    ] = False,
) -> None:
    """Ask for the credentials, without showing them, and store them encrypted."""
    vendors = _vendors(vendor)
    if from_env and stdin:
        raise typer.BadParameter("choose one of --from-env and --stdin")
    if not (from_env or stdin or _interactive()):
        raise typer.BadParameter("there is no terminal to ask at; use --from-env or --stdin")
    given = None
    if from_env:
        given = from_variables(vendors, environment(config_dir))
    elif stdin:
        given = from_stdin(vendors)
    vault = Vault.open(config_dir, create=True)
    known = revealed(vault.load())
    if given is None:
        asked = [vendor] if vendor else _used(config_dir)
        given = {name: ask(name, known.get(name, {})) for name in asked}
    changed = given  # Laid over what is there by then: somebody may take long to answer.
    contents = vault.update(lambda there: merged(revealed(there), changed))
    console = output.out()
    there = [name for name in given if getattr(contents, name) is not None]
    stored = " and ".join(KINDS[name].title for name in there)
    if stored:
        output.say(console, f"Stored the credentials of {stored} in {CREDENTIALS}, encrypted.")
    if NO_SIGN_IN in given and NO_SIGN_IN not in there:
        output.say(console, "Mail is sent without signing in.")
    output.say(console, f"Keep a copy of the key elsewhere: {vault.keys.source}")
    output.say(console, "Next: switchboard credentials test")


@credentials_app.command()
def show(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Show which credentials are set, masked."""
    vault = Vault.open(config_dir)
    contents = vault.load()
    rows = {name: _masked(getattr(contents, name)) for name in KINDS}
    if as_json:
        document = {"file": CREDENTIALS, "key": vault.keys.source, "credentials": rows}
        output.emit_json({**document, "notes": list(vault.notes)})
        return
    console = output.out()
    table = output.plain_table("Vendor", "Credential", "Value")
    for name, kind in KINDS.items():
        for field, value in (rows[name] or {"": "not set"}).items():
            table.add_row(kind.title, LABELS.get(field, field), value)
    console.print(table)
    for note in vault.notes:
        output.say(console, f"Not used: {note}")
    output.say(console, f"Encrypted in {CREDENTIALS}; key: {vault.keys.source}")


@credentials_app.command(name="test")
def try_connections(
    config_dir: ConfigDir = _HERE,
    send_test_mail: Annotated[
        str | None,
        typer.Option("--send-test-mail", metavar="ADDRESS", help="Also send a mail there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Call each vendor and the mail server, and say what they answered."""
    from switchboard.cli.mail_check import check_mail  # noqa: PLC0415
    from switchboard.doctor.connection_checks import (  # noqa: PLC0415  # Loads every client.
        check_connections,
    )

    if send_test_mail is not None and not is_mail_address(send_test_mail):
        raise typer.BadParameter(f"{send_test_mail} is not an e-mail address")
    configuration = load(config_dir)
    logs.configure(console_level="critical")  # What fails is told below, in its own words.

    async def check() -> list[ConnectionCheck]:
        mail = await check_mail(configuration, send_test_mail)
        return [*await check_connections(configuration), *([mail] if mail else [])]

    checks = asyncio.run(check())
    failed = [each.code or "" for each in checks if not each.ok]
    if as_json:
        found = [each.document() for each in checks]
        output.emit_json({"ok": not failed, "connections": found})
    else:
        for each in checks:
            _show_check(each)
    if failed:
        refused = all(output.of_a_vendor(code) for code in failed)
        raise typer.Exit(output.REFUSED if refused else output.USAGE)


@credentials_app.command(name="rotate-key")
def rotate_key(
    config_dir: ConfigDir = _HERE,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Forget the previous key at once.")
    ] = False,
) -> None:
    """Encrypt the credentials and the store's chats anew under a fresh key."""
    vault = Vault.open(config_dir)
    if not vault.path.exists():
        raise refuse("CFG-025", CREDENTIALS, "does not exist yet")
    # Chats move before a key goes: rotating forgets the oldest one, dropping also the previous.
    reseal_chats(config_dir, vault)
    known = vault.rotate()
    reseal_chats(config_dir, vault)
    if drop_old:
        known = vault.drop_old()
    console = output.out()
    if vault.keys.path is None:
        output.say(console, f"Encrypted anew with the first key of {vault.keys.source}.")
        return
    output.say(console, f"Encrypted anew; the fresh key is the first line of {vault.keys.source}.")
    if known > 1:
        output.say(
            console,
            "The previous key stays as the second line, for processes still running, until the"
            " next rotation. Leaked? Rotate again with --drop-old.",
        )


def _show_check(check: ConnectionCheck) -> None:
    console = output.out()
    word, style = ("works", "bold green") if check.ok else ("fails", "bold red")
    if check.ok and not check.set_up:
        word, style = "unused", "cyan"
    output.say(console, Text(f"{word:<9}", style=style) + Text(check.name, style="bold"))
    code = f"{check.code}  " if check.code else ""
    output.say(console, f"{code}{check.message}", indent=9)
    for title, rows in check.lists.items():
        output.say(console, Text(title.capitalize(), style="bold"), indent=9)
        if not rows:
            output.say(console, "none", indent=11)
            continue
        table = output.plain_table(*(name.capitalize() for name in rows[0]))
        for row in rows:
            table.add_row(*(_shown(value) for value in row.values()))
        console.print(Padding(table, (0, 0, 0, 11)))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _vendors(vendor: str) -> list[str]:
    if vendor and vendor not in KINDS:
        raise typer.BadParameter(f"{vendor} is unknown; choose {' or '.join(KINDS)}")
    return [vendor] if vendor else list(KINDS)


def _used(root: Path) -> list[str]:
    """Return what to ask about: what the documents there speak of, and what calls need."""
    calls = not chats_alone(root)
    return [
        name
        for name, kind in KINDS.items()
        if ((root / kind.document).exists() if kind.document else calls)
    ]


def _interactive() -> bool:
    return sys.stdin.isatty()


def _masked(part: BaseModel | None) -> dict[str, str] | None:
    if part is None:
        return None
    return {
        field: f"•••••••• ({len(value.get_secret_value())} characters)"
        if isinstance(value, SecretStr)
        else output.mask(str(value))
        for field, value in part
    }


credentials_app.command("zoho-code")(zoho_code)
