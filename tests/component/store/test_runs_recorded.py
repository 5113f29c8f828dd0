"""What the store knows of a run while it works, and afterwards, on both backends."""

from __future__ import annotations

import json
from functools import partial

import sqlalchemy as sa

from switchboard.store import leases, run_lines, run_plans, runs
from switchboard.store.database import Database, now
from switchboard.store.leases import WorkerIdentity
from switchboard.store.run_lines import Line
from switchboard.store.runs import Run, Wanted
from switchboard.store.tables import worker


def a_run(run_id: str = "r1", *, at: float = 1000.0, **rest: object) -> Run:
    options = json.dumps({"offices": ["north"], "dry_run": False})
    values = {"kind": "calls", "worker": f"host/{run_id}", "options": options, **rest}
    return Run(id=run_id, started_at=at, **values)  # type: ignore[arg-type]


async def begin(db: Database, new: Run, *, alive: bool = True) -> Run:
    def work(conn: sa.Connection) -> None:
        runs.start(conn, new)
        if alive:
            who = WorkerIdentity(str(new.worker), "elsewhere", 1, 1.0)
            leases.register(conn, who, now(conn))

    await db.run(work)
    return new


async def end(db: Database, run_id: str, outcome: str = "done") -> None:
    finish = partial(runs.finish, outcome=outcome, summary="{}", finished_at=2000.0)
    await db.run(lambda conn: finish(conn, run_id))


async def ids(db: Database, **wanted: str) -> list[str]:
    those = Wanted(**wanted)
    found = await db.read(lambda conn: runs.history(conn, those, limit=9))
    assert await db.read(lambda conn: runs.counted(conn, those)) == len(found)
    return [each.run.id for each in found]


def lines(*numbers: int) -> list[Line]:
    return [Line(number, float(number), "info", f"line {number}") for number in numbers]


async def test_lines_written_twice_are_there_once(db: Database) -> None:
    """After a commit in doubt the same lines are sent again."""
    await db.run(partial(run_lines.append, run_id="r1", lines=lines(1, 2)))
    await db.run(partial(run_lines.append, run_id="r1", lines=lines(1, 2, 3)))
    await db.run(partial(run_lines.append, run_id="r2", lines=lines(1)))
    found = await db.read(partial(run_lines.after, run_id="r1", number=1))
    assert [each.text for each in found] == ["line 2", "line 3"]
    newest = await db.read(partial(run_lines.newest, run_id="r1", limit=2))
    assert [each.number for each in newest] == [2, 3]
    assert await db.run(partial(run_lines.purge, before=2.5)) == 3
    left = await db.read(partial(run_lines.newest, run_id="r1", limit=9))
    assert [each.number for each in left] == [3]


async def test_a_run_is_asked_to_stop_once_and_only_while_it_works(db: Database) -> None:
    await begin(db, a_run())
    assert await db.run(partial(runs.request_stop, run_id="r1", actor="console:ana"))
    assert not await db.run(partial(runs.request_stop, run_id="r1", actor="console:ben"))
    assert await db.read(partial(runs.stop_requested, run_id="r1")) == "console:ana"
    await begin(db, a_run("r2"))
    await end(db, "r2")
    assert not await db.run(partial(runs.request_stop, run_id="r2", actor="console:ana"))
    assert not await db.run(partial(runs.request_stop, run_id="none", actor="console:ana"))


async def test_a_run_whose_worker_is_gone_has_died(db: Database) -> None:
    """Killed processes write no end; their sign of life is missing, or has become old."""
    await begin(db, a_run("works"))
    await begin(db, a_run("buried"), alive=False)
    await begin(db, a_run("silent"))
    old = sa.update(worker).where(worker.c.id == "host/silent").values(heartbeat=1.0)
    await db.run(lambda conn: conn.execute(old))
    assert await ids(db, outcome="running") == ["works"]
    assert set(await ids(db, outcome="died")) == {"buried", "silent"}
    assert [each.run.id for each in await db.read(runs.running)] == ["works"]
    buried = await db.read(partial(runs.watch, run_id="buried"))
    assert buried is not None
    assert (buried.running, buried.died, buried.over) == (False, True, True)


async def test_a_run_is_over_once_its_last_line_is_written(db: Database) -> None:
    await begin(db, a_run(at=1e12))
    finish = partial(runs.finish, outcome="done", summary="{}", finished_at=1e12)
    await db.run(lambda conn: finish(conn, "r1"))
    watched = await db.read(partial(runs.watch, run_id="r1"))
    assert watched is not None
    assert not watched.over
    await db.run(partial(runs.close, run_id="r1"))
    watched = await db.read(partial(runs.watch, run_id="r1"))
    assert watched is not None
    assert watched.over


async def test_the_history_is_found_by_office_outcome_and_starter(db: Database) -> None:
    await begin(db, a_run("a", at=1.0, actor="cli:ana"))
    dry = json.dumps({"offices": ["south_%"], "dry_run": True})
    await begin(db, a_run("b", at=2.0, actor="console:ana", options=dry))
    await begin(db, a_run("c", at=3.0, actor="schedule:daily"))
    await end(db, "a")
    await end(db, "b")
    await end(db, "c", "interrupted")
    assert await ids(db) == ["c", "b", "a"]
    assert await ids(db, office="north") == ["c", "a"]
    assert await ids(db, office="south_%") == ["b"]
    assert await ids(db, office="south__") == []
    assert await ids(db, outcome="dry_run") == ["b"]
    assert await ids(db, outcome="interrupted") == ["c"]
    assert await ids(db, actor="cli:") == ["a"]
    assert await ids(db, actor="console:ana") == ["b"]
    assert list(await db.read(runs.actors)) == ["cli:ana", "console:ana", "schedule:daily"]


async def test_a_plan_is_kept_in_its_order_and_goes_with_time(db: Database) -> None:
    await begin(db, a_run(at=1000.0))
    plan = [{"action": "write" if n % 2 else "skip", "call": f"c{n}"} for n in range(5)]
    await db.run(partial(run_plans.keep, run_id="r1", lines=plan))
    assert await db.read(partial(run_plans.counts, run_id="r1")) == {"write": 2, "skip": 3}
    found = await db.read(partial(run_plans.lines, run_id="r1", limit=2, offset=1))
    assert [each["call"] for each in found] == ["c1", "c2"]
    written = await db.read(partial(run_plans.lines, run_id="r1", action="write", limit=9))
    assert [each["call"] for each in written] == ["c1", "c3"]
    assert await db.run(partial(run_plans.purge, before=999.0)) == 0
    assert await db.run(partial(run_plans.purge, before=1001.0)) == 5
