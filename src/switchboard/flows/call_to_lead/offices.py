"""Work offices off, one after the other, until nothing is due any more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import sqlalchemy as sa

from switchboard.flows.call_to_lead.accounts import BatchResult, OfficeReport, add
from switchboard.flows.call_to_lead.batch import Batches
from switchboard.flows.call_to_lead.decide import Rules
from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.jobs.embedded import EmbeddedRunner
from switchboard.jobs.port import Offer
from switchboard.store.tables import interaction

LANE = "calls"


async def work_offices(tools: Tools, rules: Rules, parts: Mapping[str, OfficeReport]) -> str | None:
    """Work the offices of *parts* off one after the other, in processing order.

    They go through the runner's port, as work for several machines will: one lane, an office's id
    as the reference. Returns what stopped the work early, or None.
    """
    batches = Batches(tools, rules)
    stopped: list[str] = []
    failures: list[BaseException] = []

    async def work_one(offer: Offer) -> None:
        part = parts[offer.reference]
        if stopped or failures:
            return  # What one office met at a vendor, the next would meet as well.
        tools.tell(Event("stage", part.office, text=f"Working on {part.name}"))
        try:
            reason = await work_off(tools, batches, part.office, part)
        except BaseException as error:  # noqa: BLE001 - raised again below, out of the runner.
            failures.append(error)
            return
        if reason is not None:
            stopped.append(reason)

    runner = EmbeddedRunner()
    runner.lane(LANE, work_one)
    try:
        for place, office in enumerate(parts):
            await runner.offer(Offer(lane=LANE, reference=office, priority=-place))
        await runner.drain()
    finally:
        await runner.stop(grace=0.0)
    if failures:
        raise failures[0]
    return stopped[0] if stopped else None


async def work_off(tools: Tools, batches: Batches, office: str, part: OfficeReport) -> str | None:
    """Write everything due in *office*; wait for what is due soon or held by another process.

    Returns what stopped it early (code and message), or None.
    """
    patience = tools.configuration.settings.vendors.patience_seconds
    stalled = 0.0
    trouble: str | None = None
    while True:
        result: BatchResult | None = await batches.work(office)
        if result is not None:
            _take_over(part, result)
            if result.error is not None:
                return str(result.error)
            if result.progress:
                stalled, trouble = 0.0, None
                continue
        soonest, trouble = await tools.db.run(lambda conn: _soonest(conn, office))
        if soonest is None:
            return None
        pause = min(max(soonest - await tools.db.now(), 0.05), 2.0)
        stalled += pause
        if stalled > patience:
            return trouble or "DB-006: Another process holds the rest of the calls; run again."
        tools.tell(Event("waiting", office, text=trouble or "Waiting for another process"))
        await asyncio.sleep(pause)


def _soonest(conn: sa.Connection, office: str) -> tuple[float | None, str | None]:
    query = (
        sa.select(interaction.c.due_at, interaction.c.error_code, interaction.c.why)
        .where(
            interaction.c.office == office,
            interaction.c.fate == "waiting",
            interaction.c.due_at.is_not(None),
        )
        .order_by(interaction.c.due_at)
        .limit(1)
    )
    row = conn.execute(query).first()
    if row is None:
        return None, None
    return row.due_at, f"{row.error_code}: {row.why}" if row.error_code else None


def _take_over(part: OfficeReport, result: BatchResult) -> None:
    for name in (
        "leads_created",
        "leads_matched",
        "contacts_matched",
        "notes_created",
        "statuses_updated",
    ):
        setattr(part, name, getattr(part, name) + getattr(result, name))
    for owner, number in result.owners.items():
        add(part.owners, owner, number)
