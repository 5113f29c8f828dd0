"""What making and completing call-back tasks share: claiming, marking, sending, trying again.

As calls are written: intended before sent, marked before sending, looked for before sent again.
Functions run in the store may run twice, so each returns what it came to instead of noting it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.config.documents import Office
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.fates import (
    IN_DOUBT,
    MOST_ATTEMPTS,
    RETRY_MOST_SECONDS,
    RETRY_SECONDS,
)
from switchboard.flows.call_to_lead.models import Attribution, Call
from switchboard.flows.call_to_lead.settle import put_request
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.writes import Outcome, Write, Writer
from switchboard.store import callbacks, journal, leases, ledger
from switchboard.store.callback_order import Callback, State
from switchboard.store.callbacks import effects_of, lease_key, missed_call_of
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_crm.tasks import MODULE

BATCH = 100  # Zoho's limit of records in one write (zoho-crm.md §3.1).
LOOK_AGAIN_SECONDS = 4 * 3600.0  # How often it is looked whether a person completed a task.
SEQUENCE = {"task": 9, "close": 10}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class CallbackResult:
    """What a batch came to; `progress` is False when all of it has to wait."""

    opened: list[str | None] = field(default_factory=list)  # The offices, one for each task.
    closed: list[str | None] = field(default_factory=list)
    progress: bool = False
    error: OperatorError | None = None

    def add(self, other: CallbackResult) -> None:
        self.opened += other.opened
        self.closed += other.closed
        self.progress |= other.progress


@dataclass(frozen=True, slots=True)
class Claim:
    """Call-backs this worker may write, by the leases on their persons."""

    rows: Mapping[str, Callback]
    fences: Mapping[str, int]
    doubts: Mapping[str, Effect]  # By interaction.
    now: float

    @property
    def persons(self) -> set[str]:
        return {lease_key(row.person) for row in self.rows.values()}


class CallbackLane:
    """The store and the vendor as both halves of the lane use them."""

    def __init__(self, tools: Tools) -> None:
        self.tools, self.db, self.worker = tools, tools.db, tools.worker
        self.settings = tools.configuration.settings.callbacks
        self.reconcile_after = tools.configuration.settings.journal.reconcile_after_seconds
        self._lease_seconds = tools.configuration.settings.journal.lease_seconds
        self._scale = tools.configuration.settings.vendors.budgets.window_seconds / 60.0
        self._writer = Writer(tools.crm, tools.lease.guard)

    def claim(self, conn: sa.Connection, states: Sequence[State], kind: str) -> Claim:
        """Take what is due in *states*; *kind* is the effect that may be in doubt."""
        at = store_now(conn)
        found = callbacks.due(conn, states, now=at, limit=BATCH, worker=self.worker)
        persons = {lease_key(row.person) for row in found}
        until = at + self._lease_seconds
        fences = leases.acquire(conn, persons, self.worker, until, at)
        # Read again under the lease: another worker may have finished them in between.
        held = [row.interaction_id for row in found if lease_key(row.person) in fences]
        rows = {
            each: replace(row, attempts=row.attempts + 1)
            for each, row in callbacks.lock(conn, held).items()
            if row.state in states and row.due_at is not None and row.due_at <= at
        }
        callbacks.save(conn, list(rows.values()))
        doubts = {
            missed_call_of(effect): effect
            for effect in journal.in_doubt(conn, {lease_key(row.person) for row in rows.values()})
            if effect.kind == kind and missed_call_of(effect) in rows
        }
        claim = Claim(rows, fences, doubts, at)
        leases.release(conn, set(fences) - claim.persons, self.worker)
        return claim

    def release(self, conn: sa.Connection, claim: Claim) -> None:
        leases.release(conn, claim.persons, self.worker)

    def intend(
        self, conn: sa.Connection, kind: str, bodies: Sequence[tuple[Callback, dict[str, Any]]]
    ) -> list[Write]:
        """Write requests down; one that was never sent follows today's decision."""
        at = store_now(conn)
        effects = [
            Effect(
                key=f"{row.interaction_id}:{kind}",
                interaction_id=effects_of(row.interaction_id),
                person=lease_key(row.person),
                kind=kind,
                module=MODULE,
                request=json.dumps(body, ensure_ascii=False),
                sequence=SEQUENCE[kind],
                intended_at=at,
            )
            for row, body in bodies
        ]
        states = journal.intend(conn, effects)
        for effect in effects:
            before = states[effect.key]
            if before.state == "intended" and before.request != effect.request:
                put_request(conn, effect.key, MODULE, effect.request)
        return [Write(e.key, kind, MODULE, json.loads(e.request)) for e in effects]

    def mark(self, conn: sa.Connection, claim: Claim, writes: Sequence[Write]) -> list[Write]:
        """Mark what is about to be sent; return what may be."""
        keys = [write.key for write in writes]
        at = store_now(conn)
        marked = set(journal.mark_sending(conn, keys, self.worker, at, fences=claim.fences))
        return [write for write in writes if write.key in marked]

    async def send(
        self, writes: Sequence[Write]
    ) -> tuple[dict[str, Outcome], OperatorError | None]:
        if not writes:
            return {}, None
        return await self._writer.send(writes)

    def mine(
        self, conn: sa.Connection, claim: Claim, writes: Sequence[Write]
    ) -> list[tuple[Write, Effect]]:
        """Return the writes that are still ours to account for."""
        effects = journal.by_keys(conn, [write.key for write in writes])
        mine = []
        for write in writes:
            effect = effects[write.key]
            holder = (self.worker, claim.fences.get(effect.person))
            if effect.state == "sending" and (effect.worker, effect.fence) == holder:
                mine.append((write, effect))
            else:  # Another worker has the person now, and looks for itself.
                log.warning("taken_over", call=missed_call_of(effect), effect=effect.kind)
        return mine

    def again(
        self,
        conn: sa.Connection,
        row: Callback,
        write: Write,
        outcome: Outcome,
        *,
        stopped: bool,
    ) -> None:
        """Have it tried again later: what was not sent is sent, what is in doubt looked for."""
        code = outcome.code or "ZOHO-500"
        if outcome.fate == "in_doubt":
            wait, why = self.reconcile_after, IN_DOUBT
        else:
            journal.release(conn, [write.key])
            wait, why = outcome.retry_after or self.pause(row), outcome.message
        if stopped:  # Neither this call-back nor Zoho is at fault: it does not count.
            callbacks.save(conn, [replace(row, attempts=row.attempts - 1)])
        elif row.attempts >= MOST_ATTEMPTS:
            message = f"Tried {row.attempts} times. {outcome.message}"
            journal.park(conn, write.key, code, message)
            callbacks.park(conn, row, code, message)
            return
        callbacks.put_off(conn, [row.interaction_id], store_now(conn) + wait, code, why)

    def pause(self, row: Callback) -> float:
        """Return how long to wait before the next attempt, longer each time."""
        seconds: float = min(RETRY_SECONDS * 2.0 ** max(row.attempts - 1, 0), RETRY_MOST_SECONDS)
        return seconds * self._scale

    def office(self, office: str | None) -> Office:
        """Return the office; of one that is not configured any more, the first one's hours."""
        return self.tools.offices.get(office or "") or self.tools.configuration.offices[0]


def read_call(row: ledger.Interaction) -> tuple[Call, Attribution | None]:
    """Return the call as it was last read, and whose it was."""
    document = json.loads(row.document)
    whose = document.get("attribution")
    call = Call.model_validate(document["call"])
    return call, Attribution.model_validate(whose) if whose else None


def without(claim: Claim, ids: Collection[str]) -> Claim:
    """Return the claim without some of its rows."""
    rows = {each: row for each, row in claim.rows.items() if each not in ids}
    return replace(claim, rows=rows)
