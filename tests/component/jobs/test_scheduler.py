"""The timetable on a real store: each slot once, whoever is alive."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from switchboard.errors import OperatorError, TransientError
from switchboard.jobs.scheduler import Ended, News, Scheduler
from switchboard.jobs.timetable import Entry
from switchboard.store import schedules
from switchboard.store.database import Database
from switchboard.store.holders import Holder, this_process

EIGHT = 1_767_254_400.0  # 2026-01-01 08:00 UTC
HOUR = 3600.0


def an_entry(name: str = "hourly", cron: str = "0 * * * *", office: str = "main") -> Entry:
    return Entry(name, cron, "UTC", frozenset({office}))


@dataclass
class Rig:
    """A store, a clock that stands still, and any number of schedulers on them."""

    db: Database
    clock: float = EIGHT - 60
    entries: list[Entry] = field(default_factory=lambda: [an_entry()])
    ran: list[tuple[str, str]] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    result: Ended | Exception = field(default_factory=lambda: Ended("done", "r1"))

    def scheduler(self, who: str = "a", **options: float) -> Scheduler:
        async def run(entry: Entry) -> Ended:
            self.ran.append((who, entry.name))
            await self.gate.wait()
            if isinstance(self.result, Exception):
                raise self.result
            return self.result

        return Scheduler(
            self.db,
            lambda: tuple(self.entries),
            run,
            tell=self._told,
            now=lambda conn: self.clock,
            poll=0.01,
            **options,
        )

    def _told(self, news: News) -> None:
        what = news.ended.outcome if news.ended else news.step.action
        self.news.append(f"{news.step.entry.name} {what}")

    async def row(self, name: str = "hourly") -> schedules.Row:
        return (await self.db.run(schedules.rows))[name]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():  # noqa: ASYNC110 - what is waited for is many things.
                await asyncio.sleep(0.005)


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    db = Database.open(database_url)
    yield Rig(db)
    await db.aclose()


@contextlib.asynccontextmanager
async def serving(*schedulers: Scheduler) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(each.serve()) for each in schedulers]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_run_starts_at_its_time_and_its_end_is_on_record(rig: Rig) -> None:
    rig.gate.set()
    async with serving(rig.scheduler()):
        await rig.until(lambda: "hourly new" in rig.news)
        assert rig.ran == []
        rig.clock = EIGHT + 1
        await rig.until(lambda: "hourly done" in rig.news)
    row = await rig.row()
    assert (row.last_slot, row.next_at) == (EIGHT, EIGHT + HOUR)
    assert (row.outcome, row.run_id, row.finished_at) == ("done", "r1", EIGHT + 1)
    assert row.holder is None


async def test_two_processes_on_one_store_never_start_a_slot_twice(rig: Rig) -> None:
    rig.gate.set()
    schedulers = [rig.scheduler(who) for who in "abc"]
    for each in schedulers:
        await each.look()
    for slot in range(8):
        rig.clock = EIGHT + slot * HOUR
        await asyncio.gather(*(each.look() for each in schedulers))
        await rig.until(lambda: rig.news.count("hourly done") == len(rig.ran))
        assert len(rig.ran) == slot + 1
    row = await rig.row()
    assert row.last_slot == rig.clock


async def test_two_processes_do_not_work_on_one_office_at_once(rig: Rig) -> None:
    """Also when their runs are different lines of the timetable."""
    rig.entries = [an_entry("a"), an_entry("b")]
    one, other = rig.scheduler("one"), rig.scheduler("other")
    await one.look()
    rig.clock = EIGHT
    await asyncio.gather(one.look(), other.look())
    await rig.until(lambda: len(rig.ran) == 1)
    assert rig.ran[0][1] == "a"
    assert "b wait" in rig.news
    rig.gate.set()
    await rig.until(lambda: "a done" in rig.news)
    await other.look()
    await rig.until(lambda: "b done" in rig.news)
    assert [name for _, name in rig.ran] == ["a", "b"]


async def test_missed_times_are_made_up_for_once_after_a_restart(rig: Rig) -> None:
    rig.gate.set()
    await rig.scheduler().look()
    rig.clock = EIGHT + 100 * HOUR + 5
    await rig.scheduler("later").once()
    assert rig.ran == [("later", "hourly")]
    row = await rig.row()
    assert row.next_at == EIGHT + 101 * HOUR


async def test_a_time_that_comes_during_the_run_is_skipped_and_said(rig: Rig) -> None:
    async with serving(rig.scheduler()):
        await rig.until(lambda: "hourly new" in rig.news)
        rig.clock = EIGHT
        await rig.until(lambda: bool(rig.ran))
        rig.clock = EIGHT + HOUR
        await rig.until(lambda: "hourly skip" in rig.news)
        rig.gate.set()
        await rig.until(lambda: "hourly done" in rig.news)
    row = await rig.row()
    assert (row.skipped_slot, row.next_at) == (EIGHT + HOUR, EIGHT + 2 * HOUR)
    assert len(rig.ran) == 1


async def test_an_end_that_could_not_be_recorded_is_made_up_for(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise TransientError("DB-002", "The store stayed locked.")

    rig.gate.set()
    scheduler = rig.scheduler()
    await scheduler.look()
    rig.clock = EIGHT
    with monkeypatch.context() as patched:
        patched.setattr(schedules, "finish", locked)
        await scheduler.look()
        await rig.until(lambda: not scheduler._running)
    assert [step.action for step in await scheduler.look()] == ["again"]
    await rig.until(lambda: "hourly done" in rig.news)


async def test_an_orderly_stop_puts_the_slot_back_for_the_next_start(rig: Rig) -> None:
    await rig.scheduler().look()
    rig.clock = EIGHT
    async with serving(rig.scheduler("stopped")):
        await rig.until(lambda: bool(rig.ran))
    row = await rig.row()
    assert (row.outcome, row.next_at, row.holder) == ("interrupted", EIGHT, None)
    rig.gate.set()
    await rig.scheduler("next").once()
    assert rig.ran == [("stopped", "hourly"), ("next", "hourly")]


async def test_a_stop_at_the_very_moment_a_run_ends_is_a_stop(rig: Rig) -> None:
    rig.gate.set()
    await rig.scheduler().look()
    rig.clock = EIGHT
    scheduler = rig.scheduler()
    task = asyncio.create_task(scheduler.serve())
    tell = scheduler._tell

    def stop(news: News) -> None:
        tell(news)
        if news.ended is not None:
            asyncio.get_running_loop().call_soon(task.cancel)

    scheduler._tell = stop
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(30):
            await task


async def test_the_slot_of_a_process_that_died_here_is_taken_over_at_once(rig: Rig) -> None:
    await rig.scheduler().look()
    me = this_process()
    dead = Holder(number=(me.number >> 22 << 22) | 4_194_300, started_at=1.0)
    await rig.db.run(
        lambda conn: schedules.begin(
            conn,
            "hourly",
            slot=EIGHT,
            next_at=EIGHT + HOUR,
            holder=f"{dead}#x",
            now=EIGHT,
            until=EIGHT + 60,
        )
    )
    rig.clock = EIGHT + 5
    rig.gate.set()
    await rig.scheduler("heir").once()
    row = await rig.row()
    assert (row.outcome, row.attempts, row.last_slot) == ("done", 2, EIGHT)


async def test_the_slot_of_a_silent_process_elsewhere_is_taken_over_after_its_time(
    rig: Rig,
) -> None:
    await rig.scheduler().look()
    await rig.db.run(
        lambda conn: schedules.begin(
            conn,
            "hourly",
            slot=EIGHT,
            next_at=EIGHT + HOUR,
            holder="1@1.0#elsewhere",
            now=EIGHT,
            until=EIGHT + 60,
        )
    )
    rig.gate.set()
    rig.clock = EIGHT + 59
    assert await rig.scheduler().once() == []
    rig.clock = EIGHT + 61
    (step,) = await rig.scheduler().once()
    assert step.action == "again"


async def test_a_running_process_keeps_what_it_holds(rig: Rig) -> None:
    """A run longer than a holder's time is not started a second time."""
    await rig.scheduler().look()
    rig.clock = EIGHT
    async with serving(rig.scheduler("long", hold=0.04)):
        await rig.until(lambda: bool(rig.ran))
        for _ in range(10):
            rig.clock += 0.03
            await asyncio.sleep(0.03)
            assert (await rig.row()).holder_until > rig.clock
            assert await rig.scheduler("other").look() == []
    assert len(rig.ran) == 1


async def test_a_run_that_fails_is_recorded_with_its_code_and_the_next_one_comes(rig: Rig) -> None:
    rig.gate.set()
    rig.result = OperatorError("RC-401", "RingCentral refuses the credentials.")
    await rig.scheduler().look()
    rig.clock = EIGHT
    await rig.scheduler().once()
    row = await rig.row()
    assert (row.outcome, row.error_code, row.next_at) == ("failed", "RC-401", EIGHT + HOUR)


async def test_our_own_mistake_in_a_run_does_not_end_the_timetable(rig: Rig) -> None:
    rig.gate.set()
    rig.result = ZeroDivisionError()
    await rig.scheduler().look()
    rig.clock = EIGHT
    await rig.scheduler().once()
    assert (await rig.row()).error_code == "SB-000"


async def test_a_line_that_was_removed_and_comes_back_does_not_run_for_the_past(rig: Rig) -> None:
    entry = rig.entries.pop()
    rig.entries.append(entry)
    scheduler = rig.scheduler()
    await scheduler.look()
    rig.entries.clear()
    await scheduler.look()
    rig.clock = EIGHT + 10 * HOUR + 1
    rig.entries.append(entry)
    assert [step.action for step in await scheduler.look()] == ["new"]
    assert (await rig.row()).next_at == EIGHT + 11 * HOUR
