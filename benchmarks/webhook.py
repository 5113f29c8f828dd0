"""Measure the SalesIQ door: `python -m benchmarks.webhook [--seconds 20] [--pace 100]`.

Signed deliveries of many visitors arrive at a steady pace, over HTTP, at `switchboard serve` as the
process people run: embedded store, trained detector. Every fiftieth delivery arrives twice at once,
as SalesIQ's own repetitions do. What was lost or doubled is read from the store afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import sqlalchemy as sa
from tests.acceptance.chat_harness import ChatSite
from tests.unit.vendors.salesiq_makers import a_delivery

from switchboard.store.tables import message

WORDS = ("I forgot my password", "Yes", "back", "what can you do?", "cancel")
TWICE_EVERY = 50
TARGET_MS = 60.0
GROWTH_AFTER = 2_000
TARGET_GROWTH_MB = 20.0
WARM_UP = 20  # What a process loads at its first deliveries is no question of pace.

Row = tuple[str, str, str, bool]


@dataclass
class Measured:
    """What became of the deliveries."""

    deliveries: int
    times: list[float] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    doubled: int = 0
    megabytes: list[float] = field(default_factory=list)  # After each hundred answers.
    cpu_seconds: float = 0.0  # Of the service: what does not depend on who else is at work here.
    others: float = 0.0  # Share of the processors that neither it nor we ourselves used.

    def rows(self, seconds: float, pace: int) -> list[Row]:
        """Return the figures with their targets."""
        times = sorted(self.times)
        middle, last = times[len(times) // 2], times[int(len(times) * 0.99)]
        bad = self.refused + self.lost + self.doubled
        return [
            (
                f"chat webhook over HTTP, {pace}/s for {seconds:g} s: time to answer",
                f"p50 {middle:.1f} ms, p99 {last:.1f} ms, longest {times[-1]:.1f} ms",
                f"p99 ≤ {TARGET_MS:g} ms",
                last <= TARGET_MS,
            ),
            (
                f"its {self.deliveries:,} deliveries, some of them repeated",
                f"{self.refused} refused, {self.lost} lost, {self.doubled} doubled",
                "none",
                not bad,
            ),
            (
                "its processor time for one; share of all that others used meanwhile",
                f"{self.cpu_seconds / len(times) * 1000:.1f} ms; {self.others:.0%} was not ours",
                "no target",
                True,
            ),
            *self._memory(),
        ]

    def _memory(self) -> Iterator[Row]:
        behind = GROWTH_AFTER // 100
        if len(self.megabytes) > behind:
            first, then = self.megabytes[-1 - behind], self.megabytes[-1]
            yield (
                f"memory of the service, and growth over its last {GROWTH_AFTER:,} deliveries",
                f"{then:.0f} MB, {then - first:+.1f} MB",
                f"≤ {TARGET_GROWTH_MB:g} MB more",
                then - first <= TARGET_GROWTH_MB,
            )


def bodies(total: int) -> list[bytes]:
    """Write the deliveries in the order they arrive: one visitor's are spread out, as a person's
    are."""
    written = []
    for number in range(total):
        chat, turn = divmod(number, len(WORDS))
        visitor = {"id": f"v{chat}", "active_conversation_id": f"LD_{chat}", "channel": "Website"}
        request, text = {"id": f"req-{number}"}, {"text": WORDS[turn]}
        document = a_delivery(visitor=visitor, request=request, message=text)
        written.append((turn, number, json.dumps(document).encode()))
    return [body for _, _, body in sorted(written)]


async def measure(site: ChatSite, seconds: float, pace: int) -> Measured:
    """Post at *pace* per second to a service that is ready."""
    keys = site.simulators.world.salesiq.state.keys
    (service,) = psutil.Process().children()
    address = f"http://127.0.0.1:{site.ports[0]}/webhook/salesiq"
    found = Measured(int(seconds * pace))
    signed = [(raw, {"x-siqsignature": keys.sign(raw)}) for raw in bodies(found.deliveries)]

    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=50)) as http:

        async def post(raw: bytes, headers: dict[str, str]) -> None:
            begun = time.perf_counter()
            answer = await http.post(address, content=raw, headers=headers)
            found.times.append((time.perf_counter() - begun) * 1000)
            usable = answer.is_success and answer.json().get("action") in {"reply", "end"}
            found.refused += not usable
            if len(found.times) % 100 == 0:
                found.megabytes.append(service.memory_info().rss / 2**20)

        for raw in bodies(WARM_UP):
            again = raw.replace(b'"LD_', b'"WARM_').replace(b'"req-', b'"warm-')
            await post(again, {"x-siqsignature": keys.sign(again)})
        found.times.clear()
        began, worked, busy = time.perf_counter(), _worked(service), _busy()
        ours = worked + _worked(psutil.Process())
        async with asyncio.TaskGroup() as group:
            for place, (raw, headers) in enumerate(signed):
                await asyncio.sleep(max(began + place / pace - time.perf_counter(), 0))
                for _ in range(2 if place % TWICE_EVERY == 0 else 1):
                    group.create_task(post(raw, headers))
    found.cpu_seconds = _worked(service) - worked
    ours = _worked(service) + _worked(psutil.Process()) - ours
    passed = (time.perf_counter() - began) * (psutil.cpu_count() or 1)
    found.others = max(_busy() - busy - ours, 0.0) / passed
    return found


def _worked(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def _busy() -> float:
    """Return the seconds all processors have worked since the machine was started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def account(home: Path, found: Measured) -> None:
    """Count in the store what was heard, delivery by delivery."""
    engine = sa.create_engine(f"sqlite:///{home / 'data/switchboard.db'}")
    heard = (
        sa.select(sa.func.count().label("times"))
        .where(message.c.direction == "visitor", message.c.conversation_id.contains("LD_"))
        .group_by(message.c.delivery)
        .subquery()
    )
    with engine.connect() as conn:
        known, times = conn.execute(
            sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(heard.c.times), 0))
        ).one()
    engine.dispose()
    found.lost, found.doubled = found.deliveries - known, times - known


async def _served(home: Path, seconds: float, pace: int) -> Measured:
    with ChatSite(home, seed=11) as site:
        site.start()
        await site.ready()
        found = await measure(site, seconds, pace)
        site.kill()
    account(home, found)
    return found


def rows(seconds: float = 21.0, pace: int = 100) -> list[Row]:
    """Serve, measure and return the rows of the table."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_served(Path(folder), seconds, pace)).rows(seconds, pace)


def main() -> None:
    """Print the rows."""
    arguments = argparse.ArgumentParser(description="Measure the SalesIQ door over HTTP.")
    arguments.add_argument("--seconds", type=float, default=21.0)
    arguments.add_argument("--pace", type=int, default=100)
    wanted = arguments.parse_args()
    for what, measured, target, kept in rows(wanted.seconds, wanted.pace):
        print(f"{what} | {measured} | {target} | {'ok' if kept else 'MISSED'}")


if __name__ == "__main__":
    main()
