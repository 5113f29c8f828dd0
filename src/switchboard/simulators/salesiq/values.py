"""What a simulated portal is made of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["bot", "waiting", "operator", "missed", "ended"]
FaultKind = Literal[
    "duplicate",  # The same delivery once more, after `delay_s`
    "late",  # Posted `delay_s` later; what the visitor writes meanwhile goes first
    "reorder",  # Posted after the next delivery of the same conversation
    "answer_lost",  # Posted, but the answer never arrives: a time-out for SalesIQ
]


@dataclass(slots=True)
class Rules:
    """Where the vendor's texts are silent or disagree, and how patient it is."""

    timeout_s: float = 5.0  # Real seconds: the product's work takes real time.
    longest_item: int = 250
    pending_s: float = 180.0
    calls_per_minute: int = 60
    lock_s: float = 900.0
    failures_allowed: int = 3  # The next one switches the bot off.
    id_on_trigger: bool = True
    visitor_ids_in_rest: bool = True
    answers_as_list: bool = False
    forward_rounds: int = 5  # Endless at the vendor; here the loop is cut, and told.


@dataclass(slots=True)
class Bot:
    url: str = ""
    secure: bool = False
    enabled: bool = True
    failures: int = 0  # Since the last success.
    off_because: str = ""
    mails: list[str] = field(default_factory=list)  # What SalesIQ would have mailed.


@dataclass(slots=True)
class Operator:
    id: str
    name: str
    email: str
    department: str
    available: bool = True


@dataclass(slots=True)
class Message:
    number: int
    sender: Literal["visitor", "bot", "operator", "system"]
    text: str
    at: float
    image: str = ""
    file: dict[str, Any] | None = None


@dataclass(slots=True)
class Questions:
    """An action `context` under way: SalesIQ asks one question after the other."""

    id: str
    questions: list[dict[str, Any]]
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def current(self) -> dict[str, Any]:
        return self.questions[len(self.answers)]


@dataclass(slots=True)
class Pending:
    request_id: str
    until: float  # On the stopwatch.
    progress: str = ""


@dataclass
class Conversation:
    id: str  # On the visitor's side: LD_…
    number: str  # Of the REST API.
    visitor: dict[str, Any]
    opened_at: float
    status: Status = "bot"
    department: str = ""
    operator: str = ""
    messages: list[Message] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    input: dict[str, Any] | None = None
    validate: dict[str, Any] | None = None
    field_name: str = ""
    context: Questions | None = None
    pending: Pending | None = None
    under_way: int = 0  # Deliveries that are not answered yet.
    begun: bool = False  # The visitor has written.
    rounds: int = 0  # Hand-overs refused in a row.
    looped: bool = False
    version: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: list[Delivery] = field(default_factory=list)

    def touch(self) -> None:
        """Let everybody who waits for news look again."""
        self.version += 1
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


@dataclass
class Delivery:
    """One request to the bot, and what became of it."""

    request_id: str
    conversation: str
    handler: str
    body: dict[str, Any]
    at: float
    outcome: str = "under way"
    status: int | None = None
    answer: Any = None
    milliseconds: int | None = None
    fault: str = ""
    copy: bool = False  # The second of two: what it is answered with is not shown.


class SalesIqFault(BaseModel):
    """One planned fault of deliveries; without `times` it strikes once."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    handler: str = ""  # Blank: any.
    times: int = Field(1, ge=1)
    skip: int = Field(0, ge=0)
    delay_s: float = Field(0.5, ge=0)
    struck: int = 0
