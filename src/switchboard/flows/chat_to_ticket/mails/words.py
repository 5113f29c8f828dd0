"""Say times and strangers' texts so that they are right and harmless in a mail. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from switchboard.flows.call_to_lead.hours import OpeningHours
from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.vendors.mail.models import ascii_domain
from switchboard.vendors.zoho_desk import text as desk_text

LONGEST_VALUE = 500
LONGEST_NAME = 60
_NAME = re.compile(r"[^\W\d_]+(?:(?:[ '\u2019-]|\. )[^\W\d_]+)*\.?")
_MINUTES_OF = (("day", 1440), ("hour", 60), ("minute", 1))

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\]+")


def address(text: str | None) -> str:
    """Return an address a mail can be sent to; blank for anything else."""
    found = (text or "").strip()
    if not _ADDRESS.fullmatch(found) or not found.isprintable():
        return ""
    try:
        ascii_domain(found)
    except UnicodeError:  # A label that is empty, or too long.
        return ""
    return found


def line(text: str | None, limit: int = LONGEST_VALUE) -> str:
    """Return a stranger's text on one line, without marks that turn the direction of writing."""
    return shorten(desk_text.clean(text or ""), limit)


def unlinked(text: str | None, limit: int = LONGEST_VALUE) -> str:
    """Return a stranger's text so that no mail program makes a link of what is in it."""
    safe = line(text, limit).replace("://", ": //")
    return re.sub(r"(?<=[\w-])\.(?=[^\W\d_]{2})", ".\u200b", safe)


def greeting_name(text: str | None) -> str:
    """Return a name if it looks like one: a greeting must not carry a stranger's advertisement."""
    name = line(text, LONGEST_NAME + 1)
    return name if len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else ""


def expected(hours: float, opening: OpeningHours, at: datetime) -> str:
    """Return by when a ticket is to be solved, as a promise somebody can check."""
    until = opening.add_open(at, hours * 60)
    kind = "office hour" if opening.shifts else "hour"
    return f"within {counted(hours, kind)}, by {moment(until, opening.zone)}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment by an office's clock, the zone named."""
    local = at.astimezone(zone)
    name = local.tzname() or ""
    shown = name if name.isalpha() else zone.key.replace("_", " ")
    return f"{local:%A}, {local.day} {local:%B %Y}, {local:%H:%M} {shown}"


def duration(minutes: int) -> str:
    """Return a time in its two largest parts: "2 hours 5 minutes"."""
    parts: list[str] = []
    left = max(minutes, 0)
    for name, size in _MINUTES_OF:
        number, left = divmod(left, size)
        if number:
            parts.append(counted(number, name))
    return " ".join(parts[:2]) or "less than a minute"


def counted(number: float, noun: str) -> str:
    """Return a number with its noun: "1 hour", "1.5 hours"."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"
