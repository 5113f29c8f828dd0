"""What the door gives back, and what it calls the ways a delivery can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal[
    "answered",
    "repeated",  # It had been worked before: the same answer again.
    "pending",  # The answer follows by callback.
    "checked",  # A check, or something that belongs to no conversation.
    "unnamed",  # It names no conversation: answered, and nothing kept.
    "preview",  # A tester in the bot's builder.
    "slowed",  # Too many messages: asked to write one at a time.
    "late",  # Our own work took too long: the words follow.
    "broken",  # The store failed: asked to write it again.
    "refused",  # Not let in; `code` says why.
]


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """What to send back: a status, and a document to write as JSON.

    A refusal's document is problem details (RFC 9457) with our `code`.
    """

    status: int
    document: dict[str, Any] | None
    outcome: Outcome
    code: str = ""


OK, UNAVAILABLE = 200, 503
