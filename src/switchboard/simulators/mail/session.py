"""One client's dialogue: aiosmtpd speaks SMTP, this class logs, refuses and lets faults happen."""

# ruff: noqa: N802 - aiosmtpd finds commands and hooks by their upper-case names.

from __future__ import annotations

import asyncio
import hmac
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from switchboard.simulators.core.faults import Fault
from switchboard.simulators.core.requests import RequestRow
from switchboard.simulators.core.world import World
from switchboard.simulators.mail.state import PASSWORD, USERNAME

VENDOR = "mail"
END = "DATA-END"  # The line a fault's `match` meets once the whole mail has arrived.
_ADDRESS = re.compile(r"<([^>]*)>")
_PROVISIONAL = {"334", "354"}
_TOO_BUSY = "421 4.7.0 Too many mails from you, closing"
_GARBAGE = "!! this is no SMTP"


class MailSession(SMTP):
    """The server's side of one connection; it asks for the current world at every command."""

    def __init__(
        self, world: Callable[[], World], tls: ssl.SSLContext | None, **options: Any
    ) -> None:
        self._world_now = world
        rules = world().mail.rules
        self._row: RequestRow | None = None
        self._mute = False  # What was done is never told.
        self._instead: str | None = None  # Told instead of the final answer.
        self._late = 0.0
        super().__init__(
            _Hooks(self),
            hostname="mail.keystone.example",
            ident="Switchboard simulated mail server",
            tls_context=tls,
            data_size_limit=rules.max_bytes,
            enable_SMTPUTF8=rules.smtputf8,
            authenticator=_authenticate,
            **options,
        )

    async def _handle_client(self) -> None:
        if await self._meet("CONNECT", "", self._nothing, None):
            await super()._handle_client()

    async def _nothing(self, _: Any) -> None:
        return None

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._meet("EHLO", hostname, super().smtp_EHLO, hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        await self._meet("STARTTLS", "", super().smtp_STARTTLS, arg)

    async def smtp_AUTH(self, arg: str) -> None:
        mechanism = (arg or "").partition(" ")[0]  # What follows is the password.
        await self._meet("AUTH", mechanism, super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        await self._meet("MAIL", _address(arg), self._mail, arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        await self._meet("RCPT", _address(arg), super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:
        await self._meet("DATA", "", super().smtp_DATA, arg)

    async def smtp_NOOP(self, arg: str) -> None:
        await self._meet("NOOP", "", super().smtp_NOOP, arg)

    async def smtp_RSET(self, arg: str) -> None:
        await self._meet("RSET", "", super().smtp_RSET, arg)

    async def smtp_QUIT(self, arg: str) -> None:
        await self._meet("QUIT", "", super().smtp_QUIT, arg)

    async def push(self, status: str | bytes) -> None:
        """Answer, or do with the answer what the planned fault says."""
        text = status.decode() if isinstance(status, bytes) else status
        final = text[:3] not in _PROVISIONAL
        if self._row is not None and text[:3].isdigit():
            self._row.status = int(text[:3])
        if final and self._mute:
            return
        if final and self._instead is not None:
            text, self._instead = self._instead, None
        if final and self._late:
            delay, self._late = self._late, 0.0
            await asyncio.sleep(delay)
        await super().push(text)

    def receive(self, envelope: Envelope, address: str, options: list[str]) -> str:
        """Answer a recipient by the rules of the server."""
        refusal = self._world_now().mail.refusal_of(envelope.mail_from or "", address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def take(self, session: Session, envelope: Envelope) -> str:
        """Deliver what arrived; a fault may strike here too, before or after that."""
        answers: list[str] = []

        async def deliver(_: Any) -> None:
            mail = self._world_now().mail.deliver(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=bytes(envelope.original_content or b""),
                utf8=bool(envelope.smtp_utf8),
                tls=self._encrypted(),
                user=USERNAME if session.authenticated else None,
            )
            answers.insert(0, f"250 2.0.0 Ok: queued as {mail.number}")

        refused: list[str] = []
        if await self._meet(END, " ".join(envelope.rcpt_tos), deliver, None, refused):
            return answers[0]
        return refused[0] if refused else "250 never told"

    def _encrypted(self) -> bool:
        transport = cast(asyncio.Transport, self.transport)
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    async def _mail(self, arg: str | None) -> None:
        signed_in = self.session is not None and self.session.authenticated
        if self._world_now().mail.rules.require_sign_in and not signed_in:
            await self.push("530 5.7.0 Authentication required")
            return
        await super().smtp_MAIL(arg)

    async def _meet(
        self,
        verb: str,
        what: str,
        carry_out: Callable[[Any], Awaitable[None]],
        arg: Any,
        answer_to: list[str] | None = None,
    ) -> bool:
        """Log a command, let its fault happen, carry it out; False when it ended otherwise.

        Where aiosmtpd will push the answer itself, a refusal goes to *answer_to* instead.
        """
        world = self._world_now()
        row = RequestRow(VENDOR, verb, what, "", world.clock.now())
        self._row = world.requests.open({}, row)
        fault = world.faults.strike(VENDOR, f"{verb} {what}".strip())
        if fault is None:
            await carry_out(arg)
            return True
        row.fault = fault.kind
        match fault.kind:
            case "slow":
                self._late = fault.hold_seconds
            case "garbage":
                self._instead = _GARBAGE
            case "index_lag":  # Nothing of a mail server's lags behind like an index.
                pass
            case "drop" | "timeout" | "done_but_lost":
                await self._break_off(fault, carry_out, arg)
                return False
            case "error" | "rate_limit" | "expired_token":
                await self._refuse(fault, carry_out, arg, answer_to)
                return False
        await carry_out(arg)
        return True

    async def _break_off(
        self, fault: Fault, carry_out: Callable[[Any], Awaitable[None]], arg: Any
    ) -> None:
        self._mute = True
        if fault.kind == "done_but_lost" or (fault.kind == "timeout" and fault.processed):
            await carry_out(arg)
        if fault.kind == "timeout":
            await asyncio.sleep(fault.hold_seconds)
        elif fault.kind == "done_but_lost":
            await asyncio.sleep(fault.delay_s or 0)
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()

    async def _refuse(
        self,
        fault: Fault,
        carry_out: Callable[[Any], Awaitable[None]],
        arg: Any,
        answer_to: list[str] | None,
    ) -> None:
        if fault.processed:
            self._mute = True
            await carry_out(arg)
            self._mute = False
        answer = _answer(fault)
        if answer_to is not None:
            answer_to.append(answer)
            return
        await self.push(answer)
        if answer.startswith("421") and self.transport is not None:
            self.transport.close()


class _Hooks:
    """What aiosmtpd asks once it has understood a command."""

    def __init__(self, session: MailSession) -> None:
        self._session = session

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        return self._session.receive(envelope, address, options)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        return await self._session.take(session, envelope)


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
) -> AuthResult:
    same = hmac.compare_digest(given.login, USERNAME.encode())
    same &= hmac.compare_digest(given.password, PASSWORD.encode())
    return AuthResult(success=same, handled=False)


def _address(arg: str | None) -> str:
    found = _ADDRESS.search(arg or "")
    return found.group(1) if found else ""


def _answer(fault: Fault) -> str:
    if fault.kind == "rate_limit":
        return _TOO_BUSY
    if fault.kind == "expired_token":
        return "535 5.7.3 Authentication unsuccessful"
    words = fault.body if isinstance(fault.body, str) else f"{fault.status // 100}.0.0 as planned"
    return f"{fault.status} {words}"
