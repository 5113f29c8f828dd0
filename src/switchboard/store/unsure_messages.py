"""Keep what visitors wrote that was not understood for certain, until a person has learnt from it.

A message goes with the texts of its conversation, whoever empties that: retention, or a person's
wish to be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store.sealing import Sealer
from switchboard.store.tables import chat_fact
from switchboard.store.tables import unsure_message as table

Outcome = Literal["start", "ask", "none"]
MOST_OF_A_CHAT = 10
MOST_LOADED = 500
Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """One message: what the detector made of it, and the workflow the visitor then began.

    `outcome`: a workflow was offered and refused ("start"), several were offered ("ask"), or none
    could be ("none"). `example` is the set and text a person made of it.
    """

    text: str
    outcome: Outcome
    labels: tuple[str, ...] = ()  # The likeliest workflows, best first.
    p: float = 0.0
    at: float = 0.0
    conversation_id: str = ""
    number: int = 0
    chosen: str = ""
    example: tuple[str, str] | None = None

    @property
    def key(self) -> Key:
        return self.conversation_id, self.number


def add(conn: sa.Connection, sealer: Sealer, conversation_id: str, at: float, one: Unsure) -> None:
    """Keep a message, in the transaction that keeps its chat; no more than some of each chat."""
    mine = table.c.conversation_id == conversation_id
    latest = conn.scalar(sa.select(sa.func.max(table.c.number)).where(mine)) or 0
    if latest >= MOST_OF_A_CHAT:
        return
    number = latest + 1
    values = {
        "conversation_id": conversation_id,
        "number": number,
        "at": at,
        "outcome": one.outcome,
        "state": "open",
        "sealed": sealer.seal(_place(conversation_id, number), _document(one)),
    }
    conn.execute(sa.insert(table).values(**values))


def waiting(conn: sa.Connection, sealer: Sealer, limit: int = MOST_LOADED) -> list[Unsure]:
    """Return the newest messages nobody has dismissed, newest first."""
    query = (
        sa.select(table, _chosen().label("chosen"))
        .where(table.c.state != "dismissed")
        .order_by(table.c.at.desc(), table.c.conversation_id, table.c.number)
        .limit(limit)
    )
    return [_read(sealer, row) for row in conn.execute(query)]


def number_waiting(conn: sa.Connection) -> int:
    """Count the messages nobody has dismissed or made an example of."""
    query = sa.select(sa.func.count()).select_from(table).where(table.c.state == "open")
    return int(conn.scalar(query) or 0)


def dismiss(conn: sa.Connection, keys: Iterable[Key]) -> int:
    """Show these no more; return how many that were."""
    return sum(
        conn.execute(sa.update(table).where(_is(key)).values(state="dismissed")).rowcount
        for key in keys
    )


def note_example(
    conn: sa.Connection, sealer: Sealer, keys: Iterable[Key], example: tuple[str, str]
) -> None:
    """Note which example somebody makes of these; they are done as long as it is there.

    It may be given up before it is saved, and undone after.
    """
    for key in keys:
        row = conn.execute(sa.select(table).where(_is(key))).first()
        if row is not None:
            place = _place(*key)
            document = sealer.unseal(place, row.sealed) | {"example": list(example)}
            sealed = sealer.seal(place, document)
            values = {"sealed": sealed, "state": "explained"}
            conn.execute(sa.update(table).where(_is(key)).values(**values))


def of_conversation(conn: sa.Connection, sealer: Sealer, conversation_id: str) -> list[Unsure]:
    query = sa.select(table, _chosen().label("chosen"))
    mine = query.where(table.c.conversation_id == conversation_id).order_by(table.c.number)
    return [_read(sealer, row) for row in conn.execute(mine)]


def remove(conn: sa.Connection, conversation_ids: Iterable[str]) -> None:
    """Take out what was written in these chats."""
    conn.execute(sa.delete(table).where(table.c.conversation_id.in_(list(conversation_ids))))


def sealed_anew(sealer: Sealer, row: Any) -> dict[str, Any]:
    """Return the sealed column of a row under the newest key."""
    place = _place(row.conversation_id, row.number)
    return {"sealed": sealer.seal(place, sealer.unseal(place, row.sealed))}


def _chosen() -> sa.ScalarSelect[Any]:
    """The first workflow that was begun in the chat after the message."""
    return (
        sa.select(chat_fact.c.workflow)
        .where(
            chat_fact.c.conversation_id == table.c.conversation_id,
            chat_fact.c.what == "started",
            chat_fact.c.at >= table.c.at,
        )
        .order_by(chat_fact.c.number)
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )


def _is(key: Key) -> sa.ColumnElement[bool]:
    return (table.c.conversation_id == key[0]) & (table.c.number == key[1])


def _place(conversation_id: str, number: int) -> str:
    return f"unsure message {conversation_id} {number}"


def _document(one: Unsure) -> dict[str, Any]:
    return {"text": one.text, "labels": list(one.labels), "p": one.p, "example": None}


def _read(sealer: Sealer, row: sa.Row[Any]) -> Unsure:
    said = sealer.unseal(_place(row.conversation_id, row.number), row.sealed)
    return Unsure(
        text=said["text"],
        outcome=row.outcome,
        labels=tuple(said["labels"]),
        p=said["p"],
        at=row.at,
        conversation_id=row.conversation_id,
        number=row.number,
        chosen=row.chosen or "",
        example=tuple(said["example"]) if said["example"] else None,
    )
