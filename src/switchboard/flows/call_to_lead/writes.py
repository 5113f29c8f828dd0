"""Send effects to Zoho CRM and say of each item what became of it.

The journal has marked them `sending` before this module is called; the answer is read item by item
(zoho-crm.md §3.2), because a batch can succeed in part.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import ItemResult, NoteDraft

log = structlog.get_logger(__name__)

Fate = Literal["settled", "refused", "unsent", "in_doubt"]


@dataclass(frozen=True, slots=True)
class Write:
    """One effect with all it needs: the fields of a record, or a note and its parent."""

    key: str
    kind: str  # lead | note | status | task | close | owner
    module: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write. `module` differs when Zoho named an existing record instead."""

    fate: Fate
    id: str | None = None
    module: str | None = None
    code: str = ""
    message: str = ""
    retry_after: float | None = None
    field: str | None = None  # What Zoho complains about.


class Writer:
    """Writes batches of one kind; an OperatorError comes out beside the outcomes, not instead."""

    def __init__(self, crm: ZohoCrmClient, guard: Callable[[], None]) -> None:
        self._crm, self._guard = crm, guard

    async def send(
        self, writes: Sequence[Write]
    ) -> tuple[dict[str, Outcome], OperatorError | None]:
        """Send all of *writes* (one kind, at most 100 of a module) and return their outcomes."""
        outcomes: dict[str, Outcome] = {}
        stop: OperatorError | None = None
        by_module: dict[str, list[Write]] = {}
        for write in writes:
            module = "" if write.kind == "note" else write.module  # Notes name their parents.
            by_module.setdefault(module, []).append(write)
        for group in by_module.values():
            if stop is not None:
                outcomes |= _all(group, Outcome("unsent", code=stop.code, message=stop.message))
                continue
            try:
                outcomes |= await self._group(group)
            except OperatorError as error:
                stop = error
                outcomes |= _all(group, Outcome("unsent", code=error.code, message=error.message))
        return outcomes, stop

    async def _group(self, writes: Sequence[Write]) -> dict[str, Outcome]:
        try:
            results = await self._post(writes)
        except InDoubtError as error:
            return _all(writes, Outcome("in_doubt", code=error.code, message=error.message))
        except TransientError as error:
            unsent = Outcome(
                "unsent", code=error.code, message=error.message, retry_after=error.retry_after
            )
            return _all(writes, unsent)
        except RejectedError as error:
            return await self._halves(writes, error)
        if len(results) != len(writes):
            message = f"Zoho answered {len(results)} items for {len(writes)}."
            return _all(writes, Outcome("in_doubt", code="ZOHO-500", message=message))
        return {w.key: _outcome(r) for w, r in zip(writes, results, strict=True)}

    async def _halves(self, writes: Sequence[Write], error: RejectedError) -> dict[str, Outcome]:
        """Find the item that made Zoho refuse the whole request; the others still go."""
        if len(writes) == 1:
            return _all(writes, Outcome("refused", code=error.code, message=error.message))
        middle = len(writes) // 2
        return await self._group(writes[:middle]) | await self._group(writes[middle:])

    async def _post(self, writes: Sequence[Write]) -> list[ItemResult]:
        post: dict[str, Callable[[Sequence[Write]], Awaitable[list[ItemResult]]]] = {
            "lead": self._create,
            "note": self._note,
            "status": self._update,
            "task": self._create,
            "close": self._change,
            "owner": self._owner,
        }
        return await post[writes[0].kind](writes)

    async def _create(self, writes: Sequence[Write]) -> list[ItemResult]:
        return await self._crm.create_records(
            writes[0].module, [write.body for write in writes], guard=self._guard
        )

    async def _update(self, writes: Sequence[Write]) -> list[ItemResult]:
        records = [
            {"id": write.body["id"], "Lead_Status": write.body["target"]} for write in writes
        ]
        return await self._crm.update_records(writes[0].module, records, guard=self._guard)

    async def _change(self, writes: Sequence[Write]) -> list[ItemResult]:
        return await self._crm.update_records(
            writes[0].module, [write.body for write in writes], guard=self._guard
        )

    async def _owner(self, writes: Sequence[Write]) -> list[ItemResult]:
        records = [{"id": w.body["id"], "Owner": {"id": w.body["target"]}} for w in writes]
        return await self._crm.update_records(writes[0].module, records, guard=self._guard)

    async def _note(self, writes: Sequence[Write]) -> list[ItemResult]:
        return await self._crm.create_notes(
            [
                NoteDraft(
                    module=write.module,
                    parent_id=write.body["parent_id"],
                    title=write.body["title"],
                    content=write.body["content"],
                )
                for write in writes
            ],
            guard=self._guard,
        )


def _outcome(result: ItemResult) -> Outcome:
    if result.ok:
        return Outcome("settled", id=result.id)
    if result.duplicate_id:  # The value is unique and somebody has it: that is the record.
        return Outcome("settled", id=result.duplicate_id, module=result.duplicate_module)
    where = f" (field {result.field})" if result.field else ""
    message = f"Zoho says {result.code}: {result.message}{where}."
    if result.in_doubt:
        return Outcome("in_doubt", code="ZOHO-500", message=message)
    if result.transient:
        return Outcome("unsent", code="ZOHO-500", message=message)
    return Outcome("refused", code="ZOHO-422", message=message, field=result.field)


def _all(writes: Sequence[Write], outcome: Outcome) -> dict[str, Outcome]:
    return {write.key: outcome for write in writes}
