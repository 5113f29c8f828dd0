"""Read RingCentral's call records leniently: what is missing or odd is left out, never invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchboard.errors import SwitchboardError
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.ringcentral import bulk
from switchboard.vendors.ringcentral.models import (
    CallLogPage,
    CallRecord,
    Extension,
    Leg,
    MessageRef,
    Party,
    RecordingRef,
)
from switchboard.vendors.values import moment_of, text_of


def read_page(answer: Answer) -> tuple[CallLogPage, Mapping[str, Any]]:
    """Read one page of the call log, and hand back its document for the way to the next."""
    document = answer.document
    found = document.get("records") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise UnreadableError("The page holds no list of records.")
    records, raw, problems = [], [], []
    for position, item in enumerate(found):
        if isinstance(item, dict):
            raw.append(item)
        record = read_record(item)
        if isinstance(record, CallRecord):
            records.append(record)
        else:
            problems.append(f"record {position}: {record}")
    page = CallLogPage(records=tuple(records), raw=tuple(raw), problems=tuple(problems))
    return page, document


def read_record(item: Any) -> CallRecord | str:
    """Return the typed record, or which part of it cannot be done without."""
    if not isinstance(item, dict):
        return "is not an object"
    record_id, started = text_of(item.get("id")), moment_of(item.get("startTime"))
    session = text_of(item.get("sessionId")) or text_of(item.get("telephonySessionId"))
    if record_id is None:
        return "has no id"
    if started is None:
        return f"{record_id} has no readable startTime"
    direction = text_of(item.get("direction"))
    if direction is None:
        return f"{record_id} has no direction"
    legs = item.get("legs")
    return CallRecord(
        id=record_id,
        session_id=session or record_id,
        telephony_session_id=text_of(item.get("telephonySessionId")),
        start_time=started,
        duration_seconds=_seconds(item),
        type=text_of(item.get("type")) or "Voice",
        direction=direction,
        action=text_of(item.get("action")) or "Unknown",
        result=text_of(item.get("result")),
        reason=text_of(item.get("reason")),
        from_=_party(item.get("from")),
        to=_party(item.get("to")),
        extension_id=_reference(item.get("extension")),
        recording=_recording(item.get("recording")),
        short_recording=item.get("shortRecording") is True,
        message=_message(item.get("message")),
        internal_type=text_of(item.get("internalType")),
        transport=text_of(item.get("transport")),
        last_modified=moment_of(item.get("lastModifiedTime")),
        finished=item["finished"] if isinstance(item.get("finished"), bool) else None,
        deleted=item.get("deleted") is True,
        legs=tuple(_leg(leg) for leg in legs if isinstance(leg, dict))
        if isinstance(legs, list)
        else (),
    )


def read_extensions(answer: Answer) -> tuple[list[Extension], Mapping[str, Any]]:
    """Read one page of extensions; ids are numbers here and strings elsewhere, so strings."""
    document = answer.document
    found = document.get("records") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise UnreadableError("The page holds no list of extensions.")
    extensions = []
    for item in found:
        extension_id = text_of(item.get("id")) if isinstance(item, dict) else None
        if extension_id is None:
            continue
        contact = item.get("contact") if isinstance(item.get("contact"), dict) else {}
        extensions.append(
            Extension(
                id=extension_id,
                extension_number=text_of(item.get("extensionNumber")),
                name=text_of(item.get("name")),
                type=text_of(item.get("type")) or "User",
                status=text_of(item.get("status")) or "Enabled",
                email=text_of(contact.get("email")),
            )
        )
    return extensions, document


def read_bulk(answer: Answer, ids: Sequence[str]) -> dict[str, CallRecord | SwitchboardError]:
    """Read what became of each record, in whichever of its three forms the vendor answered."""
    return bulk.read(answer, ids, _bulk_record, "call record")


def _bulk_record(item: Any) -> tuple[str, CallRecord] | None:
    record = read_record(item)
    return (record.id, record) if isinstance(record, CallRecord) else None


def _leg(leg: dict[str, Any]) -> Leg:
    return Leg(
        leg_type=text_of(leg.get("legType")),
        master=leg.get("master") is True,
        start_time=moment_of(leg.get("startTime")),
        duration_seconds=_seconds(leg),
        direction=text_of(leg.get("direction")),
        action=text_of(leg.get("action")),
        result=text_of(leg.get("result")),
        reason=text_of(leg.get("reason")),
        from_=_party(leg.get("from")),
        to=_party(leg.get("to")),
        extension_id=_reference(leg.get("extension")),
        recording=_recording(leg.get("recording")),
        message=_message(leg.get("message")),
    )


def _party(value: Any) -> Party:
    if not isinstance(value, dict):
        return Party()
    return Party(
        phone_number=text_of(value.get("phoneNumber")),
        extension_number=text_of(value.get("extensionNumber")),
        extension_id=text_of(value.get("extensionId")),
        name=text_of(value.get("name")),
        location=text_of(value.get("location")),
    )


def _recording(value: Any) -> RecordingRef | None:
    recording_id = _reference(value)
    if recording_id is None:
        return None
    return RecordingRef(
        id=recording_id,
        type=text_of(value.get("type")),
        content_uri=text_of(value.get("contentUri")),
    )


def _message(value: Any) -> MessageRef | None:
    message_id = _reference(value)
    if message_id is None:
        return None
    return MessageRef(id=message_id, type=text_of(value.get("type")), uri=text_of(value.get("uri")))


def _reference(value: Any) -> str | None:
    return text_of(value.get("id")) if isinstance(value, dict) else None


def _seconds(item: Mapping[str, Any]) -> int:
    duration, milliseconds = item.get("duration"), item.get("durationMs")
    if isinstance(duration, int | float) and duration >= 0:
        return int(duration)
    if isinstance(milliseconds, int | float) and milliseconds >= 0:
        return int(milliseconds // 1000)
    return 0
