"""Print what became of a call, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from switchboard.cli.callbacks_command import callback_lines
from switchboard.cli.media_command import media_lines
from switchboard.cli.run_display import screen
from switchboard.config.load import Configuration
from switchboard.reports import wording


def print_story(story: dict[str, Any], configuration: Configuration) -> None:
    """Print a story for a person."""
    zone = next(
        (ZoneInfo(o.timezone) for o in configuration.offices if o.id == story["office"]), UTC
    )
    started = datetime.fromisoformat(story["started_at"]).astimezone(zone)
    call = story["call"] or {}
    rows: list[tuple[str, str]] = [
        ("Call", story["session"]),
        ("When", f"{started:%a %d %b %Y %H:%M:%S %Z}"),
        (
            "Caller",
            " ".join(filter(None, (story["caller"] or "withheld", call.get("caller_name")))),
        ),
        ("RingCentral", f"{call.get('direction')}, result {call.get('result_raw')!r}"),
        ("Outcome", wording.outcome(story["outcome"], story["reason"])),
    ]
    whose = story["attribution"]
    if whose:
        rows.append(
            ("Office", f"{whose['office_id']} ({whose['extension_name']}, {whose['role']})")
        )
    decision = story["decision"] or {}
    if decision:
        rows.append(("Match", decision["match"]["why"]))
        if decision.get("owner_why"):
            rows.append(("Owner", f"{decision['owner_id']}: {decision['owner_why']}"))
        if decision.get("status_why"):
            rows.append(("Status", decision["status_why"]))
    fate = story["fate"] + (f" ({story['error_code']})" if story["error_code"] else "")
    rows += [("Fate", fate), ("Why", story["why"])]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, escape(value))
    for write in story["writes"]:
        said = f"{write['state']} {write['module']} {write['zoho_id'] or ''}".strip()
        if write["error"]:
            said += f" {write['error_code']}: {write['error']}"
        table.add_row(f"Wrote {write['kind']}", escape(said))
    for name, value in media_lines(story["media"], zone):
        table.add_row(name, escape(value))
    for name, value in callback_lines(story["call_back"], zone):
        table.add_row(name, escape(value))
    screen().print(table)
    screen().print()
