"""Ask for audio, messages and the account's recording settings, and read what came. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from switchboard.errors import OperatorError, SwitchboardError
from switchboard.vendors.allowances import RINGCENTRAL, group_bucket
from switchboard.vendors.bodies import Download
from switchboard.vendors.exchange import Answer, Request, UnreadableError
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.ringcentral import bulk
from switchboard.vendors.ringcentral.models import Message, RecordingRetention
from switchboard.vendors.ringcentral.refusals import RINGCENTRAL_VENDOR
from switchboard.vendors.ringcentral.wire import ACCOUNT, BULK_ACCEPT
from switchboard.vendors.values import text_of

Origin = tuple[str, str, int | None]
# kind → (operation, rate group): ringcentral.md §7.1. The answer's own header is believed first.
_KINDS = {
    "recording": ("download_recording", "heavy"),
    "voicemail": ("download_voicemail", "medium"),
    "transcript": ("read_transcript", "medium"),
}
_DEFAULT_PORTS = {"https": 443, "http": 80}
_AUDIO, _TRANSCRIPT = "AudioRecording", "AudioTranscription"


def recording_uri(media_url: str, recording_id: str) -> str:
    """Return the address of a recording whose call record did not name it."""
    path = f"{ACCOUNT}/recording/{quote(recording_id, safe='')}/content"
    return media_url.rstrip("/") + path


def content_request(
    content_uri: str, kind: str, download: Download, allowed: Collection[Origin]
) -> Request:
    """Ask for the content at an address of RingCentral's, if our token may go there."""
    operation, group = _KINDS[kind]
    if not may_get_token(content_uri, allowed):
        raise OperatorError(
            "RC-400",
            f"RingCentral named an address for {operation} that our token must not be sent to"
            f"{_host(content_uri)}; check ringcentral_media_url, or add the host to "
            "allowed_api_domains if it is right.",
        )
    return Request(
        vendor=RINGCENTRAL_VENDOR,
        operation=operation,
        method="GET",
        url=content_uri,
        costs={RINGCENTRAL: 1.0, group_bucket(group): 1.0},
        download=download,
        priority=Urgency.MEDIA,
    )


def may_get_token(url: str, allowed: Collection[Origin]) -> bool:
    """Tell whether *url* leads to an allowed origin and carries no user or token of its own."""
    try:
        found, parts = origin_of(url), urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url  # Else readers may disagree.
    secret = parts.username or parts.password or "access_token" in parts.query
    return plain and found in allowed and not secret


def origin_of(url: str) -> Origin:
    """Return scheme, host and port; an explicit `:443` is the same as none."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _host(url: str) -> str:
    try:
        return f" ({origin_of(url)[1]})"
    except ValueError:
        return ""


def messages_request(mailbox_id: str, ids: Sequence[str]) -> Request:
    """Ask for up to 50 messages of one mailbox: one request, however many there are."""
    joined = ",".join(quote(one, safe="") for one in ids)
    path = f"{ACCOUNT}/extension/{quote(mailbox_id, safe='')}/message-store/{joined}"
    return dataclasses.replace(_light("read_messages", path), headers={"Accept": BULK_ACCEPT})


def retention_request() -> Request:
    return _light("read_recording_retention", f"{ACCOUNT}/call-recording")


def read_messages(answer: Answer, ids: Sequence[str]) -> dict[str, Message | SwitchboardError]:
    """Read what became of each message."""
    return bulk.read(answer, ids, _bulk_message, "message")


def read_retention(answer: Answer) -> RecordingRetention:
    """Read after how many days recordings are deleted."""
    document = answer.document
    if not isinstance(document, dict):
        raise UnreadableError("The recording settings are not an object.")
    return RecordingRetention(
        automatic_days=_days(document.get("automatic")),
        on_demand_days=_days(document.get("onDemand")),
    )


def _bulk_message(item: Any) -> tuple[str, Message] | None:
    message_id = text_of(item.get("id")) if isinstance(item, dict) else None
    if message_id is None:
        return None
    found = item.get("attachments")
    attachments = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    audio, transcript = _of_type(attachments, _AUDIO), _of_type(attachments, _TRANSCRIPT)
    seconds, size = audio.get("vmDuration"), audio.get("size")
    return message_id, Message(
        id=message_id,
        type=text_of(item.get("type")) or "VoiceMail",
        availability=text_of(item.get("availability")) or "Alive",
        transcription=text_of(item.get("vmTranscriptionStatus")) or "NotAvailable",
        audio_uri=text_of(audio.get("uri")),
        audio_type=text_of(audio.get("contentType")),
        audio_seconds=int(seconds) if isinstance(seconds, int | float) and seconds > 0 else 0,
        audio_size=size if isinstance(size, int) and size > 0 else None,
        transcript_uri=text_of(transcript.get("uri")),
    )


def _of_type(attachments: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    return next((one for one in attachments if one.get("type") == kind), {})


def _days(section: Any) -> float | None:
    days = section.get("retentionPeriod") if isinstance(section, dict) else None
    return float(days) if isinstance(days, int | float) and days > 0 else None


def _light(operation: str, path: str) -> Request:
    return Request(
        vendor=RINGCENTRAL_VENDOR,
        operation=operation,
        method="GET",
        url=path,
        costs={RINGCENTRAL: 1.0, group_bucket("light"): 1.0},
        priority=Urgency.MEDIA,
    )
