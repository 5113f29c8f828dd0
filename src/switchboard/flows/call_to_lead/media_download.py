"""Fetch one recording or voicemail for a person, such as one too large for the CRM."""

from __future__ import annotations

from collections.abc import Callable

from switchboard.errors import RejectedError, SwitchboardError
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store.media import MediaRow
from switchboard.vendors.ringcentral.content import recording_uri

MOST_BYTES = 4 * 1024**3
TRANSFER_FACTOR = 6  # A person may wait longer than a run does.


async def fetch(tools: Tools, row: MediaRow, write: Callable[[bytes], object]) -> int:
    """Hand the piece to *write*, part by part, as RingCentral sends it; return its size."""
    info = await tools.ringcentral.download(
        await _whereabouts(tools, row),
        write,
        kind=row.kind,
        most_bytes=MOST_BYTES,
        timeout=tools.configuration.settings.media.transfer_seconds * TRANSFER_FACTOR,
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
