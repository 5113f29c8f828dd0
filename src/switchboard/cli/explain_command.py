"""`switchboard explain CODE`: what an error code means and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.output import AsJson
from switchboard.error_reference import about, every_code, near
from switchboard.errors import OperatorError


def explain(
    code: Annotated[str, typer.Argument(help="A code such as RC-429; none lists them all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what an error code means, what Switchboard does about it, and what you can do."""
    if not code:
        _list(as_json=as_json)
        return
    found = about(code)
    if found is None:
        family = [each.code for each in near(code)]
        known = f"There are: {', '.join(family)}." if family else "`switchboard explain` lists all."
        raise OperatorError("CLI-004", f"There is no error code {code.strip()!r}. {known}")
    if as_json:
        output.emit_json(asdict(found))
        return
    console = output.out()
    output.say(console, Text(f"{found.code}  ", style="bold red") + Text(f"{found.meaning}."))
    output.say(console, f"Switchboard: {found.we}.", indent=2)
    output.say(console, Text(f"You: {found.you}.", style="bold"), indent=2)


def _list(*, as_json: bool) -> None:
    if as_json:
        output.emit_json([asdict(each) for each in every_code()])
        return
    table = output.plain_table("Code", "What it means")
    for each in every_code():
        table.add_row(each.code, each.meaning)
    output.out().print(table)
