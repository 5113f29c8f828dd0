"""`switchboard schedule`: show the timetable, hand it to the operating system, take it back."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from switchboard.bootstrap import open_store
from switchboard.cli import output
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.config.documents import ScheduledRun
from switchboard.config.load import Configuration, load
from switchboard.config.places import SCHEDULE
from switchboard.config.settings import ENV_PREFIX
from switchboard.errors import OperatorError
from switchboard.jobs.installed.installers import (
    CronInstaller,
    Installer,
    SystemdInstaller,
    WindowsInstaller,
    same_clock,
)
from switchboard.jobs.installed.times import Job
from switchboard.jobs.timetable import Entry, entries_of, upcoming
from switchboard.jobs.timetable_text import moment, whose
from switchboard.store import schedules

schedule_app = typer.Typer(
    no_args_is_help=True, help="When runs start by themselves: data/schedule.json."
)

Cron = Annotated[bool, typer.Option("--cron", help="This user's crontab.")]
Systemd = Annotated[bool, typer.Option("--systemd", help="systemd timers.")]
Windows = Annotated[bool, typer.Option("--windows", help="The Windows Task Scheduler.")]
System = Annotated[
    bool, typer.Option("--system", help="With --systemd: the machine's units, not this user's.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@schedule_app.command()
def show(config_dir: ConfigDir = Path(), as_json: AsJson = False) -> None:
    """Show each run, when it comes next, how it went last, and what is installed."""
    configuration = load(config_dir)
    with open_store(configuration) as db:
        known = db.run_sync(schedules.rows)
    entries = {each.name: each for each in _entries(configuration)}
    installed = {each.title: each.installed() for each in _everywhere(configuration)}
    now = time.time()
    rows = [
        _row(run, entries.get(run.name), known.get(run.name), now)
        for run in configuration.schedule.runs
    ]
    if as_json:
        output.emit_json({"file": SCHEDULE, "runs": rows, "installed": installed})
        return
    console = output.out()
    if not rows:
        output.say(console, f"Nothing is scheduled: {SCHEDULE} names no run.")
        output.say(console, 'An example: {"runs": [{"name": "daily", "cron": "0 8 * * *"}]}')
    for row in rows:
        state = "" if row["enabled"] else "  (off)"
        output.say(console, f"{row['name']}{state}")
        output.say(console, f"{row['cron']}  {row['about']}", indent=2)
        if row["next"]:
            times = ", ".join(moment(at, now, row["timezone"]) for at in row["next_at"])
            output.say(console, f"next: {times}", indent=2)
        output.say(console, f"last: {_last(row, now)}", indent=2)
    for title, names in installed.items():
        if names:
            output.say(console, f"Installed with {title}:")
            for name in names:
                output.say(console, name, indent=2)
    if rows and not any(installed.values()):
        output.say(console, "These runs start while `switchboard serve` is up, or once installed:")
        output.say(console, "switchboard schedule install --cron (or --systemd, --windows)")


@schedule_app.command()
def install(
    cron: Cron = False,
    systemd: Systemd = False,
    windows: Windows = False,
    system: System = False,
    command: Annotated[
        str, typer.Option("--command", help="Start this program, such as a launcher.", metavar="P")
    ] = "",
    only_print: Annotated[
        bool, typer.Option("--print", help="Print what would be written, write nothing.")
    ] = False,
    yes: Yes = False,
    config_dir: ConfigDir = Path(),
) -> None:
    """Hand the timetable to the operating system's scheduler; what was installed is replaced."""
    configuration = load(config_dir)
    (installer,) = _chosen(configuration, cron, systemd, windows, system=system, exactly_one=True)
    runs = [run for run in configuration.schedule.runs if run.enabled]
    if not runs:
        raise OperatorError("SCH-001", f"There is nothing to install: {SCHEDULE} names no run.")
    zone = _entries(configuration)[0].zone
    if not installer.keeps_zones and not same_clock(zone):
        _refuse_zone(installer, zone, only_print=only_print)
    program = _program(command)
    jobs = [
        Job(run.name, run.cron, zone, (*program, *arguments(run, configuration, bool(command))))
        for run in runs
    ]
    text = installer.preview(jobs)
    if only_print:
        typer.echo(text, nl=False)
        return
    console = output.out()
    output.say(console, f"This will be written ({installer.title}):\n")
    typer.echo(text)
    _hint_environment()
    if not (yes or _agreed()):
        raise typer.Exit(output.INTERRUPTED)
    installer.install(jobs)
    output.say(console, "Installed. `switchboard schedule show` shows it; `remove` takes it back.")


@schedule_app.command()
def remove(
    cron: Cron = False,
    systemd: Systemd = False,
    windows: Windows = False,
    system: System = False,
    yes: Yes = False,
    config_dir: ConfigDir = Path(),
) -> None:
    """Take back what `install` wrote for this configuration, and nothing else."""
    configuration = load(config_dir)
    chosen = _chosen(configuration, cron, systemd, windows, system=system, exactly_one=False)
    installed = [(each, names) for each in chosen if (names := each.installed())]
    console = output.out()
    if not installed:
        output.say(console, "Nothing of this configuration is installed.")
        return
    for installer, names in installed:
        output.say(console, f"This will be removed ({installer.title}):")
        for name in names:
            output.say(console, name, indent=2)
    if not (yes or _agreed()):
        raise typer.Exit(output.INTERRUPTED)
    for installer, _ in installed:
        installer.remove()
    output.say(console, "Removed.")


def arguments(run: ScheduledRun, configuration: Configuration, launcher: bool) -> list[str]:
    """Return the options of a run; a launcher knows by itself that it means all offices."""
    words: list[str] = [] if launcher else ["calls", "run"]
    for office in run.offices:
        words += ["--office", office]
    if not run.offices and not launcher:
        words.append("--all")
    if run.type != "all":
        words += ["--type", run.type]
    if run.hours_back is not None:
        words += ["--hours-back", f"{run.hours_back:g}"]
    if run.no_email:
        words.append("--no-email")
    return [*words, "--config-dir", str(configuration.root)]


def _entries(configuration: Configuration) -> tuple[Entry, ...]:
    return entries_of(configuration.schedule, configuration.offices)


def _everywhere(configuration: Configuration) -> list[Installer]:
    place = str(configuration.root)
    return [
        CronInstaller(place),
        SystemdInstaller(place),
        SystemdInstaller(place, system=True, title="systemd (system)"),
        WindowsInstaller(place),
    ]


def _chosen(
    configuration: Configuration,
    cron: bool,
    systemd: bool,
    windows: bool,
    *,
    system: bool,
    exactly_one: bool,
) -> list[Installer]:
    if system and not systemd:
        raise OperatorError("CLI-001", "--system goes with --systemd only.")
    by_cron, of_user, of_system, by_windows = _everywhere(configuration)
    wanted = [(by_cron, cron), (of_system if system else of_user, systemd), (by_windows, windows)]
    chosen = [each for each, asked in wanted if asked]
    if exactly_one and len(chosen) != 1:
        raise OperatorError("CLI-001", "Choose one of --cron, --systemd and --windows.")
    return chosen or [by_cron, of_user, of_system, by_windows]


def _program(command: str) -> tuple[str, ...]:
    if command:
        path = Path(command).absolute()
        if not path.is_file():
            raise OperatorError("SCH-003", f"There is no file {path} to start.")
        return (str(path),)
    name = "switchboard.exe" if os.name == "nt" else "switchboard"
    script = Path(sys.executable).with_name(name)
    return (str(script),) if script.exists() else (sys.executable, "-m", "switchboard.cli.app")


def _refuse_zone(installer: Installer, zone: str, *, only_print: bool) -> None:
    message = (
        f"{installer.title} goes by this machine's clock, the timetable by {zone}. "
        "Use --systemd or `switchboard serve`, which know time zones, or set this machine to "
        f"{zone}"
    )
    if not only_print:
        raise OperatorError("SCH-004", f"{message}.")
    output.say(output.err(), f"SCH-004  {message} before these lines are installed.")


def _hint_environment() -> None:
    """A scheduler's jobs do not see the variables of this shell."""
    ours = sorted(name for name in os.environ if name.startswith(ENV_PREFIX))
    if ours:
        names = ", ".join(ours)
        output.say(output.err(), f"The scheduler will not know {names}: set them for it as well.")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise OperatorError("CLI-001", "There is no terminal to ask at; use --yes or --print.")
    return typer.confirm("Go on?")


def _row(
    run: ScheduledRun, entry: Entry | None, known: schedules.Row | None, now: float
) -> dict[str, Any]:
    coming: Sequence[float] = upcoming(entry, now) if entry else ()
    zone = entry.zone if entry else "UTC"
    return {
        "name": run.name,
        "cron": run.cron,
        "timezone": zone,
        "about": whose(run),
        "enabled": run.enabled,
        "next_at": list(coming),
        "next": [moment(at, now, zone) for at in coming],
        "last_started_at": known.started_at if known else None,
        "last_finished_at": known.finished_at if known else None,
        "outcome": known.outcome if known else None,
        "error_code": known.error_code if known else None,
        "run": known.run_id if known else None,
        "skipped_at": known.skipped_slot if known else None,
    }


def _last(row: dict[str, Any], now: float) -> str:
    if row["last_started_at"] is None:
        return "not yet by `switchboard serve`"
    code = f" {row['error_code']}" if row["error_code"] else ""
    run = f" (run {row['run']})" if row["run"] else ""
    return f"{moment(row['last_started_at'], now, row['timezone'])}, {row['outcome']}{code}{run}"
