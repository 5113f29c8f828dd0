"""How pages name what became of a call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.reports import wording
from switchboard.store.call_kinds import MISSED, PLACED_BY_US, CallKind


class Chip(NamedTuple):
    """A word with its colour and icon, as components.html draws it."""

    word: str
    kind: str = ""
    icon: str = ""


FATES: Mapping[str, Chip] = {
    "parked": Chip("Needs attention", "fail", "alert"),
    "waiting": Chip("Waiting", "warn", "clock"),
    "done": Chip("Done", "ok", "check"),
    "skipped": Chip("Skipped", "", "dash"),
}
# What the filter offers: a word, and the kinds of call it stands for.
KINDS: Mapping[str, tuple[str, tuple[CallKind, ...]]] = {
    "answered": ("Answered", ("answered",)),
    "missed": ("Missed", MISSED),
    "voicemail": ("Missed with voicemail", ("voicemail",)),
    "placed": ("Placed by us", PLACED_BY_US),
    "unreached": ("Not reached", ("unreached",)),
    "open": ("Not final yet", ("open",)),
    "other": ("Anything else", ("other",)),
}
WRITES: Mapping[str, str] = {
    "lead": "Lead",
    "note": "Note",
    "status": "Status",
    "task": "Call-back task",
    "close": "Completing the call-back task",
    "owner": "New owner",
}
STATES: Mapping[str, Chip] = {
    "intended": Chip("To be sent", "warn", "clock"),
    "sending": Chip("No answer yet", "warn", "clock"),
    "settled": Chip("Written", "ok", "check"),
    "refused": Chip("Refused", "fail", "cross"),
    "parked": Chip("Needs attention", "fail", "alert"),
    "superseded": Chip("Not needed", "", "dash"),
}
MEDIA: Mapping[str, Chip] = {
    "owed": Chip("To be attached", "warn", "clock"),
    "done": Chip("Attached", "ok", "check"),
    "gone": Chip("Gone at RingCentral", "fail", "cross"),
    "parked": Chip("Needs attention", "fail", "alert"),
    "needless": Chip("Not attached", "", "dash"),
}
CALL_BACKS: Mapping[str, Chip] = {
    "owed": Chip("To be asked for", "warn", "clock"),
    "open": Chip("Open", "warn", "phone"),
    "closing": Chip("Reached, being completed", "run", "play"),
    "closed": Chip("Done", "ok", "check"),
    "needless": Chip("Not needed", "", "dash"),
    "parked": Chip("Needs attention", "fail", "alert"),
}
SET_ASIDE = Chip("Set aside", "", "check")


def fate_chip(fate: str) -> Chip:
    return FATES.get(fate, Chip(fate))


def outcome_word(outcome: str, reason: str = "", direction: str | None = None) -> str:
    """Say how a call went; that it was ours to somebody is said, that it was to us is not."""
    word = wording.outcome(outcome, reason)
    return f"{word}, {direction}" if direction in {"outbound", "internal"} else word


def day_and_time(moment: float, zone: ZoneInfo) -> str:
    """Tell a time of a list: Wed 18 Nov, 02:20 EST."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M %Z}"


def zone_of(office: str | None, offices: Sequence[Office], otherwise: str) -> ZoneInfo:
    """Return the zone of an office; of calls without one, the console's."""
    found = next((each.timezone for each in offices if each.id == office), otherwise)
    return ZoneInfo(found)


def size_words(size: int | None) -> str:
    """Return a file's size as people read it."""
    if size is None:
        return ""
    amount = float(size)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - where the next unit begins.
            return f"{amount:.0f} {unit}" if unit != "MB" else f"{amount:.1f} MB"
        amount /= 1000
    return f"{amount:.1f} GB"
