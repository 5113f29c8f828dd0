"""What is wrong now, worst first: what holds up everything, then what needs a person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from switchboard.console.attention.fixes import Fix, fix_of
from switchboard.console.attention.items import Cause
from switchboard.console.attention.words import explained
from switchboard.console.dashboard.connections import CREDENTIALS, Connection

MOST = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """What, how much of it, since when, what to do, and where."""

    title: str
    said: str
    since: float | None
    advice: str
    code: str
    kind: str
    href: str
    link: str
    fix: Fix | None = None  # Where it is put right, beside the advice.


def problems(causes: Iterable[Cause], states: Iterable[Connection]) -> list[Problem]:
    """Return every problem; a connection's own only where no cause tells it already."""
    found = [_of_cause(each) for each in causes]
    told = {each.code for each in found if each.code}
    beside = [
        _of_connection(each) for each in states if each.kind == "fail" and each.code not in told
    ]
    return [*beside, *found]


def summary(found: Sequence[Problem]) -> str:
    """Say how many there are beyond those shown."""
    more = len(found) - MOST
    return "" if more <= 0 else f"{more} more {'cause' if more == 1 else 'causes'}"


def _of_cause(cause: Cause) -> Problem:
    words = explained(cause.name)
    place = f"/attention/cause/{quote(cause.name, safe='')}"
    link = "Look at it" if cause.number == 1 else f"Look at all {cause.number:,}"
    if words.fix == CREDENTIALS and cause.name.startswith("CFG-"):
        place, link = CREDENTIALS  # None there, or a vault that stays shut: nothing else to see.
    fix = None if words.fix is None or words.fix[0] == place else words.fix
    kind = "fail" if cause.stops_much or cause.stopped else "warn"
    advice = words.you if words.you.endswith(".") else f"{words.you}."
    return Problem(
        words.title, cause.words, cause.since, advice, words.code, kind, place, link, fix
    )


def _of_connection(state: Connection) -> Problem:
    href, link = state.fix or ("/dashboard/connections", "Look at the connections")
    title, said = f"{state.title}: {state.word.lower()}", state.trouble.rstrip(".")
    fix = fix_of(state.code) if state.code else None
    fix = None if fix is None or fix[0] == href else fix
    return Problem(title, said, state.since, state.advice, state.code, "fail", href, link, fix)
