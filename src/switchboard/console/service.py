"""What the console is given: the parts of a running service that its pages need."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from switchboard.console.passwords import Passwords
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleService:
    """One process's store and vault, and how pages are to look.

    `sealer` raises what keeps the vault from being opened; only second factors need it.
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
