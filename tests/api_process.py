"""The whole HTTP service on a real port, over the simulated Zoho Desk: what its tests share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from switchboard.api.app import create_app
from switchboard.api.metrics import Metrics
from switchboard.api.server import HttpServer
from switchboard.api.service import ApiService
from switchboard.bootstrap import open_chats, open_store
from switchboard.config.load import load
from switchboard.config.settings import ServerSettings
from switchboard.flows.chat_to_ticket.door.door import SalesiqDoor
from switchboard.flows.chat_to_ticket.models import Verdict
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.jobs.chores import Diary
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store import api_keys

SPEED = 600.0


class ApiProcess(threading.Thread):
    """The application in an event loop of its own, until `stop`."""

    def __init__(self, root: Path) -> None:
        super().__init__(daemon=True)
        self._root, self.address, self.key = root, "", ""
        self.ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        self._task = self._loop.create_task(self._serve())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self.ready.set()
            self._loop.close()

    def stop(self) -> None:
        if self._task is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(30)

    async def _serve(self) -> None:
        configuration = load(self._root)
        with open_store(configuration) as db:
            made = await db.run(
                lambda conn: api_keys.create(conn, "fuzz", api_keys.SCOPES, time.time())
            )
            self.key = made[1]
            detector = cast("Any", lambda _: Verdict(outcome="none"))
            async with open_chats(configuration, db, detector=detector) as session:
                http = HttpServer(ServerSettings(port=0), self._root)
                diary = Diary()
                door = SalesiqDoor(lambda: session.tools)

                async def tools() -> ChatTools:
                    return session.tools

                service = ApiService(
                    db=db,
                    server=lambda: configuration.settings.server,
                    tools=tools,
                    chats_problem=lambda: None,
                    door=door,
                    diary=diary,
                    metrics=Metrics(diary),
                )
                self.address = http.address
                self._loop.call_later(0.5, self.ready.set)
                try:
                    await http.serve(create_app(service))
                finally:
                    await door.aclose()


@contextmanager
def api_process(root: Path) -> Iterator[ApiProcess]:
    """Serve what *root* is filled with, until the block ends."""
    with SimulatorServer(port=0, smtp_port=0, calls=0, speed=SPEED) as simulator:
        write_config(simulator.world, simulator.base_url, root, speed=SPEED)
        api = ApiProcess(root)
        api.start()
        try:
            assert api.ready.wait(60)
            assert api.address
            yield api
        finally:
            api.stop()
