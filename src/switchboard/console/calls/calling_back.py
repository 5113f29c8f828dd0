"""Did anybody call back? What a list, a call and a person say about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from switchboard.console.attention import places
from switchboard.console.calls.words import CALL_BACKS, Chip, day_and_time
from switchboard.store.callback_order import Callback, State

TO_DO: tuple[State, ...] = ("owed", "open")
# What the filter offers: a word, and the states of the call-back it stands for.
FILTERS: Mapping[str, tuple[str, tuple[State, ...]]] = {
    "open": ("To call back", TO_DO),
    "overdue": ("Overdue", TO_DO),
    "done": ("Called back", ("closing", "closed")),
}


@dataclass(frozen=True, slots=True)
class Told:
    """The answer in one line; `href` is the call it speaks of."""

    kind: str
    title: str
    words: str = ""
    href: str = ""
    link: str = ""


def overdue(row: Callback, now: float) -> bool:
    return row.state in TO_DO and row.task_due_at is not None and row.task_due_at < now


def chip(row: Callback | None, now: float) -> Chip | None:
    """Return what a line of a list says; None where nobody asked for a call-back."""
    if row is None or row.state == "needless":
        return None
    if row.state in TO_DO:
        late = overdue(row, now)
        return Chip("Call-back overdue" if late else "To call back", "fail" if late else "warn",
                    "phone")  # fmt: skip
    return Chip("Called back", "ok", "check") if row.state != "parked" else CALL_BACKS["parked"]


def due_words(row: Callback, now: float, zone: ZoneInfo) -> str:
    if row.task_due_at is None or row.state not in TO_DO:
        return ""
    return f"{'Was due' if overdue(row, now) else 'Due'} {day_and_time(row.task_due_at, zone)}."


def told(row: Callback | None, now: float, zone: ZoneInfo) -> Told | None:
    """Answer whether somebody has called back."""
    if row is None:
        return None
    if row.state in TO_DO:
        late = overdue(row, now)
        task = "" if row.task_id else "Its task in Zoho CRM is still to be written."
        said = " ".join(filter(None, (due_words(row, now, zone), task)))
        return Told("warn" if late else "run", "Nobody has called back yet.", said)
    if row.state == "parked":
        return Told("warn", "Nobody has called back, and the task could not be written.", row.why)
    reached = row.closed_by if (row.closed_by or "").startswith("call:") else None
    if row.state == "needless" and row.joins:
        return Told("run", "The call-back of another missed call stands for this one.", "",
                    places.call(row.joins), "That call")  # fmt: skip
    title = "No call-back is needed." if row.state == "needless" else "Somebody has called back."
    link = (places.call(reached), "The call that reached them") if reached else ("", "")
    return Told("ok", title, row.why, *link)
