"""`switchboard serve`: keep the timetable, and what goes on between its runs, until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from fastapi import FastAPI

from switchboard import logs
from switchboard.api.app import create_app
from switchboard.api.chat_gauges import chat_gauges
from switchboard.api.metrics import Metrics, store_gauges
from switchboard.api.server import HttpServer
from switchboard.api.service import ApiService
from switchboard.bootstrap import open_session, open_store
from switchboard.cli import output
from switchboard.cli.calls_commands import TYPES, TypeOption, exit_code
from switchboard.cli.output import ConfigDir, Debug
from switchboard.cli.serve_chat_lanes import Bells
from switchboard.cli.serve_chats import Chats
from switchboard.cli.serve_console import (
    add_console,
    beginning,
    console_address,
    console_service,
    reached_at,
)
from switchboard.cli.serve_lanes import lanes
from switchboard.config.documents import ScheduledRun
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.places import SCHEDULE
from switchboard.config.watch import WatchedConfiguration
from switchboard.flows.call_to_lead.accounts import FATES, RunReport
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.flows.chat_to_ticket.door.door import SalesiqDoor
from switchboard.jobs.chores import Diary, do_once, keep_doing
from switchboard.jobs.scheduler import Ended, News, Scheduler
from switchboard.jobs.timetable import Entry, entries_of, next_slot
from switchboard.jobs.timetable_text import moment, whose
from switchboard.running import Runner, run_in
from switchboard.store.database import Database

_OUTCOMES = {output.DONE: "done", output.PARKED: "parked", output.REFUSED: "stopped"}
_VENDORS = ("RC-", "ZOHO-", "SMTP-", "DESK-", "SIQ-")
PATIENCE_SECONDS = 2.0  # A request waits so long for chats that are being opened.


def serve(
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, then leave: for cron and tests.")
    ] = False,
    config_dir: ConfigDir = Path(),
    debug: Debug = False,
) -> None:
    """Answer chats and programs, run the timetable, keep waiting work going, until Ctrl-C."""
    keep_serving(load(config_dir), once=once, debug=debug)


def keep_serving(
    configuration: Configuration,
    *,
    once: bool = False,
    debug: bool = False,
    shown: Callable[[str], object] | None = None,
) -> NoReturn:
    """Serve until stopped, and leave; *shown* is told where the console is."""
    logs.configure(
        configuration.logs_dir,
        debug=debug,
        files=logs.files_for("all", several_offices=configuration.several_offices),
        console_level="warning",
    )
    try:
        code = asyncio.run(_serve(configuration, once=once, shown=shown))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _line("Stopped. What was interrupted goes on at the next start; nothing is done twice.")
        code = output.DONE
    raise typer.Exit(code)


async def _serve(
    configuration: Configuration, *, once: bool, shown: Callable[[str], object] | None
) -> int:
    _stop_at_sigterm()
    with contextlib.ExitStack() as stack:
        http = None
        if configuration.settings.server.enabled and not once:
            http = HttpServer(configuration.settings.server, configuration.root)
            stack.callback(http.close)
        if http is not None and shown is not None:
            shown(console_address(reached_at(configuration, http)))
        service = Service(configuration, stack.enter_context(open_store(configuration)), http)
        return await (service.once() if once else service.serve())


def _stop_at_sigterm() -> None:
    """End in good order when a service manager says so.

    Not by way of SIGINT: whoever starts us in the background may have that ignored.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - only called within one.
    with contextlib.suppress(NotImplementedError):  # Windows has no such signals.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


class Service:
    """The timetable, the lanes, the chats and the HTTP door of one configuration directory."""

    def __init__(
        self,
        configuration: Configuration,
        db: Database,
        http: HttpServer | None = None,
        *,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._line = say or _line
        self._watched = WatchedConfiguration(configuration, self._changed)
        self._started_with = configuration.settings
        self._worst = output.DONE
        self._db, self._http = db, http
        self._scheduler = Scheduler(db, self._entries, self._run, tell=self._tell)
        self._diary = Diary()
        self._metrics = Metrics(self._diary)
        self._bells = bells = Bells()
        self._chats = Chats(
            lambda: self._watched.current,
            db,
            wake=bells.ring,
            timed=self._metrics.timed,
            advised=self._metrics.advised,
            public_url=http.address if http else "",
        )
        self._runner = Runner(self._watched.refresh, db)  # Another process may just have saved.
        self._chores = lanes(lambda: self._watched.current, db, self._chats, bells)

    async def serve(self) -> int:
        """Go on until cancelled."""
        if self._http is not None:
            await self._say_where(self._http)
        self._say_next()
        door = SalesiqDoor(self._chats.tools_now)
        async with self._chats.kept():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._scheduler.serve())
                    group.create_task(keep_doing(self._chores, diary=self._diary))
                    if self._http is not None:
                        group.create_task(self._http.serve(self._application(self._http, door)))
            finally:
                await self._runner.aclose()
                await door.aclose()
        return output.DONE

    async def _say_where(self, http: HttpServer) -> None:
        self._line(f"Listening on {http.address}")
        address = reached_at(self._watched.current, http)
        self._line(f"Console: {console_address(address)}")
        link = await beginning(self._db, address)
        if link is not None:
            self._line("Nobody can sign in yet. Within a day, open this link to be the first:")
            self._line(link)

    def _application(self, http: HttpServer, door: SalesiqDoor) -> FastAPI:
        app = create_app(self._api(http, door))
        service = console_service(
            *(self._watched, self._db, http, self._chats, self._bells, self._diary),
            tools=partial(self._chats.tools, patience=PATIENCE_SECONDS),
            runner=self._runner,
        )
        add_console(app, service)
        return app

    def _api(self, http: HttpServer, door: SalesiqDoor) -> ApiService:
        return ApiService(
            db=self._db,
            server=lambda: self._watched.current.settings.server,
            tools=partial(self._chats.tools, patience=PATIENCE_SECONDS),
            chats_problem=lambda: self._chats.problem,
            door=door,
            diary=self._diary,
            metrics=self._metrics,
            https=http.https,
            gauges=(store_gauges, chat_gauges(self._chats.workflows)),
        )

    async def once(self) -> int:
        """Do what is due; return the exit code of the worst run, as `calls run` would."""
        started = await self._scheduler.once()
        if not started:
            self._line("No run of the timetable is due.")
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
            actor = f"schedule:{entry.name}"
            report = await run_in(session, options_of(listed), actor=actor)
        return ended(report)

    def _tell(self, news: News) -> None:
        step, name = news.step, news.step.entry.name
        run = _listed(self._watched.current, name)
        about = whose(run) if run is not None else "its offices"
        slot = moment(step.slot, time.time(), step.entry.zone)
        if news.ended is not None:
            self._worst = max(self._worst, _severity(news.ended))
            self._line(f"{name}: {_ending(news.ended)}")
            self._say_next()
        elif step.action == "start":
            self._line(f"{name}: started for {about} (due {slot})")
        elif step.action == "again":
            self._line(f"{name}: started again for {about}; the process before died")
        elif step.action == "skip":
            self._line(f"{name}: {slot} is skipped, its run before still runs")
        elif step.action == "wait":
            self._line(f"{name}: waits for a run on the same offices")
        elif step.action == "give_up":
            self._line(f"{name}: the run due {slot} ended its process too often")

    def _changed(self, change: Configuration | ConfigError) -> None:
        if isinstance(change, ConfigError):
            self._line(f"The changed documents cannot be used: {change}")
            self._line("The configuration of before stays in force. See: switchboard config check")
            return
        self._line("The changed documents are in force.")
        self._chats.changed()
        if change.settings.database_url != self._started_with.database_url:
            self._line("The address of the store has changed: restart to use it.")
        if change.settings.server != self._started_with.server:
            self._line("How the service listens has changed: restart to use it.")
        self._say_next()

    def _say_next(self) -> None:
        configuration = self._watched.current
        entries, now = entries_of(configuration.schedule, configuration.offices), time.time()
        coming = [(slot, e) for e in entries if (slot := next_slot(e, now)) is not None]
        if not coming:
            self._line(f"Nothing is scheduled ({SCHEDULE} names no run); waiting work goes on.")
            return
        slot, entry = min(coming, key=lambda each: each[0])
        run = _listed(configuration, entry.name)
        about = whose(run) if run is not None else ""
        self._line(f"Next: {about} {moment(slot, now, entry.zone)} ({entry.name})")


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
