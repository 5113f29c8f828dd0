"""Make a request wait for its slot in every bucket and for its seat, the most urgent first."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from switchboard.errors import TransientError
from switchboard.store import budgets
from switchboard.store.database import Database
from switchboard.store.holders import this_process
from switchboard.vendors.allowances import Allowances
from switchboard.vendors.exchange import Request
from switchboard.vendors.queueing import Line, Sleep, Urgency, rank

ASK_FOR_SEAT_SECONDS = 0.03
DAY_FULL_SECONDS = 900.0  # How soon to look again when the day's credits are spent.


class Patience:
    """How much longer one request may take, with all its waits."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()


class Admissions:
    """The door to the budgets all processes share."""

    def __init__(
        self,
        database: Database,
        allowances: Allowances,
        *,
        credits_per_day: Mapping[str, int | None],
        now: Callable[[sa.Connection], float],
        sleep: Sleep,
    ) -> None:
        self._database, self._allowances = database, allowances
        self._credits_per_day = credits_per_day
        self._now, self._sleep = now, sleep
        self._lines: dict[str, Line] = {}

    async def enter(self, request: Request, patience: Patience) -> str | None:
        """Return, with the seat if one is needed, when *request* may be sent at once."""
        taken: list[str | None] = []

        async def ask() -> float:
            admission = await self._ask(request)
            if admission.wait <= 0:
                taken.append(admission.seat)
                return 0.0
            if admission.wait > patience.left():
                raise TransientError(
                    f"{request.vendor.code}-429",
                    f"The budget of {request.vendor.title} is used up; {request.operation} "
                    "has to wait for the next free slot and was not sent.",
                    retry_after=admission.wait,
                )
            return ASK_FOR_SEAT_SECONDS if admission.crowded else admission.wait

        # The narrowest bucket is named last; who waits for Heavy must not hold up Light.
        bucket = list(request.costs)[-1] if request.costs else request.vendor.name
        line = self._lines.setdefault(bucket, Line(self._sleep))
        await line.pass_through(rank(request.priority), ask)
        return taken[0]

    async def _ask(self, request: Request) -> budgets.Admission:
        yielding = request.priority >= Urgency.MEDIA
        charges = self._allowances.charges(request.costs, yielding=yielding)
        seats = self._allowances.seats(
            request.seats, crowding=request.crowding, yielding=yielding, timeout=request.timeout
        )
        holder = this_process()

        def ask(conn: sa.Connection) -> budgets.Admission:
            now = self._now(conn)
            allowed = self._credits_per_day.get(request.vendor.name)
            if allowed is not None:
                spent = budgets.credits_in_24_hours(conn, request.vendor.name, now)
                if spent + request.credits > allowed:
                    return budgets.Admission(DAY_FULL_SECONDS)
            return budgets.admit(conn, charges, now, seats=seats, holder=holder)

        asking = asyncio.ensure_future(self._database.run(ask, durable=False))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                seat = (await asking).seat
                if seat is not None:
                    await self._database.run(lambda conn: budgets.stand_up(conn, seat, holder))
            raise
