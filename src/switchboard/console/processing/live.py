"""Let many pages follow a run cheaply: one reader of the store for each run and process.

A page that comes late or back is brought up from the store; after that it is handed what the
reader found, encoded once for all.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from switchboard.errors import SwitchboardError
from switchboard.store import run_lines, runs
from switchboard.store.database import Database
from switchboard.store.run_lines import Line
from switchboard.store.runs import Watched

POLL_SECONDS = 0.25
MOST_AT_ONCE = 1000
KEPT = 40  # Looks that found something: ten seconds in which a page may be slow.
QUIET_SECONDS = 15.0  # Proxies end what is silent for longer.
KEEP_ALIVE = b": still here\n\n"
END = b"event: end\ndata: \n\n"
GONE = b"event: gone\ndata: \n\n"  # Signed out.

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the store found: lines from `after` to `last`, and the state."""

    version: int
    after: int
    last: int
    message: bytes


@dataclass(slots=True)
class _Reader:
    """Follows one run for all pages of this process."""

    run_id: str
    last: int | None = None  # None: it has not looked yet.
    state: str = ""
    version: int = 0
    over: bool = False
    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=KEPT))
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    followers: int = 0
    task: asyncio.Task[None] | None = None

    def announce(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class LiveRuns:
    """The runs that pages of this process follow now."""

    def __init__(
        self, db: Database, stopping: asyncio.Event, zone: Callable[[], str] = lambda: "UTC"
    ) -> None:
        self._db, self._stopping, self._zone = db, stopping, zone
        self._readers: dict[str, _Reader] = {}

    async def follow(
        self, run_id: str, after: int, still_welcome: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events until the run is over, the service stops or nobody may look.

        *after* is the last line the page has. *still_welcome* is asked every QUIET_SECONDS.
        """
        loop = asyncio.get_running_loop()
        async with self._reader(run_id) as reader:
            version, ask_at = 0, loop.time() + QUIET_SECONDS
            while not self._stopping.is_set():
                changed = reader.changed
                look = next((each for each in reader.looks if each.version > version), None)
                if look is not None and look.after == after:
                    yield look.message
                    version, after = look.version, look.last
                    continue
                if version < reader.version:
                    message, after, version = await self._caught_up(reader, after)
                    yield message
                    continue
                if reader.over:
                    yield END
                    return
                if loop.time() >= ask_at:
                    ask_at = loop.time() + QUIET_SECONDS
                    if not await still_welcome():
                        yield GONE
                        return
                    yield KEEP_ALIVE
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(ask_at - loop.time(), 0.0)):
                        await changed.wait()

    @asynccontextmanager
    async def _reader(self, run_id: str) -> AsyncIterator[_Reader]:
        reader = self._readers.get(run_id)
        if reader is None or reader.over:
            reader = self._readers[run_id] = _Reader(run_id)
            reader.task = asyncio.create_task(self._read(reader), name=f"follow {run_id}")
        reader.followers += 1
        try:
            yield reader
        finally:
            reader.followers -= 1
            if not reader.followers:
                if self._readers.get(run_id) is reader:
                    del self._readers[run_id]
                if reader.task is not None:
                    reader.task.cancel()

    async def _read(self, reader: _Reader) -> None:
        """Look again and again, from where the run is now: older lines are each page's affair."""
        while not reader.over and not self._stopping.is_set():
            look = partial(_look, run_id=reader.run_id, after=reader.last)
            try:
                self._take(reader, *await self._db.read(look))
            except (SwitchboardError, sa.exc.SQLAlchemyError) as error:
                log.info("run_not_read", run=reader.run_id, error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._stopping.wait()
        reader.announce()

    def _take(self, reader: _Reader, watched: Watched | None, lines: Sequence[Line]) -> None:
        state, after = _state(watched), reader.last or 0
        reader.last = after
        if lines:
            after, reader.last = lines[0].number - 1, lines[-1].number
        reader.over = (watched is None or watched.over) and len(lines) < MOST_AT_ONCE
        if not lines and state == reader.state and not reader.over:
            return
        reader.state, reader.version = state, reader.version + 1
        message = _message(state, lines, reader.last, self._zone())
        reader.looks.append(Look(reader.version, after, reader.last, message))
        reader.announce()

    async def _caught_up(self, reader: _Reader, after: int) -> tuple[bytes, int, int]:
        """Bring a page up to what the reader has, in pieces if it is far behind."""
        version, last, state = reader.version, reader.last or 0, reader.state
        lines: list[Line] = []
        if after < last:
            look = partial(run_lines.after, run_id=reader.run_id, number=after, limit=MOST_AT_ONCE)
            lines = [line for line in await self._db.read(look) if line.number <= last]
        reached = lines[-1].number if lines else max(after, last)
        message = _message(state, lines, reached, self._zone())
        return message, reached, version if reached >= last else 0


def _look(conn: sa.Connection, run_id: str, after: int | None) -> tuple[Watched | None, list[Line]]:
    """Read the state first: what is over then has no line that is not read after it."""
    state = runs.watch(conn, run_id)
    if after is None:
        return state, run_lines.newest(conn, run_id, 1)
    return state, run_lines.after(conn, run_id, after, MOST_AT_ONCE)


def _state(watched: Watched | None) -> str:
    """Return the part of a message that says how far the run is, as JSON."""
    if watched is None:
        return '"state":"gone","done":0,"total":0,"stage":""'
    run = watched.run
    state = "over" if watched.over or run.finished_at else "running"
    if state == "running" and run.stop_requested_at is not None:
        state = "stopping"
    said = {
        "state": state,
        "done": run.done,
        "total": max(run.total, run.done),
        "stage": "" if watched.over else run.stage,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))[1:-1]


def _message(state: str, lines: Sequence[Line], last: int, zone: str) -> bytes:
    rows = [[line.number, clock(line.at, zone), line.level, line.text] for line in lines]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return f'id: {last}\ndata: {{{state},"lines":{text}}}\n\n'.encode()


def clock(at: float, zone: str) -> str:
    """Tell the time of a line, to the thousandth, in the console's zone."""
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
