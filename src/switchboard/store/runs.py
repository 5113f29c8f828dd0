"""Keep what each run was asked, who asked, how far it is and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store.database import now
from switchboard.store.tables import run, worker

# A process renews its sign of life several times a minute; one elsewhere is given up after this.
SILENT_SECONDS = 180.0
CLOSING_SECONDS = 120.0  # Between a run's end and its last line lie its report and its mails.


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run; `options` and `summary` are JSON text, `outcome` is empty until it ended."""

    id: str
    kind: str
    started_at: float
    office: str | None = None
    options: str = "{}"
    finished_at: float | None = None
    outcome: str | None = None
    summary: str = "{}"
    actor: str = ""
    worker: str | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    stop_requested_at: float | None = None
    stop_requested_by: str | None = None
    closed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A run, and whether the process that works on it still gives signs of life."""

    run: Run
    alive: bool
    at: float

    @property
    def running(self) -> bool:
        return self.run.finished_at is None and self.alive

    @property
    def died(self) -> bool:
        """It has no end, and nobody is left to write one."""
        return self.run.finished_at is None and not self.alive

    @property
    def over(self) -> bool:
        """No line follows any more."""
        if self.run.finished_at is None:
            return not self.alive
        return self.run.closed_at is not None or self.at > self.run.finished_at + CLOSING_SECONDS


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs to show; empty: all. `actor` is a person or program, or a door such as "cli:"."""

    office: str = ""
    outcome: str = ""  # running | done | stopped | failed | interrupted | died | dry_run
    actor: str = ""


def start(conn: sa.Connection, new: Run) -> None:
    conn.execute(sa.insert(run).values(**asdict(new)))


def finish(
    conn: sa.Connection, run_id: str, *, outcome: str, summary: str, finished_at: float
) -> None:
    conn.execute(
        sa.update(run)
        .where(run.c.id == run_id)
        .values(outcome=outcome, summary=summary, finished_at=finished_at)
    )


def move(conn: sa.Connection, run_id: str, *, stage: str, done: int, total: int) -> None:
    """Note how far a run is."""
    values = {"stage": stage, "done": done, "total": total}
    conn.execute(sa.update(run).where(run.c.id == run_id).values(**values))


def close(conn: sa.Connection, run_id: str) -> None:
    """Note that nothing more will be said about a run."""
    mine = (run.c.id == run_id) & run.c.closed_at.is_(None)
    conn.execute(sa.update(run).where(mine).values(closed_at=now(conn)))


def request_stop(conn: sa.Connection, run_id: str, actor: str) -> bool:
    """Ask a run to stop, in whatever process it works; False when it ended or was asked before."""
    open_ = run.c.finished_at.is_(None) & run.c.stop_requested_at.is_(None)
    asked = sa.update(run).where((run.c.id == run_id) & open_)
    asked = asked.values(stop_requested_at=now(conn), stop_requested_by=actor)
    return conn.execute(asked).rowcount == 1


def stop_requested(conn: sa.Connection, run_id: str) -> str | None:
    """Return who asked the run to stop."""
    found: str | None = conn.scalar(sa.select(run.c.stop_requested_by).where(run.c.id == run_id))
    return found


def get(conn: sa.Connection, run_id: str) -> Run | None:
    row = conn.execute(sa.select(run).where(run.c.id == run_id)).first()
    return None if row is None else _run(row)


def watch(conn: sa.Connection, run_id: str) -> Watched | None:
    """Return a run with its signs of life."""
    found = _watched(conn, run.c.id == run_id, limit=1)
    return found[0] if found else None


def recent(conn: sa.Connection, limit: int = 20) -> list[Run]:
    """Return the newest runs first."""
    query = sa.select(run).order_by(run.c.started_at.desc(), run.c.id).limit(limit)
    return [_run(row) for row in conn.execute(query)]


def unfinished(conn: sa.Connection) -> list[Run]:
    """Return runs without an end: running now, or killed."""
    query = sa.select(run).where(run.c.finished_at.is_(None)).order_by(run.c.started_at)
    return [_run(row) for row in conn.execute(query)]


def running(conn: sa.Connection) -> list[Watched]:
    """Return the runs at work now, the newest first."""
    return [each for each in _watched(conn, run.c.finished_at.is_(None)) if each.running]


def history(conn: sa.Connection, wanted: Wanted, *, limit: int, offset: int = 0) -> list[Watched]:
    """Return the newest runs among those wanted."""
    return _watched(conn, _fitting(conn, wanted), limit=limit, offset=offset)


def counted(conn: sa.Connection, wanted: Wanted) -> int:
    """Return how many runs are wanted."""
    joined = run.outerjoin(worker, worker.c.id == run.c.worker)
    query = sa.select(sa.func.count()).select_from(joined).where(_fitting(conn, wanted))
    return conn.scalar(query) or 0


def actors(conn: sa.Connection) -> Sequence[str]:
    """Return everybody who ever started a run."""
    query = sa.select(run.c.actor).where(run.c.actor != "").distinct().order_by(run.c.actor)
    return conn.scalars(query).all()


def _alive(at: float) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(worker.c.heartbeat > at - SILENT_SECONDS, sa.false())


def _fitting(conn: sa.Connection, wanted: Wanted) -> sa.ColumnElement[bool]:
    alive, open_ = _alive(now(conn)), run.c.finished_at.is_(None)
    outcomes: dict[str, sa.ColumnElement[bool]] = {
        "running": open_ & alive,
        "died": open_ & ~alive,
        "dry_run": run.c.options.contains('"dry_run": true'),
    }
    those: list[sa.ColumnElement[bool]] = [sa.true()]
    if wanted.office:
        those.append(run.c.options.contains(json.dumps(wanted.office), autoescape=True))
    if wanted.outcome:
        those.append(outcomes.get(wanted.outcome, run.c.outcome == wanted.outcome))
    if wanted.actor.endswith(":"):
        those.append(run.c.actor.startswith(wanted.actor, autoescape=True))
    elif wanted.actor:
        those.append(run.c.actor == wanted.actor)
    return sa.and_(*those)


def _watched(
    conn: sa.Connection, where: sa.ColumnElement[bool], *, limit: int | None = None, offset: int = 0
) -> list[Watched]:
    at = now(conn)
    query = (
        sa.select(run, _alive(at).label("alive"))
        .outerjoin(worker, worker.c.id == run.c.worker)
        .where(where)
        .order_by(run.c.started_at.desc(), run.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = []
    for row in conn.execute(query):
        values = row._asdict()
        alive_now = bool(values.pop("alive"))
        found.append(Watched(Run(**values), alive_now, at))
    return found


def _run(row: sa.Row[Any]) -> Run:
    return Run(**row._asdict())
