"""What every runner promises: each offer is looked at, and no reference twice at once."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.errors import RejectedError
from switchboard.jobs.embedded import EmbeddedRunner
from switchboard.jobs.port import Offer, Runner


def an_offer(reference: str, *, lane: str = "calls", priority: int = 0, wait: float = 0.0) -> Offer:
    not_before = time.time() + wait if wait else 0.0
    return Offer(lane=lane, reference=reference, priority=priority, not_before=not_before)


class Handled:
    """A handler that notes what it saw, and can be held up."""

    def __init__(self) -> None:
        self.references: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.now: list[str] = []
        self.most = 0

    async def __call__(self, offer: Offer) -> None:
        assert offer.reference not in self.now
        self.now.append(offer.reference)
        self.most = max(self.most, len(self.now))
        await asyncio.sleep(0)
        await self.gate.wait()
        self.now.remove(offer.reference)
        self.references.append(offer.reference)


async def test_what_is_offered_is_handled(runner: Runner) -> None:
    handled = Handled()
    runner.lane("calls", handled, concurrency=3)
    for number in range(20):
        await runner.offer(an_offer(str(number)))
    await runner.drain()
    assert sorted(handled.references, key=int) == [str(number) for number in range(20)]
    assert handled.most <= 3


async def test_the_most_urgent_comes_first_then_the_oldest(runner: Runner) -> None:
    handled = Handled()
    handled.gate.clear()
    runner.lane("calls", handled)
    await runner.offer(an_offer("first"))
    for reference, priority in [("old", 0), ("media", -10), ("new", 0), ("live", 10)]:
        await runner.offer(an_offer(reference, priority=priority))
    handled.gate.set()
    await runner.drain()
    assert handled.references == ["first", "live", "old", "new", "media"]


async def test_lanes_do_not_wait_for_each_other(runner: Runner) -> None:
    slow, quick = Handled(), Handled()
    slow.gate.clear()
    runner.lane("media", slow)
    runner.lane("calls", quick)
    await runner.offer(an_offer("recording", lane="media"))
    await runner.offer(an_offer("call"))
    await asyncio.sleep(0.02)
    assert quick.references == ["call"]
    slow.gate.set()
    await runner.drain()
    assert slow.references == ["recording"]


async def test_an_offer_queued_twice_is_handled_once_under_the_better_terms(runner: Runner) -> None:
    handled = Handled()
    handled.gate.clear()
    runner.lane("calls", handled)
    await runner.offer(an_offer("first"))
    await runner.offer(an_offer("a"))
    await runner.offer(an_offer("b", wait=3600))
    await runner.offer(an_offer("b", priority=5))
    await runner.offer(an_offer("b", priority=1))
    handled.gate.set()
    await runner.drain()
    assert handled.references == ["first", "b", "a"]


async def test_an_offer_made_while_it_is_worked_on_is_looked_at_again(runner: Runner) -> None:
    """News may have come after the handler looked: it must not be lost, nor run beside it."""
    handled = Handled()
    handled.gate.clear()
    runner.lane("calls", handled, concurrency=4)
    await runner.offer(an_offer("a"))
    await asyncio.sleep(0.01)
    await runner.offer(an_offer("a"))
    await asyncio.sleep(0.01)
    assert handled.now == ["a"]
    handled.gate.set()
    await runner.drain()
    assert handled.references == ["a", "a"]


async def test_nothing_starts_before_its_time(runner: Runner) -> None:
    handled = Handled()
    runner.lane("calls", handled)
    await runner.offer(an_offer("later", wait=0.15))
    await runner.offer(an_offer("now"))
    await runner.drain()
    assert handled.references == ["now"]
    await asyncio.sleep(0.3)
    await runner.drain()
    assert handled.references == ["now", "later"]


async def test_a_failing_piece_of_work_holds_up_nothing(
    runner: Runner, failures: list[tuple[Offer, Exception]]
) -> None:
    seen: list[str] = []

    async def handler(offer: Offer) -> None:
        if offer.reference == "bad":
            raise RejectedError("ZOHO-422", "no such field")
        seen.append(offer.reference)

    runner.lane("calls", handler)
    for reference in ("bad", "good"):
        await runner.offer(an_offer(reference))
    await runner.drain()
    assert seen == ["good"]
    assert [(offer.reference, str(error)) for offer, error in failures] == [
        ("bad", "ZOHO-422: no such field")
    ]


async def test_work_may_offer_more_work(runner: Runner) -> None:
    seen: list[str] = []

    async def handler(offer: Offer) -> None:
        seen.append(offer.reference)
        if len(seen) < 5:
            await runner.offer(an_offer(f"{len(seen)}"))

    runner.lane("calls", handler)
    await runner.offer(an_offer("0"))
    await runner.drain()
    assert seen == ["0", "1", "2", "3", "4"]


async def test_stopping_lets_running_work_end_and_starts_nothing(runner: Runner) -> None:
    handled = Handled()
    handled.gate.clear()
    runner.lane("calls", handled)
    await runner.offer(an_offer("running"))
    await runner.offer(an_offer("queued"))
    await asyncio.sleep(0.01)
    stopping = asyncio.create_task(runner.stop())
    await asyncio.sleep(0.01)
    await runner.offer(an_offer("too late"))
    handled.gate.set()
    await stopping
    assert handled.references == ["running"]


async def test_stopping_cancels_what_outlasts_the_grace(runner: Runner) -> None:
    handled = Handled()
    handled.gate.clear()
    runner.lane("calls", handled)
    await runner.offer(an_offer("endless"))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(runner.stop(grace=0.02), timeout=2)
    assert handled.references == []


async def test_an_unknown_lane_is_a_mistake_of_the_caller(runner: Runner) -> None:
    with pytest.raises(KeyError):
        await runner.offer(an_offer("a", lane="nobody"))


@given(
    offers=st.lists(
        st.tuples(
            st.sampled_from("abcdef"), st.integers(-2, 2), st.sampled_from([0.0, 0.0, 0.002, 0.01])
        ),
        max_size=25,
    ),
    concurrency=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_offer_is_lost_whatever_the_order(
    offers: list[tuple[str, int, float]], concurrency: int
) -> None:
    """After the last offer of a reference it is handled at least once, never twice at a time."""

    async def scenario() -> None:
        runner = EmbeddedRunner()
        running: set[str] = set()
        started_after: dict[str, int] = {}
        clock = 0

        async def handler(offer: Offer) -> None:
            assert offer.reference not in running
            running.add(offer.reference)
            started_after[offer.reference] = clock
            await asyncio.sleep(0)
            running.remove(offer.reference)

        runner.lane("calls", handler, concurrency=concurrency)
        last: dict[str, int] = {}
        for clock, (reference, priority, wait) in enumerate(offers, 1):
            await runner.offer(an_offer(reference, priority=priority, wait=wait))
            last[reference] = clock
            if clock % 3 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0.012 if any(wait for *_, wait in offers) else 0)
        await runner.drain()
        assert all(started_after[reference] >= at for reference, at in last.items())
        await runner.stop()

    asyncio.run(scenario())
