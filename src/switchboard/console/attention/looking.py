"""Look at everything that waits for a person; the number for the side bar is kept for a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa
import structlog

from switchboard.config.settings import Settings
from switchboard.console.attention import running, stopped
from switchboard.console.attention.items import Cause, Item, causes, tally_of, with_examples
from switchboard.console.service import ConsoleService
from switchboard.errors import SwitchboardError

log = structlog.get_logger(__name__)
EXAMPLES = 3
KEPT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what has a cause."""

    cause: Cause
    items: list[Item]
    older: bool


def alarm_days(service: ConsoleService) -> float:
    """Return how long before RingCentral deletes a recording people are told."""
    try:
        return service.configuration().settings.media.alarm_days
    except SwitchboardError:
        return Settings().media.alarm_days


def look(conn: sa.Connection, live: list[Item], at: float, alarm: float) -> list[Cause]:
    """Return all causes, worst first, each with some examples."""
    single = [*live, *running.of_store(conn, at)]
    found = causes([*map(tally_of, single), *stopped.tallies(conn, at, alarm)])
    with_examples(found, [*single, *stopped.examples(conn, at, alarm, EXAMPLES)], EXAMPLES)
    return found


def look_aside(conn: sa.Connection, at: float, alarm: float) -> list[Cause]:
    """Return the causes of what is set aside, each with some examples."""
    found = causes(stopped.tallies(conn, at, alarm, aside=True))
    with_examples(found, stopped.examples(conn, at, alarm, EXAMPLES, aside=True), EXAMPLES)
    return found


def look_at(
    conn: sa.Connection, live: list[Item], at: float, alarm: float, cause: str, *, page: int,
    size: int, aside: bool = False,
) -> Page | None:  # fmt: skip
    """Return a page of one cause; None when nothing has it (any more)."""
    single = [] if aside else [*live, *running.of_store(conn, at)]
    single = [each for each in single if each.cause == cause]
    tallies = stopped.tallies(conn, at, alarm, aside=aside)
    tallies = [each for each in tallies if each.cause == cause]
    found = causes([*map(tally_of, single), *tallies])
    if not found:
        return None
    first = page * size
    shown = single[first : first + size]
    if len(shown) < size:
        offset = max(0, first - len(single))
        limit = size - len(shown)
        shown += stopped.items(conn, at, alarm, cause, limit=limit, offset=offset, aside=aside)
    return Page(found[0], shown, first + size < found[0].number)


async def live_items(service: ConsoleService) -> list[Item]:
    return await asyncio.to_thread(running.of_service, service)


@dataclass(slots=True)
class Badge:
    """The number beside the page's name: one look serves every page for some seconds."""

    seconds: float = KEPT_SECONDS
    number: int = 0
    looked_at: float | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, service: ConsoleService) -> int:
        """Return the number; 0 where the store cannot be asked: pages of errors show it, too."""
        async with self.lock:
            at = service.clock()
            if self.looked_at is None or not 0 <= at - self.looked_at < self.seconds:
                try:
                    self.number = await count_all(service)
                except (SwitchboardError, sa.exc.SQLAlchemyError) as error:
                    log.warning("attention_not_counted", error=str(error))
                    self.number = 0
                self.looked_at = at
            return self.number

    def told(self, number: int, at: float) -> None:
        """Take the number from a page that has just counted: both say the same."""
        self.number, self.looked_at = number, at

    def forget(self) -> None:
        """Look again for the next page: something was changed."""
        self.looked_at = None


async def count_all(service: ConsoleService) -> int:
    live, alarm, at = await live_items(service), alarm_days(service), service.clock()
    return len(live) + await service.db.read(partial(count, at=at, alarm=alarm))


def count(conn: sa.Connection, at: float, alarm: float) -> int:
    """Return how many things of the store wait for a person."""
    return stopped.count(conn, at, alarm) + len(running.of_store(conn, at))
