"""Fetch audio and transcripts, and what has to be known first: the media half of the client."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Literal

from switchboard.errors import SwitchboardError
from switchboard.vendors.bodies import Download, MediaInfo, Sink
from switchboard.vendors.keeper import TokenKeeper
from switchboard.vendors.ringcentral import content, wire
from switchboard.vendors.ringcentral.models import Message, RecordingRetention
from switchboard.vendors.ringcentral.refusals import RINGCENTRAL_VENDOR
from switchboard.vendors.settings import ZOHO_API_HOSTS, VendorSettings
from switchboard.vendors.transport import Transport

MOST_TEXT_BYTES = 1024 * 1024  # A transcript covers minutes of speech: kilobytes.


class MediaClient:
    """What the account's calls left behind: recordings, voicemails, transcripts."""

    def __init__(self, transport: Transport, keeper: TokenKeeper) -> None:
        self._transport, self._keeper = transport, keeper
        self._origins = _token_origins(transport.settings)
        self.media_url = transport.settings.ringcentral_media_url

    async def download(
        self,
        content_uri: str,
        sink: Sink,
        *,
        kind: Literal["recording", "voicemail"],
        most_bytes: int,
        timeout: float,  # noqa: ASYNC109 - spread over several exchanges, without their waits.
    ) -> MediaInfo:
        """Hand the audio to *sink*, piece by piece, and say what it was.

        A drop in the middle is resumed; *timeout* covers all exchanges, not the waits for a slot.
        RejectedError RC-404: not there yet, or no more. RC-413: larger than *most_bytes*.
        After any error *sink* may hold a part: begin with a new one.
        """
        download = await self._fetch(content_uri, sink, kind, most_bytes, timeout)
        return MediaInfo(content_type=download.content_type, size=download.received)

    async def read_text(self, content_uri: str) -> str:
        """Return a voicemail's transcript."""
        found = bytearray()
        seconds = self._transport.settings.read_timeout_seconds
        text = await self._fetch(content_uri, found.extend, "transcript", MOST_TEXT_BYTES, seconds)
        return _decoded(bytes(found), text.charset).strip()

    async def read_messages(
        self, mailbox_id: str, ids: Sequence[str]
    ) -> dict[str, Message | SwitchboardError]:
        """Return each message of the mailbox, or why it could not be read; 50 cost one request."""
        wanted = [one for one in dict.fromkeys(ids) if one]
        found: dict[str, Message | SwitchboardError] = {}
        for start in range(0, len(wanted), wire.BULK_IDS):
            part = wanted[start : start + wire.BULK_IDS]
            request = content.messages_request(mailbox_id, part)
            read = functools.partial(content.read_messages, ids=part)
            try:
                found.update(await self._transport.send(request, read, keeper=self._keeper))
            except SwitchboardError as error:
                # One unknown id alone answers 404 for the request; that is about the id.
                if len(part) > 1 or error.code != "RC-404":
                    raise
                found[part[0]] = error
        return found

    async def read_recording_retention(self) -> RecordingRetention:
        """Return after how many days the account's recordings are deleted."""
        return await self._transport.send(
            content.retention_request(), content.read_retention, keeper=self._keeper
        )

    async def missing_media_scopes(self) -> list[str]:
        """Return the app permissions that audio needs and the token lacks."""
        access = await self._keeper.access()
        return wire.missing_scopes(access.scopes, wire.MEDIA_SCOPES)

    async def _fetch(
        self, content_uri: str, sink: Sink, kind: str, most_bytes: int, seconds: float
    ) -> Download:
        download = Download(
            sink,
            most_bytes=most_bytes,
            seconds=seconds,
            code=RINGCENTRAL_VENDOR.code,
            title=RINGCENTRAL_VENDOR.title,
            may_follow=lambda url: content.may_get_token(url, self._origins),
        )
        request = content.content_request(content_uri, kind, download, self._origins)
        await self._transport.send(request, lambda _answer: download.check(), keeper=self._keeper)
        return download


def _token_origins(settings: VendorSettings) -> frozenset[content.Origin]:
    """Return where RingCentral's token may go: the configured hosts and the allow-listed ones."""
    configured = (settings.ringcentral_media_url, settings.ringcentral_base_url)
    # The allow-list is shared by both vendors; this token is no business of Zoho's.
    listed = (
        f"https://{host}" for host in settings.allowed_api_domains if host not in ZOHO_API_HOSTS
    )
    return frozenset(content.origin_of(url) for url in (*configured, *listed))


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        text = content.decode(charset or "utf-8", errors="replace")
    except LookupError:  # A charset nobody knows.
        text = content.decode("utf-8", errors="replace")
    return text.removeprefix("\ufeff")
