"""Compose one mail to one recipient, ready for the outbox; the same occasion is the same mail."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Literal

from switchboard.config.documents import EmailConfig
from switchboard.vendors.mail.models import ascii_domain, needs_utf8

MailKind = Literal[
    "report",
    "errors",
    "alarm",
    "test",
    "code",  # Of chats from here on: their texts are sealed.
    "ticket",
    "team",
    "approval",
    "approval_result",
    "closed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file in a mail. With `cid`, the HTML shows it as `<img src="cid:...">`."""

    name: str
    content: bytes
    content_type: str
    cid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """One row of the outbox: queued twice under one key it is sent once."""

    key: str  # `<run or occasion>:<kind>:<recipient>`
    run_id: str | None
    kind: MailKind
    recipient: str
    subject: str
    message: EmailMessage


def compose(
    config: EmailConfig,
    *,
    occasion: str,
    kind: MailKind,
    recipient: str,
    subject: str,
    text: str,
    at: dt.datetime,
    recipient_name: str = "",
    run_id: str | None = None,
    html: str | None = None,
    enclosures: Sequence[Enclosure] = (),
    headers: Mapping[str, str] | None = None,
) -> OutgoingMail:
    """Return the mail for *occasion* (a run's id, an alarm's key) to one *recipient*.

    *text* is what clients without HTML show. Line breaks in names and subjects become spaces, so
    that nothing a caller chose can add a header.
    """
    key = mail_key(occasion, kind, recipient)
    subject = one_line(subject)
    special = needs_utf8(recipient) or needs_utf8(config.sender_email)
    message = EmailMessage(policy=SMTPUTF8 if special else SMTP)
    message["From"] = _address(config.sender_name, config.sender_email)
    message["To"] = _address(recipient_name, recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(key, config.sender_email)
    message["Auto-Submitted"] = "auto-generated"  # No out-of-office notes in return: RFC 3834.
    for name, value in (headers or {}).items():
        message[name] = one_line(value)
    message.set_content(text, cte="base64" if not text.isascii() else None)
    if html is not None:
        message.add_alternative(html, subtype="html", cte="base64")
    _enclose(message, enclosures)
    return OutgoingMail(
        key=key, run_id=run_id, kind=kind, recipient=recipient, subject=subject, message=message
    )


def mail_key(occasion: str, kind: MailKind, recipient: str) -> str:
    """Return the outbox key; addresses that differ only in case are one recipient."""
    return f"{occasion}:{kind}:{recipient.strip().casefold()}"


def message_id(key: str, sender_email: str) -> str:
    """Return the same id for the same mail: a mailbox that saw it before can tell."""
    domain = ascii_domain(sender_email).rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def one_line(text: str) -> str:
    """Return *text* without line breaks and other control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _address(name: str, email: str) -> Address:
    local, _, domain = ascii_domain(email).rpartition("@")
    return Address(one_line(name), local, domain)


def _enclose(message: EmailMessage, enclosures: Sequence[Enclosure]) -> None:
    body = message.get_body(("html",))
    for one in enclosures:
        maintype, _, subtype = one.content_type.partition("/")
        name = one_line(one.name)
        if one.cid is not None and body is not None:
            body.add_related(
                one.content, maintype, subtype, cid=f"<{one.cid}>", filename=name,
                disposition="inline",
            )  # fmt: skip
        else:
            message.add_attachment(one.content, maintype, subtype, filename=name)
