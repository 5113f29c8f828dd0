"""The mailbox of the simulated company's mail server, and the rules the server keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Any

from switchboard.simulators.core.world import World

USERNAME, PASSWORD = "switchboard@keystone.example", "sim-smtp-secret"
MAX_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class MailDoor:
    """Where the server of this world listens, and the certificate a client has to trust."""

    host: str
    port: int
    ca_pem: str


@dataclass(slots=True)
class MailRules:
    """What the server insists on; changed through `POST /_sim/mail/rules`."""

    greylist: bool = False  # The first attempt of each sender and recipient is told to come again.
    greylist_seconds: float = 60.0
    max_bytes: int = MAX_BYTES
    refused_domains: tuple[str, ...] = ("invalid",)  # Never resolves: RFC 2606 §2.
    refused_addresses: tuple[str, ...] = ()
    require_sign_in: bool = True
    smtputf8: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """One mail the server took responsibility for."""

    number: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    utf8: bool
    tls: bool
    user: str | None

    def message(self) -> EmailMessage:
        policy = SMTPUTF8 if self.utf8 else SMTP
        parsed = message_from_bytes(self.content, EmailMessage, policy=policy)
        assert isinstance(parsed, EmailMessage)  # noqa: S101 - the policy's own class.
        return parsed


@dataclass(slots=True)
class MailState:
    """Everything that is gone after a reset."""

    world: World
    door: MailDoor | None = None
    rules: MailRules = field(default_factory=MailRules)
    messages: list[Delivered] = field(default_factory=list)
    _first_seen: dict[tuple[str, str], float] = field(default_factory=dict)

    def deliver(
        self,
        *,
        sender: str,
        recipients: tuple[str, ...],
        content: bytes,
        utf8: bool,
        tls: bool,
        user: str | None,
    ) -> Delivered:
        mail = Delivered(
            number=len(self.messages) + 1,
            at=self.world.clock.now(),
            sender=sender,
            recipients=recipients,
            content=content,
            utf8=utf8,
            tls=tls,
            user=user,
        )
        self.messages.append(mail)
        return mail

    def refusal_of(self, sender: str, recipient: str) -> str | None:
        """Return the answer to RCPT when it is not 250."""
        domain = recipient.rpartition("@")[2].lower()
        for refused in self.rules.refused_domains:
            if domain == refused or domain.endswith(f".{refused}"):
                return "550 5.1.2 Bad destination system address"
        if recipient.lower() in self.rules.refused_addresses:
            return "550 5.1.1 No such mailbox here"
        if self.rules.greylist:
            now = self.world.clock.elapsed()
            since = self._first_seen.setdefault((sender.lower(), recipient.lower()), now)
            if now - since < self.rules.greylist_seconds:
                return "450 4.7.1 Greylisted, come again later"
        return None

    def collections(self) -> dict[str, Any]:
        return {"messages": lambda: [as_json(mail) for mail in self.messages]}


def as_json(mail: Delivered) -> dict[str, Any]:
    """Return what a test or a person wants to know of a mail."""
    message = mail.message()
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "number": mail.number,
        "at": mail.at,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": str(message["subject"] or ""),
        "date": str(message["date"] or ""),
        "message_id": str(message["message-id"] or ""),
        "headers": {name: str(value) for name, value in message.items()},
        "text": text.get_content() if text else None,
        "html": html.get_content() if html else None,
        "attachments": [_attachment(part) for part in parts if part not in (text, html)],
        "tls": mail.tls,
        "user": mail.user,
        "size": len(mail.content),
        "raw": mail.content.decode("utf-8", "replace"),
    }


def _attachment(part: Any) -> dict[str, Any]:
    return {
        "name": part.get_filename(),
        "content_type": part.get_content_type(),
        "disposition": part.get_content_disposition(),
        "cid": (part["content-id"] or "").strip("<>") or None,
        "size": len(part.get_payload(decode=True) or b""),
    }
