"""What the pages of calls, tickets and chats say of things that were set aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.console.attention.items import NOUNS
from switchboard.console.trail.words import actor_words
from switchboard.store import set_aside


@dataclass(frozen=True, slots=True)
class Note:
    """One thing of the page's: what it is, and who set it aside, when and why."""

    noun: str
    who: str
    at: float
    reason: str


def notes(conn: sa.Connection, names: Iterable[str]) -> list[Note]:
    """Return what is set aside of these calls, tickets or chats, and of what belongs to them."""
    return [
        Note(NOUNS[each.kind][0], actor_words(each.actor)[0], each.at, each.reason)
        for each in set_aside.about(conn, names)
    ]
