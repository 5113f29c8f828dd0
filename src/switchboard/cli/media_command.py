"""`switchboard calls media`: what still has to reach the CRM, why, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer
from rich.padding import Padding
from rich.text import Text

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli.audit_command import operator
from switchboard.cli.media_download import download
from switchboard.cli.output import DONE, PARKED, REFUSED, AsJson, ConfigDir, emit_json
from switchboard.cli.run_display import RunDisplay, screen
from switchboard.config.load import Configuration, load
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.media_work import work_media
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.story import piece_json
from switchboard.flows.call_to_lead.tools import Listener
from switchboard.flows.call_to_lead.working import working
from switchboard.flows.retrying import take_up
from switchboard.store import media
from switchboard.store.database import Database
from switchboard.store.database import now as store_now
from switchboard.store.media import DAY, MediaRow, State

_LINE = "{:<12}  {:<13} {:<9}  {:<6}  {:<12}  {}"
STATES: dict[str, tuple[State, ...]] = {
    "open": media.OPEN,
    "owed": ("owed",),
    "parked": ("parked",),
    "gone": ("gone",),
    "done": ("done",),
    "all": (),
}


class StateOption(StrEnum):
    """What can have become of a recording."""

    open = "open"
    owed = "owed"
    parked = "parked"
    gone = "gone"
    done = "done"
    all = "all"


def media_command(
    office: Annotated[
        list[str] | None, typer.Option("--office", help="Only this office; may be repeated.")
    ] = None,
    state: Annotated[
        StateOption, typer.Option("--state", help="Which to list; open: owed and parked.")
    ] = StateOption.open,
    expiring: Annotated[
        bool, typer.Option("--expiring", help="Only what RingCentral deletes soon.")
    ] = False,
    fetch: Annotated[bool, typer.Option("--fetch", help="Attach what is due now.")] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0, help="Stop fetching after so long.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Owe parked ones again.")] = False,
    wanted: Annotated[
        str | None,
        typer.Option("--download", metavar="ID", help="Save one, by its key or RingCentral's id."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Where to.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """List recordings and voicemails that Zoho CRM does not have yet, and work them off."""
    configuration = load(config_dir)
    offices = tuple(configuration.office(each).id for each in office or ())
    if fetch and not configuration.settings.media.enabled:
        raise OperatorError("CLI-001", "Nothing is fetched while media.enabled is false.")
    if fetch or retry or wanted is not None:
        names = logs.files_for("all", several_offices=False)
        logs.configure(configuration.logs_dir, files=names, console_level="error")
    if wanted is not None or to is not None:
        _save(configuration, wanted, to, alone=not (fetch or retry), as_json=as_json)
        return
    extra: dict[str, Any] = {}
    if retry:
        extra["reopened"] = _reopen(configuration, offices)
    if fetch:
        with RunDisplay(quiet=as_json) as display:
            stopped = asyncio.run(_fetch(configuration, offices, minutes, display.tell))
        extra |= {"stopped_by": stopped} if stopped else {}
    days = configuration.settings.media.alarm_days
    with open_store(configuration) as db:
        at = db.run_sync(store_now)
        until = at + days * DAY if expiring else None
        rows = db.run_sync(
            lambda conn: media.debt(
                conn, offices=offices, states=STATES[state], expires_before=until, limit=limit
            )
        )
        document = _summary(db, offices, days) | extra
    if as_json:
        emit_json({**document, "pieces": [piece_json(row) for row in rows]})
    else:
        _print(configuration, rows, document, at)
    if "stopped_by" in document:
        raise typer.Exit(REFUSED)
    raise typer.Exit(PARKED if document["parked"] or document["expiring"] else DONE)


def _reopen(configuration: Configuration, offices: Sequence[str]) -> int:
    def work(conn: sa.Connection) -> list[str]:
        parked = media.debt(conn, offices=offices, states=("parked",))
        return take_up(conn, "media", [row.key for row in parked], actor=operator())

    with open_store(configuration) as db:
        return len(db.run_sync(work))


async def _fetch(
    configuration: Configuration, offices: Sequence[str], minutes: float | None, tell: Listener
) -> str | None:
    async with open_session(configuration, tell=tell) as session, working(session.tools):
        await refresh(session.tools)  # Who was merged or converted since the last run.
        return await work_media(session.tools, offices=offices, minutes=minutes)


def _save(
    configuration: Configuration, wanted: str | None, to: Path | None, *, alone: bool, as_json: bool
) -> None:
    if wanted is None or to is None:
        raise OperatorError("CLI-001", "--download and --to belong together.")
    if not alone:
        raise OperatorError("CLI-001", "Use --download without --fetch and --retry.")
    with open_store(configuration) as db:
        found = db.run_sync(lambda conn: media.find(conn, wanted))
    if not found:
        raise OperatorError(
            "CLI-002",
            f"No recording or voicemail fits {wanted!r}. `switchboard calls media --state all "
            "--json` shows the known ones.",
        )
    size = download(configuration, found[0], to)
    if as_json:
        emit_json({"key": found[0].key, "file": str(to), "size": size})
    else:
        screen().print(
            f"Saved {size:,} bytes to {to}, unencrypted and readable by you alone. "
            "Delete it when it is no longer needed."
        )


def _summary(db: Database, offices: Sequence[str], alarm_days: float) -> dict[str, Any]:
    def look(conn: sa.Connection) -> dict[str, Any]:
        soon = media.expiring(conn, alarm_days, offices=offices)
        found: dict[str, Any] = {"expiring": len(soon)}
        if soon:
            found["alarm"] = f"MEDIA-001: {media.alarm(soon)}"
        return {**{str(k): v for k, v in media.counts(conn, offices=offices).items()}, **found}

    return db.run_sync(look)


def media_lines(pieces: Sequence[dict[str, Any]], zone: tzinfo) -> list[tuple[str, str]]:
    """Return a call's media as lines of its story: what, and what became of it."""
    lines = []
    for piece in pieces:
        state, why = piece["state"], piece["why"]
        code = f"{piece['error_code']}: " if piece["error_code"] else ""
        if state == "done":
            said = f"attached to {piece['module']} {piece['record_id']} as {piece['file_name']}"
        elif state == "owed" and piece["next_try"]:
            again = datetime.fromisoformat(piece["next_try"]).astimezone(zone)
            said = f"owed, next try {again:%d %b %H:%M}. {code}{why}".strip()
        else:
            said = f"{state}. {code}{why}".strip()
        if piece["transcript"] == "waiting":
            said += " Its transcript is being waited for."
        elif piece["transcript"] == "written":
            said += ", its transcript is in the note" if state == "done" else " (transcript noted)"
        lines.append((str(piece["kind"]).capitalize(), said))
    return lines


def _print(
    configuration: Configuration, rows: Sequence[MediaRow], document: dict[str, Any], at: float
) -> None:
    zones = {each.id: ZoneInfo(each.timezone) for each in configuration.offices}
    console = screen()
    if rows:
        heading = _LINE.format("When", "Caller", "What", "State", "Next try", "Deleted on")
        console.print(Text(heading.rstrip(), style="bold"))
    for row in rows:
        zone: tzinfo = zones.get(row.office or "", UTC)
        again = _moment(row.due_at, zone) if row.state == "owed" else ""
        when, caller = _moment(row.call_started_at, zone), _caller(row) or "withheld"
        line = Text(_LINE.format(when, caller, row.kind, row.state, again, ""))
        console.print(line + _deletion(row, zone, at, configuration.settings.media.alarm_days))
        why = f"{row.error_code}: {row.why}" if row.error_code else row.why or row.file_name
        about = f"{row.office or 'no office'}: {why or 'not tried yet'}"
        console.print(Padding(Text(about, style="dim"), (0, 0, 0, 14)))
    if document.get("reopened") is not None:
        screen().print(f"{document['reopened']} parked ones are owed again.")
    counted = ", ".join(f"{document[name]} {name}" for name in ("owed", "parked", "gone", "done"))
    screen().print(f"Recordings and voicemails: {counted}.")
    if "alarm" in document:
        screen().print(Text(document["alarm"], style="red"))
    if "stopped_by" in document:
        screen().print(Text(f"Stopped early: {document['stopped_by']}", style="red"))


def _deletion(row: MediaRow, zone: tzinfo, at: float, alarm_days: float) -> Text:
    if row.state not in media.OPEN or row.expires_at is None:
        return Text("")
    left = (row.expires_at - at) / DAY
    style = "red" if left < alarm_days else ""
    day = datetime.fromtimestamp(row.expires_at, UTC).astimezone(zone)
    when = "past" if left < 0 else f"in {left:.0f} days"
    return Text(f"{day:%d %b}, {when}", style=style)


def _caller(row: MediaRow) -> str | None:
    return row.person if row.person != row.interaction_id else None


def _moment(moment: float | None, zone: tzinfo) -> str:
    if moment is None:
        return ""
    return f"{datetime.fromtimestamp(moment, UTC).astimezone(zone):%d %b %H:%M}"
