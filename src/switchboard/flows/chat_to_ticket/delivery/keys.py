"""Name what is written at Zoho Desk, so that each is recognised there and written once. Pure."""

from __future__ import annotations

import base64
import hashlib
import re

CONTACT, TICKET, COMMENT, FILE, LINK = (
    "desk_contact",
    "desk_ticket",
    "desk_comment",
    "desk_file",
    "chat_link",
)
KINDS = (CONTACT, TICKET, COMMENT, FILE, LINK)
SEQUENCE = {CONTACT: 0, TICKET: 1, COMMENT: 2, FILE: 3, LINK: 4}
_MARK_LENGTH = 10  # 50 bits: no two matters of a portal share one.
_SHORT = re.compile(r"[A-Z0-9][A-Z0-9-]{5,19}")


def effect_key(reference: str, kind: str, name: str = "") -> str:
    """Return the journal's key: it follows from the request, never from the attempt."""
    return ":".join(filter(None, ("ticket", reference, kind, name)))


def reference_of(key: str) -> str:
    """Return the ticket a key of the journal belongs to."""
    kind = next((each for each in KINDS if f":{each}" in key), "")
    return key.removeprefix("ticket:").rpartition(f":{kind}")[0] or key


def mark(text: str) -> str:
    """Return a short name for *text* that survives Desk's limits, as in `[SB-7F3K2M4QXZ]`."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"SB-{base64.b32encode(digest).decode()[:_MARK_LENGTH]}"


def marker_of(reference: str) -> str:
    """Return what a ticket's subject ends with: the reference, where it is short enough."""
    return reference if _SHORT.fullmatch(reference) else mark(reference)


def ends_with_mark(subject: str | None, marker: str) -> bool:
    """Tell whether a subject is ours: the mark stands at its very end."""
    return (subject or "").rstrip().endswith(f"[{marker}]")


def bears_mark(content: str, marker: str) -> bool:
    """Tell whether a comment is ours. In comments the mark is at the end, too."""
    return content.rstrip().endswith(f"[{marker}]") or f"[{marker}]<" in content
