"""Decide when a ticket is read again, and what of it is news to a visitor. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.lint import LONGEST_TEXT
from switchboard.vendors.zoho_desk.models import DeskComment
from switchboard.vendors.zoho_desk.text import clean

HOUR = 3600.0
DAY = 24 * HOUR
SAFETY_SECONDS = 12 * HOUR  # Webhooks may be lost (zoho-desk.md §12): looked at all the same.
LONGEST_SECONDS = DAY
AGE_SHARE = 48  # A ticket is looked at again after a 48th of its age: a day old, half-hourly.
REOPENING_SECONDS = 14 * DAY  # So long after its closing a ticket may be opened again.
MOST_TOLD = 3  # Comments in one go: a chat is no mailbox.

_OURS = re.compile(r"\[SB-[A-Z2-7]{10}\]\s*(?:<[^>]*>\s*)*$")  # delivery/keys.py's mark.


def next_look(
    at: float, *, raised_at: float, closed_at: float | None, webhook: bool, poll_minutes: float
) -> float | None:
    """Return when a ticket is read again, unless a webhook tells of it before; None: never."""
    base = SAFETY_SECONDS if webhook else poll_minutes * 60.0
    if closed_at is not None:
        again = at + max(base, SAFETY_SECONDS)
        return again if again <= closed_at + REOPENING_SECONDS else None
    patience = min((at - raised_at) / AGE_SHARE, LONGEST_SECONDS)
    return at + max(base, patience)


def news(comments: Sequence[DeskComment], seen: int, since: datetime | None = None) -> list[str]:
    """Return what agents wrote for the customer after *seen* comments, as plain text.

    *since*: whoever was added to an open ticket is not told what was said before.
    """
    found = [
        plain(each)
        for each in comments[seen:]
        if each.is_public
        and each.commenter_type != "END_USER"
        and not _OURS.search(each.content)
        and not (since and each.commented_time and each.commented_time < since)
    ]
    return [text for text in found if text][-MOST_TOLD:]


def plain(comment: DeskComment) -> str:
    """Return a comment's words without its markup."""
    text = comment.content
    if comment.content_type != "plainText":
        parted = re.sub(r"<(?:br|/p|/div|/li)\b[^>]*>", " ", text)
        text = Markup(parted).striptags()  # noqa: S704 - taken apart here, never rendered.
    return " ".join(clean(text).split())


def told(number: str, text: str) -> str:
    """Return a comment as one bubble of a chat."""
    return shorten(f"Your ticket {number}: {text}", LONGEST_TEXT)


def minutes_between(begin: datetime | None, end: datetime | None) -> int | None:
    """Return whole minutes; None where a time is missing or they are the wrong way round."""
    if begin is None or end is None or end < begin:
        return None
    return round((end - begin).total_seconds() / 60)
