"""Put a chat into comments: who said what when, in the time of the office. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from switchboard.flows.chat_to_ticket.dialogue.text import hide_passwords
from switchboard.store.conversations import Message
from switchboard.vendors.zoho_desk.text import COMMENT_LENGTH, comment_parts

SPEAKERS = {"visitor": "Visitor", "operator": "Operator", "system": "System"}
MARK_LENGTH = 40  # Room for the mark at the end of each part.
# Six digits, however they are grouped, that stand alone or are called a code.
_ALONE = re.compile(r"\s*(?:\d[\s.-]?){6}\s*[.!]?\s*")
_CALLED = re.compile(r"(\b(?:code|pin|otp)\b\D{0,20})((?:\d[\s.-]?){5}\d)(?!\d)", re.IGNORECASE)
HIDDEN = "[code]"


def transcript_parts(
    messages: Sequence[Message], *, zone: ZoneInfo, bot: str, title: str
) -> list[str]:
    """Return the comments a chat fills, in order; none when nothing (left) was said."""
    written = lines(messages, zone=zone, bot=bot)
    if not written:
        return []
    return comment_parts("\n".join([title, *written]), COMMENT_LENGTH - MARK_LENGTH)


def lines(messages: Sequence[Message], *, zone: ZoneInfo, bot: str) -> list[str]:
    """Return `[HH:MM] Visitor: …` for each message, with a line for each day."""
    found: list[str] = []
    day = ""
    for message in messages:
        if not message.text:
            continue
        at = datetime.fromtimestamp(message.at, zone)
        today = f"{at:%A, %d %B %Y} ({at.tzname()})"
        if today != day:
            day = today
            found.append(f"--- {day} ---")
        speaker = SPEAKERS.get(message.direction, bot)
        said = masked(message.text) if message.direction == "visitor" else message.text
        head = f"[{at:%H:%M}] {speaker}: "
        found.append(head + said.replace("\n", "\n    "))
    return found


def masked(said: str) -> str:
    """Return a visitor's words without one-time codes and passwords."""
    if _ALONE.fullmatch(said):
        return HIDDEN
    return hide_passwords(_CALLED.sub(lambda found: found[1] + HIDDEN, said))
