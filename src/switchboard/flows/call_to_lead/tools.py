"""What the effectful half of the flow is handed by bootstrap, and the events it tells a door."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from switchboard.config.documents import Office
from switchboard.config.load import Configuration
from switchboard.errors import TransientError
from switchboard.store.database import Database
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.zoho_crm.client import ZohoCrmClient


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person who watches a run wants to see move."""

    kind: Literal["stage", "read", "planned", "finished", "waiting"]
    office: str | None = None
    count: int = 0
    text: str = ""


Listener = Callable[[Event], None]


def nobody(_event: Event) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class LeaseWatch:
    """When our leases were last renewed: nothing is sent once they may have run out."""

    seconds: float
    renewed_at: float = field(default_factory=time.monotonic)

    def guard(self) -> None:
        """Raise TransientError if another worker may have taken our callers over."""
        if time.monotonic() - self.renewed_at > self.seconds:
            raise TransientError(
                "DB-005", "The leases on these callers ran out before the request was sent."
            )


@dataclass(frozen=True, slots=True)
class Tools:
    """The store, the two vendors and the configuration of one process."""

    configuration: Configuration
    db: Database
    ringcentral: RingCentralClient
    crm: ZohoCrmClient
    worker: str
    lease: LeaseWatch
    tell: Listener = nobody

    @property
    def offices(self) -> Mapping[str, Office]:
        """Every configured office, in processing order."""
        return {office.id: office for office in self.configuration.offices}
