"""What a portal keeps: contacts, tickets and what hangs on them. Times are epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Record:
    """A contact or ticket; searches see it, and later its changes, some time afterwards."""

    id: str
    fields: dict[str, Any]
    created: float
    modified: float
    created_by: str
    modified_by: str
    cf: dict[str, Any] = field(default_factory=dict)
    indexed_at: float = 0.0  # Stopwatch time from which searches see `fields` …
    stale: dict[str, Any] | None = None  # … and what they see until then; None: nothing.
    trashed: bool = False

    def searchable(self, elapsed: float) -> dict[str, Any] | None:
        return self.fields if elapsed >= self.indexed_at else self.stale


@dataclass(slots=True)
class Ticket(Record):
    number: str = ""
    status: str = "Open"
    closed: float | None = None
    on_hold: float | None = None
    stages: list[tuple[str, float]] = field(default_factory=list)  # Status and since when.
    responses: list[float] = field(default_factory=list)  # Public words of agents.
    reopened: int = 0
    reassigned: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Comment:
    id: str
    ticket_id: str
    content: str
    content_type: str
    public: bool
    commenter: str
    created: float
    modified: float
    attachment_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class Thread:
    id: str
    ticket_id: str
    content: str
    direction: str
    channel: str
    author: str  # A contact's id where it came in, an agent's where it went out.
    created: float


@dataclass(slots=True)
class File:
    """An attachment of a ticket, or an upload that belongs to none yet."""

    id: str
    ticket_id: str | None
    name: str
    content: bytes
    public: bool
    creator: str
    created: float


@dataclass(frozen=True, slots=True)
class Department:
    id: str
    name: str
    enabled: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class Agent:
    id: str
    first_name: str
    last_name: str
    email: str
    departments: tuple[str, ...]
    status: str = "ACTIVE"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    department_id: str
    agents: tuple[str, ...]


@dataclass(slots=True)
class Webhook:
    id: str
    url: str
    subscriptions: dict[str, dict[str, Any] | None]
    created: float
    created_by: str
    name: str | None = None
    description: str | None = None
    include_from: tuple[str, ...] = ()
    ignore_source: str | None = None
    enabled: bool = True
