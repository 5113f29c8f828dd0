"""Make one-time codes, and mail them: not more than a few an hour to one address."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.dialogue.code import DIGITS, digest_code
from switchboard.flows.chat_to_ticket.mails.compose import code_mail
from switchboard.flows.chat_to_ticket.models import Event
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import outbox

HOUR = 3600.0


def send_code(
    conn: sa.Connection, tools: ChatTools, email: str, at: datetime
) -> tuple[Event, bool]:
    """Queue a code's mail; return what the dialogue is told, and whether a mail was queued.

    Where too many went to the address already, the dialogue is told the same and nothing is
    mailed: the visitor reads the same words, a stranger's mailbox is left in peace.
    """
    settings = tools.configuration.settings.chat
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    key = _free_key(conn, tools, email, at.timestamp(), settings.codes_per_hour)
    if key is not None:
        mail = code_mail(tools, email, code, settings.code_minutes, key=key, at=at)
        if mail is None:
            return Event(kind="code_failed", at=at, detail={"email": email}), False
        outbox.queue(conn, [mail], at.timestamp())
    salt = secrets.token_hex(16)
    detail = {
        "email": email,
        "salt": salt,
        "digest": digest_code(code, salt),
        "expires_at": (at + timedelta(minutes=settings.code_minutes)).isoformat(),
    }
    return Event(kind="code_sent", at=at, detail=detail), key is not None


def _free_key(
    conn: sa.Connection, tools: ChatTools, email: str, at: float, limit: int
) -> str | None:
    """Return the key of the next mail to an address; None when it has had enough this hour.

    The keys an address can have are few and can be worked out, so they are looked up instead of
    searched for; being unique, they also hold two processes to the limit.
    """
    hashes = tools.sealer.hashes("email", email.strip().lower())
    hour = int(at // HOUR)
    keys = {
        (digest, when, number): f"code:{digest[:32]}:{when}:{number}"
        for digest in hashes
        for when in (hour - 1, hour)
        for number in range(limit)
    }
    known = outbox.by_keys(conn, keys.values())
    if sum(at - HOUR < each.created_at for each in known.values()) >= limit:
        return None
    now = (keys[hashes[0], hour, number] for number in range(limit))
    return next((key for key in now if key not in known), None)
