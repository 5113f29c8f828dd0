"""A recording or voicemail, fetched from RingCentral for whoever is allowed to hear it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from switchboard.bootstrap import open_session
from switchboard.console.visit import Operator
from switchboard.errors import RejectedError
from switchboard.flows.call_to_lead.media_download import fetch
from switchboard.spool import FRAME_SIZE, Spool, SpoolFile
from switchboard.store import audit, media
from switchboard.store.media import MediaRow

router = APIRouter()
_AUDIO = {"audio/mpeg": "mp3", "audio/wav": "wav", "audio/x-wav": "wav"}
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


@router.post("/calls/{call_id:path}/media")
async def download(visit: Operator, call_id: str, key: Annotated[str, Form()]) -> Response:
    """Hand out a piece of the call. It lies on this machine sealed, and no longer than it takes."""
    pieces = await visit.read(partial(media.of_interactions, ids=[call_id]))
    piece = next((each for each in pieces.get(call_id, ()) if each.key == key), None)
    if piece is None:
        raise RejectedError("CON-404", "There is no such recording.")
    configuration, actor = visit.service.configuration(), visit.actor
    async with AsyncExitStack() as stack:
        spool = Spool(configuration.temporary_dir)
        item = await stack.enter_async_context(spool.file("download"))
        async with open_session(configuration) as session:
            size = await fetch(session.tools, piece, item.write)
        item.finish()

        def note(conn: sa.Connection) -> None:
            audit.append(conn, actor=actor, action="media.download", subject=piece.key)

        await visit.run(note)
        kept = stack.pop_all()
    kind = piece.content_type if piece.content_type in _AUDIO else "application/octet-stream"
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(piece)}"',
        "Content-Length": str(size),
        "Content-Encoding": "identity",  # Sound is compressed already.
    }
    return StreamingResponse(
        _parts(item, kept), media_type=kind, headers=headers, background=BackgroundTask(kept.aclose)
    )


def file_name(piece: MediaRow) -> str:
    """Return a name that no header and no file system takes for anything else."""
    ending = _AUDIO.get(piece.content_type or "", "bin")
    name = _SAFE.sub("_", piece.file_name or f"{piece.kind}_{piece.media_id}.{ending}")
    return name.lstrip(".")[-100:] or "recording"


async def _parts(item: SpoolFile, kept: AsyncExitStack) -> AsyncIterator[bytes]:
    async with kept:
        with item.reader() as reader:
            while part := await asyncio.to_thread(reader.read, FRAME_SIZE):
                yield part
