"""Work call-backs off: the lane that runs after the calls, over all offices together.

Leads and notes never wait for it: its writes have leases of their own (`callback:<person>`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from switchboard.flows.call_to_lead.accounts import OfficeReport
from switchboard.flows.call_to_lead.callback_batch import CallbackResult
from switchboard.flows.call_to_lead.callback_close import Closing
from switchboard.flows.call_to_lead.callback_open import Opening
from switchboard.flows.call_to_lead.callback_task import check_task_fields, reaches
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.store import callbacks
from switchboard.store.callback_order import State
from switchboard.store.leases import LeaseLostError

log = structlog.get_logger(__name__)

__all__ = ["check_task_fields", "reaches", "work_callbacks"]


async def work_callbacks(tools: Tools, parts: Mapping[str, OfficeReport] | None) -> str | None:
    """Write and complete every task that is due; wait for what is due soon.

    *parts* get the figures of their offices. Switched off, nothing new is made; tasks that exist
    are still looked after. Returns what stopped the work early (code and message), or None.
    """
    opening, closing = Opening(tools), Closing(tools)
    settings = tools.configuration.settings
    waiting: Sequence[State] = ("closing", "owed") if settings.callbacks.enabled else ("closing",)
    stalled = 0.0
    while True:
        result = None
        with suppress(LeaseLostError):  # Another worker took them over, and finishes them.
            result = await closing.work()
            if result is None and settings.callbacks.enabled:
                result = await opening.work()
        if result is not None:
            _count(parts or {}, result)
            if result.error is not None:
                return str(result.error)
            if result.progress:
                stalled = 0.0
                continue
        row = await tools.db.run(lambda conn: callbacks.soonest(conn, waiting))
        if row is None or row.due_at is None:
            return None
        trouble = f"{row.error_code}: {row.why}" if row.error_code else None
        pause = min(max(row.due_at - await tools.db.now(), 0.05), 2.0)
        stalled += pause
        if stalled > settings.vendors.patience_seconds:
            return trouble or "DB-006: Another process holds the rest of the calls; run again."
        tools.tell(Event("waiting", row.office, text=trouble or "Waiting for another process"))
        await asyncio.sleep(pause)


def _count(parts: Mapping[str, OfficeReport], result: CallbackResult) -> None:
    if result.opened or result.closed:
        log.info("callbacks", opened=len(result.opened), closed=len(result.closed))
    for office in result.opened:
        if office is not None and office in parts:
            parts[office].callbacks_opened += 1
    for office in result.closed:
        if office is not None and office in parts:
            parts[office].callbacks_closed += 1
