"""Is everything all right? One sentence, where no problem has to be told instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from switchboard.console.dashboard.connections import Connection
from switchboard.console.dashboard.owed import OVERDUE, Owed
from switchboard.console.dashboard.problems import Problem

WELL = "Every connection that was asked answers, nothing waits for a person, and nobody waits "
WELL += "too long for a call-back."


class Verdict(NamedTuple):
    """What is said, in which colour, and where more of it is."""

    kind: str
    title: str
    words: str
    href: str = ""
    link: str = ""


def verdict(
    problems: Sequence[Problem], states: Sequence[Connection], owed: Owed
) -> Verdict | None:
    """Say how it stands; None while there are problems, which say it themselves."""
    if problems:
        return None
    slow = [f"{each.title}: {each.word.lower()}." for each in states if each.kind == "warn"]
    if owed.overdue:
        one = owed.overdue == 1
        late = f"{'One caller' if one else f'{owed.overdue:,} callers'} should have been called "
        late += "back by now."
        return Verdict("warn", late, " ".join(["Switchboard itself works.", *slow]), OVERDUE,
                       "See who")  # fmt: skip
    if slow:
        words = "Nothing waits for a person, and it goes on by itself."
        return Verdict("warn", " ".join(slow), words, "/dashboard/connections", "Details")
    return Verdict("ok", "Everything is all right.", WELL)
