"""Start scheduled runs in time, each slot in one process only, and record how they ended."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from switchboard.errors import SwitchboardError
from switchboard.jobs.timetable import Entry, State, Step, due_slots, next_slot
from switchboard.store import schedules
from switchboard.store.database import Database
from switchboard.store.database import now as store_now
from switchboard.store.holders import Holder, this_process

log = structlog.get_logger(__name__)

POLL_SECONDS = 10.0  # Other processes, edited documents and changed clocks are noticed this soon.
HOLD_SECONDS = 60.0  # So long after its last sign of life a process elsewhere counts as dead.
DEFECT = "SB-000"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: done, parked, stopped or failed; `code` says by what."""

    outcome: str
    run_id: str | None = None
    code: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """Something a person who watches would like to read."""

    step: Step
    ended: Ended | None = None


Run = Callable[[Entry], Awaitable[Ended]]
Tell = Callable[[News], None]
Source = Callable[[], Sequence[Entry]]


class Scheduler:
    """The timetable at work. *source* is asked before every look and may change its answer."""

    def __init__(
        self,
        db: Database,
        source: Source,
        run: Run,
        *,
        tell: Tell | None = None,
        now: Callable[[sa.Connection], float] = store_now,
        poll: float = POLL_SECONDS,
        hold: float = HOLD_SECONDS,
    ) -> None:
        self._db, self._source, self._run = db, source, run
        self._tell: Tell = tell or _nobody
        self._now, self._poll, self._hold = now, poll, hold
        self._me: Holder = this_process()
        self.holder = f"{self._me}#{secrets.token_hex(4)}"
        self._entries: Sequence[Entry] = ()
        self._listed: frozenset[str] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._told_waiting: dict[str, float] = {}
        self._wake = asyncio.Event()

    async def serve(self) -> None:
        """Start what is due, when it is due, until cancelled; what runs is then interrupted."""
        async with self._alive():
            while True:
                self._wake.clear()
                pause = self._poll
                try:
                    await self.look()
                    pause = await self._pause()
                except SwitchboardError as error:
                    log.warning("timetable_postponed", code=error.code, error=error.message)
                with contextlib.suppress(TimeoutError):
                    # Not wait_for: before Python 3.12 it loses a stop that comes as a run ends.
                    async with asyncio.timeout(pause):
                        await self._wake.wait()

    async def once(self) -> list[Step]:
        """Do all that is due now, wait for it, and return what was started."""
        started: list[Step] = []
        async with self._alive():
            while True:
                self._wake.clear()
                started += [s for s in await self.look() if s.action in {"start", "again"}]
                if not self._running:
                    return started
                await self._wake.wait()

    async def look(self) -> list[Step]:
        """Decide and claim in one transaction, then start what was claimed."""
        self._entries = tuple(self._source())
        listed = frozenset(each.name for each in self._entries)
        running = frozenset(self._running)
        steps = await self._db.run(lambda conn: self._decide(conn, listed, running))
        self._listed = listed
        for step in steps:
            if step.action in {"start", "again"}:
                self._told_waiting.pop(step.entry.name, None)
                self._tell(News(step))
                task = asyncio.create_task(self._carry_out(step), name=f"run {step.entry.name}")
                self._running[step.entry.name] = task
            elif step.action != "wait":
                self._tell(News(step))
            elif self._told_waiting.get(step.entry.name) != step.slot:
                self._told_waiting[step.entry.name] = step.slot
                self._tell(News(step))
        return steps

    def _decide(
        self, conn: sa.Connection, listed: frozenset[str], running: frozenset[str]
    ) -> list[Step]:
        if listed != self._listed:
            schedules.retire(conn, listed)
        known = schedules.rows(conn, lock=True)
        now = self._now(conn)  # After the lock: it may have taken a while.
        states = {name: self._state(row, now, running) for name, row in known.items()}
        steps = due_slots(self._entries, states, now)
        for step in steps:
            name, until = step.entry.name, now + self._hold
            if step.action == "new":
                schedules.plan(conn, name, cron=step.entry.rule, next_at=step.next_at)
            elif step.action == "skip":
                schedules.skip(conn, name, slot=step.slot, next_at=step.next_at)
            elif step.action == "give_up":
                schedules.bury(conn, name, now=now)
            elif step.action in {"start", "again"}:
                schedules.begin(
                    conn,
                    name,
                    slot=step.slot,
                    next_at=step.next_at,
                    holder=self.holder,
                    now=now,
                    until=until,
                )
        return steps

    def _state(self, row: schedules.Row, now: float, running: frozenset[str]) -> State:
        # Of ourselves we know more than the row says: after a machine slept it looks abandoned, and
        # after an end that could not be recorded it looks busy.
        mine = row.holder == self.holder
        return State(
            rule=row.cron,
            next_at=row.next_at,
            last_slot=row.last_slot,
            attempts=row.attempts,
            unfinished=row.unfinished,
            held=row.name in running if mine else row.held(self._me, now),
        )

    async def _carry_out(self, step: Step) -> None:
        name = step.entry.name
        try:
            ended = await self._try(step.entry)
            await self._db.run(
                lambda conn: schedules.finish(
                    conn,
                    name,
                    holder=self.holder,
                    now=self._now(conn),
                    outcome=ended.outcome,
                    run_id=ended.run_id,
                    error_code=ended.code,
                )
            )
            self._tell(News(step, ended))
        except asyncio.CancelledError:
            with contextlib.suppress(SwitchboardError):
                await self._db.run(
                    lambda conn: schedules.give_back(
                        conn, name, holder=self.holder, now=self._now(conn)
                    )
                )
            raise
        except SwitchboardError as error:  # The store: the slot is taken up again once it is back.
            log.warning("run_not_recorded", run=name, code=error.code, error=error.message)
        finally:
            self._running.pop(name, None)
            self._wake.set()

    async def _try(self, entry: Entry) -> Ended:
        try:
            return await self._run(entry)
        except SwitchboardError as error:
            # For the file alone: whoever watches is told by News.
            log.info("run_failed", run=entry.name, code=error.code, error=error.message)
            return Ended("failed", code=error.code, message=error.message)
        except Exception as error:
            # One run's defect must not end the timetable of all others.
            log.exception("run_failed", run=entry.name, code=DEFECT, error=type(error).__name__)
            return Ended("failed", code=DEFECT, message=type(error).__name__)

    @contextlib.asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        """Keep what we hold; at the end interrupt what still runs and wait for it."""
        beat = asyncio.create_task(self._beat(), name="heartbeat")
        try:
            yield
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._hold / 4)
            with contextlib.suppress(SwitchboardError):
                await self._db.run(
                    lambda conn: schedules.renew(
                        conn, self.holder, until=self._now(conn) + self._hold
                    )
                )

    async def _pause(self) -> float:
        now = await self._db.run(self._now)
        coming = [next_slot(entry, now) for entry in self._entries]
        return min([self._poll, *(slot - now for slot in coming if slot is not None)])


def _nobody(news: News) -> None:
    del news
