"""Build rows for store tests; what a test does not care about has a value already."""

from __future__ import annotations

from typing import Any

from switchboard.store.journal import Effect
from switchboard.store.ledger import Interaction

NOW = 1_900_000_000.0


def an_interaction(number: int = 1, **changes: Any) -> Interaction:
    values: dict[str, Any] = {
        "id": f"call:700:{number}",
        "kind": "call",
        "account": "700",
        "session": str(number),
        "office": "philadelphia",
        "person": f"+1215555{number:04d}",
        "started_at": NOW - 1000 + number,
        "outcome": "missed",
        "first_seen": NOW,
        "updated_at": NOW,
        "due_at": NOW,
    }
    return Interaction(**values | changes)


def an_effect(number: int = 1, **changes: Any) -> Effect:
    values: dict[str, Any] = {
        "key": f"call:700:{number}:note",
        "interaction_id": f"call:700:{number}",
        "person": f"+1215555{number:04d}",
        "kind": "note",
        "module": "Leads",
        "request": '{"Note_Title": "Missed call"}',
        "intended_at": NOW,
    }
    return Effect(**values | changes)
