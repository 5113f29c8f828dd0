"""Run offers inside this process on asyncio: the engine of the embedded store."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from switchboard.errors import SwitchboardError
from switchboard.jobs.port import Handler, Offer

log = structlog.get_logger(__name__)

OnFailure = Callable[[Offer, Exception], None]


@dataclass(slots=True)
class _Lane:
    handler: Handler
    concurrency: int
    queued: dict[str, Offer] = field(default_factory=dict)
    ready: list[tuple[int, int, str]] = field(default_factory=list)  # -priority, arrival, reference
    later: list[tuple[float, int, str]] = field(default_factory=list)  # not_before, arrival, ...
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class EmbeddedRunner:
    """The port on asyncio. A failing handler costs its own offer and nothing else."""

    def __init__(
        self, *, on_failure: OnFailure | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._on_failure = on_failure or _log_failure
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._arrivals = itertools.count()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._stopped = False
        self._alarm: asyncio.TimerHandle | None = None

    def lane(self, name: str, handler: Handler, *, concurrency: int = 1) -> None:
        if name in self._lanes:
            raise ValueError(f"The lane {name!r} has a handler already.")
        if concurrency < 1:
            raise ValueError("A lane works on one offer at a time at least.")
        self._lanes[name] = _Lane(handler, concurrency)

    async def offer(self, offer: Offer) -> None:
        lane = self._lanes[offer.lane]
        if self._stopped:
            return  # A hint like any other: the sweep of the next start offers it again.
        known = lane.queued.get(offer.reference)
        if known is not None:
            offer = Offer(
                lane=offer.lane,
                reference=offer.reference,
                priority=max(known.priority, offer.priority),
                not_before=min(known.not_before, offer.not_before),
            )
            if offer == known:
                return
        lane.queued[offer.reference] = offer
        self._line_up(lane, offer)
        self._pump()

    async def drain(self) -> None:
        self._pump()
        while not self._quiet.is_set():
            await self._quiet.wait()
            self._pump()  # Something may have become due in the meantime.

    async def stop(self, *, grace: float | None = None) -> None:
        self._stopped = True
        if self._alarm is not None:
            self._alarm.cancel()
        running = [task for lane in self._lanes.values() for task in lane.running.values()]
        if running:
            _, late = await asyncio.wait(running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for lane in self._lanes.values():
            lane.queued.clear()
            lane.ready.clear()
            lane.later.clear()
        self._quiet.set()

    def _line_up(self, lane: _Lane, offer: Offer) -> None:
        """Put an offer into its line; an older entry of the same reference is skipped later."""
        arrival = next(self._arrivals)
        if offer.not_before > self._clock():
            heapq.heappush(lane.later, (offer.not_before, arrival, offer.reference))
        else:
            heapq.heappush(lane.ready, (-offer.priority, arrival, offer.reference))

    def _pump(self) -> None:
        """Start what can start, then set the alarm for what comes next."""
        now = self._clock()
        wake: float | None = None
        busy = False
        for lane in self._lanes.values():
            while lane.later and lane.later[0][0] <= now:
                _, arrival, reference = heapq.heappop(lane.later)
                if reference in lane.queued:
                    heapq.heappush(
                        lane.ready, (-lane.queued[reference].priority, arrival, reference)
                    )
            self._start(lane, now)
            while lane.later and lane.later[0][2] not in lane.queued:
                heapq.heappop(lane.later)  # Merged into an earlier one that is done by now.
            if lane.later:
                wake = min(lane.later[0][0], wake or lane.later[0][0])
            busy = busy or bool(lane.running)
        if busy:
            self._quiet.clear()
        else:
            self._quiet.set()
        self._set_alarm(wake, now)

    def _start(self, lane: _Lane, now: float) -> None:
        held: list[tuple[int, int, str]] = []
        while lane.ready and len(lane.running) < lane.concurrency and not self._stopped:
            entry = heapq.heappop(lane.ready)
            offer = lane.queued.get(entry[2])
            if offer is None or offer.not_before > now or -entry[0] != offer.priority:
                continue  # Started already, or lined up elsewhere under its newer terms.
            if offer.reference in lane.running:
                held.append(entry)  # Never the same reference twice at once.
                continue
            del lane.queued[offer.reference]
            task = asyncio.create_task(
                self._work(lane, offer), name=f"{offer.lane}:{offer.reference}"
            )
            lane.running[offer.reference] = task
        for entry in held:
            heapq.heappush(lane.ready, entry)

    async def _work(self, lane: _Lane, offer: Offer) -> None:
        try:
            await lane.handler(offer)
        except Exception as error:  # noqa: BLE001 - the worker's loop survives whatever a piece does.
            self._on_failure(offer, error)
        finally:
            del lane.running[offer.reference]
            self._pump()

    def _set_alarm(self, wake: float | None, now: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if wake is not None and not self._stopped:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, wake - now), self._pump)


def _log_failure(offer: Offer, error: Exception) -> None:
    if isinstance(error, SwitchboardError):
        said = {"code": error.code, "error": error.message, "detail": error.detail}
        log.warning("work_failed", lane=offer.lane, **said)
    else:
        log.error("work_failed", lane=offer.lane, error=repr(error), exc_info=error)
