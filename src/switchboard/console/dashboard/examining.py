"""Ask every vendor now, as `switchboard doctor` does, in a thread and within a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from switchboard.doctor.examine import examine
from switchboard.doctor.results import Check, Examination, failed

log = structlog.get_logger(__name__)
LIMIT_SECONDS = 20.0  # Of what is asked of others, side by side.
Examine = Callable[[Path, float], Awaitable[Examination]]


async def doctors(root: Path, limit: float) -> Examination:
    return await examine(root, limit=limit)


@dataclass(slots=True)
class Examiner:
    """The last examination of this process, and the one at work; never two at once."""

    examine: Examine = doctors
    limit: float = LIMIT_SECONDS
    checks: tuple[Check, ...] = ()
    finished_at: float | None = None
    by: str = ""
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def at_work(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, root: Path, by: str, clock: Callable[[], float]) -> bool:
        """Begin unless one is at work; tell whether this one is ours."""
        if self.at_work:
            return False
        self._task = asyncio.get_running_loop().create_task(self._work(root, by, clock))
        return True

    async def finished(self) -> None:
        """Wait for the one at work."""
        if self._task is not None:
            await self._task

    async def _work(self, root: Path, by: str, clock: Callable[[], float]) -> None:
        """Run it on an event loop of its own: the doctor reads files and opens stores itself."""

        def examined() -> Examination:
            return asyncio.run(_bounded(self.examine, root, self.limit))

        try:
            self.checks = (await asyncio.to_thread(examined)).checks
        except Exception as problem:  # noqa: BLE001 - it becomes a line of the page.
            log.warning("examination_failed", error=type(problem).__name__)
            self.checks = (failed("Examination", "Examination", problem, 2 * self.limit),)
        self.finished_at, self.by = clock(), by


async def _bounded(work: Examine, root: Path, limit: float) -> Examination:
    async with asyncio.timeout(2 * limit):
        return await work(root, limit)


def by_group(checks: tuple[Check, ...]) -> dict[str, list[Check]]:
    """Return the lines by group, groups with errors first, then warnings. Pure."""
    found: dict[str, list[Check]] = {}
    for each in checks:
        found.setdefault(each.group, []).append(each)
    return dict(sorted(found.items(), key=lambda item: min(_RANK[c.state] for c in item[1])))


_RANK = {"error": 0, "warning": 1, "info": 2, "ok": 2}
