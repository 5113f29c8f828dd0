"""Run the flow for whichever door asks, recorded in the store, and stop it from any process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard import logs
from switchboard.bootstrap import Session, open_session
from switchboard.config.load import Configuration
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.call_to_lead.accounts import RunReport
from switchboard.flows.call_to_lead.conclusion import conclude
from switchboard.flows.call_to_lead.rehearsal import kept_line
from switchboard.flows.call_to_lead.run import CallRun, RunOptions
from switchboard.flows.call_to_lead.tools import Event
from switchboard.recording import recorded
from switchboard.store import audit, run_plans, runs
from switchboard.store.database import Database

log = structlog.get_logger(__name__)

Opened = Callable[[Configuration], AbstractAsyncContextManager[Session]]
Begun = Callable[[str], None]  # Called with the run's id as soon as the store knows it.


async def run_in(
    session: Session,
    options: RunOptions,
    *,
    actor: str = "",
    debug: bool = False,
    begun: Begun | None = None,
) -> RunReport:
    """Run in an open session, write the report and mail it, also when a vendor stopped it.

    Stopped by a person, it returns its report as well: `stopped_by` names them. With *debug* what
    is recorded of it is as detailed as a log can be.
    """
    configuration, heard = session.tools.configuration, session.tools.tell
    now = datetime.now(UTC)

    def write_raw(office: str, documents: Sequence[dict[str, Any]]) -> object:
        return logs.write_raw_call_log(configuration.logs_dir, office, documents, now)

    def tell(event: Event) -> None:
        nonlocal begun
        if begun is not None:
            begun(flow.report.run)
            begun = None
        recorder.tell(event)
        heard(event)

    def stop(asked_by: str) -> None:
        if working is not None and not working.done():
            flow.asked_to_stop(asked_by)
            working.cancel()

    tools = replace(session.tools, tell=tell)
    flow = CallRun(
        tools, options, now=now, write_raw=write_raw, requests=session.requests, actor=actor
    )
    working: asyncio.Task[RunReport] | None = None
    names = {each.id: each.name for each in configuration.offices}
    async with recorded(tools.db, flow.report.run, stop, names=names, debug=debug) as recorder:
        try:
            working = asyncio.create_task(flow.run(), name=f"run {flow.report.run}")
            report = await _finished(working, flow)
            if report.plan:
                await tools.db.run(partial(_keep_plan, report=report))
            return report
        finally:
            session.transport.log_usage()  # The manual's "API monitoring".
            if not _interrupted():
                email = options.email and not _stopped_by_a_person(flow)
                await conclude(tools, flow.report, session.mail, email=email)


class Runner:
    """Starts runs inside a service's process, and stops them in any."""

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        db: Database,
        opened: Opened = open_session,
    ) -> None:
        self._configuration, self._db, self._opened = configuration, db, opened
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, options: RunOptions, actor: str, *, debug: bool = False) -> str:
        """Start a run and return its id; raises what keeps it from beginning.

        Runs on the same offices may work side by side: leases let each call be worked once.
        """
        begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        work = self._carry_out(options, actor, begun, debug=debug)
        task = asyncio.create_task(work, name=f"run for {actor}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        run_id = await begun
        asked = {
            "offices": list(options.offices),
            "types": sorted(options.types),
            "hours_back": options.hours_back,
            "dry_run": options.dry_run,
        }
        await self._db.run(
            partial(audit.append, actor=actor, action="run.start", subject=run_id, detail=asked)
        )
        return run_id

    async def stop(self, run_id: str, actor: str) -> bool:
        """Ask a run to stop, wherever it works; False when it ended or was asked before."""

        def work(conn: sa.Connection) -> bool:
            asked = runs.request_stop(conn, run_id, actor)
            if asked:
                audit.append(conn, actor=actor, action="run.stop", subject=run_id)
            return asked

        return await self._db.run(work)

    async def aclose(self) -> None:
        """Interrupt what runs here; the next run goes on with what waits."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _carry_out(
        self, options: RunOptions, actor: str, begun: asyncio.Future[str], *, debug: bool
    ) -> None:
        def tell_begun(run_id: str) -> None:
            if not begun.done():
                begun.set_result(run_id)

        try:
            async with self._opened(self._configuration()) as session:
                await run_in(session, options, actor=actor, debug=debug, begun=tell_begun)
        except SwitchboardError as error:
            log.info("run_failed", code=error.code, error=error.message)
            if not begun.done():
                begun.set_exception(error)
        except Exception as error:
            log.exception("run_failed", code="SB-000", error=type(error).__name__)
            if not begun.done():
                begun.set_exception(OperatorError("SB-000", "The run could not be started."))
        finally:
            if not begun.done():  # Cancelled before it began.
                begun.cancel()


async def _finished(working: asyncio.Task[RunReport], flow: CallRun) -> RunReport:
    """Wait for a run; stopped by a person it has ended as well as by itself."""
    try:
        await asyncio.wait([working])
    except asyncio.CancelledError:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        raise
    return flow.report if working.cancelled() else working.result()


def _stopped_by_a_person(flow: CallRun) -> bool:
    return (flow.report.stopped_by or "").startswith("RUN-002")


def _keep_plan(conn: sa.Connection, report: RunReport) -> None:
    run_plans.keep(conn, report.run, [kept_line(line) for line in report.plan or []])


def _interrupted() -> bool:
    """Tell whether we are being stopped: then whoever stops us waits for no report."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
