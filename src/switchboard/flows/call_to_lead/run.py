"""Run the flow for offices: refresh the directory, read, work off, account; or only plan it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.config.documents import Office
from switchboard.config.findings import ConfigError, finding
from switchboard.config.places import MAPPINGS
from switchboard.errors import OperatorError, SwitchboardError, TransientError
from switchboard.flows.call_to_lead.accounts import FATES, OfficeReport, RunReport
from switchboard.flows.call_to_lead.batch import BATCH, Batches, BatchResult, read_known
from switchboard.flows.call_to_lead.decide import (
    Decision,
    Job,
    Known,
    Rules,
    continue_with,
    decide,
)
from switchboard.flows.call_to_lead.intake import (
    NO_OFFICE,
    Intake,
    Look,
    RawWriter,
    Reading,
    Seen,
    by_office,
    window_back,
)
from switchboard.flows.call_to_lead.map import check_against_metadata
from switchboard.flows.call_to_lead.models import CallType
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.jobs.embedded import EmbeddedRunner
from switchboard.jobs.port import Offer
from switchboard.store import leases, ledger, runs
from switchboard.store.database import now as store_now
from switchboard.store.tables import interaction

log = structlog.get_logger(__name__)

LANE = "calls"
BOTH: frozenset[CallType] = frozenset({"accepted", "missed"})


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a person asked for; `offices` empty means all, in processing order."""

    offices: tuple[str, ...] = ()
    types: frozenset[CallType] = BOTH
    hours_back: float | None = None
    dry_run: bool = False


class CallRun:
    """One run of the flow over some offices."""

    def __init__(
        self,
        tools: Tools,
        options: RunOptions,
        *,
        account: str,
        now: datetime,
        write_raw: RawWriter | None = None,
    ) -> None:
        self._tools, self._options, self._account, self._now = tools, options, account, now
        self._write_raw = write_raw
        self._settings = tools.configuration.settings
        self.offices = chosen_offices(tools, options.offices)
        self.hours = hours_back(tools, options.hours_back)
        self.report = RunReport(
            run=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            started_at=now.isoformat(),
            hours_back=self.hours,
            types=tuple(sorted(options.types)),
            dry_run=options.dry_run,
        )

    async def run(self) -> RunReport:
        """Do it. Returns a report even when a vendor stopped the run half-way."""
        await self._tools.db.run(self._started)
        outcome = "failed"
        try:
            async with working(self._tools):
                await self._do()
            outcome = "stopped" if self.report.stopped_by else "done"
        except SwitchboardError as error:
            self.report.stopped_by = str(error)
            raise
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            log.info(
                "run_ended",
                run=self.report.run,
                outcome=outcome,
                stopped_by=self.report.stopped_by,
                **{name: self.report.total(name) for name in ("seen", *FATES)},
            )
            self.report.finished_at = datetime.now(UTC).isoformat()
            with suppress(SwitchboardError):
                await self._tools.db.run(lambda conn: self._ended(conn, outcome))
        return self.report

    async def _do(self) -> None:
        tell = self._tools.tell
        tell(Event("stage", text="Reading what changed in Zoho CRM"))
        await refresh(self._tools)
        rules = await self._rules()
        tell(Event("stage", text="Reading the call log of RingCentral"))
        intake = Intake(self._tools, await self._look(), self._write_raw)
        if self._options.dry_run:
            seen, readings = await intake.preview()
            await self._plan(seen, readings, rules)
            return
        seen = await intake.read()
        self.report.problems.extend(seen.problems)
        groups = by_office(seen.office_of)
        due = await self._tools.db.run(ledger.count_due)
        for office in self.offices:
            tell(Event("planned", office.id, due.get(office.id, 0)))
        parts = {o.id: OfficeReport(office=o.id, name=o.name) for o in self.offices}
        self.report.offices.extend(parts.values())
        self.report.stopped_by = await work_offices(self._tools, rules, parts)
        if not self._options.offices and NO_OFFICE in groups:
            part = OfficeReport(office=NO_OFFICE, name="(no extension of ours)")
            self.report.offices.append(part)
        for part in self.report.offices:
            await self._account_for(part, groups.get(part.office, []))

    async def _look(self) -> Look:
        extensions = await self._tools.ringcentral.read_extensions()
        return Look(
            account=self._account,
            offices=self.offices,
            everything=not self._options.offices,
            types=self._options.types,
            window=window_back(self.hours, self._now),
            now=self._now,
            extensions={each.id: each for each in extensions},
        )

    async def _rules(self) -> Rules:
        fields = await self._tools.crm.read_fields("Leads")
        return rules_from(self._tools, {field.api_name: field for field in fields})

    async def _account_for(self, part: OfficeReport, ids: Sequence[str]) -> None:
        part.seen = len(ids)
        for start in range(0, len(ids), 5_000):  # A backlog is counted in slices, not held at once.
            some = ids[start : start + 5_000]
            counted = await self._tools.db.run(partial(_tally, ids=some))
            for fate, outcome, reason, code, number in counted:
                setattr(part, fate, getattr(part, fate) + number)
                _add(part.outcomes, outcome, number)
                if fate == "skipped":
                    _add(part.skip_reasons, reason, number)
                if code:
                    _add(part.errors, code, number)

    # --- dry run -------------------------------------------------------------------------------

    async def _plan(self, seen: Seen, readings: Sequence[Reading], rules: Rules) -> None:
        self.report.problems.extend(seen.problems)
        self.report.plan = []
        groups = by_office(seen.office_of)
        ready = [r for r in readings if r.skip is None and r.call.outcome != "unsettled"]
        carried = Known()
        waiting = await self._tools.db.run(self._ready_jobs)
        for office in self.offices:
            part = OfficeReport(
                office=office.id, name=office.name, seen=len(groups.get(office.id, ()))
            )
            self.report.offices.append(part)
            jobs = {job.call.id: job for job in waiting if job.office.id == office.id}
            for reading in ready:
                if reading.attribution is not None and reading.office == office.id:
                    jobs[reading.call.id] = Job(reading.call, office, reading.attribution)
            ordered = sorted(jobs.values(), key=lambda job: job.order)
            for start in range(0, len(ordered), BATCH):
                await self._plan_batch(ordered[start : start + BATCH], carried, rules, part)
            self.report.plan.extend(
                _line(reading)
                for reading in readings
                if reading.office == office.id
                and (reading.skip or reading.call.outcome == "unsettled")
            )
        part_of = {part.office: part for part in self.report.offices}
        for reading in readings:
            found = part_of.get(reading.office)
            if found is None:
                continue
            if reading.call.outcome == "unsettled":
                found.waiting += 1
            elif reading.skip is not None:
                found.skipped += 1
                _add(found.skip_reasons, reading.skip.reason, 1)
        for part in self.report.offices:  # The rest the ledger knows already.
            part.done = part.seen - part.skipped - part.parked - part.waiting

    async def _plan_batch(
        self, jobs: Sequence[Job], carried: Known, rules: Rules, part: OfficeReport
    ) -> None:
        known = await self._tools.db.run(lambda conn: read_known(conn, jobs))
        known.statuses |= carried.statuses
        known.rotation |= carried.rotation
        known.new_leads = carried.new_leads
        known.lead_status = carried.lead_status
        decisions, carried.rotation = decide(jobs, known, rules)
        continue_with(carried, decisions, rules)
        lines = self.report.plan if self.report.plan is not None else []
        for decision in decisions:
            lines.append(_planned(decision))
            if decision.error is not None:
                part.parked += 1
                _add(part.errors, decision.error[0], 1)
                continue
            part.leads_created += decision.lead is not None
            part.notes_created += 1
            part.statuses_updated += decision.status is not None
            part.leads_matched += decision.lead is None and decision.match.kind == "lead"
            part.contacts_matched += decision.match.kind == "contact"
            _add(part.outcomes, decision.job.call.outcome, 1)

    def _ready_jobs(self, conn: sa.Connection) -> list[Job]:
        """Return calls that earlier runs left ready: a real run would write them as well."""
        batches = Batches(self._tools, Rules(self._tools.configuration.mappings, frozenset()))
        rows = [
            row
            for office in self.offices
            for row in ledger.load(conn, ledger.waiting_ids(conn, office=office.id)).values()
            if row.due_at is not None
        ]
        return [batches.job(row) for row in rows]

    # --- the run's own row ---------------------------------------------------------------------

    def _started(self, conn: sa.Connection) -> None:
        options: dict[str, Any] = {
            "offices": [office.id for office in self.offices],
            "types": self.report.types,
            "hours_back": self.hours,
            "dry_run": self._options.dry_run,
        }
        office = self.offices[0].id if len(self.offices) == 1 else None
        runs.start(
            conn,
            runs.Run(
                id=self.report.run,
                kind="calls",
                office=office,
                options=json.dumps(options),
                started_at=self._now.timestamp(),
            ),
        )

    def _ended(self, conn: sa.Connection, outcome: str) -> None:
        summary = self.report.model_dump(mode="json", exclude={"plan"}, exclude_none=True)
        runs.finish(
            conn,
            self.report.run,
            outcome=outcome,
            summary=json.dumps(summary),
            finished_at=datetime.now(UTC).timestamp(),
        )


async def work_offices(tools: Tools, rules: Rules, parts: Mapping[str, OfficeReport]) -> str | None:
    """Work the offices of *parts* off one after the other, in processing order.

    They go through the runner's port, as work for several machines will: one lane, an office's id
    as the reference. Returns what stopped the work early, or None.
    """
    batches = Batches(tools, rules)
    stopped: list[str] = []
    failures: list[BaseException] = []

    async def work_one(offer: Offer) -> None:
        part = parts[offer.reference]
        if stopped or failures:
            return  # What one office met at a vendor, the next would meet as well.
        tools.tell(Event("stage", part.office, text=f"Working on {part.name}"))
        try:
            reason = await work_off(tools, batches, part.office, part)
        except BaseException as error:  # noqa: BLE001 - raised again below, out of the runner.
            failures.append(error)
            return
        if reason is not None:
            stopped.append(reason)

    runner = EmbeddedRunner()
    runner.lane(LANE, work_one)
    try:
        for place, office in enumerate(parts):
            await runner.offer(Offer(lane=LANE, reference=office, priority=-place))
        await runner.drain()
    finally:
        await runner.stop(grace=0.0)
    if failures:
        raise failures[0]
    return stopped[0] if stopped else None


async def work_off(tools: Tools, batches: Batches, office: str, part: OfficeReport) -> str | None:
    """Write everything due in *office*; wait for what is due soon or held by another process.

    Returns what stopped it early (code and message), or None.
    """
    patience = tools.configuration.settings.vendors.patience_seconds
    stalled = 0.0
    trouble: str | None = None
    while True:
        result: BatchResult | None = await batches.work(office)
        if result is not None:
            _take_over(part, result)
            if result.error is not None:
                return str(result.error)
            if result.progress:
                stalled, trouble = 0.0, None
                continue
        soonest, trouble = await tools.db.run(lambda conn: _soonest(conn, office))
        if soonest is None:
            return None
        pause = min(max(soonest - await tools.db.now(), 0.05), 2.0)
        stalled += pause
        if stalled > patience:
            return trouble or "DB-006: Another process holds the rest of the calls; run again."
        tools.tell(Event("waiting", office, text=trouble or "Waiting for another process"))
        await asyncio.sleep(pause)


def _soonest(conn: sa.Connection, office: str) -> tuple[float | None, str | None]:
    query = (
        sa.select(interaction.c.due_at, interaction.c.error_code, interaction.c.why)
        .where(
            interaction.c.office == office,
            interaction.c.fate == "waiting",
            interaction.c.due_at.is_not(None),
        )
        .order_by(interaction.c.due_at)
        .limit(1)
    )
    row = conn.execute(query).first()
    if row is None:
        return None, None
    return row.due_at, f"{row.error_code}: {row.why}" if row.error_code else None


def _take_over(part: OfficeReport, result: BatchResult) -> None:
    for name in (
        "leads_created",
        "leads_matched",
        "contacts_matched",
        "notes_created",
        "statuses_updated",
    ):
        setattr(part, name, getattr(part, name) + getattr(result, name))


@asynccontextmanager
async def working(tools: Tools) -> AsyncIterator[None]:
    """Be a registered worker: bury the dead of this machine, keep our own leases alive."""
    identity = leases.worker_identity()
    lease = tools.configuration.settings.journal.lease_seconds

    def enter(conn: sa.Connection) -> None:
        leases.bury_dead(conn, identity.host)
        leases.register(
            conn,
            leases.WorkerIdentity(tools.worker, identity.host, identity.pid, identity.started_at),
            store_now(conn),
        )

    began = time.monotonic()
    await tools.db.run(enter)
    tools.lease.renewed_at = began
    beat = asyncio.create_task(_beat(tools, lease))
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        with suppress(SwitchboardError):
            await tools.db.run(lambda conn: leases.unregister(conn, tools.worker))


async def _beat(tools: Tools, lease: float) -> None:
    host = leases.host_identity()
    while True:
        await asyncio.sleep(lease / 3)
        began = time.monotonic()

        def renew(conn: sa.Connection) -> None:
            now = store_now(conn)
            leases.renew(conn, tools.worker, now + lease, now)
            leases.bury_dead(conn, host)  # A neighbour may die while we wait for its leases.

        with suppress(TransientError):
            await tools.db.run(renew)
            tools.lease.renewed_at = began


def chosen_offices(tools: Tools, wanted: Sequence[str]) -> tuple[Office, ...]:
    """Return the offices asked for in processing order; an unknown one is named."""
    for each in wanted:
        tools.configuration.office(each)
    return tuple(o for o in tools.configuration.offices if not wanted or o.id in wanted)


def hours_back(tools: Tools, wanted: float | None) -> float:
    """Return how far to look back; more than `max_hours_back` is refused, not cut in silence."""
    processing = tools.configuration.processing
    hours = float(processing.default_hours_back if wanted is None else wanted)
    if hours <= 0:
        raise OperatorError("CLI-003", "--hours-back must be above 0.")
    if hours > processing.max_hours_back:
        raise OperatorError(
            "CLI-003",
            f"--hours-back {hours:g} is more than max_hours_back ({processing.max_hours_back:g}). "
            "Ask for less, or raise max_hours_back in the configuration.",
        )
    return hours


def rules_from(tools: Tools, fields: dict[str, Any] | None) -> Rules:
    """Return the rules of the configuration; mappings Zoho does not know stop the start."""
    configuration = tools.configuration
    mappings = configuration.mappings
    if fields is not None:
        problems = check_against_metadata(mappings, fields)
        fatal = [problem for problem in problems if problem.fatal]
        if fatal:
            raise ConfigError(
                [
                    finding("CFG-035", MAPPINGS, p.message, key=f"{p.section or 'Leads'}.{p.field}")
                    for p in fatal
                ]
            )
    protected = frozenset(configuration.settings.calls.protected_statuses)
    return Rules(mappings, protected, fields)


def _tally(conn: sa.Connection, ids: Sequence[str]) -> list[tuple[str, str, str, str | None, int]]:
    counted: dict[tuple[str, str, str, str | None], int] = {}
    for start in range(0, len(ids), 500):
        columns = (
            interaction.c.fate,
            interaction.c.outcome,
            interaction.c.reason,
            interaction.c.error_code,
        )
        query = (
            sa.select(*columns, sa.func.count())
            .where(interaction.c.id.in_(ids[start : start + 500]))
            .group_by(*columns)
        )
        for fate, outcome, reason, code, number in conn.execute(query):
            key = (fate, outcome, reason, code)
            counted[key] = counted.get(key, 0) + number
    return [(*key, number) for key, number in counted.items()]


def _add(counts: dict[str, int], name: str, number: int) -> None:
    counts[name] = counts.get(name, 0) + number


def _line(reading: Reading) -> dict[str, Any]:
    skip = reading.skip
    return {
        "call": reading.call.id,
        "office": reading.office,
        "started_at": reading.call.started_at.isoformat(),
        "caller": reading.call.caller,
        "outcome": reading.call.outcome,
        "action": "skip" if skip else "wait",
        "why": skip.why if skip else "RingCentral may still change its record.",
    }


def _planned(decision: Decision) -> dict[str, Any]:
    call = decision.job.call
    line: dict[str, Any] = {
        "call": call.id,
        "office": decision.job.office.id,
        "started_at": call.started_at.isoformat(),
        "caller": call.caller,
        "outcome": call.outcome,
        "action": "park" if decision.error else "write",
        "why": ": ".join(decision.error) if decision.error else decision.why,
    }
    if decision.error is None:
        line["lead"] = decision.lead
        line["parent"] = {"module": decision.module, "id": decision.record_id}
        line["note"] = decision.note.title
        line["status"] = decision.status.target if decision.status else None
    return line
