"""`switchboard audit`: read the trail of who did what, and prove that nobody changed it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import sqlalchemy as sa
import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.load import load
from switchboard.store import audit
from switchboard.store.audit import Anchor

T = TypeVar("T")
audit_app = typer.Typer(
    name="audit", help="The trail of who did what, and its proof.", no_args_is_help=True
)
_HERE = Path()


def operator() -> str:
    """Name who runs this command, for the trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # A user id without a name, as containers have.
        return "cli"


@audit_app.command(name="list")
def list_entries(
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="DATE", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
                     help="From this moment on (UTC)."),
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Only what this one did.")] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Only what it was done to; a part is enough.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List what was done, newest first."""
    start = since.replace(tzinfo=UTC).timestamp() if since else None
    found = _in_store(
        config_dir,
        partial(audit.entries, since=start, actor=actor, subject=subject, limit=limit),
    )
    if as_json:
        output.emit_json([each.document() for each in found])
        return
    table = output.plain_table("row", "when (UTC)", "who", "what", "to", numbers=["row"])
    for each in found:
        when = f"{datetime.fromtimestamp(each.at, UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(str(each.seq), when, each.actor, each.action, each.subject)
    output.out().print(table)


@audit_app.command()
def verify(
    anchor: Annotated[
        list[str] | None,
        typer.Option("--anchor", metavar="HASH@SEQ", help="What `audit anchor` printed before."),
    ] = None,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Compute the chain again; end with 1 if a row was changed, removed, inserted or moved."""
    anchors = [_anchor(each) for each in anchor or []]
    report = _in_store(config_dir, partial(audit.verify, anchors=anchors))
    if as_json:
        problems = [{"seq": p.seq, "kind": p.kind, "message": p.message} for p in report.problems]
        document = {"sound": not problems, "rows": report.rows, "anchor": str(report.head)}
        output.emit_json({**document, "problems": problems})
    else:
        for each in report.problems:
            output.say(output.err(), f"DATA-004  {each.message}")
        sound = "is sound" if not report.problems else "is not what was written"
        output.say(output.out(), f"The audit trail of {report.rows} rows {sound}.")
        if not anchors and not report.problems:
            hint = "To notice a cut-off end as well, keep `switchboard audit anchor` elsewhere."
            output.say(output.out(), hint)
    raise typer.Exit(output.PARKED if report.problems else output.DONE)


@audit_app.command()
def anchor(config_dir: ConfigDir = _HERE, as_json: AsJson = False) -> None:
    """Print the newest row's hash; kept elsewhere, it proves that nothing before was changed."""
    head = _in_store(config_dir, audit.head)
    if as_json:
        output.emit_json({"anchor": str(head), "seq": head.seq, "hash": head.hash})
    else:
        output.say(output.out(), str(head))


def _anchor(text: str) -> Anchor:
    found = Anchor.read(text)
    if found is None:
        raise typer.BadParameter(f"{text} is not HASH@SEQ as `audit anchor` prints it")
    return found


def _in_store(config_dir: Path, fn: Callable[[sa.Connection], T]) -> T:
    with open_store(load(config_dir)) as db:
        return db.run_sync(fn)
