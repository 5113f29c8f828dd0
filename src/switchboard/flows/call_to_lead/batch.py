"""Work off due calls in batches: claim, clear up doubts, decide, write, say what became of each.

Four commits a batch of a hundred calls. Whatever dies between two of them is found again: effects
still `intended` are sent by the next worker, effects in `sending` are looked for at Zoho first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.config.documents import Office
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.decide import Decision, Job, Known, Rules, StatusMark, decide
from switchboard.flows.call_to_lead.models import Attribution, Call
from switchboard.flows.call_to_lead.reconcile import Finding, look_up
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.flows.call_to_lead.writes import Outcome, Write, Writer
from switchboard.people.phone import to_e164
from switchboard.store import directory, journal, leases, ledger, people_status, rotation
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.tables import effect as effect_table
from switchboard.vendors.zoho_crm.models import CrmPerson

BATCH = 100  # Zoho's limit of records in one write (zoho-crm.md §3.1).
MOST_ATTEMPTS = 20  # Then a person has to look: something is wrong with this very call.
RETRY_SECONDS, RETRY_MOST_SECONDS = 5.0, 300.0
SEQUENCE = {"lead": 0, "note": 1, "status": 2}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Claim:
    """Calls this worker may write, by the lease on each one's person."""

    rows: list[ledger.Interaction]
    fences: dict[str, int]
    doubts: list[Effect]
    now: float


@dataclass(slots=True)
class BatchResult:
    """How many calls of the batch got which fate; `progress` is False when all have to wait."""

    fates: dict[str, int] = field(default_factory=dict)
    leads_created: int = 0
    leads_matched: int = 0
    contacts_matched: int = 0
    notes_created: int = 0
    statuses_updated: int = 0
    error: OperatorError | None = None
    delay: float = 0.0

    @property
    def progress(self) -> bool:
        return any(count for fate, count in self.fates.items() if fate != "waiting")


@dataclass(slots=True)
class _Work:
    """A batch between its commits."""

    claim: Claim
    decisions: list[Decision] = field(default_factory=list)
    rows: dict[str, ledger.Interaction] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    now: float = 0.0


class Batches:
    """Writes due calls of an office for one worker."""

    def __init__(self, tools: Tools, rules: Rules) -> None:
        self._tools, self._rules = tools, rules
        self._db, self._worker = tools.db, tools.worker
        self._writer = Writer(tools.crm, tools.lease.guard)
        self._journal = tools.configuration.settings.journal

    async def work(self, office: str) -> BatchResult | None:
        """Do one batch of *office*; None when nothing can be claimed now."""
        claim = await self._db.run(lambda conn: self._claim(conn, office))
        if not claim.rows:
            return None
        unclear = await self._clear_doubts(claim)
        work = _Work(claim)
        if unclear:
            await self._db.run(lambda conn: self._postpone(conn, claim, unclear))
            claim.rows = [row for row in claim.rows if row.person not in unclear]
            if not claim.rows:
                return BatchResult(fates={"waiting": len(unclear)})
        first = await self._db.run(lambda conn: self._decide(conn, work))
        stop = await self._send(work, first)
        second = await self._db.run(lambda conn: self._follow(conn, work, first))
        notes = [write for write in second if write.kind == "note"]
        statuses = [write for write in second if write.kind == "status"]
        if stop is None:
            stops = await asyncio.gather(self._send(work, notes), self._send(work, statuses))
            stop = next((each for each in stops if each is not None), None)
        else:
            held = Outcome("unsent", code=stop.code, message=stop.message)
            work.outcomes |= {write.key: held for write in second}
        result, ended = await self._db.run(lambda conn: self._finish(conn, work, second))
        result.error = stop
        for row in ended:
            log.info(
                "call",
                call=row.session,
                office=row.office,
                outcome=row.outcome,
                fate=row.fate,
                why=row.why,
                code=row.error_code,
            )
        for fate, count in result.fates.items():
            self._tools.tell(Event("finished", office, count, fate))
        return result

    # --- claim ---------------------------------------------------------------------------------

    def _claim(self, conn: sa.Connection, office: str) -> Claim:
        now = store_now(conn)
        candidates = ledger.due(conn, office=office, now=now, limit=BATCH, worker=self._worker)
        until = now + self._journal.lease_seconds
        persons = {row.person for row in candidates}
        fences = leases.acquire(conn, persons, self._worker, until, now)
        # Read again under the lease: another worker may have finished them in between.
        fresh = ledger.load(conn, [row.id for row in candidates if row.person in fences])
        rows = [
            row
            for row in fresh.values()
            if row.fate == "waiting" and row.due_at is not None and row.due_at <= now
        ]
        leases.release(conn, set(fences) - {row.person for row in rows}, self._worker)
        ledger.count_attempt(conn, [row.id for row in rows])
        doubts = journal.in_doubt(conn, {row.person for row in rows})
        rows.sort(key=lambda row: (row.started_at, row.id))
        return Claim(rows, fences, doubts, now)

    # --- doubts --------------------------------------------------------------------------------

    async def _clear_doubts(self, claim: Claim) -> set[str]:
        """Adopt or release what earlier workers left in doubt; return whom to leave alone yet."""
        wait = self._journal.reconcile_after_seconds
        early = [each for each in claim.doubts if claim.now - (each.sending_at or 0.0) < wait]
        unclear = {each.person for each in early}
        ripe = [each for each in claim.doubts if each.person not in unclear]
        if ripe:
            findings = await look_up(self._tools.crm, ripe)
            unclear |= {each.person for each in ripe if findings[each.key].verdict == "unclear"}
            await self._db.run(lambda conn: self._settle_doubts(conn, ripe, findings))
        return unclear

    def _settle_doubts(
        self, conn: sa.Connection, effects: Sequence[Effect], findings: Mapping[str, Finding]
    ) -> None:
        now = journal.by_keys(conn, [effect.key for effect in effects])
        for effect in effects:
            if now[effect.key] != effect:
                continue  # Whoever sent it was only slow, and has said what became of it.
            finding = findings[effect.key]
            if finding.verdict == "stuck":
                journal.park(conn, effect.key, finding.code, finding.message, worker=self._worker)
            elif finding.verdict == "found":
                self._settled(conn, effect, finding.vendor_id, person=finding.person)
            elif finding.verdict in {"absent", "overruled"}:
                journal.release(conn, [effect.key], worker=self._worker)
            if finding.verdict == "overruled":
                why = "A person changed the record meanwhile; theirs stays."
                journal.supersede(conn, [effect.key], why)

    def _postpone(self, conn: sa.Connection, claim: Claim, persons: set[str]) -> None:
        again = store_now(conn) + max(self._journal.reconcile_after_seconds / 2, 0.05)
        why = "A write to Zoho CRM got no answer; it is looked for there before it is sent again."
        for row in claim.rows:
            if row.person in persons:
                ledger.set_fate(conn, row.id, "waiting", "in_doubt", why, None, again)
        leases.release(conn, persons, self._worker)

    # --- decide and intend ---------------------------------------------------------------------

    def _decide(self, conn: sa.Connection, work: _Work) -> list[Write]:
        """Decide the batch, write down every effect, mark the leads; return those to send."""
        rows = {row.id: row for row in work.claim.rows}
        now = store_now(conn)
        effects = journal.of_interactions(conn, list(rows))
        jobs = [self.job(row) for row in rows.values()]
        known = self._known(conn, jobs, effects)
        work.rows, work.now = rows, now
        work.decisions, turned = decide(jobs, known, self._rules)
        self._rotate(conn, work.decisions, turned)
        intended: list[Effect] = []
        for decision in work.decisions:
            intended.extend(_effects(decision, now))
            self._drop_needless(conn, decision, effects.get(decision.job.call.id, ()))
        states = journal.intend(conn, intended)
        open_ones = [each for each in intended if states[each.key].state == "intended"]
        for each in open_ones:  # Intended before a crash or a retry: today's decision counts.
            if states[each.key].request != each.request:
                _put_request(conn, each.key, each.module, each.request)
        leads = [
            Write(each.key, "lead", each.module, json.loads(each.request))
            for each in open_ones
            if each.kind == "lead"
        ]
        return self._mark(conn, work, leads)

    def _follow(self, conn: sa.Connection, work: _Work, sent: Sequence[Write]) -> list[Write]:
        """Settle the leads, then mark every note and status whose record is known."""
        self._record(conn, work, sent)
        lead_keys = {each.lead_key for each in work.decisions if each.lead_key}
        leads = journal.by_keys(conn, lead_keys)
        writes: list[Write] = []
        mine = journal.of_interactions(conn, list(work.rows))
        for decision in work.decisions:
            if decision.error is not None:
                continue
            module, record_id = decision.module, decision.record_id
            if decision.lead_key is not None:
                lead = leads.get(decision.lead_key)
                if lead is None or lead.state != "settled" or lead.vendor_id is None:
                    continue
                module, record_id = lead.module, lead.vendor_id
            for effect in mine.get(decision.job.call.id, ()):
                if effect.kind == "lead" or effect.state != "intended" or record_id is None:
                    continue
                body = json.loads(effect.request)
                if effect.kind == "note":
                    body["parent_id"] = record_id
                elif module == "Leads":
                    body["id"] = record_id
                else:  # The number turned out to be a contact's: it has no lead status.
                    journal.supersede(conn, [effect.key], "A contact has no lead status.")
                    continue
                writes.append(Write(effect.key, effect.kind, module, body))
        for write in writes:
            text = json.dumps(write.body, ensure_ascii=False)
            _put_request(conn, write.key, write.module, text)
        return self._mark(conn, work, writes)

    def _mark(self, conn: sa.Connection, work: _Work, writes: Sequence[Write]) -> list[Write]:
        marked = set(
            journal.mark_sending(
                conn,
                [write.key for write in writes],
                self._worker,
                store_now(conn),
                fences=work.claim.fences,
            )
        )
        return [write for write in writes if write.key in marked]

    def job(self, row: ledger.Interaction) -> Job:
        document = json.loads(row.document)
        attribution = Attribution.model_validate(document["attribution"])
        return Job(
            call=Call.model_validate(document["call"]),
            office=self._office(attribution.office_id),
            attribution=attribution,
            amends=document.get("amends"),
        )

    def _office(self, office_id: str) -> Office:
        return self._tools.configuration.office(office_id)

    def _known(
        self, conn: sa.Connection, jobs: Sequence[Job], effects: Mapping[str, Sequence[Effect]]
    ) -> Known:
        pending = {
            each.key: json.loads(each.request)
            for group in effects.values()
            for each in group
            if each.kind == "lead" and each.state == "intended"
        }
        return read_known(conn, jobs) if not pending else _with(read_known(conn, jobs), pending)

    def _rotate(
        self,
        conn: sa.Connection,
        decisions: Sequence[Decision],
        turned: Mapping[str, dict[str, float]],
    ) -> None:
        assigned: dict[str, list[str]] = {}
        for decision in decisions:
            choice = decision.assignment
            if choice is not None and choice.owner_id and choice.rotation_after:
                assigned.setdefault(decision.job.office.id, []).append(choice.owner_id)
        for office, owners in assigned.items():
            rotation.save(conn, office, turned[office], assigned=owners)

    def _drop_needless(
        self, conn: sa.Connection, decision: Decision, effects: Sequence[Effect]
    ) -> None:
        """Forget intents of an earlier worker that are not wanted any more."""
        wanted = {each.key for each in _effects(decision, 0.0)}
        needless = [e.key for e in effects if e.state == "intended" and e.key not in wanted]
        if decision.error is None and needless:
            journal.supersede(
                conn, needless, "Not needed any more when the call was looked at again."
            )

    # --- send and settle -----------------------------------------------------------------------

    async def _send(self, work: _Work, writes: Sequence[Write]) -> OperatorError | None:
        if not writes:
            return None
        outcomes, stop = await self._writer.send(writes)
        work.outcomes |= outcomes
        return stop

    def _record(self, conn: sa.Connection, work: _Work, writes: Sequence[Write]) -> None:
        """Take over the outcomes of *writes* into the journal and the directory."""
        effects = journal.by_keys(conn, [write.key for write in writes])
        by_key = {write.key: write for write in writes}
        for key, effect in effects.items():
            outcome = work.outcomes[key]
            mine = (self._worker, work.claim.fences.get(effect.person))
            if effect.state != "sending" or (effect.worker, effect.fence) != mine:
                log.warning("taken_over", call=effect.interaction_id, effect=effect.kind)
                continue  # Another worker has the person now, and looks for itself.
            if outcome.fate == "settled":
                self._settled(conn, effect, outcome.id, write=by_key[key], module=outcome.module)
            elif outcome.fate == "refused":
                journal.refuse(conn, key, outcome.code, outcome.message)
            elif outcome.fate == "unsent":
                journal.release(conn, [key])

    def _settled(
        self,
        conn: sa.Connection,
        effect: Effect,
        vendor_id: str | None,
        *,
        person: CrmPerson | None = None,
        write: Write | None = None,
        module: str | None = None,
    ) -> None:
        journal.settle(conn, effect.key, vendor_id)
        body = write.body if write else json.loads(effect.request)
        if effect.kind == "note" or vendor_id is None:
            return
        row = ledger.load(conn, [effect.interaction_id])[effect.interaction_id]
        if effect.kind == "lead":
            module = module or effect.module
            if module != effect.module:
                conn.execute(
                    sa.update(effect_table)
                    .where(effect_table.c.key == effect.key)
                    .values(module=module)
                )
            status = str(body.get("Lead_Status") or "")
            created = person or CrmPerson(
                module=module,
                id=vendor_id,
                phones=(effect.person,),
                full_name=str(body.get("Last_Name") or "") or None,
                owner_id=(body.get("Owner") or {}).get("id"),
                lead_status=status or None,
            )
            directory.put(conn, [created], to_e164_or_none)
        else:
            status = body["target"]
            directory.set_status(conn, effect.module, vendor_id, status)
        mark = people_status.PersonStatus(
            effect.person, effect.module, vendor_id, status, row.started_at
        )
        people_status.put(conn, mark)

    # --- finish --------------------------------------------------------------------------------

    def _finish(
        self, conn: sa.Connection, work: _Work, sent: Sequence[Write]
    ) -> tuple[BatchResult, list[ledger.Interaction]]:
        self._record(conn, work, sent)
        result = BatchResult()
        now = store_now(conn)
        effects = journal.of_interactions(conn, list(work.rows))
        lead_keys = {each.lead_key for each in work.decisions if each.lead_key}
        leads = journal.by_keys(conn, lead_keys)
        done: list[ledger.Interaction] = []
        for decision in work.decisions:
            row = work.rows[decision.job.call.id]
            mine = effects.get(row.id, [])
            lead = leads.get(decision.lead_key) if decision.lead_key else None
            ended = self._fate(
                row, decision, effects=mine, lead=lead, outcomes=work.outcomes, now=now
            )
            done.append(ended)
            result.fates[ended.fate] = result.fates.get(ended.fate, 0) + 1
            _count(result, decision, mine, work.outcomes)
            if ended.due_at is not None:
                result.delay = max(result.delay, ended.due_at - now)
        held = leases.renew(conn, self._worker, now + self._journal.lease_seconds, now)
        ledger.upsert(conn, [row for row in done if row.person in held])
        leases.release(conn, {row.person for row in done}, self._worker)
        return result, done

    def _fate(
        self,
        row: ledger.Interaction,
        decision: Decision,
        *,
        effects: Sequence[Effect],
        lead: Effect | None,
        outcomes: Mapping[str, Outcome],
        now: float,
    ) -> ledger.Interaction:
        document = json.loads(row.document)
        document["decision"] = _explain(decision)
        text = json.dumps(document, ensure_ascii=False)
        row = replace(row, document=text, updated_at=now, attempts=row.attempts)
        if decision.error is not None:
            return _parked(row, *decision.error, now)
        concerned = [*effects, *([lead] if lead is not None else [])]
        for effect in concerned:
            if effect.state in {"refused", "parked"}:
                return _parked(row, effect.error_code or "ZOHO-422", effect.error or "", now)
        open_ones = [each for each in concerned if each.state in {"intended", "sending"}]
        if not open_ones:
            return replace(
                row,
                fate="done",
                reason=decision.match.kind,
                why=decision.why,
                error_code=None,
                due_at=None,
                finished_at=now,
            )
        outcome = next((outcomes[e.key] for e in open_ones if e.key in outcomes), None)
        code = outcome.code if outcome else None
        if row.attempts >= MOST_ATTEMPTS:
            message = f"Tried {row.attempts} times. {outcome.message if outcome else ''}".strip()
            return _parked(row, code or "ZOHO-500", message, now)
        if any(each.state == "sending" for each in open_ones):
            wait, reason = self._journal.reconcile_after_seconds, "in_doubt"
            why = (
                "A write to Zoho CRM got no answer; it is looked for there before it is sent again."
            )
        else:
            most = min(RETRY_SECONDS * 2 ** max(row.attempts - 1, 0), RETRY_MOST_SECONDS)
            scale = self._tools.configuration.settings.vendors.budgets.window_seconds / 60.0
            wait, reason = most * scale, "retry"
            if outcome and outcome.retry_after is not None:
                wait = outcome.retry_after
            why = outcome.message if outcome else "Waits for the lead to be created first."
        return replace(
            row,
            fate="waiting",
            reason=reason,
            why=why,
            error_code=code,
            due_at=now + wait,
            finished_at=None,
        )


def _put_request(conn: sa.Connection, key: str, module: str, request: str) -> None:
    values = {"module": module, "request": request, "request_hash": journal.request_hash(request)}
    conn.execute(sa.update(effect_table).where(effect_table.c.key == key).values(**values))


def read_known(conn: sa.Connection, jobs: Sequence[Job]) -> Known:
    """Return what the store knows about the callers of *jobs* and whose turn it is."""
    persons = {job.call.person for job in jobs}
    marks = people_status.load(conn, persons)
    return Known(
        people=directory.find(conn, persons),
        statuses={p: StatusMark(m.status, m.call_started_at) for p, m in marks.items()},
        rotation={
            office: rotation.load(conn, office) for office in sorted({j.office.id for j in jobs})
        },
    )


def to_e164_or_none(phone: str) -> str | None:
    """Read numbers we wrote ourselves; they carry their country."""
    return to_e164(phone, None)


def _with(known: Known, pending: dict[str, dict[str, Any]]) -> Known:
    known.pending_leads = {key: body for key, body in pending.items() if body}
    return known


def _effects(decision: Decision, now: float) -> list[Effect]:
    """Return the writes a decision asks for; parents not known yet are filled in later."""
    if decision.error is not None:
        return []
    job = decision.job
    bodies: list[tuple[str, str, dict[str, Any]]] = []
    if decision.lead is not None:
        bodies.append(("lead", "Leads", decision.lead))
    note = {"parent_id": decision.record_id, **decision.note.model_dump()}
    bodies.append(("note", decision.module, note))
    if decision.status is not None:
        change = {
            "id": decision.record_id,
            "previous": decision.status.previous,
            "target": decision.status.target,
        }
        bodies.append(("status", decision.module, change))
    return [
        Effect(
            key=job.key(kind),
            interaction_id=job.call.id,
            person=job.call.person,
            kind=kind,
            module=module,
            request=json.dumps(body, ensure_ascii=False, default=str),
            sequence=SEQUENCE[kind],
            intended_at=now,
        )
        for kind, module, body in bodies
    ]


def _explain(decision: Decision) -> dict[str, Any]:
    choice = decision.assignment
    return {
        "match": decision.match.model_dump(mode="json"),
        "owner_id": choice.owner_id if choice else None,
        "owner_why": choice.why if choice else None,
        "status_why": decision.status_why,
        "problems": [each.model_dump(mode="json") for each in decision.problems],
    }


def _parked(row: ledger.Interaction, code: str, message: str, now: float) -> ledger.Interaction:
    return replace(
        row,
        fate="parked",
        reason="refused",
        why=message,
        error_code=code,
        due_at=None,
        finished_at=now,
    )


def _count(
    result: BatchResult,
    decision: Decision,
    effects: Sequence[Effect],
    outcomes: Mapping[str, Outcome],
) -> None:
    settled = {e.kind for e in effects if e.key in outcomes and outcomes[e.key].fate == "settled"}
    result.leads_created += "lead" in settled
    result.notes_created += "note" in settled
    result.statuses_updated += "status" in settled
    if decision.lead is None and "note" in settled:
        result.leads_matched += decision.match.kind == "lead"
        result.contacts_matched += decision.match.kind == "contact"
