"""Move sealed rows to the vault's newest key, in batches, while everything goes on.

After `credentials rotate-key` the previous key stays in the vault; rows sealed with it stay
readable and are found until it goes. Run this before it goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import (
    accounts,
    configuration_history,
    conversations,
    journal,
    outbox,
    tickets,
    unsure_messages,
)
from switchboard.store.sealing import Sealer
from switchboard.store.tables import (
    account,
    approval,
    configuration_change,
    conversation,
    delivery,
    effect,
    mail,
    message,
    ticket,
    unsure_message,
)

_Anew = Callable[[Sealer, Any], dict[str, Any]]


def reseal(conn: sa.Connection, sealer: Sealer, *, after: str = "", limit: int = 200) -> str | None:
    """Seal the next *limit* rows anew; return where to go on, None when all are done.

    Begin with "" and hand back what is returned. A row that none of the keys opens stays as it is:
    it must not keep the others from moving.
    """
    table, _, key = after.partition(" ")
    names = list(_TABLES)
    at = names.index(table) if table else 0
    columns, anew = _TABLES[names[at]]
    query = sa.select(columns[0].table).order_by(*columns).limit(limit).with_for_update()
    if names[at] in _ONLY:
        query = query.where(_ONLY[names[at]])
    if key:
        query = query.where(sa.tuple_(*columns) > sa.tuple_(*_position(columns, key)))
    rows = conn.execute(query).all()
    for row in rows:
        same = [column == row._mapping[column.name] for column in columns]  # noqa: SLF001
        try:
            values = anew(sealer, row)
        except OperatorError:
            continue
        if values:
            conn.execute(sa.update(columns[0].table).where(*same).values(**values))
    if len(rows) == limit:
        last = [str(rows[-1]._mapping[column.name]) for column in columns]  # noqa: SLF001
        return f"{names[at]} {' '.join(last)}"
    return f"{names[at + 1]} " if at + 1 < len(names) else None


def _position(columns: tuple[sa.Column[Any], ...], key: str) -> list[Any]:
    if len(columns) == 1:
        return [key]
    first, _, second = key.rpartition(" ")
    return [first, int(second)]


def _again(sealer: Sealer, place: str, sealed: str | None) -> str | None:
    return None if sealed is None else sealer.seal(place, sealer.unseal(place, sealed))


def _conversation(sealer: Sealer, row: Any) -> dict[str, Any]:
    place = f"conversation {row.id} visitor"
    visitor = sealer.unseal(place, row.sealed_visitor) if row.sealed_visitor else {}
    return {
        "sealed": _again(sealer, f"conversation {row.id} state", row.sealed),
        "sealed_visitor": sealer.seal(place, visitor) if visitor else None,
        "email_hash": conversations.lookup_hash(sealer, "email", visitor.get("email")),
        "phone_hash": conversations.lookup_hash(sealer, "phone", visitor.get("phone")),
    }


def _message(sealer: Sealer, row: Any) -> dict[str, Any]:
    place = f"message {row.conversation_id} {row.sequence}"
    return {"sealed": _again(sealer, place, row.sealed)}


def _delivery(sealer: Sealer, row: Any) -> dict[str, Any]:
    return {"sealed": _again(sealer, f"delivery {row.key}", row.sealed)}


def _approval(sealer: Sealer, row: Any) -> dict[str, Any]:
    if row.sealed is None:
        return {}
    place = f"approval {row.token_hash}"
    facts = sealer.unseal(place, row.sealed)
    asked = conversations.lookup_hash(sealer, "email", facts["asked"])
    return {"sealed": sealer.seal(place, facts), "asked_hash": asked}


def _mail(sealer: Sealer, row: Any) -> dict[str, Any]:
    return {"message": outbox.resealed(sealer, row.key, row.message)}


def _effect(sealer: Sealer, row: Any) -> dict[str, Any]:
    if '"sealed"' not in row.request or row.state in {"settled", "superseded"}:
        return {}
    request = json.loads(row.request)
    if not isinstance(request.get("sealed"), str):
        return {}
    request["sealed"] = _again(sealer, f"effect {row.key}", request["sealed"])
    text = json.dumps(request)
    return {"request": text, "request_hash": journal.request_hash(text)}


_TABLES: dict[str, tuple[tuple[sa.Column[Any], ...], _Anew]] = {
    "conversation": ((conversation.c.id,), _conversation),
    "message": ((message.c.conversation_id, message.c.sequence), _message),
    "delivery": ((delivery.c.key,), _delivery),
    "approval": ((approval.c.token_hash,), _approval),
    "ticket": ((ticket.c.reference,), tickets.sealed_anew),
    "effect": ((effect.c.key,), _effect),
    "mail": ((mail.c.key,), _mail),
    "account": ((account.c.id,), accounts.sealed_anew),
    "unsure_message": (
        (unsure_message.c.conversation_id, unsure_message.c.number),
        unsure_messages.sealed_anew,
    ),
    "configuration_change": (
        (configuration_change.c.id, configuration_change.c.number),
        configuration_history.sealed_anew,
    ),
}
_ONLY = {"mail": mail.c.message.startswith(outbox.SEALED)}  # Reports are long, and not sealed.
