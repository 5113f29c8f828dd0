"""Work off due calls in batches: claim, clear up doubts, decide, write, say what became of each.

Four commits a batch of a hundred calls. Whatever dies between two of them is found again: effects
still `intended` are sent by the next worker, effects in `sending` are looked for at Zoho first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead import follow_ups
from switchboard.flows.call_to_lead.accounts import BatchResult
from switchboard.flows.call_to_lead.by_hand import chosen_owner
from switchboard.flows.call_to_lead.decide import Decision, Job, Rules, decide
from switchboard.flows.call_to_lead.effects import effects_of
from switchboard.flows.call_to_lead.fates import IN_DOUBT, Pace, fate_of
from switchboard.flows.call_to_lead.known import read_known
from switchboard.flows.call_to_lead.models import Attribution, Call
from switchboard.flows.call_to_lead.reconcile import Finding, look_up
from switchboard.flows.call_to_lead.settle import put_request, settled
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.flows.call_to_lead.writes import Outcome, Write, Writer
from switchboard.store import journal, leases, ledger, rotation
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect

BATCH = 100  # Zoho's limit of records in one write (zoho-crm.md §3.1).

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Claim:
    """Calls this worker may write, by the lease on each one's person."""

    rows: list[ledger.Interaction]
    fences: dict[str, int]
    doubts: list[Effect]
    now: float


@dataclass(slots=True)
class _Work:
    """A batch between its commits."""

    claim: Claim
    decisions: list[Decision] = field(default_factory=list)
    rows: dict[str, ledger.Interaction] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def leads(self, conn: sa.Connection) -> dict[str, Effect]:
        """Return the effects that make leads for calls of this batch, as they are now."""
        keys = {each.lead_key for each in self.decisions if each.lead_key}
        return journal.by_keys(conn, keys)


class Batches:
    """Writes due calls of an office for one worker."""

    def __init__(self, tools: Tools, rules: Rules) -> None:
        self._tools, self._rules = tools, rules
        self._db, self._worker = tools.db, tools.worker
        self._writer = Writer(tools.crm, tools.lease.guard)
        self._journal = tools.configuration.settings.journal
        self._pace = Pace(
            reconcile_after=self._journal.reconcile_after_seconds,
            scale=tools.configuration.settings.vendors.budgets.window_seconds / 60.0,
        )

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
            say = log.warning if row.fate == "parked" else log.info
            say(
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
                settled(conn, effect, finding.vendor_id, person=finding.person)
            elif finding.verdict in {"absent", "overruled"}:
                journal.release(conn, [effect.key], worker=self._worker)
            if finding.verdict == "overruled":
                why = "A person changed the record meanwhile; theirs stays."
                journal.supersede(conn, [effect.key], why)

    def _postpone(self, conn: sa.Connection, claim: Claim, persons: set[str]) -> None:
        again = store_now(conn) + max(self._journal.reconcile_after_seconds / 2, 0.05)
        for row in claim.rows:
            if row.person in persons:
                ledger.set_fate(conn, row.id, "waiting", "in_doubt", IN_DOUBT, None, again)
        leases.release(conn, persons, self._worker)

    # --- decide and intend ---------------------------------------------------------------------

    def _decide(self, conn: sa.Connection, work: _Work) -> list[Write]:
        """Decide the batch, write down every effect, mark the leads; return those to send."""
        rows = {row.id: row for row in work.claim.rows}
        now = store_now(conn)
        effects = journal.of_interactions(conn, list(rows))
        jobs = [self.job(row) for row in rows.values()]
        earlier = [each for group in effects.values() for each in group]
        known = read_known(conn, jobs, earlier)
        work.rows = rows
        work.decisions, turned = decide(jobs, known, self._rules)
        self._rotate(conn, work.decisions, turned)
        intended: list[Effect] = []
        for decision in work.decisions:
            intended.extend(effects_of(decision, now))
            self._drop_needless(conn, decision, effects.get(decision.job.call.id, ()))
        states = journal.intend(conn, intended)
        open_ones = [each for each in intended if states[each.key].state == "intended"]
        for each in open_ones:  # Intended before a crash or a retry: today's decision counts.
            if states[each.key].request != each.request:
                put_request(conn, each.key, each.module, each.request)
        leads = [
            Write(each.key, "lead", each.module, json.loads(each.request))
            for each in open_ones
            if each.kind == "lead"
        ]
        return self._mark(conn, work, leads)

    def _follow(self, conn: sa.Connection, work: _Work, sent: Sequence[Write]) -> list[Write]:
        """Settle the leads, then mark every note and status whose record is known."""
        self._record(conn, work, sent)
        leads = work.leads(conn)
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
            put_request(conn, write.key, write.module, text)
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
            office=self._tools.configuration.office(attribution.office_id),
            attribution=attribution,
            amends=document.get("amends"),
            owner=chosen_owner(document),
        )

    def _rotate(
        self,
        conn: sa.Connection,
        decisions: Sequence[Decision],
        turned: Mapping[str, dict[str, float]],
    ) -> None:
        assigned: dict[str, list[str]] = {}
        for decision in decisions:
            choice = decision.assignment
            if choice is not None and choice.owner_id and choice.pool:
                assigned.setdefault(choice.pool, []).append(choice.owner_id)
        for pool, owners in assigned.items():
            rotation.save(conn, pool, turned[pool], assigned=owners)

    def _drop_needless(
        self, conn: sa.Connection, decision: Decision, effects: Sequence[Effect]
    ) -> None:
        """Forget intents of an earlier worker that are not wanted any more."""
        wanted = {each.key for each in effects_of(decision, 0.0)}
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
                settled(conn, effect, outcome.id, write=by_key[key], module=outcome.module)
            elif outcome.fate == "refused":
                journal.refuse(conn, key, outcome.code, outcome.message)
            elif outcome.fate == "unsent":
                journal.release(conn, [key])

    # --- finish --------------------------------------------------------------------------------

    def _finish(
        self, conn: sa.Connection, work: _Work, sent: Sequence[Write]
    ) -> tuple[BatchResult, list[ledger.Interaction]]:
        self._record(conn, work, sent)
        result = BatchResult()
        now = store_now(conn)
        effects = journal.of_interactions(conn, list(work.rows))
        leads = work.leads(conn)
        done: list[ledger.Interaction] = []
        for decision in work.decisions:
            row = work.rows[decision.job.call.id]
            mine = effects.get(row.id, [])
            lead = leads.get(decision.lead_key) if decision.lead_key else None
            ended = fate_of(
                row,
                decision,
                effects=mine,
                lead=lead,
                outcomes=work.outcomes,
                now=now,
                pace=self._pace,
            )
            done.append(ended)
            result.fates[ended.fate] = result.fates.get(ended.fate, 0) + 1
            result.count(decision, mine, work.outcomes)
        held = leases.renew(conn, self._worker, now + self._journal.lease_seconds, now)
        kept = {row.id for row in done if row.person in held}
        settings = self._tools.configuration.settings
        ledger.upsert(conn, [row for row in done if row.id in kept])
        for decision, row in zip(work.decisions, done, strict=True):
            if row.id in kept and row.fate == "done":
                follow_ups.owe_callback(conn, decision.job.call, decision.job.office.id, settings)
        leases.release(conn, {row.person for row in done}, self._worker)
        return result, done
