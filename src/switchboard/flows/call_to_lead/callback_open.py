"""Make the tasks that missed calls ask for, each once: a hundred in one request to Zoho CRM.

A task in doubt is looked for by its subject, which ends in the call's id.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.errors import OperatorError, RejectedError, TransientError
from switchboard.flows.call_to_lead.callback_batch import (
    LOOK_AGAIN_SECONDS,
    CallbackLane,
    CallbackResult,
    Claim,
    read_call,
    without,
)
from switchboard.flows.call_to_lead.callback_task import (
    ADVICE,
    DISPENSABLE,
    Parent,
    due_moment,
    parent_of,
    task_of,
)
from switchboard.flows.call_to_lead.fates import IN_DOUBT
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.writes import Outcome, Write
from switchboard.store import callbacks, directory, journal, ledger
from switchboard.store.callback_order import Callback
from switchboard.store.callbacks import missed_call_of
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Sightings:
    """What Zoho CRM shows of tasks in doubt. `blind`: it could not be asked."""

    ids: Mapping[str, str]  # By subject.
    blind: bool = False
    refused: RejectedError | None = None


class Opening:
    """Makes the tasks of all offices for one worker."""

    def __init__(self, tools: Tools) -> None:
        self._lane = CallbackLane(tools)
        self._db = tools.db
        self._refused_fields: set[str] = set()  # In this run; the next one asks Zoho again.

    async def work(self) -> CallbackResult | None:
        """Make up to a hundred tasks; None when nothing can be claimed now."""
        claim = await self._db.run(lambda conn: self._lane.claim(conn, ("owed",), "task"))
        if not claim.rows:
            return None
        result = CallbackResult()
        if claim.doubts:
            sightings = await self._look_for(claim)
            settled, cleared = await self._db.run(
                lambda conn: self._clear_doubts(conn, claim, sightings)
            )
            result.add(settled)
        else:
            cleared = claim
        begun, writes = await self._db.run(lambda conn: self._begin(conn, cleared))
        result.add(begun)
        outcomes, stop = await self._lane.send(writes)
        result.add(
            await self._db.run(lambda conn: self._finish(conn, claim, writes, outcomes, stop))
        )
        result.error = stop
        return result

    # --- doubts --------------------------------------------------------------------------------

    def _ripe(self, claim: Claim) -> dict[str, Effect]:
        """Return the doubts that are old enough: Zoho has had time to show the task."""
        latest = claim.now - self._lane.reconcile_after
        return {i: e for i, e in claim.doubts.items() if (e.sending_at or 0.0) <= latest}

    async def _look_for(self, claim: Claim) -> _Sightings:
        subjects = [_subject(effect) for effect in self._ripe(claim).values()]
        if not subjects:
            return _Sightings({})
        try:
            tasks = await self._lane.tools.crm.find_tasks(subjects)
        except (TransientError, OperatorError) as error:  # A failing look-up decides nothing.
            log.warning("lookup_failed", effect="task", code=error.code)
            return _Sightings({}, blind=True)
        except RejectedError as error:
            return _Sightings({}, refused=error)
        found: dict[str, str] = {}
        for task in sorted(tasks, key=lambda one: (len(one.id), one.id)):
            found.setdefault(task.subject or "", task.id)
        return _Sightings(found)

    def _clear_doubts(
        self, conn: sa.Connection, claim: Claim, sightings: _Sightings
    ) -> tuple[CallbackResult, Claim]:
        """Adopt or release what an earlier attempt left in doubt; leave alone what is unclear."""
        ripe = {} if sightings.blind else self._ripe(claim)
        rows = callbacks.lock(conn, claim.doubts)
        states = journal.by_keys(conn, [effect.key for effect in ripe.values()])
        result = CallbackResult()
        leave = set(claim.doubts)
        for each, effect in ripe.items():
            task_id = sightings.ids.get(_subject(effect))
            if states[effect.key] != effect:
                continue  # Whoever sent it was only slow, and has said what became of it.
            if sightings.refused is not None:
                code, message = sightings.refused.code, sightings.refused.message
                journal.park(conn, effect.key, code, message, worker=self._lane.worker)
                callbacks.park(conn, rows[each], code, message)
            elif task_id is None:
                journal.release(conn, [effect.key], worker=self._lane.worker)
                leave.discard(each)
            else:
                journal.settle(conn, effect.key, task_id, worker=self._lane.worker)
                result.add(self._take_over(conn, rows[each], task_id))
        unclear = [each for each in claim.doubts if each not in ripe]
        again = store_now(conn) + max(self._lane.reconcile_after / 2, 0.05)
        callbacks.put_off(conn, unclear, again, None, IN_DOUBT)
        return result, without(claim, leave)

    # --- decide, send, settle ------------------------------------------------------------------

    def _begin(self, conn: sa.Connection, claim: Claim) -> tuple[CallbackResult, list[Write]]:
        """Decide every task with today's knowledge, write it down, mark it as being sent."""
        result = CallbackResult()
        rows = {}
        for each, row in callbacks.lock(conn, claim.rows).items():
            if row.state == "owed" and row.closed_by is not None:
                callbacks.called_off(conn, row)
                result.progress = True
            elif row.state == "owed":
                rows[each] = row
        calls = ledger.load(conn, rows)
        parents = _parents(conn, rows)
        decided = [self._decided(row, calls[each], parents[each]) for each, row in rows.items()]
        callbacks.save(conn, [row for row, _ in decided])
        writes = self._lane.intend(conn, "task", decided)
        return result, self._lane.mark(conn, claim, writes)

    def _decided(
        self, row: Callback, call_row: ledger.Interaction, parent: Parent | None
    ) -> tuple[Callback, dict[str, Any]]:
        call, attribution = read_call(call_row)
        office = self._lane.office(row.office)
        settings = self._lane.settings
        task = task_of(
            call,
            office,
            attribution,
            parent,
            settings=settings,
            now=datetime.now(UTC),
            without={*_left_out(row), *self._refused_fields},
        )
        due = due_moment(call, office, settings.due_minutes).timestamp()
        module, record_id = (parent.module, parent.record_id) if parent else (None, None)
        return replace(row, task_due_at=due, module=module, record_id=record_id), task

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
            if outcome.fate == "settled" and outcome.id is not None:
                journal.settle(conn, write.key, outcome.id)
                result.add(self._take_over(conn, row, outcome.id))
            elif outcome.fate == "refused":
                result.progress = True
                if not self._leave_out(conn, row, write, outcome.field):
                    journal.refuse(conn, write.key, outcome.code, outcome.message)
                    callbacks.park(conn, row, outcome.code, f"{outcome.message} {ADVICE}")
            else:
                self._lane.again(conn, row, write, outcome, stopped=stop is not None)
        self._lane.release(conn, claim)
        return result

    def _take_over(self, conn: sa.Connection, row: Callback, task_id: str) -> CallbackResult:
        look_at = max(row.task_due_at or 0.0, store_now(conn) + LOOK_AGAIN_SECONDS)
        callbacks.opened(conn, row, task_id, look_at)
        return CallbackResult(opened=[row.office], progress=True)

    def _leave_out(
        self, conn: sa.Connection, row: Callback, write: Write, name: str | None
    ) -> bool:
        """Have the task sent without what Zoho refused, where the call-back can do without it."""
        if name not in DISPENSABLE or name not in write.body:
            return False
        if name != "Owner":  # An owner is refused for being that person, not in general.
            self._refused_fields.add(name)
        journal.release(conn, [write.key])
        at = store_now(conn)
        document = json.loads(row.document) | {"left_out": sorted({*_left_out(row), name})}
        why = f"Zoho CRM refused {name}: the task is sent without it."
        fresh = replace(row, document=json.dumps(document), due_at=at, why=why, updated_at=at)
        callbacks.save(conn, [fresh])
        return True


def _subject(effect: Effect) -> str:
    return str(json.loads(effect.request)["Subject"])


def _left_out(row: Callback) -> list[str]:
    return list(json.loads(row.document).get("left_out", ()))


def _parents(conn: sa.Connection, ids: Collection[str]) -> dict[str, Parent | None]:
    """Return the record each call's note is under, as the directory knows it now."""
    effects = journal.of_interactions(conn, ids)
    wanted: dict[str, set[str]] = {}
    for note in (each for group in effects.values() for each in group if each.kind == "note"):
        parent = json.loads(note.request).get("parent_id")
        if note.state == "settled" and parent:
            wanted.setdefault(note.module, set()).add(str(parent))
    entries = _entries(conn, wanted)
    contacts = {e.converted_contact_id for e in entries.values() if e.converted_contact_id}
    entries |= _entries(conn, {"Contacts": contacts})
    return {each: parent_of(effects.get(each, ()), entries) for each in ids}


def _entries(
    conn: sa.Connection, wanted: Mapping[str, Collection[str]]
) -> dict[tuple[str, str], directory.DirectoryEntry]:
    return {
        (module, record_id): entry
        for module, ids in wanted.items()
        for record_id, entry in directory.entries(conn, module, ids).items()
    }
