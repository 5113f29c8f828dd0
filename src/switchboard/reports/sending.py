"""Send what the outbox holds: each mail once, late ones on a ladder, doubtful ones never again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Any

import sqlalchemy as sa
import structlog

from switchboard.config.load import Configuration
from switchboard.config.vault import VaultContents
from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.reports.outgoing import OutgoingMail
from switchboard.store import leases, outbox
from switchboard.store.database import Database
from switchboard.store.database import now as database_now
from switchboard.store.outbox import Mail, NewMail
from switchboard.store.sealing import Sealer
from switchboard.vendors.mail.client import MailClient

log = structlog.get_logger(__name__)

RETRY_MINUTES = (1, 5, 15, 60)  # Then hourly, for a day: outbox.ROUND_SECONDS.
GRACE_SECONDS = 10.0  # What an interrupted mail may still take to come to a known end.
_STOPPING = {"SMTP-001", "SMTP-421"}  # The server itself: the other mails would meet the same.


@dataclass(frozen=True, slots=True)
class Unsent:
    """A mail that did not get through, and why."""

    key: str
    recipient: str
    state: str
    code: str
    message: str


@dataclass(slots=True)
class SendResult:
    """What became of the mails looked at; `queued` counts all that still wait."""

    sent: int = 0
    queued: int = 0
    parked: int = 0
    refused: int = 0
    unsent: list[Unsent] = field(default_factory=list)
    stopped_by: SwitchboardError | None = None


def mail_client(configuration: Configuration, secrets: VaultContents) -> MailClient | None:
    """Return the client of the configured mail server; None when there is none."""
    if configuration.email is None:
        return None
    return MailClient(configuration.email, secrets.smtp)


async def queue_mails(db: Database, mails: Sequence[OutgoingMail]) -> list[str]:
    """Put mails in the outbox; return the keys that were new. A known key is never sent anew."""
    rows = [as_row(each) for each in mails]
    return await db.run(lambda conn: outbox.queue(conn, rows)) if rows else []


def as_row(each: OutgoingMail) -> NewMail:
    """Return a mail as the outbox keeps it."""
    return NewMail(
        key=each.key,
        run_id=each.run_id,
        kind=each.kind,
        recipient=each.recipient,
        subject=each.subject,
        message=each.message.as_string(policy=each.message.policy.clone(cte_type="7bit")),
    )


async def send_due(
    db: Database,
    client: MailClient,
    worker: str,
    *,
    now: float | None = None,
    limit: int = 100,
    sealer: Sealer | None = None,
) -> SendResult:
    """Send up to *limit* mails that are due. Raises nothing for a mail server that fails.

    Without *sealer* mails of chats, whose texts are sealed, wait for somebody who has one.
    """
    result = SendResult()
    sender = _Sender(db, client, worker, now, result, sealer)
    await db.run(lambda conn: outbox.drop_overdue(conn, _at(conn, now)))
    await sender.recover()
    async with client:
        for _ in range(limit):
            claimed = await db.run(
                lambda conn: outbox.claim(conn, worker, _at(conn, now), unseals=sealer is not None)
            )
            if claimed is None:
                break
            stopped_by = await _to_the_end(sender.send(claimed))
            if stopped_by is not None:
                result.stopped_by = stopped_by
                break
    counts = await db.run(outbox.counts)
    result.queued = counts.get("queued", 0)
    return result


def retry_seconds(tries: int) -> float:
    """Return how long a mail waits after its *tries*-th failure."""
    return RETRY_MINUTES[min(tries, len(RETRY_MINUTES)) - 1] * 60.0


@dataclass(frozen=True, slots=True)
class _Sender:
    """One round through the outbox."""

    db: Database
    client: MailClient
    worker: str
    now: float | None
    result: SendResult
    sealer: Sealer | None = None

    async def recover(self) -> None:
        """Take back what dead workers were sending."""

        def take(conn: sa.Connection) -> list[Mail]:
            leases.bury_dead(conn, leases.host_identity())
            keys = outbox.recover(conn, self.worker, _at(conn, self.now))
            return list(outbox.by_keys(conn, keys).values())

        for each in await self.db.run(take):
            self._count(each, "parked", outbox.IN_DOUBT, outbox.DOUBT_MESSAGE)

    async def send(self, claimed: Mail) -> SwitchboardError | None:
        """Send one mail and write down what became of it; return what stops the others."""
        handed = asyncio.Event()
        try:
            await self.client.send(
                _message(outbox.opened(self.sealer, claimed)),
                claimed.recipient,
                before_handing_over=lambda: self._hand_over(claimed, handed),
            )
        except _TakenOverError:
            log.info("mail_taken_over", kind=claimed.kind)
            return None
        except SwitchboardError as error:
            return await self._failed(claimed, error)
        except Exception as error:
            # One mail that breaks us must not stand before all others for ever.
            log.exception("mail_failed_unexpectedly", kind=claimed.kind, error=type(error).__name__)
            return await self._failed(claimed, _unexpected(handed=handed.is_set()))
        except BaseException:
            await self.db.run(lambda conn: outbox.let_go(conn, claimed))
            raise
        await self.db.run(lambda conn: outbox.sent(conn, claimed, _at(conn, self.now)))
        self.result.sent += 1
        log.info("mail_sent", kind=claimed.kind, attempts=claimed.attempts)
        return None

    async def _hand_over(self, claimed: Mail, handed: asyncio.Event) -> None:
        if not await self.db.run(lambda c: outbox.hand_over(c, claimed, _at(c, self.now))):
            raise _TakenOverError
        handed.set()

    async def _failed(self, claimed: Mail, error: SwitchboardError) -> SwitchboardError | None:
        code, message = error.code, error.message
        log.warning("mail_not_sent", kind=claimed.kind, code=code, attempts=claimed.attempts)

        def write(conn: sa.Connection) -> str:
            at = _at(conn, self.now)
            if isinstance(error, InDoubtError):
                outbox.park(conn, claimed, code, message, at)
                return "parked"
            if isinstance(error, RejectedError):
                outbox.refuse(conn, claimed, code, message, at)
                return "refused"
            due_at = at + max(retry_seconds(claimed.tries), error.retry_after or 0.0)
            if claimed.give_up_at is not None and due_at > claimed.give_up_at:
                outbox.park(conn, claimed, code, f"Given up after a day. {message}", at)
                return "parked"
            outbox.postpone(conn, claimed, code, message, due_at=due_at)
            return "queued"

        self._count(claimed, await self.db.run(write), code, message)
        server_fails = isinstance(error, TransientError) and code in _STOPPING
        return error if isinstance(error, OperatorError) or server_fails else None

    def _count(self, one: Mail, state: str, code: str, message: str) -> None:
        self.result.unsent.append(Unsent(one.key, one.recipient, state, code, message))
        self.result.parked += state == "parked"
        self.result.refused += state == "refused"


class _TakenOverError(Exception):
    """Another worker has this mail now: ours is called off before its end."""


async def _to_the_end(
    work: Coroutine[Any, Any, SwitchboardError | None],
) -> SwitchboardError | None:
    """Let a mail come to a known end although we are being cancelled: doubt is dear."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


def _unexpected(*, handed: bool) -> SwitchboardError:
    if handed:
        return InDoubtError(outbox.IN_DOUBT, outbox.DOUBT_MESSAGE)
    return RejectedError(
        "SB-000", "Switchboard itself failed at this mail; it was not sent. The log says where."
    )


def _message(text: str) -> EmailMessage:
    policy = SMTP if text.isascii() else SMTPUTF8
    return message_from_string(text, EmailMessage, policy=policy)


def _at(conn: sa.Connection, given: float | None) -> float:
    return database_now(conn) if given is None else given
