"""Write our lines into a crontab, between marks, and leave everybody else's alone. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from switchboard.errors import OperatorError
from switchboard.jobs.installed.times import Job, times_of

_BEGIN, _END = "# BEGIN switchboard", "# END switchboard"
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def block(jobs: Sequence[Job], place: str) -> list[str]:
    """Return our lines for the configuration directory *place*.

    A setting such as PATH= would hold for every line after it, also those of others; so there is
    none, and each line names its program in full.
    """
    lines = [f"{_BEGIN} {place}", "# Written by `switchboard schedule install`; it replaces them."]
    for job in jobs:
        lines += [f"# {job.name}", f"{_when(job)} {_command(job)}"]
    return [*lines, f"{_END} {place}"]


def replaced(crontab: str, new: Sequence[str], place: str) -> str:
    """Return *crontab* with our block in the place of the old one, or at its end; *new* may be
    empty, which removes it."""
    begin, end = f"{_BEGIN} {place}", f"{_END} {place}"
    lines = crontab.splitlines()
    if begin not in lines:
        kept = [*lines, *new]
    else:
        start = lines.index(begin)
        try:
            stop = lines.index(end, start)
        except ValueError:
            raise OperatorError(
                "SCH-003",
                f'The crontab has the line "{begin}" without its "{end}". '
                "Correct it with `crontab -e` first.",
            ) from None
        kept = [*lines[:start], *new, *lines[stop + 1 :]]
    return "".join(f"{line}\n" for line in kept)


def found(crontab: str, place: str) -> list[str]:
    """Return our lines as they stand in the crontab now."""
    lines = crontab.splitlines()
    try:
        start = lines.index(f"{_BEGIN} {place}")
        return lines[start : lines.index(f"{_END} {place}", start) + 1]
    except ValueError:
        return []


def _when(job: Job) -> str:
    times_of(job)  # Refuses what no cron knows.
    # As it was written, for in `*/2` of one kind of day cron sees something else than in `1,3,5`;
    # but by numbers: not every cron takes names in lists and ranges.
    fields = job.cron.upper().split()
    fields[3], fields[4] = _numbers(fields[3], _MONTHS, 1), _numbers(fields[4], _DAYS, 0)
    return " ".join(fields)


def _numbers(text: str, names: Sequence[str], first: int) -> str:
    for number, name in enumerate(names, start=first):
        text = text.replace(name, str(number))
    return text


def _command(job: Job) -> str:
    # Cron reads % as a line break. The report is in the logs; errors still reach cron's mail.
    return shlex.join(job.command).replace("%", "\\%") + " >/dev/null"
