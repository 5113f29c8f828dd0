"""Keep one row per chat and one per message, unreadable without the vault.

`version` tells two processes apart that work on one chat: the second to save reads again and
decides again. The lease `chat:<portal>:<conversation>` (leases.py) is for whoever writes to a
vendor because of a chat. Each save also brings the ledger's row up to
date, so that "what became of it, and why?" is answered for chats as for calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.errors import TransientError
from switchboard.store import ledger, unsure_messages
from switchboard.store.database import chunks, insert
from switchboard.store.ledger import Fate, Interaction
from switchboard.store.sealing import Sealer
from switchboard.store.tables import approval, conversation, delivery, effect, message

Direction = Literal["visitor", "bot", "operator", "system"]
KIND = "chat"


class StaleConversationError(TransientError):
    """Somebody else has saved this conversation since it was loaded: load it and decide again."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(
            "DB-008",
            "Another process went on with this chat; it is read again.",
            detail=conversation_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """One chat. `state` is the dialogue's own document, `visitor` what is known of who writes.

    Of the visitor, `email` (lower case) and `phone` (E.164) can be looked up by `find`.
    """

    id: str  # chat:<portal>:<conversation>
    opened_at: float
    updated_at: float
    stage: str = "new"
    state: str | None = None  # None: emptied by retention or at the person's wish.
    visitor: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = None
    workflow: str | None = None
    verified: bool = False
    tickets: tuple[str, ...] = ()
    version: int = 0  # 0: not stored yet.
    closed_at: float | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the ledger says of the chat, to people: no word of the visitor's belongs here."""

    outcome: str = "open"
    fate: Fate = "waiting"
    reason: str = ""
    why: str = ""
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a transcript; `sequence` is given by the store."""

    direction: Direction
    at: float
    text: str | None = None  # None: emptied.
    options: tuple[str, ...] = ()
    delivery: str | None = None
    sequence: int = 0


OPEN = Account(why="The chat goes on.")


def conversation_id(portal: str, session: str) -> str:
    """Return the id of a chat, which is also its lease and its interaction."""
    return f"{KIND}:{portal}:{session}"


def save(
    conn: sa.Connection, sealer: Sealer, row: StoredConversation, account: Account = OPEN
) -> StoredConversation:
    """Store a conversation as the version after the one loaded, and return what is stored now.

    StaleConversationError when somebody else has stored that version already.
    """
    stored = replace(row, version=row.version + 1)
    values = _values(sealer, stored)
    if row.version == 0:
        statement = insert(conn, conversation).values(values)
        change: sa.Insert | sa.Update = statement.on_conflict_do_nothing(index_elements=["id"])
    else:
        current = (conversation.c.id == row.id) & (conversation.c.version == row.version)
        change = sa.update(conversation).where(current).values(values)
    if conn.execute(change.returning(conversation.c.id)).first() is None:
        raise StaleConversationError(row.id)
    ledger.upsert(conn, [_interaction(stored, account)])
    return stored


def load(conn: sa.Connection, sealer: Sealer, conversation_id: str) -> StoredConversation | None:
    """Return a conversation, None when it is not known."""
    query = sa.select(conversation).where(conversation.c.id == conversation_id)
    row = conn.execute(query).first()
    return None if row is None else _read(sealer, row)


def find(
    conn: sa.Connection,
    sealer: Sealer,
    *,
    email: str | None = None,
    phone: str | None = None,
    limit: int | None = None,
) -> list[StoredConversation]:
    """Return the conversations of whoever gave this address or number, newest first."""
    wanted = [
        conversation.c[f"{kind}_hash"].in_(sealer.hashes(kind, _spelled(kind, value)))
        for kind, value in (("email", email), ("phone", phone))
        if value
    ]
    if not wanted:
        return []
    query = sa.select(conversation).where(sa.or_(*wanted))
    query = query.order_by(conversation.c.opened_at.desc(), conversation.c.id).limit(limit)
    return [_read(sealer, row) for row in conn.execute(query)]


def newest(
    conn: sa.Connection,
    sealer: Sealer,
    *,
    open_only: bool = False,
    since: float | None = None,
    limit: int = 50,
) -> list[StoredConversation]:
    """Return the chats somebody wrote in last, newest first."""
    query = sa.select(conversation)
    if open_only:
        query = query.where(conversation.c.closed_at.is_(None))
    if since is not None:
        query = query.where(conversation.c.updated_at >= since)
    query = query.order_by(conversation.c.updated_at.desc(), conversation.c.id).limit(limit)
    return [_read(sealer, row) for row in conn.execute(query)]


def of_session(conn: sa.Connection, session: str) -> list[str]:
    """Return the ids of the chats called so where they took place."""
    ends = conversation.c.id.endswith(f":{session}", autoescape=True)
    query = sa.select(conversation.c.id).where(ends)
    return list(conn.scalars(query.order_by(conversation.c.opened_at.desc(), conversation.c.id)))


def expired(conn: sa.Connection, now: float, limit: int = 100) -> list[str]:
    """Return open conversations whose time is over, the oldest first."""
    query = (
        sa.select(conversation.c.id)
        .where(conversation.c.closed_at.is_(None), conversation.c.expires_at <= now)
        .order_by(conversation.c.expires_at, conversation.c.id)
        .limit(limit)
    )
    return list(conn.scalars(query))


def append(
    conn: sa.Connection, sealer: Sealer, conversation_id: str, messages: Sequence[Message]
) -> list[Message]:
    """Add messages to a transcript, in the transaction that saves its conversation."""
    latest = sa.select(sa.func.max(message.c.sequence)).where(
        message.c.conversation_id == conversation_id
    )
    first = int(conn.scalar(latest) or 0) + 1
    added = [replace(one, sequence=first + number) for number, one in enumerate(messages)]
    if added:
        conn.execute(
            sa.insert(message),
            [
                {
                    "conversation_id": conversation_id,
                    "sequence": one.sequence,
                    "direction": one.direction,
                    "sealed": _sealed_message(sealer, conversation_id, one),
                    "at": one.at,
                    "delivery": one.delivery,
                }
                for one in added
            ],
        )
    return added


def transcript(
    conn: sa.Connection,
    sealer: Sealer,
    conversation_id: str,
    *,
    after: int = 0,
    limit: int | None = None,
) -> list[Message]:
    """Return the messages after sequence *after*, in their order."""
    query = (
        sa.select(message)
        .where(message.c.conversation_id == conversation_id, message.c.sequence > after)
        .order_by(message.c.sequence)
        .limit(limit)
    )
    return [_read_message(sealer, row) for row in conn.execute(query)]


def of_delivery(
    conn: sa.Connection, sealer: Sealer, conversation_id: str, key: str
) -> list[Message]:
    """Return the messages that came with a delivery or answered it; none: it is new."""
    query = (
        sa.select(message)
        .where(message.c.conversation_id == conversation_id, message.c.delivery == key)
        .order_by(message.c.sequence)
    )
    return [_read_message(sealer, row) for row in conn.execute(query)]


def empty(conn: sa.Connection, ids: Iterable[str]) -> int:
    """Take everything personal out of conversations, for good; that they took place stays.

    Return how many held something.
    """
    number = 0
    for chunk in chunks(sorted(set(ids))):
        conn.execute(
            sa.update(message).where(message.c.conversation_id.in_(chunk)).values(sealed=None)
        )
        _empty_beside(conn, chunk)
        held = conversation.c.sealed.is_not(None) | conversation.c.sealed_visitor.is_not(None)
        nothing = dict.fromkeys(("sealed", "sealed_visitor", "email_hash", "phone_hash"))
        statement = sa.update(conversation).where(conversation.c.id.in_(chunk), held)
        # A new version: whoever holds the old one must not write it back.
        emptied = statement.values(**nothing, version=conversation.c.version + 1)
        number += conn.execute(emptied).rowcount
    return number


def forget_texts(conn: sa.Connection, before: float) -> int:
    """Empty the conversations nothing happened in since then; return how many were."""
    held = conversation.c.sealed.is_not(None) | conversation.c.sealed_visitor.is_not(None)
    query = sa.select(conversation.c.id).where(conversation.c.updated_at < before, held)
    return empty(conn, list(conn.scalars(query)))


def _empty_beside(conn: sa.Connection, ids: Sequence[str]) -> None:
    """Empty what was written, answered and decided because of chats, where that is over."""
    wrote = effect.c.interaction_id.in_(ids) & effect.c.state.in_(["settled", "superseded"])
    conn.execute(sa.update(effect).where(wrote).values(request="{}", request_hash="", error=None))
    answered = delivery.c.conversation_id.in_(ids)
    conn.execute(sa.update(delivery).where(answered).values(sealed=None))
    unsure_messages.remove(conn, ids)
    decided = approval.c.conversation_id.in_(ids) & approval.c.decision.is_not(None)
    conn.execute(sa.update(approval).where(decided).values(sealed=None, asked_hash=None))


def _values(sealer: Sealer, row: StoredConversation) -> dict[str, Any]:
    values = asdict(row)
    state, visitor = values.pop("state"), values.pop("visitor")
    known = {name: value for name, value in visitor.items() if value is not None}
    return values | {
        "tickets": json.dumps(row.tickets),
        "sealed": None if state is None else sealer.seal(f"conversation {row.id} state", state),
        "sealed_visitor": sealer.seal(f"conversation {row.id} visitor", known) if known else None,
        "email_hash": lookup_hash(sealer, "email", known.get("email")),
        "phone_hash": lookup_hash(sealer, "phone", known.get("phone")),
    }


def lookup_hash(sealer: Sealer, kind: str, value: str | None) -> str | None:
    """Return what stands in the index for an address or a number."""
    return sealer.hash(kind, _spelled(kind, value)) if value else None


def _spelled(kind: str, value: str) -> str:
    return value.strip().lower() if kind == "email" else value.strip()


def _read(sealer: Sealer, row: sa.Row[Any]) -> StoredConversation:
    values = row._asdict()
    state, visitor = values.pop("sealed"), values.pop("sealed_visitor")
    for name in ("email_hash", "phone_hash"):
        values.pop(name)
    values["tickets"] = tuple(json.loads(row.tickets))
    values["verified"] = bool(row.verified)
    return StoredConversation(
        **values,
        state=None if state is None else sealer.unseal(f"conversation {row.id} state", state),
        visitor={} if not visitor else sealer.unseal(f"conversation {row.id} visitor", visitor),
    )


def _sealed_message(sealer: Sealer, conversation_id: str, one: Message) -> str | None:
    if one.text is None:
        return None
    place = f"message {conversation_id} {one.sequence}"
    return sealer.seal(place, {"text": one.text, "options": one.options})


def _read_message(sealer: Sealer, row: sa.Row[Any]) -> Message:
    said: dict[str, Any] = {"text": None, "options": ()}
    if row.sealed is not None:
        said = sealer.unseal(f"message {row.conversation_id} {row.sequence}", row.sealed)
    return Message(
        direction=row.direction,
        at=row.at,
        text=said["text"],
        options=tuple(said["options"]),
        delivery=row.delivery,
        sequence=row.sequence,
    )


def _interaction(row: StoredConversation, account: Account) -> Interaction:
    """Say in the ledger's words what became of a chat; nothing in it names the visitor."""
    portal, _, session = row.id.removeprefix(f"{KIND}:").partition(":")
    facts: dict[str, Any] = {"channel": row.channel, "stage": row.stage, "workflow": row.workflow}
    facts |= {"verified": row.verified, "tickets": list(row.tickets)}
    return Interaction(
        id=row.id,
        kind=KIND,
        account=portal,
        session=session,
        person=row.id,
        started_at=row.opened_at,
        outcome=account.outcome,
        fate=account.fate,
        reason=account.reason,
        why=account.why,
        error_code=account.error_code,
        document=json.dumps(facts),
        first_seen=row.opened_at,
        updated_at=row.updated_at,
        finished_at=None if account.fate == "waiting" else row.closed_at or row.updated_at,
    )
