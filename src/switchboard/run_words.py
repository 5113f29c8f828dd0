"""Say in a line what a run told or logged. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.flows.call_to_lead.tools import Event
from switchboard.store.run_lines import Level

LONGEST = 2_000  # A traceback fits; a vendor's page of HTML does not.
_LEVELS: dict[str, Level] = {
    "debug": "debug",
    "warning": "warn",
    "error": "error",
    "critical": "error",
}
# A traceback is for the log files, whoever may read those.
_NOT_SAID = {"timestamp", "level", "event", "console", "run", "request_id", "exception"}


def level_of(event: Mapping[str, Any]) -> Level:
    return _LEVELS.get(str(event.get("level", "")), "info")


def said(event: Event | Mapping[str, Any]) -> str:
    """Return the words for an event of a run or of the log."""
    if isinstance(event, Event):
        return _told(event)
    if event.get("event") == "call":
        return _call(event)
    words = str(event.get("event", "")).replace("_", " ")
    rest = [f"{name}={_value(value)}" for name, value in _worth(event)]
    return f"{words[:1].upper()}{words[1:]}" + (f": {', '.join(rest)}" if rest else "")


def plain(text: str) -> str:
    """Return *text* without what a terminal, a browser or a database would not take as text."""
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in shown)


def _told(event: Event) -> str:
    if event.kind == "read":
        return f"Reading the call log: {event.count:,} calls"
    if event.kind == "planned":
        return f"{event.office}: {event.count:,} calls to work on"
    return event.text


def _call(event: Mapping[str, Any]) -> str:
    """Say what became of a call: its fate first, for that is what a person looks for."""
    fate = str(event.get("fate", ""))
    where = f" at {event['office']}" if event.get("office") else ""
    code = f"{event['code']}: " if event.get("code") else ""
    why = f". {code}{event['why']}" if event.get("why") else ""
    outcome = str(event.get("outcome", "")).replace("_", " ")
    return f"{fate.capitalize()}: call {event.get('call')}, {outcome}{where}{why}"


def _worth(event: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(k, v) for k, v in event.items() if k not in _NOT_SAID and v not in (None, "", [], {})]


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={_value(each)}" for name, each in value.items()) + "}"
    return str(value)
