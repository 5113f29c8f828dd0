"""Remember the chats in which something is to be said without being asked, and when."""

from __future__ import annotations

import sqlalchemy as sa

from switchboard.store import set_aside
from switchboard.store.database import insert
from switchboard.store.tables import owed_reply


def owe(conn: sa.Connection, conversation_id: str, due_at: float) -> None:
    """Have a chat looked at then, or earlier if that was planned before."""
    statement = insert(conn, owed_reply).values(conversation_id=conversation_id, due_at=due_at)
    earlier = sa.case(
        (owed_reply.c.due_at < due_at, owed_reply.c.due_at), else_=statement.excluded.due_at
    )
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id"], set_={"due_at": earlier}
        )
    )


def put_off(conn: sa.Connection, conversation_id: str, due_at: float) -> None:
    """Look at a chat then, and not before."""
    conn.execute(
        sa.update(owed_reply)
        .where(owed_reply.c.conversation_id == conversation_id)
        .values(due_at=due_at)
    )


def settle(conn: sa.Connection, conversation_id: str) -> None:
    """Nothing is owed any more."""
    conn.execute(sa.delete(owed_reply).where(owed_reply.c.conversation_id == conversation_id))
    set_aside.drop(conn, ["reply"], [conversation_id])


def due(conn: sa.Connection, at: float, limit: int = 50) -> list[str]:
    """Return the chats to look at, the longest due first."""
    query = sa.select(owed_reply.c.conversation_id).where(owed_reply.c.due_at <= at)
    query = query.order_by(owed_reply.c.due_at, owed_reply.c.conversation_id).limit(limit)
    return list(conn.scalars(query))


def any_due(conn: sa.Connection, at: float) -> bool:
    return conn.scalar(sa.select(sa.exists().where(owed_reply.c.due_at <= at))) or False


def due_at(conn: sa.Connection, conversation_id: str) -> float | None:
    """Return when a chat is looked at; None: nothing is owed in it."""
    query = sa.select(owed_reply.c.due_at)
    return conn.scalar(query.where(owed_reply.c.conversation_id == conversation_id))
