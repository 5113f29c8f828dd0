"""Fetch a file a visitor sent: from Zoho's hosts alone, without any token of ours."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from switchboard.errors import OperatorError, RejectedError, SwitchboardError
from switchboard.vendors.allowances import ZOHO_SALESIQ
from switchboard.vendors.bodies import Download, MediaInfo, Sink
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.settings import is_loopback
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_salesiq.files import may_fetch
from switchboard.vendors.zoho_salesiq.refusals import ZOHO_SALESIQ_VENDOR


class VisitorFiles:
    """Downloads of what visitors sent. The address is the visitor's word (zoho-salesiq.md §4)."""

    def __init__(self, transport: Transport) -> None:
        settings = transport.settings
        self._transport = transport
        # Only who talks to a stand-in on this machine may be sent to this machine.
        signing_in = urlsplit(settings.zoho_accounts_url).hostname or ""
        self._at_home = settings.allow_insecure_loopback and is_loopback(signing_in)

    def may_fetch(self, url: str) -> bool:
        """Tell whether *url* is where SalesIQ keeps files."""
        if may_fetch(url):
            return True
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return self._at_home and is_loopback(host)

    async def fetch(
        self,
        url: str,
        sink: Sink,
        *,
        most_bytes: int,
        timeout: float,  # noqa: ASYNC109 - of the exchanges, without the waits before them.
    ) -> MediaInfo:
        """Hand the file to *sink*, piece by piece, and say what it was.

        RejectedError: not a host of Zoho's, gone, or larger than *most_bytes*. After any error
        *sink* may hold a part.
        """
        if not self.may_fetch(url):
            raise RejectedError("SIQ-404", "The file is not at an address of Zoho's.")
        download = Download(
            sink,
            most_bytes=most_bytes,
            seconds=timeout,
            code=ZOHO_SALESIQ_VENDOR.code,
            title=ZOHO_SALESIQ_VENDOR.title,
            may_follow=self.may_fetch,
        )
        request = Request(
            vendor=_FILES,
            operation="fetch_file",
            method="GET",
            url=url,
            download=download,
            timeout=timeout,
            costs={ZOHO_SALESIQ: 1.0},
            credits=0.0,
            priority=Urgency.MEDIA,
        )
        await self._transport.send(request, lambda _answer: download.check())
        return MediaInfo(content_type=download.content_type, size=download.received)


def _judge(request: Request, answer: Answer) -> SwitchboardError | None:
    """Take every refusal to be about the file: no token of ours was shown that could be wrong."""
    error = ZOHO_SALESIQ_VENDOR.judge(request, answer)
    if isinstance(error, OperatorError):
        return RejectedError("SIQ-404", "The file cannot be fetched (any more).")
    return error


_FILES = replace(ZOHO_SALESIQ_VENDOR, judge=_judge)
