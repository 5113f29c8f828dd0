"""What the console is given: the parts of a running service that its pages need."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration
from switchboard.console.passwords import Passwords
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.chat_to_ticket.models import Learning
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.jobs.chores import Diary
from switchboard.running import Runner
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer

WakeLane = Lane | Literal["calls", "recordings", "call-backs"]


def _no_configuration() -> Configuration:
    raise OperatorError("CFG-001", "This console serves no configuration directory.")


def _no_chats() -> SwitchboardError:
    return OperatorError("API-003", "Chats and tickets are not set up here.")


async def _no_tools() -> ChatTools:
    raise _no_chats()


def _nothing() -> None:
    """Change nothing: nobody else has to hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleService:
    """One process's store and vault, what it works with, and how pages are to look.

    `sealer` raises what keeps the vault from being opened. `configuration` is the newest sound one,
    `configuration_problem` why the documents as they stand are not it. `reload` takes up changed
    documents at once instead of within some seconds.
    """

    db: Database
    sealer: Callable[[], Sealer]
    company: Callable[[], str] = lambda: "Switchboard"
    zone: Callable[[], str] = lambda: "UTC"  # IANA name: the zone in which pages tell the time.
    address: Callable[[], str] = lambda: ""  # For links; empty: as this browser reached us.
    badge: str = ""  # Such as "Sandbox": so that nobody takes one for the other.
    https: bool = False  # Browsers reach us by HTTPS, whoever ends it.
    clock: Callable[[], float] = time.time
    passwords: Passwords = field(default_factory=Passwords)
    configuration: Callable[[], Configuration] = _no_configuration
    configuration_problem: Callable[[], ConfigError | None] = lambda: None
    reload: Callable[[], None] = _nothing
    chats: Callable[[], Awaitable[ChatTools]] = _no_tools  # Raises what keeps chats from being led.
    chats_problem: Callable[[], SwitchboardError | None] = _no_chats
    learning: Callable[[], Learning | None] = lambda: None  # The detector; reads files.
    wake: Callable[[WakeLane], None] = lambda _lane: None  # Do what is due there at once.
    diary: Diary = field(default_factory=Diary)
    runner: Runner | None = None  # None: runs are started elsewhere.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)  # Answers without end: end now.
