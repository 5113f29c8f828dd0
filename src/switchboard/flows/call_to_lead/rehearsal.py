"""Plan what a real run would write, with the same decisions, and write nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from switchboard.flows.call_to_lead.accounts import OfficeReport, RunReport, add
from switchboard.flows.call_to_lead.batch import BATCH, Batches
from switchboard.flows.call_to_lead.callbacks import reaches
from switchboard.flows.call_to_lead.decide import (
    Decision,
    Job,
    Known,
    Rules,
    continue_with,
    decide,
)
from switchboard.flows.call_to_lead.intake import Planned, Seen, by_office
from switchboard.flows.call_to_lead.known import read_known
from switchboard.flows.call_to_lead.media import count_pieces
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store import ledger
from switchboard.store.call_kinds import kind_of
from switchboard.store.callback_order import Callback, Reach
from switchboard.store.callbacks import would_owe


class Rehearsal:
    """Fills a report's plan, office after office, as a run would work them."""

    def __init__(self, tools: Tools, rules: Rules, report: RunReport) -> None:
        self._tools, self._rules, self._report = tools, rules, report
        self._carried = Known()
        self._lines: list[dict[str, Any]] = []
        self._missed: list[Callback] = []

    async def plan(self, seen: Seen, planned: Sequence[Planned]) -> None:
        """Plan with what was read now and what earlier runs left ready."""
        self._report.plan = self._lines
        groups = by_office(seen.office_of)
        for part in self._report.offices:
            mine = [each for each in planned if each.reading.office == part.office]
            part.seen = len(groups.get(part.office, ()))
            jobs = await self._jobs(part, mine)
            for start in range(0, len(jobs), BATCH):
                await self._batch(jobs[start : start + BATCH], part)
            self._leave(part, mine)
            new = {each.reading.call.id for each in mine} | {job.call.id for job in jobs}
            known = [each for each in groups.get(part.office, ()) if each not in new]
            counts = await self._tools.db.run(partial(ledger.counts, ids=known))
            for fate, number in counts.items():
                setattr(part, fate, getattr(part, fate) + number)
        await self._ask_for_callbacks(planned)

    async def _ask_for_callbacks(self, planned: Sequence[Planned]) -> None:
        """Mark the lines whose missed call would become a task, as the lane decides it."""
        settings = self._tools.configuration.settings.callbacks
        if not settings.enabled:
            return
        told = [
            (call.person, Reach(call.started_at.timestamp(), call.id))
            for call in (each.reading.call for each in planned)
            if reaches(call, settings.min_talk_seconds)
        ]
        asked = await self._tools.db.run(partial(would_owe, missed=self._missed, told=told))
        for line in self._lines:
            line["task"] = line["call"] in asked
        parts = {part.office: part for part in self._report.offices}
        for row in self._missed:
            if row.interaction_id in asked and row.office in parts:
                parts[row.office].callbacks_opened += 1

    async def _jobs(self, part: OfficeReport, mine: Sequence[Planned]) -> list[Job]:
        office = self._tools.offices.get(part.office)
        if office is None:
            return []
        left = await self._tools.db.run(lambda conn: self._left_ready(conn, part.office))
        jobs = {job.call.id: job for job in left}
        for each in mine:
            whose = each.reading.attribution
            if each.verdict.workable and whose is not None:
                call = each.reading.call
                jobs[call.id] = Job(call, office, whose, each.verdict.amends)
        return sorted(jobs.values(), key=lambda job: job.order)

    def _left_ready(self, conn: sa.Connection, office: str) -> list[Job]:
        """Return calls that earlier runs left ready: a real run would write them as well."""
        batches = Batches(self._tools, self._rules)
        rows = ledger.load(conn, ledger.waiting_ids(conn, office=office)).values()
        return [batches.job(row) for row in rows if row.due_at is not None]

    async def _batch(self, jobs: Sequence[Job], part: OfficeReport) -> None:
        known = await self._tools.db.run(lambda conn: read_known(conn, jobs))
        carried = self._carried
        known.statuses |= carried.statuses
        known.rotation |= carried.rotation
        known.new_leads = carried.new_leads
        known.lead_status = carried.lead_status
        decisions, rotation = decide(jobs, known, self._rules)
        carried.rotation |= rotation
        continue_with(carried, decisions, self._rules)
        for decision in decisions:
            self._lines.append(_planned(decision))
            _count(part, decision.job.call.outcome, "")
            if decision.error is not None:
                part.parked += 1
                add(part.errors, decision.error[0], 1)
                continue
            part.done += 1
            self._note_missed(decision)
            part.leads_created += decision.lead is not None
            part.notes_created += 1
            part.statuses_updated += decision.status is not None
            part.leads_matched += decision.lead is None and decision.match.kind == "lead"
            part.contacts_matched += decision.match.kind == "contact"

    def _note_missed(self, decision: Decision) -> None:
        call, at = decision.job.call, decision.job.call.started_at.timestamp()
        if call.call_type == "missed" and call.caller is not None:
            row = Callback(
                interaction_id=call.id,
                person=call.person,
                office=decision.job.office.id,
                opened_at=at,
                first_seen=at,
                updated_at=at,
            )
            self._missed.append(row)

    def _leave(self, part: OfficeReport, mine: Sequence[Planned]) -> None:
        for each in mine:
            if each.verdict.workable:
                continue
            self._lines.append(_left(each))
            _count(part, each.reading.call.outcome, each.verdict.reason)
            if each.verdict.fate == "waiting":
                part.waiting += 1
            else:
                part.skipped += 1
                add(part.skip_reasons, each.verdict.reason, 1)


def _count(part: OfficeReport, outcome: str, reason: str) -> None:
    add(part.outcomes, outcome, 1)
    add(part.kinds, kind_of(outcome, reason), 1)


def would(line: Mapping[str, Any]) -> list[str]:
    """Say what a real run would write for a line of a plan; nothing when it would not write."""
    if line["action"] != "write":
        return []
    words = ["create lead" if line.get("lead") else f"use {line['parent']['module'][:-1].lower()}"]
    words.append("note")
    if line.get("status"):
        words.append(f"status {line['status']}")
    if line.get("task"):
        words.append("call-back task")
    if line.get("media"):
        words.append(f"{line['media']} audio")
    return words


def kept_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the store keeps of a line: no name, and of the caller what it knows anyway."""
    names = ("call", "office", "started_at", "caller", "outcome", "reason", "action", "why")
    return {**{name: line.get(name) for name in names}, "writes": would(line)}


def _left(each: Planned) -> dict[str, Any]:
    call = each.reading.call
    return {
        "call": call.id,
        "office": each.reading.office,
        "started_at": call.started_at.isoformat(),
        "caller": call.caller,
        "outcome": call.outcome,
        "reason": each.verdict.reason,
        "action": "skip" if each.verdict.fate == "skipped" else "wait",
        "why": each.verdict.why,
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
        line["media"] = count_pieces(call)
    return line
