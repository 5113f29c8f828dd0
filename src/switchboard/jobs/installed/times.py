"""Read a cron expression as the numbers that an operating system's scheduler is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cronsim import CronSim

from switchboard.config.cron import FIELDS
from switchboard.errors import OperatorError

_SIZES = (60, 24, 31, 12, 7)


@dataclass(frozen=True, slots=True)
class Times:
    """When a job comes; None: every one. `weekdays` are 1 (Monday) to 7 (Sunday)."""

    minutes: tuple[int, ...] | None
    hours: tuple[int, ...] | None
    days: tuple[int, ...] | None
    months: tuple[int, ...] | None
    weekdays: tuple[int, ...] | None
    either_day: bool = False  # Cron's rule: of day of month and day of week one is enough.


@dataclass(frozen=True, slots=True)
class Job:
    """One run as the operating system will start it."""

    name: str
    cron: str
    zone: str
    command: tuple[str, ...]  # The program's path first.


def times_of(job: Job) -> Times:
    """Return the numbers; cronsim's own signs (L, LW, 5L, MON#2) are refused by name."""
    given = job.cron.upper().split()
    for name, text in zip(FIELDS, given, strict=True):
        if name in {"day of month", "day of week"} and _special(text):
            raise cannot(job, name, text, "only `switchboard serve` knows L, LW and #")
    cron = CronSim(job.cron, datetime(2024, 1, 1, tzinfo=UTC))
    weekdays = {day % 7 or 7 for day in cron.weekdays if isinstance(day, int)}
    found = [cron.minutes, cron.hours, cron.days, cron.months, weekdays]
    every = [
        None if len(values) == size else tuple(sorted(v for v in values if isinstance(v, int)))
        for values, size in zip(found, _SIZES, strict=True)
    ]
    minutes, hours, days, months, days_of_week = every
    either = days is not None and days_of_week is not None and not cron.day_and
    return Times(minutes, hours, days, months, days_of_week, either)


def cannot(job: Job, field: str, text: str, reason: str) -> OperatorError:
    """Refuse one field, by its name."""
    message = (
        f'The run "{job.name}" cannot be installed: its field {field} is "{text}", and {reason}.'
    )
    return OperatorError("SCH-002", message)


def field_of(job: Job, name: str) -> str:
    """Return the text of a field by its name."""
    return job.cron.split()[FIELDS.index(name)]


def _special(text: str) -> bool:
    words = text.replace("JUL", "").replace("L,", "L ,").replace(",", " ").split()
    return any("#" in word or word.endswith("L") or word == "LW" for word in words)
