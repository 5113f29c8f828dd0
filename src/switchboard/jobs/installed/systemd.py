"""Write timer and service units for systemd. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from switchboard.jobs.installed.times import Job, times_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PREFIX = "switchboard-"
_MARK = "# Written by `switchboard schedule install` for "


def units(jobs: Sequence[Job], place: str, *, user: str | None = None) -> dict[str, str]:
    """Return file name → text; *user* is who runs them where the units are the system's."""
    files = {}
    for job in jobs:
        name = unit_name(job.name, place)
        files[f"{name}.service"] = _service(job, place, user)
        files[f"{name}.timer"] = _timer(job, place)
    return files


def unit_name(name: str, place: str) -> str:
    """Return a name that is this run's of this configuration only, and can be read."""
    digest = hashlib.sha256(f"{place}\0{name}".encode()).hexdigest()[:6]
    readable = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    return f"{_PREFIX}{readable}-{digest}" if readable else f"{_PREFIX}{digest}"


def is_ours(file_name: str, text: str, place: str) -> bool:
    """Tell whether a unit was written for the configuration directory *place*."""
    return file_name.startswith(_PREFIX) and text.startswith(f"{_MARK}{place}\n")


def on_calendar(job: Job) -> list[str]:
    """Return the lines of OnCalendar=; the timer comes when any of them does."""
    times = times_of(job)
    clock = f"{_two(times.hours)}:{_two(times.minutes)}:00 {job.zone}"
    months = _two(times.months)
    weekdays = ",".join(_DAYS[day - 1] for day in times.weekdays or ())
    if times.either_day:
        return [f"*-{months}-{_two(times.days)} {clock}", f"{weekdays} *-{months}-* {clock}"]
    return [f"{weekdays} *-{months}-{_two(times.days)} {clock}".strip()]


def _timer(job: Job, place: str) -> str:
    calendar = "\n".join(f"OnCalendar={line}" for line in on_calendar(job))
    return f"""{_MARK}{place}
[Unit]
Description=When Switchboard runs: {_plain(job.name)}

[Timer]
{calendar}
# What was missed while the machine was off is made up for once.
Persistent=true
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def _service(job: Job, place: str, user: str | None) -> str:
    who = f"User={user}\n" if user else ""
    return f"""{_MARK}{place}
[Unit]
Description=Switchboard: {_plain(job.name)}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{who}ExecStart={_command(job.command)}
# 1: some calls are parked for a person; the run itself went well.
SuccessExitStatus=1
StandardOutput=null
"""


def _two(values: Sequence[int] | None) -> str:
    return "*" if values is None else ",".join(f"{value:02d}" for value in values)


def _plain(text: str) -> str:
    return text.replace("%", "%%").replace("\n", " ")


def _command(words: Sequence[str]) -> str:
    # In the program's own path systemd replaces no variables, so a $ is not doubled there.
    program, *arguments = [_quoted(word) for word in words]
    return " ".join((program, *(each.replace("$", "$$") for each in arguments)))


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("%", "%%") + '"'
