"""When a run comes: presets people choose from, cron as the document has it, both ways. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from switchboard.config.cron import cron_fault
from switchboard.jobs.timetable import Entry, upcoming

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MINUTES = (5, 10, 15, 20, 30)
_HOUR = 3600
_LOOKED_AT = 60  # Slots: more than two weeks of a run every six hours.
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Timing:
    """One of the presets with its values; `cron` is of the preset "cron" alone."""

    preset: str = "weekdays"
    every: str = "15"
    minute: str = "0"
    time: str = "08:00"
    weekday: str = "1"
    cron: str = ""


def timing_from(sent: Mapping[str, str]) -> Timing:
    """Return what a form says."""
    return Timing(
        preset=sent.get("preset", "weekdays"),
        every=sent.get("every", "15"),
        minute=sent.get("minute", "0"),
        time=sent.get("time", "08:00"),
        weekday=sent.get("weekday", "1"),
        cron=sent.get("cron", ""),
    )


def cron_of(timing: Timing) -> tuple[str, dict[str, str]]:
    """Return the five fields, and what is wrong with the preset's values by field."""
    if timing.preset == "cron":
        fault = cron_fault(timing.cron)
        return " ".join(timing.cron.split()), {
            "cron": f"{fault[0].upper()}{fault[1:]}."
        } if fault else {}
    if timing.preset == "minutes":
        wrong = timing.every not in map(str, MINUTES)
        return f"*/{timing.every} * * * *", {"every": "Choose one of the list."} if wrong else {}
    if timing.preset == "hourly":
        wrong = not (timing.minute.isdigit() and int(timing.minute) < 60)  # noqa: PLR2004
        error = {"minute": "Enter a whole number from 0 to 59."} if wrong else {}
        return f"{timing.minute} * * * *", error
    found = _TIME.fullmatch(timing.time)
    if found is None:
        return "", {"time": "Enter a time such as 08:30."}
    hour, minute = int(found[1]), int(found[2])
    days = {"daily": "*", "weekdays": "1-5", "weekly": timing.weekday}.get(timing.preset, "*")
    return f"{minute} {hour} * * {days}", {}


def timing_of(cron: str) -> Timing:
    """Return the preset that says the same, else the five fields themselves."""
    if found := re.fullmatch(r"\*/(\d+) \* \* \* \*", cron):
        if int(found[1]) in MINUTES:
            return Timing("minutes", every=found[1])
    elif found := re.fullmatch(r"(\d+) \* \* \* \*", cron):
        return Timing("hourly", minute=found[1])
    elif found := re.fullmatch(r"(\d+) (\d+) \* \* (\*|1-5|[0-6])", cron):
        time = f"{int(found[2]):02}:{int(found[1]):02}"
        preset = {"*": "daily", "1-5": "weekdays"}.get(found[3], "weekly")
        weekday = found[3] if preset == "weekly" else "1"
        return Timing(preset, time=time, weekday=weekday)
    return Timing("cron", cron=cron)


def in_words(cron: str) -> str:
    """Say when a run comes, as people would."""
    timing = timing_of(cron)
    if timing.preset == "minutes":
        return f"Every {timing.every} minutes"
    if timing.preset == "hourly":
        minute = int(timing.minute)
        return f"Every hour, {minute} minutes past" if minute else "Every hour, on the hour"
    days = {
        "daily": "Every day",
        "weekdays": "Monday to Friday",
        "weekly": f"Every {WEEKDAYS[int(timing.weekday)]}",
    }
    if timing.preset in days:
        return f"{days[timing.preset]} at {timing.time}"
    return f"By its own rule: {cron}"


def next_times(cron: str, zone: str, now: float, count: int = 5) -> list[float]:
    """Return when it comes next; nothing where the five fields cannot be used."""
    if cron_fault(cron) is not None:
        return []
    return upcoming(Entry("", cron, zone, frozenset()), now, count)


def longest_wait_hours(cron: str, zone: str, now: float) -> float:
    """Return the most hours that lie between two runs."""
    slots = next_times(cron, zone, now, _LOOKED_AT)
    return max((later - one for one, later in pairwise(slots)), default=0.0) / _HOUR


def gap_warning(cron: str, zone: str, now: float, hours_back: float) -> str:
    """Say that calls would be missed between two runs, where they would."""
    wait = longest_wait_hours(cron, zone, now)
    if wait <= hours_back:
        return ""
    return (
        f"Up to {wait:.3g} hours lie between two runs, but each looks back only {hours_back:g}: "
        "calls in between would never be seen."
    )
