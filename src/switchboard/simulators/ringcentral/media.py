"""Recordings and message audio, with ranges, and 404 while they are not ready yet."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.responses import Response, StreamingResponse

from switchboard.simulators.ringcentral import audio
from switchboard.simulators.ringcentral.calls import SimCall, key_of_recording
from switchboard.simulators.ringcentral.errors import ApiError, bad_parameter, not_found
from switchboard.simulators.ringcentral.gate import ACCOUNT, EXTENSION, Endpoint, Visit
from switchboard.simulators.ringcentral.messages import has_audio, message_call, transcription
from switchboard.simulators.ringcentral.records import RETENTION_SECONDS

Stretch = Callable[[int, int], Iterator[bytes]]
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def recording(visit: Visit) -> dict[str, object]:
    call, recording_id = _recorded(visit)
    return {
        "id": recording_id,
        "contentUri": f"{visit.media_uri}/recording/{recording_id}/content",
        "contentType": audio.content_type(recording_id),
        "duration": call.talk_seconds,
    }


async def recording_content(visit: Visit) -> Response:
    call, recording_id = _recorded(visit)
    return _sound(visit, recording_id, call.talk_seconds)


async def message_content(visit: Visit) -> Response:
    call = message_call(visit, visit.request.path_params["message"])
    attachment = visit.request.path_params["attachment"]
    if attachment == str(call.message_id):
        if call.facts.type == "Fax":
            return _fixed(visit, b"%PDF-1.4\n%simulated fax\n%%EOF\n", "application/pdf")
        if not has_audio(visit, call):
            raise not_found("attachmentId")
        return _sound(visit, attachment, call.talk_seconds)
    told = transcription(visit, call) == "Completed"
    if told and call.message_id is not None and attachment == str(call.message_id + 1):
        text = f"Hello, this is {call.caller.name or 'a caller'}, please call me back. Thank you."
        return _fixed(visit, text.encode(), "text/plain;charset=UTF-8")
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


def _sound(visit: Visit, media_id: str, seconds: int) -> Response:
    def stretch(first: int, last: int) -> Iterator[bytes]:
        return audio.audio(media_id, seconds, first, last)

    size = audio.size(media_id, seconds)
    return _content(visit, stretch, size, audio.content_type(media_id))


def _fixed(visit: Visit, content: bytes, kind: str) -> Response:
    return _content(
        visit, lambda first, last: iter([content[first : last + 1]]), len(content), kind
    )


def _content(visit: Visit, stretch: Stretch, size: int, kind: str) -> Response:
    headers = {"Accept-Ranges": "bytes", "Content-Type": kind}
    disposition = visit.query.one("contentDisposition", ("Inline", "Attachment"))
    if disposition is not None:
        name = visit.query.one("contentDispositionFilename")
        headers["Content-Disposition"] = disposition.lower() + (
            f'; filename="{name}"' if name else ""
        )
    wanted = visit.request.headers.get("range")
    first, last = (0, size - 1) if wanted is None else _range(wanted, size)
    headers["Content-Length"] = str(last - first + 1)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    status = 200 if wanted is None else 206
    return StreamingResponse(_told(stretch(first, last)), status, headers)


async def _told(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Hand out the pieces here: starlette would take a thread for each."""
    for piece in pieces:
        yield piece


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
