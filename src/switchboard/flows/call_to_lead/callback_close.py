"""See how call-back tasks stand at Zoho CRM, and complete those whose customer was reached.

What a person did with a task stays: completed, changed or deleted, it needs us no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError, SwitchboardError
from switchboard.flows.call_to_lead.callback_batch import (
    LOOK_AGAIN_SECONDS,
    CallbackLane,
    CallbackResult,
    Claim,
    read_call,
)
from switchboard.flows.call_to_lead.callback_task import (
    ADVICE,
    Standing,
    closing_line,
    closing_of,
    standing_of,
)
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.writes import Outcome, Write
from switchboard.store import callbacks, journal, ledger
from switchboard.store.callback_order import Callback, Reach
from switchboard.store.callbacks import close_key, missed_call_of, task_key
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_crm.tasks import CrmTask

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Known:
    """What the store holds about the tasks of a batch."""

    rows: dict[str, Callback]
    tasks: dict[str, Effect]
    closes: dict[str, Effect]
    callers: dict[str, ledger.Interaction] = field(default_factory=dict)


class Closing:
    """Looks after the tasks of all offices for one worker."""

    def __init__(self, tools: Tools) -> None:
        self._lane = CallbackLane(tools)
        self._db = tools.db

    async def work(self) -> CallbackResult | None:
        """Look after up to a hundred tasks; None when nothing can be claimed now."""
        claim = await self._db.run(
            lambda conn: self._lane.claim(conn, ("closing", "open"), "close")
        )
        if not claim.rows:
            return None
        ids = [row.task_id for row in claim.rows.values() if row.task_id]
        try:
            tasks = await self._lane.tools.crm.read_tasks(ids)
        except SwitchboardError as refused:
            log.warning("lookup_failed", effect="close", code=refused.code)
            code, stop = refused.code, refused if isinstance(refused, OperatorError) else None
            await self._db.run(lambda conn: self._leave(conn, claim, code))
            return CallbackResult(error=stop)
        result, writes = await self._db.run(lambda conn: self._judge(conn, claim, tasks))
        outcomes, stop = await self._lane.send(writes)
        result.add(
            await self._db.run(lambda conn: self._finish(conn, claim, writes, outcomes, stop))
        )
        result.error = stop
        return result

    def _leave(self, conn: sa.Connection, claim: Claim, code: str) -> None:
        """Look again later: nothing could be read, so nothing was decided."""
        at = store_now(conn)
        for each, row in claim.rows.items():
            callbacks.put_off(conn, [each], at + self._lane.pause(row), code)
        self._lane.release(conn, claim)

    def _judge(
        self, conn: sa.Connection, claim: Claim, tasks: Mapping[str, CrmTask]
    ) -> tuple[CallbackResult, list[Write]]:
        """Take over what people did with the tasks; mark the updates that are to be sent."""
        result = CallbackResult()
        known = _known(conn, claim)
        updates = []
        for each, row in known.rows.items():
            close, task = known.closes.get(close_key(each)), tasks.get(row.task_id or "")
            standing = self._standing(known, row, task)
            early = claim.now - self._lane.reconcile_after
            if row.state not in {"open", "closing"}:
                continue
            if close and close.state == "sending" and (close.sending_at or 0.0) > early:
                again = claim.now + max(self._lane.reconcile_after / 2, 0.05)
                callbacks.put_off(conn, [each], again, None)
            elif standing.verdict != "waiting" or task is None:
                result.add(self._end(conn, known, row, close, standing))
            elif row.state == "open":
                look_at = claim.now + LOOK_AGAIN_SECONDS
                callbacks.save(conn, [replace(row, due_at=look_at, attempts=0)])
                result.progress = True
            else:
                updates.append((row, self._update(conn, known, row, task)))
        writes = self._lane.intend(conn, "close", updates)
        return result, self._lane.mark(conn, claim, writes)

    def _standing(self, known: _Known, row: Callback, task: CrmTask | None) -> Standing:
        return standing_of(
            task,
            status_sent=str(_sent(known, row).get("Status") or self._lane.settings.status_open),
            status_done=self._lane.settings.status_done,
            closing=row.state == "closing",
        )

    def _update(
        self, conn: sa.Connection, known: _Known, row: Callback, task: CrmTask
    ) -> dict[str, Any]:
        """Return the update that completes a task; one in doubt did not arrive."""
        key = close_key(row.interaction_id)
        before = known.closes.get(key)
        if before is not None and before.state == "sending":
            journal.release(conn, [key], worker=self._lane.worker)
        caller = known.callers.get(row.closed_by or "")
        call = read_call(caller)[0] if caller else None
        line = closing_line(call, row.why, self._lane.office(row.office).timezone)
        return closing_of(task, _sent(known, row), self._lane.settings.status_done, line)

    def _end(
        self,
        conn: sa.Connection,
        known: _Known,
        row: Callback,
        close: Effect | None,
        standing: Standing,
    ) -> CallbackResult:
        """Take over that a task needs us no more: our own update did it, or a person."""
        ours = close is not None and close.state == "sending" and standing.verdict == "done"
        if close is not None and ours:  # Nobody can tell our completion from another's.
            journal.settle(conn, close.key, row.task_id, worker=self._lane.worker)
            callbacks.closed(conn, row, row.why)
            return CallbackResult(closed=[row.office], progress=True)
        if close is not None and close.state == "sending":
            journal.release(conn, [close.key], worker=self._lane.worker)
        if close is not None and close.state in {"sending", "intended"}:
            journal.supersede(conn, [close.key], standing.why)
        attended = None
        if standing.verdict != "changed":
            moment = standing.attended_at
            at = moment.timestamp() if moment else _made_at(known, row)
            attended = Reach(at, f"task:{row.task_id}", standing.why)
        callbacks.closed(conn, row, standing.why, attended)
        return CallbackResult(progress=True)

    def _finish(
        self,
        conn: sa.Connection,
        claim: Claim,
        writes: Sequence[Write],
        outcomes: Mapping[str, Outcome],
        stop: OperatorError | None,
    ) -> CallbackResult:
        result = CallbackResult()
        rows = callbacks.lock(conn, claim.rows)
        for write, effect in self._lane.mine(conn, claim, writes):
            outcome, row = outcomes[write.key], rows[missed_call_of(effect)]
            if outcome.fate == "settled":
                journal.settle(conn, write.key, outcome.id)
                callbacks.closed(conn, row, row.why)
                result.add(CallbackResult(closed=[row.office], progress=True))
            elif outcome.fate == "refused" and row.attempts > 1:
                journal.refuse(conn, write.key, outcome.code, outcome.message)
                callbacks.park(conn, row, outcome.code, f"{outcome.message} {ADVICE}")
                result.progress = True
            elif outcome.fate == "refused":  # Deleted a moment ago? The next look tells.
                journal.release(conn, [write.key])
                callbacks.put_off(conn, [row.interaction_id], store_now(conn), outcome.code)
                result.progress = True
            else:
                self._lane.again(conn, row, write, outcome, stopped=stop is not None)
        self._lane.release(conn, claim)
        return result


def _known(conn: sa.Connection, claim: Claim) -> _Known:
    rows = callbacks.lock(conn, claim.rows)
    return _Known(
        rows,
        journal.by_keys(conn, [task_key(each) for each in rows]),
        journal.by_keys(conn, [close_key(each) for each in rows]),
        ledger.load(conn, {row.closed_by for row in rows.values() if row.closed_by}),
    )


def _sent(known: _Known, row: Callback) -> Mapping[str, object]:
    effect = known.tasks.get(task_key(row.interaction_id))
    return {} if effect is None else dict(json.loads(effect.request))


def _made_at(known: _Known, row: Callback) -> float:
    """Return when we made the task: missed calls before then were its business as well."""
    effect = known.tasks.get(task_key(row.interaction_id))
    return max(row.opened_at, (effect.sending_at or 0.0) if effect else 0.0)
