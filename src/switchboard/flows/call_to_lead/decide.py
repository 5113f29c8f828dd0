"""Decide about a batch of calls at once: who is whom, who gets which lead, which status wins.

Pure: the same jobs and the same knowledge give the same decisions, whether a real run writes them
or a dry run prints them. Calls are taken oldest first, so the second call of an unknown number
joins the lead that the first one makes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from switchboard.config.documents import FieldMappings, Office
from switchboard.flows.call_to_lead.assign import assign
from switchboard.flows.call_to_lead.map import map_fields
from switchboard.flows.call_to_lead.match import match
from switchboard.flows.call_to_lead.models import (
    Assignment,
    Attribution,
    Call,
    ChosenOwner,
    FieldProblem,
    KnownPerson,
    Match,
    NoteText,
)
from switchboard.flows.call_to_lead.note import correction_of, note_text
from switchboard.vendors.zoho_crm.models import CrmField, CrmUser


@dataclass(frozen=True, slots=True)
class Job:
    """One call that is ready to be written."""

    call: Call
    office: Office
    attribution: Attribution
    amends: str | None = None  # Set when an earlier version of this call was written already.
    owner: ChosenOwner | None = None  # Whom a person chose for it.

    @property
    def order(self) -> tuple[float, str]:
        return self.call.started_at.timestamp(), self.call.id

    def key(self, kind: str) -> str:
        """The stable name of this call's write of one kind; a correction has its own."""
        base = f"{self.call.id}:{kind}"
        return f"{base}:{self.amends}" if self.amends and kind != "lead" else base


@dataclass(frozen=True, slots=True)
class StatusMark:
    """The status we last gave a person's lead, and the start of the call that asked for it."""

    status: str
    call_started_at: float


@dataclass(slots=True)
class Known:
    """What directory, ledger and rotation say before the batch; `decide` works on a copy."""

    people: Mapping[str, Sequence[KnownPerson]] = field(default_factory=dict)
    statuses: dict[str, StatusMark] = field(default_factory=dict)
    rotation: dict[str, dict[str, float]] = field(default_factory=dict)  # by pool
    pending_leads: dict[str, dict[str, Any]] = field(default_factory=dict)  # by effect key
    new_leads: dict[str, str] = field(default_factory=dict)  # person -> key of the lead effect
    lead_status: dict[str, str | None] = field(default_factory=dict)  # record id -> as decided


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration and Zoho's metadata ask for."""

    mappings: FieldMappings
    protected_statuses: frozenset[str]
    fields: Mapping[str, CrmField] | None = None
    users: Mapping[str, CrmUser] | None = None  # By id; None: Zoho could not be asked.


@dataclass(frozen=True, slots=True)
class StatusChange:
    previous: str | None
    target: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written about one call, and why; `parent` is None until its lead exists."""

    job: Job
    module: str
    record_id: str | None
    match: Match
    lead: dict[str, Any] | None  # The fields of the lead to create.
    lead_key: str | None  # The effect that makes the parent, of this call or an earlier one.
    assignment: Assignment | None
    note: NoteText
    status: StatusChange | None
    status_why: str
    problems: tuple[FieldProblem, ...] = ()
    error: tuple[str, str] | None = None  # Code and message: the call must be parked.

    @property
    def why(self) -> str:
        """One sentence for a person who asks what became of the call."""
        parts = [self.match.why]
        if self.assignment is not None:
            parts.append(self.assignment.why)
        parts.append(self.status_why)
        return " ".join(part for part in parts if part)


def decide(
    jobs: Sequence[Job], known: Known, rules: Rules
) -> tuple[list[Decision], dict[str, dict[str, float]]]:
    """Return a decision for each job, oldest call first, and the rotations afterwards."""
    state = Known(
        people=known.people,
        statuses=dict(known.statuses),
        rotation=copy.deepcopy(known.rotation),
        pending_leads=known.pending_leads,
        new_leads=dict(known.new_leads),
        lead_status=dict(known.lead_status),
    )
    decisions = [_decide_one(job, state, rules) for job in sorted(jobs, key=lambda job: job.order)]
    return _last_status_only(decisions), state.rotation


def _last_status_only(decisions: Sequence[Decision]) -> list[Decision]:
    """Let only the last of several status changes of one record be written.

    The ones before it would be overwritten at once; and a chain of changes of which only some
    arrived could not be told from a person's own change.
    """
    first: dict[str, StatusChange] = {}
    last: dict[str, int] = {}
    for place, decision in enumerate(decisions):
        if decision.status is not None:
            record = decision.record_id or decision.lead_key or ""
            first.setdefault(record, decision.status)
            last[record] = place
    kept = []
    for place, decision in enumerate(decisions):
        record = decision.record_id or decision.lead_key or ""
        if decision.status is None:
            kept.append(decision)
        elif last[record] == place:
            change = StatusChange(first[record].previous, decision.status.target)
            needed = change.previous != change.target
            kept.append(replace(decision, status=change if needed else None))
        else:
            why = "A later call from this number sets its status."
            kept.append(replace(decision, status=None, status_why=why))
    return kept


def continue_with(known: Known, decisions: Sequence[Decision], rules: Rules) -> None:
    """Carry what a plan would change over to the next batch of a dry run."""
    for decision in decisions:
        person = decision.job.call.person
        started = decision.job.call.started_at.timestamp()
        if decision.lead is not None and decision.lead_key is not None:
            known.new_leads[person] = decision.lead_key
            known.statuses[person] = StatusMark(rules.mappings.lead_status.new, started)
        elif decision.status is not None:
            known.statuses[person] = StatusMark(decision.status.target, started)
            if decision.record_id is not None:
                known.lead_status[decision.record_id] = decision.status.target


def _decide_one(job: Job, state: Known, rules: Rules) -> Decision:
    call = job.call
    note = _note(job)
    lead_key = state.new_leads.get(call.person)
    if lead_key is not None:
        found = Match(
            kind="lead",
            module="Leads",
            lead_status=state.statuses[call.person].status,
            why="Joins the lead that an earlier call from this number creates.",
        )
        status, why = _status(call, found, state, rules)
        return Decision(job, "Leads", None, found, None, lead_key, None, note, status, why)
    found = match(state.people.get(call.person, ()))
    if found.kind == "unusable":
        error = ("ZOHO-409", f"{found.why} Open the record in Zoho CRM, then retry the call.")
        return Decision(job, "Leads", None, found, None, None, None, note, None, "", (), error)
    if found.kind == "none":
        return _new_lead(job, found, note, state, rules)
    if found.record_id in state.lead_status:
        found = found.model_copy(update={"lead_status": state.lead_status[found.record_id]})
    status, why = _status(call, found, state, rules)
    module = found.module or "Leads"
    return Decision(job, module, found.record_id, found, None, None, None, note, status, why)


def _new_lead(job: Job, found: Match, note: NoteText, state: Known, rules: Rules) -> Decision:
    call, key = job.call, job.key("lead")
    status = rules.mappings.lead_status.new
    pending = state.pending_leads.get(key)
    problems: tuple[FieldProblem, ...] = ()
    if pending:  # Intended before a crash: the owner was chosen then, and his turn was taken.
        owner = (pending.get("Owner") or {}).get("id")
        why = "The owner was chosen when the call was read."
        assignment = Assignment(owner_id=owner, why=why, rule="earlier")
        fields = pending
    else:
        assignment = _owner_of(job, state, rules)
        mapping = getattr(rules.mappings, f"{call.call_type}_calls")
        fields, found_problems = map_fields(
            mapping, call, job.office, job.attribution, assignment.owner_id, status, rules.fields
        )
        problems = tuple(found_problems)
        fatal = [problem for problem in problems if problem.fatal]
        if fatal:
            message = "; ".join(f"{problem.field}: {problem.message}" for problem in fatal)
            error = ("ZOHO-422", message)
            return Decision(
                job, "Leads", None, found, None, None, None, note, None, "", problems, error
            )
        if assignment.pool is not None:
            state.rotation[assignment.pool] = dict(assignment.rotation_after)
    state.new_leads[call.person] = key
    state.statuses[call.person] = StatusMark(status, call.started_at.timestamp())
    return Decision(job, "Leads", None, found, fields, key, assignment, note, None, "", problems)


def _owner_of(job: Job, state: Known, rules: Rules) -> Assignment:
    """Choose the owner; one chosen by a person takes nobody's turn."""
    if job.owner is not None:
        why = f"{job.owner.by} chose {job.owner.name} by hand."
        return Assignment(owner_id=job.owner.owner_id, why=why, rule="by_hand")
    return assign(
        job.office,
        state.rotation,
        call=job.call,
        attribution=job.attribution,
        users=rules.users,
    )


def _note(job: Job) -> NoteText:
    note = note_text(job.call, job.office, job.attribution)
    return correction_of(note, job.amends[:4]) if job.amends else note


def _status(
    call: Call, found: Match, state: Known, rules: Rules
) -> tuple[StatusChange | None, str]:
    """Apply the manual's rule: an existing lead's status follows the latest call, by its type.

    Contacts have no lead status; a status in the protected list was set by a person and stays.
    """
    if found.kind != "lead" or call.status_key is None:
        return None, ""
    target: str = getattr(rules.mappings.lead_status, call.status_key)
    mark = state.statuses.get(call.person)
    started = call.started_at.timestamp()
    if mark is not None and started == mark.call_started_at:
        return None, ""  # This call set it already, before a crash or with the new lead.
    if mark is not None and started < mark.call_started_at:
        return None, "Its status was set by a later call and stays."
    current = found.lead_status
    if current in rules.protected_statuses:
        return None, f"Its status {current!r} is protected and stays."
    state.statuses[call.person] = StatusMark(target, started)
    if found.record_id is not None:
        state.lead_status[found.record_id] = target
    if current == target:
        return None, f"Its status is {target!r} already."
    return StatusChange(current, target), f"Its status becomes {target!r}."
