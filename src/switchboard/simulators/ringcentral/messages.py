"""An extension's message store: voicemails and faxes, listed, one by one, and synchronised."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from switchboard.simulators.ringcentral import audio
from switchboard.simulators.ringcentral.bulk import Part, multi_status, split_ids
from switchboard.simulators.ringcentral.calls import SimCall, key_of_message
from switchboard.simulators.ringcentral.errors import (
    ApiError,
    bad_parameter,
    not_found,
    sync_token_unusable,
)
from switchboard.simulators.ringcentral.formats import stamp
from switchboard.simulators.ringcentral.gate import ACCOUNT, EXTENSION, Endpoint, Visit
from switchboard.simulators.ringcentral.query import paged

DAY = 86400.0
SYNC_OVERLAP_SECONDS = 5.0
_TYPES = ("Fax", "SMS", "VoiceMail", "Pager")


async def list_messages(visit: Visit) -> dict[str, object]:
    rows = [_message(visit, call) for call in _found(visit)]
    return paged(visit.query, rows, visit.query.per_page())


async def read_messages(visit: Visit) -> Response | dict[str, object]:
    mailbox = visit.extension_id()
    ids = split_ids(visit.request.path_params["message"])
    if len(ids) == 1:
        return _single(visit, message_call(visit, ids[0]))
    parts = []
    for wanted in ids:
        href = f"{visit.account_uri}/extension/{mailbox}/message-store/{wanted}"
        try:
            parts.append(Part(wanted, href, 200, _single(visit, message_call(visit, wanted))))
        except ApiError as error:
            parts.append(Part(wanted, href, error.status, error.body()))
    return multi_status(visit.request, parts, prefer_json=True)


async def sync_messages(visit: Visit) -> dict[str, object]:
    query, now = visit.query, visit.world.clock.now()
    mode = query.one("syncType", ("FSync", "ISync")) or "FSync"
    count = query.count("recordCount", None)
    calls = _found(visit)
    if mode == "ISync":
        token = query.one("syncToken")
        if token is None:
            raise bad_parameter("syncToken")
        kind, _, moment = token.partition("-")
        if kind != "simmsg" or not moment.replace(".", "", 1).isdigit():
            raise sync_token_unusable("MSG-333", "Sync token is malformed")
        after = float(moment) - SYNC_OVERLAP_SECONDS
        calls = [call for call in calls if call.modified > after]
    kept = calls[:count]
    return {
        "uri": query.uri(),
        "records": [_message(visit, call) for call in kept],
        "syncInfo": {
            "syncType": mode,
            "syncToken": f"simmsg-{now:.3f}",
            "syncTime": stamp(now),
            "olderRecordsExist": len(kept) < len(calls),
        },
    }


async def no_account_store(_: Visit) -> Response:
    raise ApiError(404, "AGW-404", "Resource not found")  # Messages belong to extensions.


def message_call(visit: Visit, message_id: str) -> SimCall:
    """The call behind a message of the mailbox named in the path."""
    call = visit.state.call(key_of_message(message_id))
    settled = call is not None and call.settled(visit.world.clock.elapsed())
    if call is None or not settled or str(call.message_id) != message_id:
        raise not_found("messageId")
    if call.mailbox != visit.extension_id():
        raise not_found("messageId")
    return call


def has_audio(visit: Visit, call: SimCall) -> bool:
    """Tell whether the sound has arrived: it may lag the message."""
    return call.living is None or visit.world.clock.elapsed() >= call.living.audio_at


def transcription(visit: Visit, call: SimCall) -> str:
    """Return the state of a voicemail's transcript; every second mailbox owner has the feature."""
    if not call.key % 2 or call.facts.message != "VoiceMail":
        return "NotAvailable"
    late = call.living is not None and visit.world.clock.elapsed() < call.living.transcript_at
    return "InProgress" if late else "Completed"


def _found(visit: Visit) -> list[SimCall]:
    """Messages the query asks for, newest first; without `dateFrom` those of one day."""
    query, clock = visit.query, visit.world.clock
    mailbox = visit.extension_id()
    types, directions = query.many("messageType", _TYPES), query.many("direction")
    states, reads = query.many("availability"), query.many("readStatus")
    phone = query.one("phoneNumber")
    end = query.moment("dateTo") or clock.now()
    start = query.moment("dateFrom")
    unread_alive_inbound = (
        (not directions or "Inbound" in directions)
        and (not states or "Alive" in states)
        and (not reads or "Unread" in reads)
    )
    if not unread_alive_inbound:  # Every message here is one of those.
        return []
    return [
        call
        for call in visit.state.newest_first(end - DAY if start is None else start, end)
        if call.mailbox == mailbox
        and call.settled(clock.elapsed())
        and (not types or call.facts.message in types)
        and (phone is None or phone.lstrip("+") == (call.caller.e164 or "").lstrip("+"))
    ]


def _single(visit: Visit, call: SimCall) -> dict[str, object]:
    mailbox = visit.company.extensions[call.mailbox or ""]
    side = {"extensionId": mailbox.id, "extensionNumber": mailbox.number, "name": mailbox.name}
    return {**_message(visit, call), "vmSideRecipients": [side]}


def _message(visit: Visit, call: SimCall) -> dict[str, Any]:
    mailbox = visit.company.extensions[call.mailbox or ""]
    uri = f"{visit.account_uri}/extension/{mailbox.id}/message-store/{call.message_id}"
    media = f"{visit.media_uri}/extension/{mailbox.id}/message-store/{call.message_id}/content"
    sender = {
        "phoneNumber": call.caller.sent,
        "name": call.caller.caller_id,
        "location": call.caller.location,
    }
    message: dict[str, Any] = {
        "id": call.message_id,
        "uri": uri,
        "extensionId": mailbox.id,
        "type": call.facts.message,
        "direction": "Inbound",
        "availability": "Alive",
        "readStatus": "Unread",
        "messageStatus": "Received",
        "priority": "Normal",
        "creationTime": stamp(call.start + call.duration),
        "lastModifiedTime": stamp(call.modified),
        "from": {key: value for key, value in sender.items() if value},
        "to": [
            {"extensionNumber": mailbox.number, "extensionId": mailbox.id, "name": mailbox.name}
        ],
        "attachments": _attachments(visit, call, media),
        "owner": {"extensionId": mailbox.id, "name": mailbox.name, "extensionType": mailbox.type},
    }
    if call.facts.message == "VoiceMail":
        message["vmTranscriptionStatus"] = transcription(visit, call)
    return message


def _attachments(visit: Visit, call: SimCall, media: str) -> list[dict[str, object]]:
    message_id = call.message_id
    if message_id is None:
        return []
    first: dict[str, object] = {"id": message_id, "uri": f"{media}/{message_id}"}
    if call.facts.message == "Fax":
        return [first | {"type": "RenderedDocument", "contentType": "application/pdf"}]
    found = []
    if has_audio(visit, call):
        sound = {
            "type": "AudioRecording",
            "contentType": audio.content_type(str(message_id)),
            "vmDuration": call.talk_seconds,
            "size": audio.size(str(message_id), call.talk_seconds),
        }
        found.append(first | sound)
    if transcription(visit, call) == "Completed":
        text: dict[str, object] = {
            "id": message_id + 1,
            "uri": f"{media}/{message_id + 1}",
            "type": "AudioTranscription",
            "contentType": "text/plain",
            "vmDuration": call.talk_seconds,
        }
        found.append(text)
    return found


_STORE = f"{EXTENSION}/message-store"

ENDPOINTS = (
    Endpoint(_STORE, "Light", "ReadMessages", "ReadMessages", list_messages),
    Endpoint(f"{_STORE}/{{message}}", "Light", "ReadMessages", "ReadMessages", read_messages),
    Endpoint(f"{EXTENSION}/message-sync", "Light", "ReadMessages", "ReadMessages", sync_messages),
    Endpoint(f"{ACCOUNT}/message-store", "Light", "ReadMessages", None, no_account_store),
)
