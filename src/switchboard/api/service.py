"""What the HTTP application is given: the parts of a running service as they are at that moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from switchboard.api.metrics import Gauges, Metrics, store_gauges
from switchboard.config.settings import ServerSettings
from switchboard.errors import SwitchboardError
from switchboard.flows.chat_to_ticket.door.values import DoorAnswer
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.jobs.chores import Diary
from switchboard.store.database import Database


class Door(Protocol):
    """Takes what SalesIQ and other chat channels deliver."""

    async def receive(
        self, raw: bytes, headers: Mapping[str, str], *, trusted: bool
    ) -> DoorAnswer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiService:
    """One process's store, chats and lanes.

    `tools` waits for chats that are being opened, and raises what keeps them from it;
    `chats_problem` tells the same at once, None when chats are led.
    """

    db: Database
    server: Callable[[], ServerSettings]
    tools: Callable[[], Awaitable[ChatTools]]
    chats_problem: Callable[[], SwitchboardError | None]
    door: Door
    diary: Diary
    metrics: Metrics
    https: bool = False
    gauges: tuple[Gauges, ...] = field(default=(store_gauges,))
