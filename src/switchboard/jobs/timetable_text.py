"""Say when and for whom a run comes, in words a person would use. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from switchboard.config.documents import ScheduledRun


def moment(at: float, now: float, zone: str) -> str:
    """Return `today 14:00 EST`, `tomorrow 08:00 EST`, `Mon 14 Dec 08:00 EST`."""
    there = ZoneInfo(zone)
    local, today = datetime.fromtimestamp(at, there), datetime.fromtimestamp(now, there).date()
    if local.date() == today:
        day = "today"
    elif local.date() == today + timedelta(days=1):
        day = "tomorrow"
    elif local.date() == today - timedelta(days=1):
        day = "yesterday"
    else:
        year = "" if local.year == today.year else f" {local.year}"
        day = f"{local:%a} {local.day} {local:%b}{year}"
    return f"{day} {local:%H:%M %Z}"


def whose(run: ScheduledRun) -> str:
    """Return `all offices`, or the offices and kind of calls it is about."""
    where = _and(run.offices) if run.offices else "all offices"
    kind = "" if run.type == "all" else f", {run.type} calls only"
    return f"{where}{kind}"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
