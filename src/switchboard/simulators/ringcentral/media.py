"""Recordings and message audio, with ranges, and 404 while they are not ready yet."""

from __future__ import annotations

import re

from starlette.responses import Response

from switchboard.simulators.ringcentral.audio import audio, content_type
from switchboard.simulators.ringcentral.calls import SimCall, key_of_recording
from switchboard.simulators.ringcentral.errors import ApiError, bad_parameter, not_found
from switchboard.simulators.ringcentral.gate import ACCOUNT, EXTENSION, Endpoint, Visit
from switchboard.simulators.ringcentral.messages import message_call
from switchboard.simulators.ringcentral.records import RETENTION_SECONDS

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def recording(visit: Visit) -> dict[str, object]:
    call, recording_id = _recorded(visit)
    return {
        "id": recording_id,
        "contentUri": f"{visit.media_uri}/recording/{recording_id}/content",
        "contentType": content_type(recording_id),
        "duration": call.talk_seconds,
    }


async def recording_content(visit: Visit) -> Response:
    call, recording_id = _recorded(visit)
    return _content(visit, audio(recording_id, call.talk_seconds), content_type(recording_id))


async def message_content(visit: Visit) -> Response:
    call = message_call(visit, visit.request.path_params["message"])
    attachment = visit.request.path_params["attachment"]
    if attachment == str(call.message_id):
        if call.facts.type == "Fax":
            return _content(visit, b"%PDF-1.4\n%simulated fax\n%%EOF\n", "application/pdf")
        return _content(visit, audio(attachment, call.talk_seconds), content_type(attachment))
    if call.message_id is not None and attachment == str(call.message_id + 1):
        text = f"Hello, this is {call.caller.name or 'a caller'}, please call me back. Thank you."
        return _content(visit, text.encode(), "text/plain")
    raise not_found("attachmentId")


def _recorded(visit: Visit) -> tuple[SimCall, str]:
    """The recorded call, unless its audio is not there yet, or not there any more."""
    wanted = visit.request.path_params["recording"]
    call = visit.state.call(key_of_recording(wanted))
    clock = visit.world.clock
    if call is None or call.recording_id != wanted or call.deleted:
        raise not_found("recordingId")
    if call.living is not None and clock.elapsed() < call.living.audio_at:
        raise not_found("recordingId")
    if clock.now() - call.start >= RETENTION_SECONDS:
        raise not_found("recordingId")
    return call, wanted


def _content(visit: Visit, content: bytes, kind: str) -> Response:
    headers = {"Accept-Ranges": "bytes", "Content-Type": kind}
    disposition = visit.query.one("contentDisposition", ("Inline", "Attachment"))
    if disposition is not None:
        name = visit.query.one("contentDispositionFilename")
        headers["Content-Disposition"] = disposition.lower() + (
            f'; filename="{name}"' if name else ""
        )
    wanted = visit.request.headers.get("range")
    if wanted is None:
        return Response(content, headers=headers)
    first, last = _range(wanted, len(content))
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers)


def _range(wanted: str, size: int) -> tuple[int, int]:
    found = _RANGE.fullmatch(wanted.strip())
    if found is None:
        raise bad_parameter("Range", wanted)
    start, end = found[1], found[2]
    if not start:
        first, last = max(0, size - int(end or 0)), size - 1
    else:
        first, last = int(start), min(int(end or size - 1), size - 1)
    if first >= size or first > last:
        raise ApiError(416, "CMN-107", "Requested range is not satisfiable")
    return first, last


_CONTENT = f"{ACCOUNT}/recording/{{recording}}/content"
_ATTACHMENT = f"{EXTENSION}/message-store/{{message}}/content/{{attachment}}"

ENDPOINTS = (
    Endpoint(
        f"{ACCOUNT}/recording/{{recording}}",
        "Heavy",
        "ReadCallRecording",
        "ReadCallRecording",
        recording,
    ),
)
MEDIA_ENDPOINTS = (
    Endpoint(_CONTENT, "Heavy", "ReadCallRecording", None, recording_content),
    Endpoint(_ATTACHMENT, "Medium", "ReadMessages", "ReadMessages", message_content),
)
