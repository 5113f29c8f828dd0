"""The HTTP application in process, over a real store: what its tests share."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from switchboard.api.app import create_app
from switchboard.api.metrics import Metrics
from switchboard.api.service import ApiService
from switchboard.config.settings import ServerSettings
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.chat_to_ticket.door.values import DoorAnswer
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.jobs.chores import Diary
from switchboard.store import api_keys
from switchboard.store.database import Database

NOT_SET_UP = OperatorError("API-003", "Chats and tickets are not set up here.")


class DoorDouble:
    """Answers what it is told to, and keeps what it was handed."""

    def __init__(self) -> None:
        self.answer = DoorAnswer(200, {"action": "reply", "reply": "Hello"}, "answered")
        self.handed: list[tuple[bytes, bool]] = []

    async def receive(self, raw: bytes, headers: Mapping[str, str], *, trusted: bool) -> DoorAnswer:
        del headers
        self.handed.append((raw, trusted))
        return self.answer


class ApiStage:
    """An application, a client of it, and a key for everything."""

    def __init__(self, db: Database, tools: ChatTools | None = None) -> None:
        self.db, self.tools, self.door, self.diary = db, tools, DoorDouble(), Diary()
        self.problem: SwitchboardError | None = None if tools else NOT_SET_UP
        self.settings = ServerSettings()
        self.service = ApiService(
            db=db,
            server=lambda: self.settings,
            tools=lambda: self.service_tools(),  # noqa: PLW0108 - a test may replace it.
            chats_problem=lambda: self.problem,
            door=self.door,
            diary=self.diary,
            metrics=Metrics(self.diary),
        )
        self.app = create_app(self.service)

    async def service_tools(self) -> ChatTools:
        if self.tools is None:
            raise self.problem or NOT_SET_UP
        return self.tools

    def key(self, name: str, *scopes: str) -> dict[str, str]:
        """Make a key; return the header it goes in."""
        made = self.db.run_sync(
            lambda conn: api_keys.create(conn, name, scopes or api_keys.SCOPES, time.time())
        )
        return {"X-Api-Key": made[1]}

    def client(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, **options)
        return httpx.AsyncClient(transport=transport, base_url="http://switchboard.test")


@asynccontextmanager
async def api_stage(folder: Path, tools: ChatTools | None = None) -> AsyncIterator[ApiStage]:
    db = Database.open(f"sqlite:///{folder / 'api.db'}")
    try:
        yield ApiStage(db, tools)
    finally:
        await db.aclose()
