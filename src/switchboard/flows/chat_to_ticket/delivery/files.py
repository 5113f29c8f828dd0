"""Carry one file of a chat to its ticket, through an encrypted temporary file."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.errors import RejectedError, TransientError
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.carrying import Stopped, carry_out
from switchboard.flows.chat_to_ticket.delivery.intending import add_piece, content_of
from switchboard.flows.chat_to_ticket.delivery.matter import Matter
from switchboard.flows.chat_to_ticket.delivery.pieces import FileWrite, marked_name
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.spool import Spool, SpoolFile
from switchboard.store import journal
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.vendors.bodies import MediaInfo

log = structlog.get_logger(__name__)

_TYPE = re.compile(r"[a-z]{1,40}/[a-z0-9.+-]{1,80}")
MEGABYTE = 1024 * 1024
GIVE_UP_SECONDS = 3600.0  # SalesIQ's links do not live for ever, and an agent should know.


async def carry_file(matter: Matter, effect: Effect) -> None:
    """Have the file on the ticket, or named in a private comment where it cannot be."""
    tools = matter.tools
    content = content_of(tools, effect) or {}
    seconds = tools.configuration.settings.media.transfer_seconds
    name = marked_name(str(content.get("name") or "file"), effect.key)
    write = FileWrite(matter, effect.key, name, seconds)
    if effect.state == "sending":
        await carry_out(tools, matter.hold, write)
        return
    spool = Spool(tools.configuration.temporary_dir)
    async with spool.file("chat") as item:
        try:
            info = await _fetch(tools, content, item, seconds)
            write = FileWrite(
                matter, effect.key, name, seconds, item, _type(info.content_type, content)
            )
            await carry_out(tools, matter.hold, write)
        except Stopped as stopped:
            code, why = stopped.effect.error_code or "", stopped.effect.error or ""
            await _named_instead(matter, effect, content, code, why)
        except RejectedError as error:
            await _named_instead(matter, effect, content, error.code, error.message)
        except TransientError as error:
            if not error.code.startswith("SIQ-"):
                raise
            if await tools.db.now() < effect.intended_at + GIVE_UP_SECONDS:
                raise
            await _named_instead(matter, effect, content, error.code, error.message)


async def _fetch(
    tools: ChatTools, content: dict[str, Any], item: SpoolFile, seconds: float
) -> MediaInfo:
    if tools.files is None:
        raise RejectedError("SIQ-404", "Files cannot be fetched here.")
    most = int(tools.configuration.settings.media.max_megabytes * MEGABYTE)
    url = str(content.get("url") or "")
    info = await tools.files.fetch(url, item.write, most_bytes=most, timeout=seconds)
    await asyncio.to_thread(item.finish)
    return info


async def _named_instead(
    matter: Matter, effect: Effect, content: dict[str, Any], code: str, why: str
) -> None:
    """Say on the ticket which file is missing; a person may ask the visitor for it."""
    name = str(content.get("name") or "without a name")
    log.warning("chat_file_missing", reference=matter.row.reference, code=code)

    def say(conn: sa.Connection) -> None:
        current = journal.by_keys(conn, [effect.key])[effect.key]
        if current.state == "intended":
            journal.park(conn, effect.key, code, why)
        words = f"The visitor sent a file that could not be attached: {name}\n{why} ({code})"
        note = f"file-{keys.mark(effect.key)}"
        said = {"text": words, "public": False}
        add_piece(conn, matter.tools, matter.row, keys.COMMENT, note, said, store_now(conn))

    await matter.tools.db.run(say)


def _type(found: str, content: dict[str, Any]) -> str:
    """Return a type fit for a header: the server's word, else the visitor's."""
    for each in (found, str(content.get("type") or "")):
        kind = each.partition(";")[0].strip().lower()
        if _TYPE.fullmatch(kind):
            return kind
    return "application/octet-stream"
