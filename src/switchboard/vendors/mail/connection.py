"""Open a connection to a mail server: encrypted, verified, signed in; or say what is wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected

from switchboard.config.documents import EmailConfig
from switchboard.errors import SwitchboardError
from switchboard.vendors.credentials import SmtpCredentials
from switchboard.vendors.mail import refusals
from switchboard.vendors.mail.models import Reply, Stage, Timeouts
from switchboard.vendors.settings import is_loopback

IMPLICIT_TLS_PORT = 465  # RFC 8314 §3.3; on every other port encryption starts with STARTTLS.
# PLAIN first: under TLS it is as safe as the others, and a wrong password counts only once.
SIGN_INS = ("plain", "login", "cram-md5")


async def connect(
    config: EmailConfig,
    credentials: SmtpCredentials | None,
    timeouts: Timeouts,
    context: ssl.SSLContext | None,
) -> SMTP:
    """Return a connection ready for mail; nothing was handed over when this raises.

    *context* is what `trust` returned: whom to believe.
    """
    server = f"{config.smtp_server}:{config.smtp_port}"
    implicit = config.use_tls and config.smtp_port == IMPLICIT_TLS_PORT
    smtp = SMTP(
        hostname=config.smtp_server,
        port=config.smtp_port,
        use_tls=implicit,
        start_tls=False,  # Done below: there is no going on without it.
        tls_context=context,
        local_hostname=_own_name(),
        timeout=timeouts.command,
    )
    stage: Stage = "connect"
    try:
        await smtp.connect(timeout=timeouts.connect)
        await smtp.ehlo(timeout=timeouts.command)
        if config.use_tls and not implicit:
            stage = "tls"
            await _encrypt(smtp, server, timeouts)
        if credentials is not None:
            stage = "sign-in"
            await _sign_in(smtp, credentials, server, timeouts)
    except BaseException as error:
        smtp.close()
        explained = _explained(stage, error, server, credentials)
        if explained is None:
            raise
        raise explained from error
    return smtp


def _explained(
    stage: Stage, error: BaseException, server: str, credentials: SmtpCredentials | None
) -> SwitchboardError | None:
    if isinstance(error, SMTPResponseException):
        reply = Reply(error.code, _without(credentials, error.message))
        return refusals.judge(stage, reply, server=server)
    fault = _tls_fault(error)
    if fault is not None:
        return refusals.unprotected(server, fault)
    if isinstance(error, (SMTPException, OSError)):
        return refusals.unreachable(server, _reason(error))
    return None


async def _encrypt(smtp: SMTP, server: str, timeouts: Timeouts) -> None:
    if not smtp.supports_extension("starttls"):
        raise refusals.unprotected(server, "it does not offer STARTTLS")
    await smtp.starttls(timeout=timeouts.connect)
    await smtp.ehlo(timeout=timeouts.command)


async def _sign_in(
    smtp: SMTP, credentials: SmtpCredentials, server: str, timeouts: Timeouts
) -> None:
    offered = {name.lower() for name in smtp.server_auth_methods}
    chosen = next((name for name in SIGN_INS if name in offered), None)
    user = credentials.username.encode()
    password = credentials.password.get_secret_value().encode()
    match chosen:
        case "plain":
            await smtp.auth_plain(user, password, timeout=timeouts.command)
        case "login":
            await smtp.auth_login(user, password, timeout=timeouts.command)
        case "cram-md5":
            await smtp.auth_crammd5(user, password, timeout=timeouts.command)
        case _:
            raise refusals.no_sign_in(server)


async def trust(config: EmailConfig) -> ssl.SSLContext | None:
    """Return whom to believe; None where the server is this machine and nothing is encrypted."""
    server = f"{config.smtp_server}:{config.smtp_port}"
    if config.use_tls:
        return await asyncio.to_thread(_authorities, config, server)
    if not is_loopback(config.smtp_server):
        raise refusals.unprotected(server, "use_tls is false")
    return None


def _authorities(config: EmailConfig, server: str) -> ssl.SSLContext:
    """Trust the system's authorities, and the company's own where it has one."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.tls_ca_file is not None:
        try:
            context.load_verify_locations(cafile=config.tls_ca_file)
        except OSError as error:
            raise refusals.unprotected(server, "the tls_ca_file cannot be used") from error
    return context


def _tls_fault(error: BaseException) -> str | None:
    """Name what is wrong with the server's certificate or encryption, if that is what it is."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"no TLS could be agreed on: {cause.reason or cause}"
        cause = cause.__cause__
    return None


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return "its name is unknown"
    if isinstance(cause, ConnectionRefusedError):
        return "nobody answers at this port"
    if isinstance(cause, SMTPServerDisconnected):
        return "it closed the connection"
    return str(getattr(cause, "strerror", None) or cause)


def _without(credentials: SmtpCredentials | None, text: str) -> str:
    """Return a server's words without the secret they might repeat."""
    if credentials is None:
        return text
    return text.replace(credentials.password.get_secret_value(), "…")


def _own_name() -> str:
    """Say who we are in EHLO: a full name, or an address literal as RFC 5321 §4.1.4 wants it."""
    name = socket.gethostname()
    sound = "." in name and name.isascii() and name.isprintable() and " " not in name
    return name if sound else "[127.0.0.1]"
