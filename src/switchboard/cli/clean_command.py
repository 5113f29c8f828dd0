"""`switchboard clean`: remove what is older than the retention allows. Runs do it by themselves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.load import load
from switchboard.config.settings import RetentionSettings
from switchboard.housekeeping import CleanUp, clean_up

_HERE = Path()


def clean(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    config_dir: ConfigDir = _HERE,
    as_json: AsJson = False,
) -> None:
    """Remove logs, records, reports, mails and chats past their time, and crashes' leftovers."""
    configuration = load(config_dir)
    with open_store(configuration) as db:
        done = asyncio.run(clean_up(configuration, db, datetime.now(UTC), dry_run=dry_run))
    if as_json:
        output.emit_json({"dry_run": dry_run, **done.document()})
    else:
        _show(done, configuration.settings.retention, dry_run=dry_run)
    raise typer.Exit(output.USAGE if done.problems else output.DONE)


def _show(done: CleanUp, keep: RetentionSettings, *, dry_run: bool) -> None:
    rows = [
        ("log files", done.log_files, keep.log_days),
        ("raw call logs", done.raw_call_logs, keep.raw_call_log_days),
        ("reports", done.reports, keep.report_days),
        ("RingCentral's records in the store", done.records, keep.record_days),
        ("what runs said and planned", done.run_lines, keep.log_days),
        ("texts of mails that were sent", done.mails, keep.mail_days),
        ("words of chats", done.conversations, keep.conversation_days),
        ("chat deliveries", done.deliveries, keep.delivery_days),
        ("earlier configurations", done.configuration_changes, keep.configuration_days),
    ]
    console = output.out()
    head = "Would be removed" if dry_run else "Removed"
    table = output.plain_table(head, "number", "kept for", numbers=["number", "kept for"])
    for name, number, days in rows:
        table.add_row(name, str(number), f"{days:g} days" if days else "ever")
    table.add_row("temporary media files of dead processes", str(done.temporary_files), "")
    console.print(table)
    for problem in done.problems:
        output.say(output.err(), problem)
