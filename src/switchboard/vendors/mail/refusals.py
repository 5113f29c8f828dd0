"""Know a mail server's refusals: one table from stage and status to what the caller does next."""

from __future__ import annotations

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.mail.models import Reply, Stage

_TRANSIENT, _PERMANENT, _END = 400, 500, 600
_CLOSING, _TOO_LARGE = 421, 552
_SIGN_IN = {530, 534, 535, 538}  # RFC 4954 §6: sign-in needed, refused, or only under TLS.
_TOO_LARGE_ENHANCED = {"5.2.3", "5.3.4"}  # RFC 3463: longer than the mailbox or the system takes.
_EARLY: dict[Stage, str] = {"connect": "the connection", "tls": "encryption"}


def judge(stage: Stage, reply: Reply, *, server: str, recipient: str = "") -> SwitchboardError:
    """Turn an unwelcome answer into what the caller does next."""
    if reply.code == _CLOSING:
        return TransientError(
            "SMTP-421", f"The mail server {server} is busy or closing ({reply}); tried again later."
        )
    if _TRANSIENT <= reply.code < _PERMANENT:
        return _postponed(stage, reply, server, recipient)
    if not _PERMANENT <= reply.code < _END:
        return _unreadable(stage, reply, server)
    return _refused(stage, reply, server, recipient)


def _unreadable(stage: Stage, reply: Reply, server: str) -> TransientError:
    if stage == "content":
        return in_doubt(server, f"an answer that is not SMTP ({reply})")
    return TransientError(
        "SMTP-001", f"{server} answered something that is not SMTP ({reply}); check smtp_port."
    )


def _refused(stage: Stage, reply: Reply, server: str, recipient: str) -> SwitchboardError:
    if stage == "sign-in" or (reply.code in _SIGN_IN and stage not in _EARLY):
        return OperatorError(
            "SMTP-401",
            f"The mail server {server} refused the sign-in ({reply}): check user name and password"
            " with `switchboard credentials set smtp`.",
        )
    if stage in _EARLY:
        return OperatorError(
            "SMTP-001",
            f"The mail server {server} refused {_EARLY[stage]} ({reply}): check smtp_server,"
            " smtp_port and use_tls in data/email_config.json.",
        )
    if stage == "recipient":
        return RejectedError("SMTP-550", f"The mail server refused {recipient} ({reply}).")
    if reply.code == _TOO_LARGE or reply.enhanced in _TOO_LARGE_ENHANCED:
        return too_large(server, str(reply))
    if stage == "sender":
        return OperatorError(
            "SMTP-553",
            f"The mail server {server} does not let us send as the sender_email of"
            f" data/email_config.json ({reply}).",
        )
    return RejectedError("SMTP-554", f"The mail server refused the mail to {recipient} ({reply}).")


def _postponed(stage: Stage, reply: Reply, server: str, recipient: str) -> TransientError:
    if stage in _EARLY or stage == "sign-in":
        return TransientError(
            "SMTP-421", f"The mail server {server} cannot work now ({reply}); tried again later."
        )
    return TransientError(
        "SMTP-450",
        f"The mail server postponed the mail to {recipient or 'everybody'} ({reply});"
        " tried again later.",
    )


def too_large(server: str, why: str) -> RejectedError:
    """Say that the server takes no mail of this size."""
    return RejectedError(
        "SMTP-552",
        f"The mail is too large for the mail server {server} ({why}): leave out charts or shorten"
        " the call list under report_settings.",
    )


def no_utf8(server: str, address: str) -> RejectedError:
    """Say that an address needs an extension (SMTPUTF8) the server does not have."""
    return RejectedError(
        "SMTP-550",
        f"The mail server {server} cannot carry the address {address}: it takes ASCII letters only"
        " before the @.",
    )


def unreachable(server: str, why: str) -> TransientError:
    """Say that nothing was handed over because the connection failed."""
    return TransientError(
        "SMTP-001",
        f"The mail server {server} cannot be reached ({why}): verify the SMTP settings in"
        " data/email_config.json and the firewall; tried again later.",
    )


def unprotected(server: str, why: str) -> OperatorError:
    """Say that the connection cannot be encrypted or trusted; nothing is sent then."""
    return OperatorError(
        "SMTP-001",
        f"The connection to the mail server {server} is not safe ({why}): verify smtp_server,"
        " smtp_port, use_tls and tls_ca_file in data/email_config.json.",
    )


def no_sign_in(server: str) -> OperatorError:
    """Say that credentials are set but the server takes none we know."""
    return OperatorError(
        "SMTP-001",
        f"The mail server {server} offers no sign-in with user name and password. Store none"
        " (`switchboard credentials set smtp`, user name `-`) if it needs none.",
    )


def in_doubt(server: str, why: str) -> InDoubtError:
    """Say that the whole mail was handed over and no usable answer came."""
    return InDoubtError(
        "SMTP-002",
        f"The mail may have been delivered: {server} got all of it, then came {why}.",
    )
