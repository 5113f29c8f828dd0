"""Change the owner of leads at Zoho CRM, each time once: intended, looked up, sent, settled.

What a person did with the lead meanwhile stays: another owner, a conversion, a deletion.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.call_to_lead.by_hand import KIND
from switchboard.flows.call_to_lead.fates import MOST_ATTEMPTS
from switchboard.flows.call_to_lead.reconcile import Finding, look_up
from switchboard.flows.call_to_lead.settle import put_request, settled
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.writes import Outcome, Write, Writer
from switchboard.store import journal, leases
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.tables import effect as effect_table
from switchboard.vendors.zoho_crm.models import CrmPerson

MOST = 100  # Zoho's limit of records in one write (zoho-crm.md §3.1).

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    effects: list[Effect]
    fences: dict[str, int]


def due(conn: sa.Connection, reconcile_after: float) -> bool:
    """Tell whether an owner is to be changed, or a change in doubt can be looked up."""
    return bool(_open(conn, store_now(conn) - reconcile_after))


async def work_owners(tools: Tools) -> str | None:
    """Change what is wanted now; return what stopped it, in words, or None.

    To be called as a worker (`working`). What stays open is taken up by the next one.
    """
    return await _Changes(tools).work()


class _Changes:
    def __init__(self, tools: Tools) -> None:
        self._tools, self._db, self._worker = tools, tools.db, tools.worker
        self._writer = Writer(tools.crm, tools.lease.guard)
        self._journal = tools.configuration.settings.journal

    async def work(self) -> str | None:
        claim = await self._db.run(self._claim)
        if not claim.effects:
            return None
        try:
            doubts = [each for each in claim.effects if each.state == "sending"]
            if doubts:
                findings = await look_up(self._tools.crm, doubts)
                await self._db.run(lambda conn: self._clear(conn, doubts, findings))
            keys = [each.key for each in claim.effects]
            known = await self._db.run(lambda conn: journal.by_keys(conn, keys))
            wanted = [each for each in known.values() if each.state == "intended"]
            now = {each.key: await self._now(each) for each in wanted}
            writes = await self._db.run(lambda conn: self._mark(conn, claim, wanted, now))
            outcomes, stop = await self._writer.send(writes) if writes else ({}, None)
            await self._db.run(lambda conn: self._record(conn, claim, writes, outcomes))
        except SwitchboardError as error:
            log.warning("owners_stopped", code=error.code, error=error.message)
            return str(error)
        finally:
            await self._db.run(lambda conn: leases.release(conn, claim.fences, self._worker))
        return str(stop) if isinstance(stop, OperatorError) else None

    def _claim(self, conn: sa.Connection) -> _Claim:
        at = store_now(conn)
        found = _open(conn, at - self._journal.reconcile_after_seconds)
        persons = {each.person for each in found}
        until = at + self._journal.lease_seconds
        fences = leases.acquire(conn, persons, self._worker, until, at)
        # Read again under the lease: another worker may have settled them in between.
        fresh = journal.by_keys(conn, [each.key for each in found if each.person in fences])
        held = [each for each in fresh.values() if each.state in {"intended", "sending"}]
        leases.release(conn, set(fences) - {each.person for each in held}, self._worker)
        kept = {each.person: fences[each.person] for each in held}
        return _Claim(held, kept)

    async def _now(self, effect: Effect) -> CrmPerson | None:
        return await self._tools.crm.read_person(effect.module, json.loads(effect.request)["id"])

    def _clear(
        self, conn: sa.Connection, doubts: Sequence[Effect], findings: Mapping[str, Finding]
    ) -> None:
        """Adopt, release or leave what an earlier worker sent without hearing of it again."""
        now = journal.by_keys(conn, [each.key for each in doubts])
        for effect in doubts:
            finding = findings[effect.key]
            if now[effect.key] != effect or finding.verdict == "unclear":
                continue
            if finding.verdict == "found":
                settled(conn, effect, finding.vendor_id, person=finding.person)
            elif finding.verdict == "stuck":
                journal.park(conn, effect.key, finding.code, finding.message, worker=self._worker)
            else:
                journal.release(conn, [effect.key], worker=self._worker)
                if finding.verdict == "overruled":
                    why = "Somebody changed the lead in Zoho CRM meanwhile; that stays."
                    journal.supersede(conn, [effect.key], why)

    def _mark(
        self,
        conn: sa.Connection,
        claim: _Claim,
        wanted: Sequence[Effect],
        now: Mapping[str, CrmPerson | None],
    ) -> list[Write]:
        """Mark what is to be sent, with the owner it is taken from; drop what is needless."""
        writes = []
        for effect in wanted:
            body, person = json.loads(effect.request), now[effect.key]
            needless = _needless(person, body)
            if needless:
                journal.supersede(conn, [effect.key], needless)
            elif effect.attempts >= MOST_ATTEMPTS:
                message = f"Tried {effect.attempts} times, without success."
                journal.park(conn, effect.key, "ZOHO-500", message, worker=self._worker)
            else:
                body["previous"] = person.owner_id if person else None
                put_request(conn, effect.key, effect.module, json.dumps(body, ensure_ascii=False))
                writes.append(Write(effect.key, KIND, effect.module, body))
        keys = [write.key for write in writes]
        at = store_now(conn)
        marked = set(journal.mark_sending(conn, keys, self._worker, at, fences=claim.fences))
        return [write for write in writes if write.key in marked]

    def _record(
        self,
        conn: sa.Connection,
        claim: _Claim,
        writes: Sequence[Write],
        outcomes: Mapping[str, Outcome],
    ) -> None:
        effects = journal.by_keys(conn, [write.key for write in writes])
        for write in writes:
            effect, outcome = effects[write.key], outcomes[write.key]
            mine = (self._worker, claim.fences.get(effect.person))
            if effect.state != "sending" or (effect.worker, effect.fence) != mine:
                log.warning("taken_over", call=effect.interaction_id, effect=KIND)
                continue  # Another worker has the person now, and looks for itself.
            if outcome.fate == "settled":
                settled(conn, effect, outcome.id, write=write)
            elif outcome.fate == "refused":
                journal.refuse(conn, effect.key, outcome.code, outcome.message)
            elif outcome.fate == "unsent":
                journal.release(conn, [effect.key])


def _open(conn: sa.Connection, sent_before: float) -> list[Effect]:
    """Return changes that are to be sent, and those in doubt that Zoho had time to show."""
    ripe = sa.and_(effect_table.c.state == "sending", effect_table.c.sending_at <= sent_before)
    query = (
        sa.select(effect_table.c.key)
        .where(
            effect_table.c.state.in_(("intended", "sending")),  # As the index holds them.
            effect_table.c.kind == KIND,
            sa.or_(effect_table.c.state == "intended", ripe),
        )
        .order_by(effect_table.c.intended_at, effect_table.c.key)
        .limit(MOST)
    )
    return list(journal.by_keys(conn, conn.scalars(query)).values())


def _needless(person: CrmPerson | None, body: Mapping[str, str]) -> str:
    if person is None:
        return "The lead was deleted in Zoho CRM."
    if person.converted:
        return "The lead was converted in Zoho CRM."
    if person.owner_id == body["target"]:
        return f"{body.get('target_name') or body['target']} was the owner already."
    return ""
