"""Decide which recordings and voicemails a call owes, what they are called, when to look. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from switchboard.flows.call_to_lead.models import Call
from switchboard.store.media import Kind, MediaPiece, MediaRow
from switchboard.vendors.ringcentral.models import CallRecord, MessageRef, RecordingRef

MINUTE, HOUR = 60.0, 3600.0
NAME_LENGTH = 250  # Zoho's limit of a file name (zoho-crm.md §6.2).
_LONGEST_ID = 100

_MAILBOX = re.compile(r"/extension/(\d+)/message-store/")
_EXTENSIONS = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",  # What older accounts send (ringcentral.md §4).
    "audio/wave": "wav",
    "audio/vnd.wave": "wav",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/amr": "amr",
}


def pieces_of(
    call: Call, records: Iterable[CallRecord], office: str | None = None
) -> tuple[MediaPiece, ...]:
    """Return everything RingCentral has recorded of the call, whatever its outcome."""
    records = tuple(records)
    recordings = _recordings(records)
    found = [
        _piece(
            call,
            "recording",
            media_id,
            position,
            office=office,
            content_uri=recordings[media_id].content_uri if media_id in recordings else None,
            recording_type=recordings[media_id].type if media_id in recordings else None,
        )
        for position, media_id in enumerate(dict.fromkeys(call.recording_ids))
    ]
    if call.voicemail_message_id is not None:
        mailbox = _mailbox(call, records)
        found.append(
            _piece(
                call,
                "voicemail",
                call.voicemail_message_id,
                len(found),
                office=office,
                mailbox_id=mailbox,
            )
        )
    return tuple(found)


def count_pieces(call: Call) -> int:
    """Return how many pieces a real run would owe: what a dry run tells."""
    return len(pieces_of(call, ()))


def next_try(ended_at: float, now: float, ladder_minutes: Sequence[float]) -> float:
    """Return when to look again for what is not there yet: the ladder, then its last rung again.

    The ladder counts from the call's end, as RingCentral's own delay does.
    """
    for minutes in ladder_minutes:
        if ended_at + minutes * MINUTE > now:
            return ended_at + minutes * MINUTE
    last = ladder_minutes[-1] * MINUTE
    return ended_at + last * (int((now - ended_at) // last) + 1)


def after_trouble(
    now: float, attempts: int, ladder_minutes: Sequence[float], *, wait: float | None
) -> float:
    """Return when to try again after a vendor's trouble, which says nothing about the piece.

    Steps of the ladder from now, up to its middle; *wait* is the vendor's own wish.
    """
    middle = max(1, (len(ladder_minutes) + 1) // 2)
    step = ladder_minutes[min(max(attempts, 1), middle) - 1] * MINUTE
    return now + max(step, wait or 0.0)


def is_gone(row: MediaRow, now: float, give_up_hours: float) -> str | None:
    """Say why a piece that RingCentral answers 404 for will not come any more; None: it may."""
    if row.expires_at is not None and now >= row.expires_at:
        return (
            f"RingCentral deleted it on {_day(row.expires_at)}, at the end of the time it keeps "
            "such files."
        )
    if now < row.call_ended_at + give_up_hours * HOUR:
        return None
    if row.kind == "voicemail":
        return (
            f"RingCentral does not have it, {give_up_hours:g} hours after the call: "
            "somebody deleted the message."
        )
    return (
        f"RingCentral does not have it, {give_up_hours:g} hours after the call: "
        "a recording under about 30 seconds is not kept, or somebody deleted it."
    )


def file_name(row: MediaPiece, timezone: str, content_type: str) -> str:
    """Return the attachment's name: when, what, and the id by which it is found again. ASCII."""
    when = datetime.fromtimestamp(row.call_started_at, UTC).astimezone(ZoneInfo(timezone))
    part = f"_part{row.position + 1}" if row.kind == "recording" and row.position else ""
    name = f"{when:%Y-%m-%d_%H%M}_{mark(row)}{part}.{extension_of(content_type)}"
    return name[:NAME_LENGTH]


def mark(row: MediaPiece) -> str:
    """Return what a name of this piece holds and no other name does."""
    return f"{row.kind}_{re.sub(r'[^A-Za-z0-9-]', '-', row.media_id)[:_LONGEST_ID]}"


def bears_mark(name: str | None, row: MediaPiece) -> bool:
    """Tell whether an attachment with this name is the piece."""
    wanted = re.escape(mark(row))
    return re.search(rf"(?<![A-Za-z0-9]){wanted}(?![A-Za-z0-9-])", name or "") is not None


def extension_of(content_type: str) -> str:
    """Return the usual ending of a file of this type; what is new to us keeps its subtype."""
    kind = content_type.partition(";")[0].strip().lower()
    subtype = re.sub(r"[^a-z0-9]", "", kind.rpartition("/")[2].removeprefix("x-"))
    return _EXTENSIONS.get(kind) or subtype[:8] or "bin"


def _piece(
    call: Call,
    kind: Kind,
    media_id: str,
    position: int,
    *,
    office: str | None,
    mailbox_id: str | None = None,
    content_uri: str | None = None,
    recording_type: str | None = None,
) -> MediaPiece:
    return MediaPiece(
        key=f"{call.id}:media:{kind}:{media_id}",
        interaction_id=call.id,
        person=call.person,
        office=office,
        kind=kind,
        media_id=media_id,
        position=position,
        mailbox_id=mailbox_id,
        content_uri=content_uri,
        recording_type=recording_type,
        call_started_at=call.started_at.timestamp(),
        call_ended_at=call.ended_at.timestamp(),
    )


def _recordings(records: Sequence[CallRecord]) -> dict[str, RecordingRef]:
    """Return each recording's best reference: the one that says where it is."""
    found: dict[str, RecordingRef] = {}
    for record in records:
        for each in (record.recording, *(leg.recording for leg in record.legs)):
            if each is not None and (each.id not in found or found[each.id].content_uri is None):
                found[each.id] = each
    return found


def _mailbox(call: Call, records: Sequence[CallRecord]) -> str | None:
    """Return whose message store holds the voicemail: its address says so, else who was called."""
    refs: list[MessageRef] = [
        each
        for record in records
        for each in (record.message, *(leg.message for leg in record.legs))
        if each is not None and each.id == call.voicemail_message_id
    ]
    for ref in refs:
        found = _MAILBOX.search(ref.uri or "")
        if found:
            return found[1]
    first = call.extension_ids[0] if call.extension_ids else None
    return call.queue_extension_id or call.agent_extension_id or first


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%d %b %Y}"
