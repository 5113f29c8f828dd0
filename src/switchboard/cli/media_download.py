"""Save one recording or voicemail for a person, such as one too large for the CRM."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from switchboard.bootstrap import open_session
from switchboard.config.files import PRIVATE_FILE, unwritable
from switchboard.config.load import Configuration
from switchboard.errors import OperatorError, RejectedError, SwitchboardError
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store.media import MediaRow
from switchboard.vendors.ringcentral.content import recording_uri

MOST_BYTES = 4 * 1024**3
TRANSFER_FACTOR = 6  # A person may wait longer than a run does.


def download(configuration: Configuration, row: MediaRow, to: Path) -> int:
    """Write the piece to a new file for its owner only; return its size."""
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError as error:
        raise OperatorError("CLI-001", f"{to} is there already; name a new file.") from error
    except OSError as error:
        raise unwritable(to, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            return asyncio.run(_fill(configuration, row, file))
    except BaseException:
        with suppress(OSError):
            to.unlink()  # Half a recording is worse than none.
        raise


async def _fill(configuration: Configuration, row: MediaRow, file: BinaryIO) -> int:
    async with open_session(configuration) as session:
        uri = await _whereabouts(session.tools, row)
        info = await session.tools.ringcentral.download(
            uri,
            file.write,
            kind=row.kind,
            most_bytes=MOST_BYTES,
            timeout=configuration.settings.media.transfer_seconds * TRANSFER_FACTOR,
        )
        return info.size


async def _whereabouts(tools: Tools, row: MediaRow) -> str:
    if row.kind == "recording":
        base = tools.configuration.settings.vendors.ringcentral_media_url
        return row.content_uri or recording_uri(base, row.media_id)
    if row.mailbox_id is None:
        raise RejectedError("RC-404", "It is not known whose mailbox the voicemail is in.")
    answers = await tools.ringcentral.read_messages(row.mailbox_id, [row.media_id])
    message = answers[row.media_id]
    if isinstance(message, SwitchboardError):
        raise message
    if message.audio_uri is None:
        raise RejectedError("RC-404", "RingCentral does not have the voicemail's audio.")
    return message.audio_uri
