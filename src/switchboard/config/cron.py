"""Say what is wrong with a cron expression, in the words of whoever wrote it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

FIELDS = ("minute", "hour", "day of month", "month", "day of week")
_ALLOWED = ("0 to 59", "0 to 23", "1 to 31", "1 to 12 or JAN to DEC", "0 to 7 or SUN to SAT")
# A leap year's start: 29 February of a given weekday comes round within 28 years.
_LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def cron_fault(expression: str) -> str | None:
    """Return what is wrong with the five fields, naming the one; None when they can be used."""
    given = expression.split()
    if len(given) != len(FIELDS):
        names = ", ".join(FIELDS)
        return f'"{expression}" has {len(given)} field{"s" * (len(given) != 1)}, not five ({names})'
    for index, (name, text) in enumerate(zip(FIELDS, given, strict=True)):
        alone = ["*"] * len(FIELDS)
        alone[index] = text
        if not _parses(" ".join(alone)):
            return f'the field {name} is "{text}"; it may be {_ALLOWED[index]}, *, lists, a-b, */n'
    try:
        next(CronSim(expression, _LEAP_YEAR))
    except (CronSimError, StopIteration):
        return f'"{expression}" never comes: no month has such a day'
    return None


def _parses(expression: str) -> bool:
    try:
        CronSim(expression, _LEAP_YEAR)
    except CronSimError:
        return False
    return True
