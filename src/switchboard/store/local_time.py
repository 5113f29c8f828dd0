"""Let the database count by the hours and days of an office's own clock, through its changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

DAY_SECONDS = 86_400
_EXACT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Shift:
    """From *begin* on, clocks are *offset* seconds ahead of UTC."""

    begin: float
    offset: int


def shifts(zone: str, since: float, until: float) -> list[Shift]:
    """Return the offsets of a zone in [since, until), oldest first. Pure."""
    clock = ZoneInfo(zone)
    found = [Shift(since, _offset(clock, since))]
    at = since
    while at < until:
        following = min(at + DAY_SECONDS, until)
        if _offset(clock, following) != found[-1].offset:
            begin = _change(clock, at, following)
            found.append(Shift(begin, _offset(clock, begin)))
        at = following
    return found


def local_seconds(
    conn: sa.Connection, column: sa.ColumnElement[float], changes: list[Shift]
) -> sa.ColumnElement[int]:
    """Return the seconds a clock on the wall has counted since 1970, whole."""
    offset: sa.ColumnElement[int] = sa.literal(changes[0].offset)
    if len(changes) > 1:
        later = [(column >= each.begin, each.offset) for each in reversed(changes[1:])]
        offset = sa.case(*later, else_=changes[0].offset)
    shifted = column + offset
    if conn.dialect.name == "postgresql":  # Its cast would round.
        return sa.cast(sa.func.floor(shifted), sa.BigInteger)
    return sa.cast(shifted, sa.Integer)


def _change(clock: ZoneInfo, before: float, after: float) -> float:
    """Return the second from which on the later offset holds."""
    old = _offset(clock, before)
    low, high = int(before), int(after)
    while high - low > _EXACT_SECONDS:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(clock, middle) == old else (low, middle)
    return float(high)


def _offset(clock: ZoneInfo, at: float) -> int:
    found = datetime.fromtimestamp(at, UTC).astimezone(clock).utcoffset()
    return int(found.total_seconds()) if found is not None else 0
