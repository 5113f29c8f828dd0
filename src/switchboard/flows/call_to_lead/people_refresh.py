"""Bring the directory of leads and contacts up to date before a run: only what changed is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog

from switchboard.flows.call_to_lead.tools import Event, Tools
from switchboard.people.phone import to_e164
from switchboard.store import directory

MODULES = ("Contacts", "Leads")
# Clocks differ and a change may be stamped before it can be read: look a little further back.
OVERLAP_SECONDS = 600.0

log = structlog.get_logger(__name__)


async def refresh(tools: Tools) -> int:
    """Read what changed since the last refresh; return how many records that was."""
    region = tools.configuration.offices[0].region
    known = 0
    for module in MODULES:
        known += await _refresh_module(tools, module, lambda phone: to_e164(phone, region))
    return known


async def _refresh_module(tools: Tools, module: str, read: Callable[[str], str | None]) -> int:
    began = await tools.db.now()
    synced = await tools.db.run(lambda conn: directory.synced_at(conn, module))
    since = None
    if synced is not None:
        since = datetime.fromtimestamp(synced - OVERLAP_SECONDS, UTC)
    count = 0
    async for people in tools.crm.read_people(module, modified_since=since):
        await tools.db.run(partial(directory.put, people=people, e164_of=read))
        count += len(people)
        tools.tell(Event("stage", count=count, text=f"Reading {module.lower()} of Zoho CRM"))
    if since is not None:
        gone = await tools.crm.read_deleted(module, since)
        await tools.db.run(lambda conn: directory.remove(conn, module, gone))
    await tools.db.run(lambda conn: directory.set_synced_at(conn, module, began))
    log.info("directory_refreshed", module=module, records=count, complete=since is None)
    return count
