"""Run the flow for offices: refresh the directory, read, work off, account; or only plan it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.config.documents import Office
from switchboard.config.findings import ConfigError, finding
from switchboard.config.places import MAPPINGS
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.call_to_lead.accounts import FATES, OfficeReport, RunReport, add
from switchboard.flows.call_to_lead.callbacks import work_callbacks
from switchboard.flows.call_to_lead.decide import Rules
from switchboard.flows.call_to_lead.intake import (
    NO_OFFICE,
    Intake,
    Look,
    RawWriter,
    by_office,
    window_back,
)
from switchboard.flows.call_to_lead.map import check_against_metadata
from switchboard.flows.call_to_lead.media_work import work_media
from switchboard.flows.call_to_lead.models import CallType
from switchboard.flows.call_to_lead.offices import work_offices
from switchboard.flows.call_to_lead.owner_change import work_owners
from switchboard.flows.call_to_lead.owners import owner_warnings
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.rehearsal import Rehearsal
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.flows.call_to_lead.working import working
from switchboard.store import ledger, media, runs
from switchboard.store.call_kinds import kind_of
from switchboard.store.tables import interaction
from switchboard.vendors.zoho_crm.models import CrmUser

log = structlog.get_logger(__name__)

BOTH: frozenset[CallType] = frozenset({"accepted", "missed"})


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a person asked for; `offices` empty means all, in processing order."""

    offices: tuple[str, ...] = ()
    types: frozenset[CallType] = BOTH
    hours_back: float | None = None
    dry_run: bool = False
    email: bool = True
    media: bool = True
    applies: str = ""  # The dry run whose plan this is to carry out.


class CallRun:
    """One run of the flow over some offices."""

    def __init__(
        self,
        tools: Tools,
        options: RunOptions,
        *,
        now: datetime,
        account: str | None = None,
        write_raw: RawWriter | None = None,
        requests: Callable[[], dict[str, dict[str, Any]]] = dict,
        actor: str = "",
    ) -> None:
        self._tools, self._options, self._account, self._now = tools, options, account, now
        self._write_raw, self._requests, self._actor = write_raw, requests, actor
        self._groups: dict[str, list[str]] = {}
        self._stop: str | None = None
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
        # A worker first and last: a run without an end and without a worker has died.
        async with working(self._tools):
            await self._tools.db.run(self._started)
            return await self._recorded()

    def asked_to_stop(self, actor: str) -> None:
        """Note who asked: whoever calls this cancels the run, and its report then says so."""
        who = actor.partition(":")[2] or actor
        self._stop = f"RUN-002: Stopped by {who}. What waits goes on with the next run."

    async def _recorded(self) -> RunReport:
        outcome = "failed"
        try:
            await self._do()
            outcome = "stopped" if self.report.stopped_by else "done"
        except SwitchboardError as error:
            self.report.stopped_by = str(error)
            raise
        except asyncio.CancelledError:
            outcome = "interrupted"
            self.report.stopped_by = self._stop
            if self._groups:  # What was written until now is told as well.
                with suppress(SwitchboardError):
                    await self._account_for_all()
            raise
        finally:
            stopped = self.report.stopped_by is not None
            say = log.error if stopped and outcome != "interrupted" else log.info
            say(
                "run_ended",
                **({"console": False} if stopped else {}),  # The console has told it already.
                run=self.report.run,
                outcome=outcome,
                stopped_by=self.report.stopped_by,
                **{name: self.report.total(name) for name in ("seen", *FATES)},
            )
            self.report.finished_at = datetime.now(UTC).isoformat()
            self.report.requests = self._requests()
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
            seen, planned = await intake.preview()
            self.report.problems.extend(seen.problems)
            self._add_parts(by_office(seen.office_of))
            await Rehearsal(self._tools, rules, self.report).plan(seen, planned)
            return
        seen = await intake.read()
        self.report.problems.extend(seen.problems)
        self._groups = by_office(seen.office_of)
        due = await self._tools.db.run(ledger.count_due)
        for office in self.offices:
            tell(Event("planned", office.id, due.get(office.id, 0)))
        parts = self._add_parts(self._groups)
        self.report.stopped_by = await work_offices(self._tools, rules, parts)
        if self.report.stopped_by is None:  # What stopped the calls would stop these as well.
            await self._follow_up(parts)
        await self._account_for_all()
        owed, alarms = await self._tools.db.run(self._debt)
        self.report.media_owed, self.report.media_alarms = owed, alarms

    async def _follow_up(self, parts: Mapping[str, OfficeReport]) -> None:
        """Ask for call-backs, then attach media: what stops either is told and stops no call."""
        tell = self._tools.tell
        tell(Event("stage", text="Asking for call-backs"))
        reasons = [await work_owners(self._tools), await work_callbacks(self._tools, parts)]
        if self._settings.media.enabled and self._options.media:
            tell(Event("stage", text="Attaching recordings and voicemails"))
            chosen = tuple(parts) if self._options.offices else None
            reasons.append(await work_media(self._tools, offices=chosen, parts=parts))
        self.report.warnings += [reason for reason in reasons if reason is not None]

    def _debt(self, conn: sa.Connection) -> tuple[int, int]:
        days = self._settings.media.alarm_days
        return media.counts(conn).get("owed", 0), len(media.expiring(conn, days))

    def _add_parts(self, groups: Mapping[str, Sequence[str]]) -> dict[str, OfficeReport]:
        """Make room for each office's figures; return those of real offices, in order."""
        parts = {o.id: OfficeReport(office=o.id, name=o.name) for o in self.offices}
        self.report.offices.extend(parts.values())
        if not self._options.offices and NO_OFFICE in groups:
            part = OfficeReport(office=NO_OFFICE, name="(no extension of ours)")
            self.report.offices.append(part)
        return parts

    async def _look(self) -> Look:
        extensions = await self._tools.ringcentral.read_extensions()
        account = self._account or str((await self._tools.ringcentral.read_account())["id"])
        return Look(
            account=account,
            offices=self.offices,
            everything=not self._options.offices,
            types=self._options.types,
            window=window_back(self.hours, self._now),
            now=self._now,
            extensions={each.id: each for each in extensions},
        )

    async def _rules(self) -> Rules:
        rules, warnings = await read_rules(self._tools)
        self.report.warnings.extend(warnings)
        return rules

    async def _account_for_all(self) -> None:
        for part in self.report.offices:
            await self._account_for(part, self._groups.get(part.office, []))

    async def _account_for(self, part: OfficeReport, ids: Sequence[str]) -> None:
        part.seen = len(ids)
        part.done = part.skipped = part.parked = part.waiting = 0
        part.outcomes, part.kinds, part.skip_reasons, part.errors = {}, {}, {}, {}
        for start in range(0, len(ids), 5_000):  # A backlog is counted in slices, not held at once.
            some = ids[start : start + 5_000]
            counted = await self._tools.db.run(partial(_tally, ids=some))
            for fate, outcome, reason, code, number in counted:
                setattr(part, fate, getattr(part, fate) + number)
                add(part.outcomes, outcome, number)
                add(part.kinds, kind_of(outcome, reason), number)
                if fate == "skipped":
                    add(part.skip_reasons, reason, number)
                if code:
                    add(part.errors, code, number)

    def _started(self, conn: sa.Connection) -> None:
        options: dict[str, Any] = {
            "offices": [office.id for office in self.offices],
            "types": self.report.types,
            "hours_back": self.hours,
            "dry_run": self._options.dry_run,
            "email": self._options.email,
            "media": self._options.media,
            **({"applies": self._options.applies} if self._options.applies else {}),
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
                actor=self._actor,
                worker=self._tools.worker,
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


async def read_rules(tools: Tools) -> tuple[Rules, list[str]]:
    """Ask Zoho for its fields and users; return the rules, and what a person should know.

    Without the users a run goes on: who cannot own a lead is then found by Zoho alone.
    """
    fields = {each.api_name: each for each in await tools.crm.read_fields("Leads")}
    users: dict[str, CrmUser] | None = None
    warnings = []
    try:
        users = {each.id: each for each in await tools.crm.read_users()}
    except SwitchboardError as error:
        warnings.append(f"The lead owners were not checked against Zoho CRM. {error}")
    rules = rules_from(tools, fields, users)
    mapped = check_against_metadata(tools.configuration.mappings, fields)
    warnings += [f"{MAPPINGS}: {p.section}.{p.field}: {p.message}" for p in mapped if not p.fatal]
    return rules, [*warnings, *owner_warnings(tools.configuration.offices, users)]


def rules_from(
    tools: Tools, fields: dict[str, Any] | None, users: Mapping[str, CrmUser] | None = None
) -> Rules:
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
    return Rules(mappings, protected, fields, users)


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
