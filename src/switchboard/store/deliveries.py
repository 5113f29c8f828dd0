"""Answer each delivery once: a repeated one gets the same answer, a busy one is waited for.

claim ─► "yours"      work it, then `answer` in the transaction that stores its outcome
      ├► "busy"       another process works it: look again after `retry_after`
      └► "answered"   it was worked: send `answer` again
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.holders import Holder, this_process
from switchboard.store.sealing import Sealer
from switchboard.store.tables import delivery

LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be done with a delivery. `answer` is None where it is no longer kept."""

    verdict: Literal["yours", "busy", "answered"]
    answer: str | None = None
    retry_after: float = 0.0


def holder_name(part: str) -> str:
    """Name one worker of this process so that others can tell when it has died."""
    return f"{this_process()}#{part}"


def name_of(conn: sa.Connection, key: str, seconds: float | None, now: float) -> str:
    """Return the name under which a delivery is claimed.

    A key that names one delivery for so many seconds only gets a name for that stretch: what comes
    later under the same key is another delivery.
    """
    if seconds is None:
        return key
    stretch = int(now // seconds)
    before = f"{key}:{stretch - 1}"
    received = conn.scalar(sa.select(delivery.c.received_at).where(delivery.c.key == before))
    if received is not None and received > now - seconds:
        return before
    return f"{key}:{stretch}"


def claim(
    conn: sa.Connection,
    sealer: Sealer,
    key: str,
    holder: str,
    *,
    now: float,
    seconds: float,
    is_gone: Callable[[str], bool] | None = None,
) -> Claim:
    """Become the one who works a delivery, for so many seconds.

    One that a dead process, or one whose time is over, has left behind is taken over.
    """
    mine = {"holder": holder, "holder_until": now + seconds}
    statement = insert(conn, delivery).values(key=key, received_at=now, **mine)
    fresh = statement.on_conflict_do_nothing(index_elements=["key"]).returning(delivery.c.key)
    if conn.execute(fresh).first() is not None:
        return Claim("yours")
    row = conn.execute(sa.select(delivery).where(delivery.c.key == key).with_for_update()).first()
    if row is None:  # Purged in this moment; whoever asks again finds it gone.
        return Claim("busy", retry_after=LOOK_AGAIN_SECONDS)
    if row.answered_at is not None:
        return Claim("answered", _opened(sealer, key, row.sealed))
    gone = (is_gone or _is_gone)(row.holder or "")
    if row.holder not in {None, holder} and row.holder_until > now and not gone:
        return Claim("busy", retry_after=min(row.holder_until - now, LOOK_AGAIN_SECONDS))
    conn.execute(
        sa.update(delivery)
        .where(delivery.c.key == key)
        .values(attempts=delivery.c.attempts + 1, **mine)
    )
    return Claim("yours")


def answer(
    conn: sa.Connection,
    sealer: Sealer,
    key: str,
    holder: str,
    text: str,
    *,
    now: float,
    conversation_id: str | None = None,
) -> bool:
    """Keep the answer; False, and nothing kept, if somebody else has taken the delivery over."""
    kept = conn.execute(
        sa.update(delivery)
        .where(delivery.c.key == key, delivery.c.holder == holder, delivery.c.answered_at.is_(None))
        .values(
            answered_at=now,
            sealed=sealer.seal(f"delivery {key}", text),
            conversation_id=conversation_id,
            holder=None,
            holder_until=0.0,
        )
    )
    return kept.rowcount == 1


def give_up(conn: sa.Connection, key: str, holder: str) -> None:
    """Leave a delivery to whoever gets it next, at once."""
    conn.execute(
        sa.update(delivery)
        .where(delivery.c.key == key, delivery.c.holder == holder)
        .values(holder=None, holder_until=0.0)
    )


@dataclass(frozen=True, slots=True)
class Received:
    """When a delivery came, how often, and when it was answered."""

    key: str
    received_at: float
    attempts: int
    answered_at: float | None


def of_conversation(conn: sa.Connection, conversation_id: str) -> list[Received]:
    """Return a chat's deliveries in the order in which they came."""
    columns = (delivery.c.key, delivery.c.received_at, delivery.c.attempts, delivery.c.answered_at)
    query = sa.select(*columns).where(delivery.c.conversation_id == conversation_id)
    rows = conn.execute(query.order_by(delivery.c.received_at, delivery.c.key))
    return [Received(*row) for row in rows]


def purge(conn: sa.Connection, before: float) -> int:
    """Forget deliveries received before then; return how many."""
    return conn.execute(sa.delete(delivery).where(delivery.c.received_at < before)).rowcount


def _opened(sealer: Sealer, key: str, sealed: str | None) -> str | None:
    return None if sealed is None else str(sealer.unseal(f"delivery {key}", sealed))


def _is_gone(name: str) -> bool:
    holder = Holder.read(name)
    return holder is not None and holder.is_gone(this_process())
