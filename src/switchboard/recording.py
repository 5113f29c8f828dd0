"""Write down in the store what a run says while it runs, and hear there that it shall stop.

The run never waits for this: what it says is queued, a task beside it writes several times a
second. Trouble with the store costs lines at worst, and is told in their place.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard import logs
from switchboard.flows.call_to_lead.tools import Event
from switchboard.redaction import redact_text
from switchboard.run_words import level_of, plain, said
from switchboard.store import run_lines, runs
from switchboard.store.database import Database
from switchboard.store.run_lines import Level, Line

log = structlog.get_logger(__name__)

WRITE_SECONDS = 0.2
LOOK_SECONDS = 1.0  # Without anything to write, a stop is noticed this soon.
MOST_WAITING = 5_000  # Lines held while the store is away.
MOST_LINES = 100_000  # Of one run; warnings and errors are kept beyond.
LAST_WORD_SECONDS = 5.0  # The end of a run waits no longer for its lines to be written.
_LOST = "lines could not be kept here; the log files have them."
_ENOUGH = "From here on only warnings and errors are kept here; the log files have everything."


@dataclass(slots=True)
class Recorder:
    """Takes what one run says. `stop` is called once, with whoever asked for it."""

    db: Database
    run_id: str
    stop: Callable[[str], None]
    names: Mapping[str, str] = field(default_factory=dict)  # Of offices, by id.
    clock: Callable[[], float] = time.time
    most_waiting: int = MOST_WAITING
    most_lines: int = MOST_LINES
    _waiting: deque[tuple[float, Level, str]] = field(default_factory=deque)
    _unsure: list[Line] = field(default_factory=list)  # Sent to the store, not yet known to be in.
    _number: int = 0
    _lost: int = 0
    _stage: str = ""
    _done: int = 0
    _total: int = 0
    _moved: bool = False
    _stopped: bool = False
    _looked_at: float = 0.0
    _troubled: bool = False

    def tell(self, event: Event) -> None:
        """Take what whoever watches a run sees move."""
        self._moved = True
        if event.kind == "planned":
            self._total += event.count
        elif event.kind == "finished":
            self._done += event.count if event.text != "waiting" else 0
            return
        event = replace(event, office=self.names.get(event.office or "", event.office))
        text = redact_text(plain(said(event)))
        if event.kind != "planned":
            self._stage = text
        if event.kind in {"stage", "planned"} and text:
            self._add("info", text)

    def take(self, event: MutableMapping[str, Any]) -> None:
        """Take an event of the log, masked already."""
        self._add(level_of(event), said(event))

    async def write(self) -> None:
        """Write what is queued, in one transaction, and look whether the run shall stop."""
        self._number_lines()
        lines, moved = list(self._unsure), self._moved
        due = time.monotonic() - self._looked_at >= LOOK_SECONDS
        if not lines and not moved and not due:
            return
        self._moved = False

        def work(conn: sa.Connection) -> str | None:
            run_lines.append(conn, self.run_id, lines)
            if moved:
                runs.move(conn, self.run_id, stage=self._stage, done=self._done, total=self._total)
            return runs.stop_requested(conn, self.run_id)

        try:
            asked_by = await self.db.run(work, durable=False)
        except Exception as error:  # noqa: BLE001 - a run is worth more than its lines.
            self._moved = moved or self._moved
            self._note_trouble(error)
            return
        self._looked_at, self._troubled = time.monotonic(), False
        del self._unsure[: len(lines)]
        if self._lost:
            lost, self._lost = self._lost, 0
            self._put(self.clock(), "warn", f"{lost:,} {_LOST}")
        if asked_by is not None and not self._stopped:
            self._stopped = True
            self.stop(asked_by)

    async def keep_writing(self) -> None:
        """Write until cancelled."""
        with logs.heard_by(None):  # Our own trouble is not what the run says.
            while True:
                await asyncio.sleep(WRITE_SECONDS)
                await self.write()

    async def close(self) -> None:
        """Write what is left, and that nothing follows."""
        with suppress(Exception), logs.heard_by(None):  # As in `write`.
            self._moved = True  # Whether the last write came to its end is not known.
            async with asyncio.timeout(LAST_WORD_SECONDS):
                while self._waiting or self._unsure or self._moved:
                    await self.write()
                    if self._unsure or self._moved:
                        await asyncio.sleep(WRITE_SECONDS)
                await self.db.run(lambda conn: runs.close(conn, self.run_id), durable=False)

    def _add(self, level: Level, text: str) -> None:
        if len(self._waiting) + len(self._unsure) >= self.most_waiting:
            self._lost += 1
            return
        self._waiting.append((self.clock(), level, plain(text)))

    def _number_lines(self) -> None:
        """Number what waits; threads may add more meanwhile."""
        while self._waiting:
            self._put(*self._waiting.popleft())

    def _put(self, at: float, level: Level, text: str) -> None:
        if self._number == self.most_lines:
            level, text = "warn", _ENOUGH
        elif self._number > self.most_lines and level in {"debug", "info"}:
            return
        self._number += 1
        self._unsure.append(Line(self._number, at, level, text))

    def _note_trouble(self, error: Exception) -> None:
        if not self._troubled:
            log.warning("run_not_recorded", run=self.run_id, error=str(error))
        self._troubled = True


@asynccontextmanager
async def recorded(
    db: Database,
    run_id: str,
    stop: Callable[[str], None],
    *,
    names: Mapping[str, str],
    debug: bool = False,
) -> AsyncIterator[Recorder]:
    """Record what is said and logged in here, by this task and those it starts."""
    recorder = Recorder(db, run_id, stop, names)
    writing = asyncio.create_task(recorder.keep_writing(), name=f"record {run_id}")
    try:
        with logs.heard_by(recorder.take, debug=debug):
            yield recorder
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await recorder.close()
