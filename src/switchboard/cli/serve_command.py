"""`switchboard serve`: keep the timetable, and what goes on between its runs, until stopped."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from switchboard import logs
from switchboard.bootstrap import open_session, open_store
from switchboard.cli import output
from switchboard.cli.calls_commands import TYPES, TypeOption, exit_code, run_in
from switchboard.cli.output import ConfigDir, Debug
from switchboard.cli.serve_lanes import lanes
from switchboard.cli.timetable_text import moment, whose
from switchboard.config.documents import ScheduledRun
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.places import SCHEDULE
from switchboard.config.watch import WatchedConfiguration
from switchboard.flows.call_to_lead.accounts import FATES, RunReport
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.jobs.chores import do_once, keep_doing
from switchboard.jobs.scheduler import Ended, News, Scheduler
from switchboard.jobs.timetable import Entry, entries_of, next_slot
from switchboard.store.database import Database

_OUTCOMES = {output.DONE: "done", output.PARKED: "parked", output.REFUSED: "stopped"}
_VENDORS = ("RC-", "ZOHO-", "SMTP-")


def serve(
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, then leave: for cron and tests.")
    ] = False,
    config_dir: ConfigDir = Path(),
    debug: Debug = False,
) -> None:
    """Run the timetable of data/schedule.json and keep waiting work going, until Ctrl-C."""
    configuration = load(config_dir)
    logs.configure(
        configuration.logs_dir,
        debug=debug,
        files=logs.files_for("all", several_offices=configuration.several_offices),
        console_level="warning",
    )
    try:
        code = asyncio.run(_serve(configuration, once=once))
    except KeyboardInterrupt:
        _line("Stopped. What was interrupted goes on at the next start; nothing is done twice.")
        code = output.DONE
    raise typer.Exit(code)


async def _serve(configuration: Configuration, *, once: bool) -> int:
    with open_store(configuration) as db:
        service = Service(configuration, db)
        return await (service.once() if once else service.serve())


class Service:
    """The timetable and the lanes of one configuration directory."""

    def __init__(self, configuration: Configuration, db: Database) -> None:
        self._watched = WatchedConfiguration(configuration, self._changed)
        self._store_url = configuration.settings.database_url
        self._worst = output.DONE
        self._scheduler = Scheduler(db, self._entries, self._run, tell=self._tell)
        self._chores = lanes(lambda: self._watched.current, db)

    async def serve(self) -> int:
        """Go on until cancelled."""
        self._say_next()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._scheduler.serve())
            group.create_task(keep_doing(self._chores))
        return output.DONE

    async def once(self) -> int:
        """Do what is due; return the exit code of the worst run, as `calls run` would."""
        started = await self._scheduler.once()
        if not started:
            _line("No run of the timetable is due.")
        failed = await do_once(self._chores)
        self._say_next()
        return max(
            [self._worst, *(_severity(Ended("failed", code=each)) for each in failed.values())]
        )

    def _entries(self) -> tuple[Entry, ...]:
        configuration = self._watched.refresh()
        return entries_of(configuration.schedule, configuration.offices)

    async def _run(self, entry: Entry) -> Ended:
        configuration = self._watched.current
        listed = _listed(configuration, entry.name)
        if listed is None:
            return Ended("failed", code="CFG-001", message="it is no longer in the timetable")
        async with open_session(configuration) as session:
            report = await run_in(session, options_of(listed))
        return ended(report)

    def _tell(self, news: News) -> None:
        step, name = news.step, news.step.entry.name
        run = _listed(self._watched.current, name)
        about = whose(run) if run is not None else "its offices"
        slot = moment(step.slot, time.time(), step.entry.zone)
        if news.ended is not None:
            self._worst = max(self._worst, _severity(news.ended))
            _line(f"{name}: {_ending(news.ended)}")
            self._say_next()
        elif step.action == "start":
            _line(f"{name}: started for {about} (due {slot})")
        elif step.action == "again":
            _line(f"{name}: started again for {about}; the process before died")
        elif step.action == "skip":
            _line(f"{name}: {slot} is skipped, its run before still runs")
        elif step.action == "wait":
            _line(f"{name}: waits for a run on the same offices")
        elif step.action == "give_up":
            _line(f"{name}: the run due {slot} ended its process too often")

    def _changed(self, change: Configuration | ConfigError) -> None:
        if isinstance(change, ConfigError):
            _line(f"The changed documents cannot be used: {change}")
            _line("The configuration of before stays in force. See: switchboard config check")
            return
        _line("The changed documents are in force.")
        if change.settings.database_url != self._store_url:
            _line("The address of the store has changed: restart to use it.")
        self._say_next()

    def _say_next(self) -> None:
        configuration = self._watched.current
        entries, now = entries_of(configuration.schedule, configuration.offices), time.time()
        coming = [(slot, e) for e in entries if (slot := next_slot(e, now)) is not None]
        if not coming:
            _line(f"Nothing is scheduled ({SCHEDULE} names no run); waiting work goes on.")
            return
        slot, entry = min(coming, key=lambda each: each[0])
        run = _listed(configuration, entry.name)
        about = whose(run) if run is not None else ""
        _line(f"Next: {about} {moment(slot, now, entry.zone)} ({entry.name})")


def options_of(run: ScheduledRun) -> RunOptions:
    """Return what `calls run` would be told for this line of the timetable."""
    return RunOptions(
        run.offices, TYPES[TypeOption(run.type)], run.hours_back, email=not run.no_email
    )


def ended(report: RunReport) -> Ended:
    """Sum a run up for the store and for whoever watches."""
    code = (report.stopped_by or "").partition(":")[0] or None
    fates = [f"{count} {fate}" for fate in FATES if (count := report.total(fate))]
    text = f"{report.total('seen')} calls" + "".join(f", {each}" for each in fates)
    if report.stopped_by:
        text += f"; {report.stopped_by}"
    return Ended(_OUTCOMES[exit_code(report)], report.run, code, text)


def _severity(ended: Ended) -> int:
    if ended.outcome == "failed":
        return output.REFUSED if (ended.code or "").startswith(_VENDORS) else output.USAGE
    return {"parked": output.PARKED, "stopped": output.REFUSED}.get(ended.outcome, output.DONE)


def _ending(ended: Ended) -> str:
    run = f" (run {ended.run_id})" if ended.run_id else ""
    code = f"{ended.code}: " if ended.code and ended.run_id is None else ""
    return f"{ended.outcome}, {code}{ended.message}{run}"


def _listed(configuration: Configuration, name: str) -> ScheduledRun | None:
    return next((each for each in configuration.schedule.runs if each.name == name), None)


def _line(text: str) -> None:
    """Print one plain line, at once: a service manager keeps it."""
    typer.echo(f"{datetime.now().astimezone():%H:%M:%S}  {text}")
