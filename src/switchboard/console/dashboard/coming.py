"""What happens next by itself: runs of the timetable, and jobs beside them that are put off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.console.attention.running import LANES
from switchboard.jobs.chores import Diary
from switchboard.jobs.timetable import Entry, entries_of, next_slot
from switchboard.jobs.timetable_text import moment, whose
from switchboard.store import schedules

MOST_RUNS = 4
PAST_SECONDS = 90.0  # Taking up what is due takes a moment.


@dataclass(frozen=True, slots=True)
class Coming:
    """A run of the timetable; `text` is its time in the timetable's zone."""

    name: str
    text: str
    whose: str
    at: float
    running: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class PutOff:
    """A job beside the runs that failed and is tried again later."""

    title: str
    code: str
    failures: int
    due_at: float


def next_runs(
    configuration: Configuration, rows: Mapping[str, schedules.Row], now: float
) -> list[Coming]:
    """Return the runs in the order in which they come; one that is overdue first."""
    listed = {run.name: run for run in configuration.schedule.runs}
    names = {office.id: office.name for office in configuration.offices}
    found = []
    for entry in entries_of(configuration.schedule, configuration.offices):
        at, late = _slot(entry, rows.get(entry.name), now)
        if at is None:
            continue
        run = listed[entry.name].model_copy(
            update={"offices": tuple(names.get(o, o) for o in listed[entry.name].offices)}
        )
        row = rows.get(entry.name)
        running = row is not None and row.holder is not None and row.holder_until > now
        text = moment(at, now, entry.zone)
        found.append(Coming(entry.name, text, whose(run), at, running, late))
    return sorted(found, key=lambda each: each.at)[:MOST_RUNS]


def put_off(diary: Diary) -> list[PutOff]:
    """Return the jobs whose last attempts failed, the longest failing first."""
    found = [
        PutOff(
            LANES.get(name, (name.capitalize(), ""))[0], entry.code, entry.failures, entry.due_at
        )
        for name, entry in diary.entries.items()
        if entry.failures and entry.code
    ]
    return sorted(found, key=lambda each: (-each.failures, each.title))


def _slot(entry: Entry, row: schedules.Row | None, now: float) -> tuple[float | None, bool]:
    """Return when it comes; the store knows better when it is late, as with no service at work."""
    known = row is not None and row.cron == entry.rule and row.next_at is not None
    if known and row is not None and row.next_at is not None and row.next_at < now - PAST_SECONDS:
        return row.next_at, True
    return next_slot(entry, now), False


def rows_of(conn: sa.Connection) -> dict[str, schedules.Row]:
    return schedules.rows(conn)
