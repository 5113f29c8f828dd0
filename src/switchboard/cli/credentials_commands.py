"""`switchboard credentials`: set, show, test and re-encrypt the vendors' secrets."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, SecretStr, ValidationError
from rich.text import Text

from switchboard import logs
from switchboard.cli import output
from switchboard.cli.chat_resealing import reseal_chats
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.cli.zoho_code_command import zoho_code
from switchboard.config.documents import is_mail_address
from switchboard.config.findings import refuse
from switchboard.config.load import load
from switchboard.config.places import CREDENTIALS, EMAIL
from switchboard.config.vault import Vault, VaultContents
from switchboard.vendors.credentials import RingCentralCredentials, SmtpCredentials, ZohoCredentials

if TYPE_CHECKING:
    from switchboard.bootstrap import ConnectionCheck

credentials_app = typer.Typer(
    name="credentials", help="The vendors' secrets, encrypted at rest.", no_args_is_help=True
)
_HERE = Path()
_KINDS: dict[str, tuple[str, type[BaseModel]]] = {
    "ringcentral": ("RingCentral", RingCentralCredentials),
    "zoho": ("Zoho", ZohoCredentials),
    "smtp": ("Mail server", SmtpCredentials),
}
_OPTIONAL = "smtp"  # Many a mail server knows its clients by their network.
_NONE = "-"
_LABELS = {
    "client_id": "client id",
    "client_secret": "client secret",
    "jwt": "JWT credential",
    "refresh_token": "refresh token",
    "username": "user name",
    "password": "password",
}


@credentials_app.command(name="set")
def set_credentials(
    vendor: Annotated[
        str,
        typer.Argument(help="ringcentral, zoho or smtp; all when left out.", metavar="[VENDOR]"),
    ] = "",
    config_dir: ConfigDir = _HERE,
    from_env: Annotated[
        bool,
        typer.Option(
            "--from-env", help="Read SWITCHBOARD_RINGCENTRAL_CLIENT_ID, ..., from the environment."
        ),
    ] = False,
    from_stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", help='Read JSON: {"ringcentral": {...}, "zoho": {...}, "smtp": {...}}.'
        ),
    ] = False,
) -> None:
    """Ask for the credentials, without showing them, and store them encrypted."""
    vendors = _vendors(vendor)
    if from_env and from_stdin:
        raise typer.BadParameter("choose one of --from-env and --stdin")
    if not (from_env or from_stdin or _interactive()):
        raise typer.BadParameter("there is no terminal to ask at; use --from-env or --stdin")
    given = _from_env(vendors) if from_env else _from_stdin(vendors) if from_stdin else None
    vault = Vault.open(config_dir, create=True)
    known = _revealed(vault.load())
    if given is None:
        if not vendor and not (config_dir / EMAIL).exists():
            vendors.remove(_OPTIONAL)  # Nobody sends mail here.
        given = {name: _ask(name, known.get(name, {})) for name in vendors}
    for name, fields in given.items():
        known[name] = {**known.get(name, {}), **fields}
        if name == _OPTIONAL and fields.get("username") in {_NONE, ""}:
            known.pop(name)
    vault.save(_checked(known))
    console = output.out()
    stored = " and ".join(_KINDS[name][0] for name in given if name in known)
    if stored:
        output.say(console, f"Stored the credentials of {stored} in {CREDENTIALS}, encrypted.")
    if _OPTIONAL in given and _OPTIONAL not in known:
        output.say(console, "Mail is sent without signing in.")
    output.say(console, f"Keep a copy of the key elsewhere: {vault.keys.source}")
    output.say(console, "Next: switchboard credentials test")


@credentials_app.command()
def show(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Show which credentials are set, masked."""
    vault = Vault.open(config_dir)
    contents = vault.load()
    rows = {name: _masked(getattr(contents, name)) for name in _KINDS}
    if as_json:
        document = {"file": CREDENTIALS, "key": vault.keys.source, "credentials": rows}
        output.emit_json({**document, "notes": list(vault.notes)})
        return
    console = output.out()
    table = output.plain_table("Vendor", "Credential", "Value")
    for name, (title, _) in _KINDS.items():
        for field, value in (rows[name] or {"": "not set"}).items():
            table.add_row(title, _LABELS.get(field, field), value)
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
    from switchboard.bootstrap import check_connections  # noqa: PLC0415  # Loads every client.
    from switchboard.cli.mail_check import check_mail  # noqa: PLC0415

    if send_test_mail is not None and not is_mail_address(send_test_mail):
        raise typer.BadParameter(f"{send_test_mail} is not an e-mail address")
    configuration = load(config_dir)
    logs.configure(console_level="critical")  # What fails is told below, in its own words.

    async def check() -> list[ConnectionCheck]:
        mail = await check_mail(configuration, send_test_mail)
        return [*await check_connections(configuration), *([mail] if mail else [])]

    checks = asyncio.run(check())
    if as_json:
        output.emit_json(
            {
                "ok": all(each.ok for each in checks),
                "connections": [
                    {"name": each.name, "ok": each.ok, "code": each.code, "message": each.message}
                    for each in checks
                ],
            }
        )
    else:
        console = output.out()
        for each in checks:
            word, style = ("works", "bold green") if each.ok else ("fails", "bold red")
            code = f"{each.code}  " if each.code else ""
            head = Text(f"{word:<9}", style=style) + Text(each.name, style="bold")
            output.say(console, head)
            output.say(console, f"{code}{each.message}", indent=9)
    if not all(each.ok for each in checks):
        raise typer.Exit(output.REFUSED)


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


def _vendors(vendor: str) -> list[str]:
    if vendor and vendor not in _KINDS:
        raise typer.BadParameter(f"{vendor} is unknown; choose {' or '.join(_KINDS)}")
    return [vendor] if vendor else list(_KINDS)


def _interactive() -> bool:
    return sys.stdin.isatty()


def _ask(name: str, known: dict[str, str]) -> dict[str, str]:
    title, model = _KINDS[name]
    output.say(output.err(), Text(title, style="bold"))
    answers: dict[str, str] = {}
    if name == _OPTIONAL:
        answers["username"] = _ask_user_name(known)
        if answers["username"] in {_NONE, ""}:
            return answers
    for field, info in model.model_fields.items():
        if field in answers:
            continue
        keep = field in known
        hint = f" [{'Enter keeps the present one' if keep else 'hidden'}]"
        secret = info.annotation is SecretStr
        answer: str = typer.prompt(
            f"  {_LABELS[field]}{hint if secret or keep else ''}",
            default="" if keep else None,
            show_default=False,
            hide_input=secret,
            err=True,
        )
        if answer.strip():
            answers[field] = answer.strip()
    return answers


def _ask_user_name(known: dict[str, str]) -> str:
    """Ask for the one answer that may be none: a mail server that needs no sign-in."""
    keep = known.get("username", "")
    hint = f"Enter keeps the present one, {_NONE} for none" if keep else "Enter for no sign-in"
    answer: str = typer.prompt(
        f"  {_LABELS['username']} [{hint}]", default=keep, show_default=False, err=True
    )
    return answer.strip()


def _from_env(vendors: list[str]) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = {}
    missing = []
    for name in vendors:
        for field in _KINDS[name][1].model_fields:
            variable = f"SWITCHBOARD_{name}_{field}".upper()
            value = os.environ.get(variable, "").strip()
            if value:
                given.setdefault(name, {})[field] = value
            else:
                missing.append((name, variable))
    # A vendor nobody mentions is left alone; a half of one is a mistake.
    lacking = [variable for name, variable in missing if name in given or len(vendors) == 1]
    if lacking or not given:
        wanted = ", ".join(lacking or (variable for _, variable in missing))
        raise refuse("CFG-025", "environment", f"lacks {wanted}", hint="Set them and try again.")
    return given


def _from_stdin(vendors: list[str]) -> dict[str, dict[str, str]]:
    try:
        value: Any = json.loads(sys.stdin.read())
    except json.JSONDecodeError as error:
        # Never the text itself: it holds the secrets.
        message = f"is not valid JSON (line {error.lineno}, column {error.colno})"
        raise refuse("CFG-003", "standard input", message) from None
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        message = 'must be an object such as {"ringcentral": {...}, "zoho": {...}}'
        raise refuse("CFG-005", "standard input", message)
    unknown = sorted(set(value) - set(vendors))
    if unknown or not value:
        message = f"names {', '.join(unknown) or 'no vendor'}; expected {', '.join(vendors)}"
        raise refuse("CFG-004", "standard input", message)
    return value


def _checked(known: dict[str, dict[str, str]]) -> VaultContents:
    try:
        return VaultContents.model_validate(known)
    except ValidationError as error:
        # The error's own words repeat the values: only its places are told.
        places = {".".join(map(str, each["loc"])): each["type"] for each in error.errors()}
        words = {"missing": "is missing", "extra_forbidden": "is not a known key"}
        message = "; ".join(f"{key} {words.get(kind, 'is empty')}" for key, kind in places.items())
        raise refuse("CFG-025", CREDENTIALS, message) from None


def _revealed(contents: VaultContents) -> dict[str, dict[str, str]]:
    return {
        name: {
            field: value.get_secret_value() if isinstance(value, SecretStr) else value
            for field, value in part
        }
        for name, part in contents
        if part is not None
    }


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
