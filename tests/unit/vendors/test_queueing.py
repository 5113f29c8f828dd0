"""The most urgent request asks for the next slot first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from switchboard.vendors.queueing import Line, Urgency, backfill, rank


def take_turns(line: Line, order: list[str]) -> Callable[[str, int], Coroutine[Any, Any, None]]:
    async def passing(name: str, priority: int) -> None:
        asked = 0

        async def ask() -> float:
            nonlocal asked
            asked += 1
            if asked == 1:
                return 0.01
            order.append(name)
            return 0.0

        await line.pass_through(priority, ask)

    return passing


async def test_a_write_overtakes_media_that_already_waits() -> None:
    """Leads and notes go before recordings, even while a recording sleeps for its slot."""
    order: list[str] = []
    passing = take_turns(Line(asyncio.sleep), order)
    async with asyncio.TaskGroup() as group:
        group.create_task(passing("media", Urgency.MEDIA))
        await asyncio.sleep(0)
        group.create_task(passing("read", Urgency.READ))
        await asyncio.sleep(0)
        group.create_task(passing("write", Urgency.WRITE))
    assert order == ["write", "read", "media"]


async def test_equals_pass_in_the_order_they_came() -> None:
    """Nobody starves."""
    order: list[str] = []
    passing = take_turns(Line(asyncio.sleep), order)
    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(passing(name, 1))
    assert order == ["a", "b", "c"]


async def test_a_cancelled_waiter_leaves_the_line() -> None:
    """Ctrl-C of one run does not block another."""
    line = Line(asyncio.sleep)

    async def never() -> float:
        return 60.0

    waiting = asyncio.create_task(line.pass_through(0, never))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    order: list[str] = []
    await take_turns(line, order)("next", 5)
    assert order == ["next"]


async def test_an_error_while_asking_frees_the_line() -> None:
    """A budget that is spent for the day is one caller's error, not everybody's."""
    line = Line(asyncio.sleep)

    async def failing() -> float:
        raise LookupError

    with pytest.raises(LookupError):
        await line.pass_through(0, failing)
    order: list[str] = []
    await take_turns(line, order)("next", 5)
    assert order == ["next"]


def test_backfill_goes_behind_all_live_work() -> None:
    """Even its writes; audio alone goes behind both."""
    with backfill():
        assert Urgency.READ < rank(Urgency.TOKEN) < rank(Urgency.READ) < Urgency.MEDIA
    assert rank(Urgency.TOKEN) == Urgency.TOKEN
