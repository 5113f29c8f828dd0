"""A simulated portal, `switchboard serve` as the process it is, visitors, and what came of them."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import httpx
from tests.acceptance.harness import SWITCHBOARD, clean_environment, free_port
from tests.trained_detector import CACHE, shipped_detector

from switchboard.simulators.core.faults import Fault
from switchboard.simulators.salesiq.values import SalesIqFault
from switchboard.simulators.salesiq.visitors.brain import Visitor
from switchboard.simulators.salesiq.visitors.play import Visit, play
from switchboard.simulators.scenario import connect_bot, write_config
from switchboard.simulators.server import SimulatorServer

SPEED = 600.0  # Vendors' minutes; a chat's own time is real.
READY_SECONDS = 180.0
SLOW = {"kind": "slow", "probability": 0.4, "delay_s": 0.12}


class ChatSite:
    """A help desk: one store, and one or more services before it, each with a port of its own."""

    def __init__(self, home: Path, *, seed: int, services: int = 1, **environment: str) -> None:
        self.home, self.seed = home, seed
        self.ports = [free_port() for _ in range(services)]
        self.kills = 0
        self.environment = environment
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._logs: list[Path] = []
        self.simulators = SimulatorServer(seed=seed, scenario="settled", calls=1, speed=SPEED)

    def __enter__(self) -> Self:
        self.simulators.__enter__()
        try:
            self._configure()
        except BaseException:
            self.simulators.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        self.simulators.__exit__(None, None, None)

    def _configure(self) -> None:
        world = self.simulators.world
        connect_bot(world, f"http://127.0.0.1:{self.ports[0]}/webhook/salesiq")
        # Ours waits by the real clock, so the portal does.
        world.salesiq.state.rules.pending_s *= SPEED
        write_config(world, self.simulators.base_url, self.home, speed=SPEED)
        _learned_before(self.home)
        self.set("chat", messages_per_minute=10_000)
        # Longer than any request that a killed process can leave on its way at the vendor.
        self.set("journal", reconcile_after_seconds=0.5)
        self.set("vendors", read_timeout_seconds=2.0)

    def set(self, section: str, **values: Any) -> None:
        """Change keys of a section of `settings.json`, as an operator would."""
        path = self.home / "data/settings.json"
        content = json.loads(path.read_text())
        content.setdefault(section, {}).update(values)
        path.write_text(json.dumps(content))

    # -- the services ---------------------------------------------------------------------------

    def start(self, which: int = 0) -> None:
        """Start a service; `ready` waits for it."""
        self._logs.append(self.home / f"serve-{len(self._logs)}.log")
        with self._logs[-1].open("wb") as log:
            self._running[which] = subprocess.Popen(
                [SWITCHBOARD, "serve", "--config-dir", str(self.home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=clean_environment(
                    SWITCHBOARD_SERVER__PORT=str(self.ports[which]), **self.environment
                ),
            )

    def kill(self, which: int = 0) -> None:
        """End a service without warning; one that has ended by itself is a defect."""
        process = self._running.pop(which)
        assert process.poll() is None, self.said()
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills += 1

    async def ready(self, which: int = 0) -> None:
        until = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=5) as http:
            while True:
                try:
                    if (await http.get(f"http://127.0.0.1:{self.ports[which]}/readyz")).is_success:
                        return
                except httpx.TransportError:
                    pass
                assert time.monotonic() < until, self.said()
                assert self._running[which].poll() is None, self.said()
                await asyncio.sleep(0.1)

    @property
    def database_url(self) -> str:
        """Where the store is, if it is not the usual file."""
        return self.environment.get("SWITCHBOARD_DATABASE_URL", "")

    def said(self) -> str:
        """Return what all services of this site have written, the killed ones included."""
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in self._logs)

    # -- what happens ---------------------------------------------------------------------------

    async def visit(self, visitors: Sequence[Visitor]) -> list[Visit]:
        return await play(self.simulators.base_url, visitors, insist=True, patience=8.0)

    def plan(self, **fault: Any) -> Fault:
        planned = Fault.model_validate(fault)
        self.simulators.world.faults.add(planned)
        return planned

    def disorder(self, rng: random.Random, count: int) -> list[SalesIqFault]:
        """Have deliveries arrive twice, late, out of order, or be answered to nobody."""
        planned = [
            SalesIqFault(
                kind=rng.choice(("duplicate", "late", "reorder", "answer_lost")),
                skip=rng.randrange(6),
                delay_s=rng.uniform(0.05, 0.6),
            )
            for _ in range(count)
        ]
        self.simulators.world.salesiq.state.faults += planned
        return planned

    def rows(self, vendor: str, name: str) -> list[dict[str, Any]]:
        """Look at what a vendor holds, past every limit and lag."""
        reply = httpx.get(f"{self.simulators.base_url}/_sim/state/{vendor}/{name}", timeout=30)
        found: list[dict[str, Any]] = reply.raise_for_status().json()
        return found


def _learned_before(home: Path) -> None:
    """Spare each site the training of the detector."""
    shipped_detector()
    cache = home / "data" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for each in CACHE.rglob("detector-*.npz"):
        shutil.copy2(each, cache)
