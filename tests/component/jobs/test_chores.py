"""What goes on between the runs: side by side, and none disturbs another."""

from __future__ import annotations

import asyncio

import pytest

from switchboard.errors import TransientError
from switchboard.jobs.chores import Chore, Diary, do_once, keep_doing, pause_after


async def nothing() -> None:
    return None


def test_a_chore_that_keeps_failing_is_tried_less_and_less_often() -> None:
    chore = Chore("mails", 60, nothing)
    assert [pause_after(chore, failures) for failures in range(5)] == [60, 60, 120, 240, 480]
    assert pause_after(chore, 40) == 3600


def test_a_daily_chore_stays_daily_when_it_fails() -> None:
    assert pause_after(Chore("purge", 86_400, nothing), 9) == 86_400


def test_a_vendor_that_asks_for_patience_gets_it() -> None:
    assert pause_after(Chore("mails", 60, nothing), 1, retry_after=900) == 900


async def test_one_chore_that_fails_does_not_stop_the_others() -> None:
    done: list[str] = []

    async def fails() -> None:
        done.append("fails")
        raise TransientError("SMTP-421", "The mail server is busy.")

    async def breaks() -> None:
        done.append("breaks")
        raise ZeroDivisionError

    async def works() -> None:
        done.append("works")

    chores = [Chore("a", 60, fails), Chore("b", 60, breaks), Chore("c", 60, works)]
    assert await do_once(chores) == {"a": "SMTP-421", "b": "SB-000"}
    assert done == ["fails", "breaks", "works"]


async def test_each_comes_again_after_its_own_interval() -> None:
    pauses: list[float] = []
    worked: list[str] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)
        if len(pauses) > 6:
            await asyncio.sleep(3600)

    async def fails() -> None:
        worked.append("fails")
        raise TransientError("RC-503", "RingCentral is down.")

    async def works() -> None:
        worked.append("works")

    chores = [Chore("a", 5, works), Chore("b", 7, fails)]
    task = asyncio.create_task(keep_doing(chores, sleep=sleep))
    async with asyncio.timeout(30):
        while len(pauses) < 6:  # noqa: ASYNC110 - the chores know of no event.
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pauses[:6] == [5, 7, 5, 14, 5, 28]
    assert worked[:4] == ["works", "fails", "works", "fails"]


async def test_stopping_interrupts_a_chore_at_work() -> None:
    started, cleaned = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.set()

    task = asyncio.create_task(keep_doing([Chore("slow", 60, slow)]))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned.is_set()


async def test_a_chore_that_is_called_does_not_wait_for_its_next_round() -> None:
    """A ticket is raised when a visitor asks for it, not up to a quarter of a minute later."""
    wake, rounds, diary = asyncio.Event(), asyncio.Semaphore(0), Diary()

    async def work() -> None:
        rounds.release()

    chore = Chore("tickets", 3600, work, wake)
    task = asyncio.create_task(keep_doing([chore], diary=diary))
    async with asyncio.timeout(30):
        await rounds.acquire()
        await asyncio.sleep(0)
        wake.set()
        await rounds.acquire()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert diary.entries["tickets"].succeeded_at is not None


async def test_the_diary_tells_which_chore_should_have_been_begun_again_long_ago() -> None:
    clock = [1000.0]
    diary = Diary(clock=lambda: clock[0])
    entry = diary.of(Chore("replies", 5, asyncio.Event().wait))
    entry.due_at = 1005.0
    assert diary.overdue(120) == []
    clock[0] = 1126.0
    assert diary.overdue(120) == ["replies"]
    entry.at_work = True
    assert diary.overdue(120) == []
