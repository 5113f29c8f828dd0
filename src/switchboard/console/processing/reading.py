"""Read what the pages of runs show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.console.processing.words import Shown
from switchboard.store import reports, run_lines, run_plans, runs
from switchboard.store.run_lines import Line
from switchboard.store.runs import Wanted
from switchboard.store.tables import interaction

ROWS = 25
FIRST_LINES = 300  # Of a page; what came before is in the log to be downloaded.
MOST_PARKED = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the history, and what runs now."""

    runs: Sequence[Shown]
    running: Sequence[Shown]
    count: int
    actors: Sequence[str]
    last: Shown | None = None  # The newest of all, whatever is looked for.


@dataclass(frozen=True, slots=True)
class Plan:
    """One page of a plan."""

    lines: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Story:
    """All that a run's page shows."""

    shown: Shown
    lines: Sequence[Line]
    has_report: bool = False
    parked: Sequence[Any] = ()
    plan: Plan | None = None
    beside: Sequence[Shown] = field(default_factory=tuple)  # Others at work on these offices.

    @property
    def last(self) -> int:
        return self.lines[-1].number if self.lines else 0

    @property
    def earlier(self) -> int:
        """How many lines came before those shown."""
        return self.lines[0].number - 1 if self.lines else 0


def listed(conn: sa.Connection, offices: Sequence[Office], wanted: Wanted, page: int) -> Listed:
    """Return a page of the history."""
    found = runs.history(conn, wanted, limit=ROWS, offset=(page - 1) * ROWS)
    newest = runs.history(conn, Wanted(), limit=1)
    return Listed(
        runs=[Shown(each, offices) for each in found],
        running=[Shown(each, offices) for each in runs.running(conn)],
        count=runs.counted(conn, wanted),
        actors=runs.actors(conn),
        last=Shown(newest[0], offices) if newest else None,
    )


def story(
    conn: sa.Connection, run_id: str, offices: Sequence[Office], action: str, page: int
) -> Story | None:
    """Return a run with what it said last, and how it ended."""
    watched = runs.watch(conn, run_id)
    if watched is None:
        return None
    shown = Shown(watched, offices)
    mine = set(shown.options.get("offices") or ())
    return Story(
        shown=shown,
        lines=run_lines.newest(conn, run_id, FIRST_LINES),
        has_report=reports.get(conn, run_id) is not None,
        parked=_parked(conn, shown) if shown.total("parked") and not shown.dry else (),
        plan=_plan(conn, run_id, action, page) if shown.dry and not shown.running else None,
        beside=[
            other
            for other in (Shown(each, offices) for each in runs.running(conn))
            if other.id != run_id and mine & set(other.options.get("offices") or ())
        ]
        if shown.running
        else (),
    )


def pages_of(path: str, query: Mapping[str, str], page: int, count: int) -> tuple[str, str]:
    """Return the addresses of the newer and the older page, "" where there is none."""

    def address(number: int) -> str:
        kept = {name: value for name, value in query.items() if value and name != "page"}
        if number > 1:
            kept["page"] = str(number)
        return f"{path}?{urlencode(kept)}" if kept else path

    newer = address(page - 1) if page > 1 else ""
    return newer, address(page + 1) if page * ROWS < count else ""


def _plan(conn: sa.Connection, run_id: str, action: str, page: int) -> Plan:
    lines = run_plans.lines(conn, run_id, action=action, limit=ROWS, offset=(page - 1) * ROWS)
    return Plan(lines, run_plans.counts(conn, run_id))


def _parked(conn: sa.Connection, shown: Shown) -> Sequence[Any]:
    """Return calls of these offices that were parked while the run worked."""
    run = shown.watched.run
    c = interaction.c
    query = (
        sa.select(c.id, c.person, c.office, c.started_at, c.error_code, c.why)
        .where(
            c.kind == "call",
            c.fate == "parked",
            c.office.in_(shown.options.get("offices") or ()),
            c.updated_at.between(run.started_at, run.finished_at or shown.watched.at),
        )
        .order_by(c.started_at.desc())
        .limit(MOST_PARKED)
    )
    return conn.execute(query).all()


def asked_again(shown: Shown) -> str:
    """Return the address of the form, filled in as for this run."""
    options = shown.options
    chosen = list(options.get("offices") or ())
    types = list(options.get("types") or ())
    fields = {
        "office": chosen[0] if len(chosen) == 1 else "",
        "hours": f"{float(options.get('hours_back') or 0):g}",
        "types": types[0] if len(types) == 1 else "all",
        "dry_run": "1" if options.get("dry_run") else "",
    }
    return f"/processing?{urlencode({k: v for k, v in fields.items() if v})}"
