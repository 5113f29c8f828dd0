"""What a run says is written down beside it, masked, and whatever happens to the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
import structlog

from switchboard import logs
from switchboard.errors import TransientError
from switchboard.flows.call_to_lead.tools import Event
from switchboard.recording import Recorder, recorded
from switchboard.store import run_lines, runs
from switchboard.store.database import Database
from switchboard.store.run_lines import Line
from switchboard.store.runs import Run

log = structlog.get_logger()
T = TypeVar("T")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    logs.configure(console=False)
    database = Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    new = Run(id="r1", kind="calls", started_at=1.0)
    await database.run(lambda conn: runs.start(conn, new))
    yield database
    await database.aclose()


async def said(db: Database) -> list[Line]:
    return await db.read(partial(run_lines.after, run_id="r1", number=0, limit=10_000))


async def texts(db: Database) -> list[str]:
    return [line.text for line in await said(db)]


def nobody(_actor: str) -> None:
    raise AssertionError("nobody asked this run to stop")


async def test_events_and_logs_become_lines_in_their_order_and_masked(db: Database) -> None:
    """A colleague reads them: numbers and names stay what they are in the log files."""
    log.info("outside", what="before")
    async with recorded(db, "r1", nobody, names={"north": "North office"}) as recorder:
        recorder.tell(Event("stage", text="Reading the call log of RingCentral"))
        log.info("call", call="s-1", office="north", outcome="missed", fate="done", why="A lead.")
        log.warning("odd_number", caller="+12155550123", error="from +1 215 555 0123")
        log.debug("detail", x=1)
        recorder.tell(Event("planned", "north", 3))
        await asyncio.to_thread(log.error, "from_a_thread", code="X-1")
    log.info("outside", what="after")
    assert [(line.number, line.level) for line in await said(db)] == [
        (1, "info"), (2, "info"), (3, "warn"), (4, "info"), (5, "error"),
    ]  # fmt: skip
    assert await texts(db) == [
        "Reading the call log of RingCentral",
        "Done: call s-1, missed at north. A lead.",
        "Odd number: caller=+***23, error=from +***23",
        "North office: 3 calls to work on",
        "From a thread: code=X-1",
    ]


async def test_details_are_kept_of_the_run_they_were_asked_for_alone(db: Database) -> None:
    async with recorded(db, "r1", nobody, names={}, debug=True):
        log.debug("detail", x=1)
        async with recorded(db, "r2", nobody, names={}):
            log.debug("detail", x=2)
            log.info("plain")
    assert await texts(db) == ["Detail: x=1"]
    other = await db.read(partial(run_lines.after, run_id="r2", number=0))
    assert [line.text for line in other] == ["Plain"]


async def test_progress_is_counted_and_waiting_calls_are_not_done(db: Database) -> None:
    async with recorded(db, "r1", nobody, names={}) as recorder:
        recorder.tell(Event("planned", "north", 5))
        recorder.tell(Event("planned", "south", 2))
        recorder.tell(Event("finished", "north", 3, "done"))
        recorder.tell(Event("finished", "north", 2, "waiting"))
        recorder.tell(Event("stage", text="Working on North"))
    found = await db.read(partial(runs.get, run_id="r1"))
    assert found is not None
    assert (found.done, found.total, found.stage) == (3, 7, "Working on North")
    assert found.closed_at


class Failing(Database):
    """A store that is away for a while."""

    failures = 0

    async def run(self, fn: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        if self.failures:
            self.failures -= 1
            raise TransientError("DB-002", "The store stayed locked.")
        return await super().run(fn, durable=durable)


async def test_lines_survive_a_store_that_is_away(tmp_path: Path, db: Database) -> None:
    failing = Failing.open(f"sqlite:///{tmp_path / 'store.db'}")
    failing.failures = 3
    try:
        async with recorded(failing, "r1", nobody, names={}):
            for number in range(30):
                log.info("line", number=number)
                await asyncio.sleep(0.01)
        assert failing.failures == 0
        assert await texts(db) == [f"Line: number={number}" for number in range(30)]
    finally:
        await failing.aclose()


async def test_a_store_that_stays_away_costs_lines_and_nothing_else(db: Database) -> None:
    recorder = Recorder(db, "r1", nobody, most_waiting=3)
    for number in range(10):
        recorder.take({"event": "line", "level": "info", "number": number})
    await recorder.write()
    recorder.take({"event": "again", "level": "info"})
    await recorder.close()
    assert await texts(db) == [
        "Line: number=0", "Line: number=1", "Line: number=2",
        "7 lines could not be kept here; the log files have them.", "Again",
    ]  # fmt: skip


async def test_beyond_the_most_only_what_matters_is_kept(db: Database) -> None:
    recorder = Recorder(db, "r1", nobody, most_lines=2)
    for level in ("info", "info", "info", "debug", "warning", "info", "error"):
        recorder.take({"event": level, "level": level})
    await recorder.close()
    assert [line.level for line in await said(db)] == ["info", "info", "warn", "warn", "error"]
    assert "only warnings and errors" in (await texts(db))[2]


async def test_whoever_asks_for_a_stop_is_heard_once(db: Database) -> None:
    heard: list[str] = []
    async with recorded(db, "r1", heard.append, names={}):
        await db.run(partial(runs.request_stop, run_id="r1", actor="console:ana"))
        await asyncio.sleep(1.5)
        log.info("more")
        await asyncio.sleep(0.5)
    assert heard == ["console:ana"]


async def test_hostile_text_is_text_on_any_screen(db: Database) -> None:
    """No escape code of a terminal, no reversed direction, no zero byte, no endless line."""
    async with recorded(db, "r1", nobody, names={}):
        log.warning("odd", text="\x1b[2Jgone\x00\u202eevil", page="x" * 9000)
    (text,) = await texts(db)
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert len(text) < 2100
