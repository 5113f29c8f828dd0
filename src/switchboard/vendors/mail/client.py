"""Send mail through the company's server: encrypted, signed in, and never in doubt without need."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException

from switchboard.config.documents import EmailConfig
from switchboard.errors import SwitchboardError, TransientError
from switchboard.vendors.credentials import SmtpCredentials
from switchboard.vendors.mail import refusals
from switchboard.vendors.mail.connection import connect, trust
from switchboard.vendors.mail.models import Reply, Stage, Timeouts, ascii_domain, needs_utf8

BeforeHandingOver = Callable[[], Awaitable[None]]

_START_INPUT, _COMPLETED, _PERMANENT = 354, 250, 300
_POLL_SECONDS = 0.01
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"(?m)^\.")


class MailClient:
    """One mail server. Inside `async with`, mails share a connection; outside, each has its own."""

    def __init__(
        self,
        config: EmailConfig,
        credentials: SmtpCredentials | None,
        *,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._config, self._credentials = config, credentials
        self._timeouts = timeouts or Timeouts()
        self._server = f"{config.smtp_server}:{config.smtp_port}"
        self._context: ssl.SSLContext | None = None
        self._smtp: SMTP | None = None
        self._kept = False

    async def __aenter__(self) -> Self:
        self._kept = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kept = False
        await self._leave()

    async def send(
        self,
        message: EmailMessage,
        recipient: str,
        *,
        before_handing_over: BeforeHandingOver | None = None,
    ) -> None:
        """Return once the server has taken responsibility for the mail.

        Until *before_handing_over* is called (right before the line that ends the message) nothing
        can have been delivered; raising there calls the mail off. InDoubtError can come only after.
        """
        reused = self._smtp is not None and self._smtp.is_connected
        try:
            try:
                await self._hand_over(message, recipient, before_handing_over)
            except _GoneError as gone:
                self._drop()
                if not reused:
                    raise refusals.unreachable(self._server, str(gone)) from gone
                # The server had closed the connection we kept: that says nothing about this mail.
                try:
                    await self._hand_over(message, recipient, before_handing_over)
                except _GoneError as again:
                    raise refusals.unreachable(self._server, str(again)) from again
        except SwitchboardError as error:
            if isinstance(error, TransientError):
                self._drop()
            else:
                await self._reset()
            raise
        except BaseException:
            self._drop()
            raise
        finally:
            if not self._kept:
                await self._leave()

    async def check(self) -> str:
        """Connect, encrypt, sign in and ask for an answer; return a sentence about the server."""
        try:
            smtp = await self._connected()
            try:
                await smtp.noop(timeout=self._timeouts.command)
            except SMTPResponseException as error:
                reply = Reply(error.code, error.message)
                raise refusals.judge("sender", reply, server=self._server) from error
            except (SMTPException, OSError) as error:
                raise refusals.unreachable(self._server, str(error)) from error
            tls = smtp.get_transport_info("ssl_object")
            how = f"over {tls.version()}" if tls else "without encryption, on this machine"
            who = "signed in" if self._credentials else "without signing in"
            return f"Connected to the mail server {self._server} {how}, {who}."
        finally:
            await self._leave()

    async def _connected(self) -> SMTP:
        if self._smtp is None or not self._smtp.is_connected:
            if self._context is None:  # Reading the authorities takes longer than a mail.
                self._context = await trust(self._config)
            self._smtp = await connect(
                self._config, self._credentials, self._timeouts, self._context
            )
        return self._smtp

    async def _hand_over(
        self, message: EmailMessage, recipient: str, before: BeforeHandingOver | None
    ) -> None:
        smtp = await self._connected()
        sender, to = ascii_domain(self._config.sender_email), ascii_domain(recipient)
        content = _content(message)
        options = self._options(smtp, content, sender, to)
        stage: Stage = "sender"
        command = self._timeouts.command
        try:
            await smtp.mail(sender, options=options, encoding="utf-8", timeout=command)
            stage = "recipient"
            await smtp.rcpt(to, encoding="utf-8", timeout=command)
            stage = "data"
            await self._transmit(smtp, content)
        except SMTPResponseException as error:
            reply = Reply(error.code, error.message)
            raise refusals.judge(stage, reply, server=self._server, recipient=to) from error
        except (SMTPException, OSError) as error:
            raise _GoneError(str(error) or type(error).__name__) from error
        if before is not None:
            try:
                await before()
            except BaseException:
                self._drop()  # In the middle of a mail no command is understood, not even RSET.
                raise
        await self._finish(smtp, to)

    def _options(self, smtp: SMTP, content: bytes, sender: str, to: str) -> list[str]:
        options = []
        if smtp.supports_extension("size"):
            limit = (smtp.esmtp_extensions.get("size") or "").strip()
            if limit.isdigit() and 0 < int(limit) < len(content):
                raise refusals.too_large(self._server, f"{len(content)} of {limit} bytes")
            options.append(f"SIZE={len(content)}")
        special = [address for address in (sender, to) if needs_utf8(address)]
        if special:
            if not smtp.supports_extension("smtputf8"):
                raise refusals.no_utf8(self._server, special[0])
            options.append("SMTPUTF8")
        return options

    async def _transmit(self, smtp: SMTP, content: bytes) -> None:
        """Send everything but the last line, and wait until it has left this machine."""
        start = await smtp.execute_command(b"DATA", timeout=self._timeouts.command)
        if start.code != _START_INPUT:
            raise SMTPResponseException(start.code, start.message)
        protocol = smtp.protocol
        if protocol is None:
            raise ConnectionError("the connection was closed")
        protocol.write(content)
        waiting, moved_at = len(content) + 1, time.monotonic()
        while True:
            transport = protocol.transport
            if not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
                raise ConnectionError("the connection was closed while the mail was on its way")
            left = transport.get_write_buffer_size()
            if left == 0:
                return
            if left < waiting:
                waiting, moved_at = left, time.monotonic()
            elif time.monotonic() - moved_at > self._timeouts.stalled:
                raise TimeoutError("the mail did not get through in time")
            await asyncio.sleep(_POLL_SECONDS)

    async def _finish(self, smtp: SMTP, recipient: str) -> None:
        protocol = smtp.protocol
        if protocol is None or not protocol.is_connected:
            raise refusals.unreachable(self._server, "it closed the connection before the end")
        try:
            protocol.write(b".\r\n")  # From here on the server may deliver.
            answer = await protocol.read_response(timeout=self._timeouts.accepted)
        except SMTPResponseException as error:
            raise refusals.in_doubt(self._server, "an unreadable answer") from error
        except TimeoutError as error:
            raise refusals.in_doubt(self._server, "no answer in time") from error
        except (SMTPException, OSError) as error:
            raise refusals.in_doubt(self._server, "the end of the connection") from error
        if not _COMPLETED <= answer.code < _PERMANENT:
            reply = Reply(answer.code, answer.message)
            raise refusals.judge("content", reply, server=self._server, recipient=recipient)

    async def _reset(self) -> None:
        """Take back a mail the server refused, so that the connection serves for the next one."""
        if self._smtp is None or not self._kept:
            return
        try:
            await self._smtp.rset(timeout=self._timeouts.command)
        except (SMTPException, OSError):
            self._drop()

    async def _leave(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with contextlib.suppress(SMTPException, OSError):
            await smtp.quit(timeout=_quit_seconds(self._timeouts))
        smtp.close()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


class _GoneError(Exception):
    """The connection ended before the mail was handed over: nothing happened."""


def _content(message: EmailMessage) -> bytes:
    """Return the message as it travels: seven bits, CRLF, no line that could end it."""
    policy = message.policy.clone(cte_type="7bit", linesep="\r\n")
    content = _LINE_END.sub(b"\r\n", message.as_bytes(policy=policy))
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return _LEADING_DOT.sub(b"..", content)


def _quit_seconds(timeouts: Timeouts) -> float:
    return min(2.0, timeouts.command)  # A goodbye is worth no more.
