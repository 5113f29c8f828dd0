"""Write the PowerShell commands that register runs with the Task Scheduler. Pure."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence

from switchboard.jobs.installed.times import Job, Times, cannot, field_of, times_of

FOLDER = "\\Switchboard\\"
MOST_TRIGGERS = 48  # Task Scheduler's own limit of one task.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR = 60


def script(jobs: Sequence[Job], place: str) -> str:
    """Return the commands that replace every task of this configuration by *jobs*."""
    parts = ["$ErrorActionPreference = 'Stop'", removal(place).rstrip()]
    parts += [_task(job, place) for job in jobs]
    return "\n".join(parts) + "\n"


def removal(place: str) -> str:
    """Return the command that removes every task of this configuration."""
    return (
        f"Get-ScheduledTask -TaskPath {_text(FOLDER)} -ErrorAction SilentlyContinue |"
        f" Where-Object Description -eq {_text(_description(place))} |"
        " Unregister-ScheduledTask -Confirm:$false\n"
    )


def listing(place: str) -> str:
    """Return the command that prints the names of this configuration's tasks, one a line."""
    return (
        f"Get-ScheduledTask -TaskPath {_text(FOLDER)} -ErrorAction SilentlyContinue |"
        f" Where-Object Description -eq {_text(_description(place))} |"
        " ForEach-Object TaskName\n"
    )


def triggers(job: Job) -> list[str]:
    """Return the triggers' commands; what Task Scheduler cannot say is refused by its field."""
    times = times_of(job)
    for name, restricted in (("day of month", times.days), ("month", times.months)):
        if restricted is not None:
            reason = "the Task Scheduler's triggers here know days of the week only"
            raise cannot(job, name, field_of(job, name), reason)
    kind = "-Daily"
    if times.weekdays is not None:
        days = ",".join(_DAYS[day - 1] for day in times.weekdays)
        kind = f"-Weekly -DaysOfWeek {days}"
    hours = times.hours if times.hours is not None else tuple(range(24))
    minutes = times.minutes if times.minutes is not None else tuple(range(_HOUR))
    if len(hours) * len(minutes) <= MOST_TRIGGERS:
        return [
            f"New-ScheduledTaskTrigger {kind} -At '{hour:02d}:{minute:02d}'"
            for hour in hours
            for minute in minutes
        ]
    step = _step(times)
    if step is None:
        reason = f"that is more than {MOST_TRIGGERS} times a day and no plain */n of every hour"
        raise cannot(job, "minute", field_of(job, "minute"), reason)
    if times.weekdays is not None:
        reason = "with so many times a day the Task Scheduler takes every day only"
        raise cannot(job, "day of week", field_of(job, "day of week"), reason)
    pause = f"-RepetitionInterval (New-TimeSpan -Minutes {step})"
    return [f"New-ScheduledTaskTrigger -Once -At '00:{minutes[0]:02d}' {pause}"]


def task_name(name: str, place: str) -> str:
    """Return a name that is this run's of this configuration only, and can be read."""
    digest = hashlib.sha256(place.encode()).hexdigest()[:6]
    readable = "".join("-" if char in '\\/:*?"<>|' else char for char in name)
    return f"{readable} {digest}"


def _step(times: Times) -> int | None:
    """Return n where the minutes are */n (or a shifted one) of every hour."""
    if times.hours is not None:
        return None
    minutes = times.minutes or tuple(range(_HOUR))
    step = _HOUR // len(minutes)
    even = tuple(range(minutes[0], _HOUR, step)) == minutes
    return step if even and _HOUR % step == 0 else None


def _task(job: Job, place: str) -> str:
    program, *arguments = job.command
    argument = f" -Argument {_text(subprocess.list2cmdline(arguments))}" if arguments else ""
    made = ",\n  ".join(f"({trigger})" for trigger in triggers(job))
    return f"""
$action = New-ScheduledTaskAction -Execute {_text(program)}{argument}
$trigger = @(
  {made}
)
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew
Register-ScheduledTask -TaskName {_text(task_name(job.name, place))} -TaskPath {_text(FOLDER)} `
  -Action $action -Trigger $trigger -Settings $settings `
  -Description {_text(_description(place))} -Force | Out-Null"""


def _description(place: str) -> str:
    return f"Process RingCentral calls into Zoho CRM: {place}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
