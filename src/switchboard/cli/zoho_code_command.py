"""`switchboard credentials zoho-code`: turn the code of a Zoho self client into credentials."""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from switchboard.bootstrap import redeem_zoho_code
from switchboard.cli import output
from switchboard.cli.output import ConfigDir
from switchboard.config.credentials import Zoho, redeemed
from switchboard.config.load import Configuration, load
from switchboard.config.places import CREDENTIALS
from switchboard.config.vault import Vault


class Product(StrEnum):
    """Which connection the code was made for: its scopes decide that."""

    CRM = "crm"
    DESK = "desk"
    SALESIQ = "salesiq"


_KEPT: dict[Product, Zoho] = {
    Product.CRM: "zoho",
    Product.DESK: "desk",
    Product.SALESIQ: "salesiq",
}
_LABELS = {"client_id": "Zoho client id", "client_secret": "Client secret", "code": "Code"}


def zoho_code(
    config_dir: ConfigDir = Path(),
    product: Annotated[
        Product, typer.Option("--for", help="What the code's scopes are for.")
    ] = Product.CRM,
    from_stdin: Annotated[
        bool,
        typer.Option("--stdin", help="Read JSON: client_id, client_secret and code."),
    ] = False,
) -> None:
    """Exchange the code of a Zoho self client for a refresh token, and store it encrypted."""
    configuration = load(config_dir)
    given = _read() if from_stdin else _ask()
    asyncio.run(_store(configuration, product, given))
    console = output.out()
    output.say(console, f"Zoho accepted the code; its credentials are in {CREDENTIALS}, encrypted.")
    output.say(console, "Next: switchboard credentials test")


async def _store(configuration: Configuration, product: Product, given: dict[str, str]) -> None:
    vault = Vault.open(configuration.root, create=True)
    credentials = await redeem_zoho_code(configuration, vault.cipher, **given)
    vault.update(lambda known: redeemed(known, _KEPT[product], credentials))


def _ask() -> dict[str, str]:
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at; use --stdin")
    return {
        name: typer.prompt(label, hide_input=name != "client_id").strip()
        for name, label in _LABELS.items()
    }


def _read() -> dict[str, str]:
    try:
        document: Any = json.load(sys.stdin)
    except ValueError as error:
        raise typer.BadParameter("standard input is not JSON") from error
    missing = [name for name in _LABELS if not isinstance(document, dict) or not document.get(name)]
    if missing:
        raise typer.BadParameter(f"standard input lacks {', '.join(missing)}")
    return {name: str(document[name]).strip() for name in _LABELS}
