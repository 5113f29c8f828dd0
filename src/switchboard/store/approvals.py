"""Keep what somebody was asked to approve, and decide each question once.

open ─► approved | declined    by whoever followed the link first
  └───► expired                nobody did in time
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import conversations
from switchboard.store.database import insert
from switchboard.store.sealing import Sealer
from switchboard.store.tables import approval

Decision = Literal["approved", "declined"]
_SEALED = ("asked", "subject", "amount", "by", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One question. What names people or money is None once it was emptied."""

    token_hash: str  # approval_tokens.digest
    conversation_id: str
    reference: str  # of the ticket it is about
    created_at: float
    expires_at: float
    asked: str | None = None  # e-mail address
    subject: str | None = None
    amount: str | None = None
    decision: Literal["approved", "declined", "expired"] | None = None
    decided_at: float | None = None
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt to decide, and the approval as it now stands."""

    verdict: Literal["decided", "already", "expired", "unknown"]
    approval: Approval | None = None


def create(conn: sa.Connection, sealer: Sealer, wanted: Approval) -> Approval:
    """Ask; asking again under the same token changes nothing. Return what is stored."""
    statement = insert(conn, approval).values(
        token_hash=wanted.token_hash,
        conversation_id=wanted.conversation_id,
        reference=wanted.reference,
        asked_hash=conversations.lookup_hash(sealer, "email", wanted.asked),
        sealed=_seal(sealer, wanted),
        created_at=wanted.created_at,
        expires_at=wanted.expires_at,
    )
    conn.execute(statement.on_conflict_do_nothing(index_elements=["token_hash"]))
    return load(conn, sealer, wanted.token_hash) or wanted


def load(conn: sa.Connection, sealer: Sealer, token_hash: str) -> Approval | None:
    """Return an approval, None when there is none under this token."""
    row = conn.execute(sa.select(approval).where(approval.c.token_hash == token_hash)).first()
    return None if row is None else _read(sealer, row)


def of_conversation(conn: sa.Connection, sealer: Sealer, conversation_id: str) -> list[Approval]:
    """Return what was asked because of a chat, oldest first."""
    query = sa.select(approval).where(approval.c.conversation_id == conversation_id)
    rows = conn.execute(query.order_by(approval.c.created_at, approval.c.token_hash))
    return [_read(sealer, row) for row in rows]


def of_reference(conn: sa.Connection, sealer: Sealer, reference: str) -> list[Approval]:
    """Return what was asked about a ticket, oldest first."""
    query = sa.select(approval).where(approval.c.reference == reference)
    rows = conn.execute(query.order_by(approval.c.created_at, approval.c.token_hash))
    return [_read(sealer, row) for row in rows]


def decide(
    conn: sa.Connection,
    sealer: Sealer,
    token_hash: str,
    decision: Decision,
    *,
    by: str,
    now: float,
    reason: str = "",
) -> Outcome:
    """Decide a question once; whoever comes later is told what was decided."""
    row = conn.execute(
        sa.select(approval).where(approval.c.token_hash == token_hash).with_for_update()
    ).first()
    if row is None:
        return Outcome("unknown")
    found = _read(sealer, row)
    if found.decision == "expired" or (found.decision is None and found.expires_at <= now):
        return Outcome("expired", found)
    if found.decision is not None:
        return Outcome("already", found)
    decided = replace(found, decision=decision, decided_at=now, by=by, reason=reason)
    conn.execute(
        sa.update(approval)
        .where(approval.c.token_hash == token_hash)
        .values(decision=decision, decided_at=now, sealed=_seal(sealer, decided))
    )
    return Outcome("decided", decided)


def expire(conn: sa.Connection, now: float) -> list[tuple[str, str]]:
    """Close the questions nobody answered in time; return (conversation, reference) of each."""
    late = approval.c.decision.is_(None) & (approval.c.expires_at <= now)
    statement = sa.update(approval).where(late).values(decision="expired", decided_at=now)
    closed = statement.returning(approval.c.conversation_id, approval.c.reference)
    return sorted((row[0], row[1]) for row in conn.execute(closed))


def _seal(sealer: Sealer, one: Approval) -> str:
    facts = {name: getattr(one, name) for name in _SEALED}
    return sealer.seal(f"approval {one.token_hash}", facts)


def _read(sealer: Sealer, row: sa.Row[Any]) -> Approval:
    values = row._asdict()
    sealed = values.pop("sealed")
    values.pop("asked_hash")
    facts = {} if sealed is None else sealer.unseal(f"approval {row.token_hash}", sealed)
    return Approval(**values, **facts)
