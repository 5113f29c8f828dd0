"""Say numbers so that nobody reads more out of them than is in them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["", "ok", "warn", "fail", "run"]
ENOUGH = 5  # Of fewer cases a share or a median would be noise.
NOT_ENOUGH = "Not enough yet"
_HOUR, _DAY = 60.0, 1440.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts."""

    label: str
    value: str
    counts: str
    kind: Kind = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be taken along as CSV."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float) -> str:
    return f"{value:,.0f}"


def share(part: int, whole: int) -> str:
    """Return "83 %"; of few cases, that they are few."""
    return percent(part / whole) if whole >= ENOUGH else NOT_ENOUGH


def percent(value: float | None) -> str:
    return NOT_ENOUGH if value is None else f"{value * 100:.0f} %"


def minutes(value: float | None) -> str:
    """Return "45 s", "12 min", "1 h 20 min", "2 days 3 h"."""
    if value is None:
        return NOT_ENOUGH
    if value < 1:
        return f"{max(value, 0) * 60:.0f} s"
    whole = round(value)
    if whole < _HOUR:
        return f"{whole} min"
    hours, left = divmod(whole, 60)
    if whole < _DAY:
        return f"{hours} h {left} min" if left else f"{hours} h"
    days, hours = divmod(round(value / _HOUR), 24)
    said = "1 day" if days == 1 else f"{days} days"
    return f"{said} {hours} h" if hours else said


def effort(minutes_of_work: int) -> str:
    """Return time of work, which is told in hours, never in days of 24 of them."""
    if minutes_of_work < 2 * _HOUR:
        return f"{minutes_of_work} min"
    return f"{minutes_of_work / _HOUR:,.0f} h"


def cases(value: int, noun: str, plural: str = "") -> str:
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def plain(value: float | None, digits: int = 1) -> str:
    """Return a number for a program: no thousands apart, empty where there is none."""
    return "" if value is None else f"{round(value, digits):g}"
