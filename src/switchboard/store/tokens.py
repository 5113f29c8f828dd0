"""Hold one access token per connection for all processes, and name the one who may renew it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.tables import token

KEEP_SECONDS = 7 * 86_400.0  # Rows of connections nobody uses any more.


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A connection's row. `document` holds nothing secret; the token itself is encrypted."""

    connection: str
    ciphertext: str | None = field(repr=False)
    expires_at: float
    document: dict[str, Any]
    holder: str | None
    holder_until: float


def load(conn: sa.Connection, connection: str) -> StoredToken | None:
    """Return the row of *connection*."""
    row = conn.execute(sa.select(token).where(token.c.connection == connection)).first()
    if row is None:
        return None
    return StoredToken(
        connection=connection,
        ciphertext=row.ciphertext,
        expires_at=float(row.expires_at),
        document=json.loads(row.document),
        holder=row.holder,
        holder_until=float(row.holder_until),
    )


def claim(conn: sa.Connection, connection: str, holder: str, until: float, now: float) -> bool:
    """Become the only one who renews the token, until *until*; False if somebody else is."""
    conn.execute(
        insert(conn, token)
        .values(connection=connection, expires_at=now)  # Its age, for `save` to forget it by.
        .on_conflict_do_nothing(index_elements=[token.c.connection])
    )
    claimed = conn.execute(
        sa.update(token)
        .where(
            token.c.connection == connection,
            sa.or_(
                token.c.holder.is_(None),
                token.c.holder == holder,
                token.c.holder_until <= now,
            ),
        )
        .values(holder=holder, holder_until=until)
    )
    return claimed.rowcount == 1


def take_over(conn: sa.Connection, connection: str, gone: str, holder: str, until: float) -> bool:
    """Become the one who renews in place of *gone*, a process that has ended."""
    taken = conn.execute(
        sa.update(token)
        .where(token.c.connection == connection, token.c.holder == gone)
        .values(holder=holder, holder_until=until)
    )
    return taken.rowcount == 1


def save(
    conn: sa.Connection,
    connection: str,
    holder: str,
    *,
    ciphertext: str,
    expires_at: float,
    document: dict[str, Any],
    now: float,
) -> None:
    """Store a new token and stop being its holder; forget rows out of use for a week."""
    conn.execute(
        sa.update(token)
        .where(token.c.connection == connection)
        .values(ciphertext=ciphertext, expires_at=expires_at, document=json.dumps(document))
    )
    release(conn, connection, holder)
    conn.execute(
        sa.delete(token).where(
            token.c.connection != connection,
            token.c.expires_at < now - KEEP_SECONDS,
            token.c.holder_until < now,
        )
    )


def note(conn: sa.Connection, connection: str, holder: str, document: dict[str, Any]) -> None:
    """Replace the document (a refusal, say) and stop being the holder; the token stays."""
    conn.execute(
        sa.update(token)
        .where(token.c.connection == connection)
        .values(document=json.dumps(document))
    )
    release(conn, connection, holder)


def release(conn: sa.Connection, connection: str, holder: str) -> None:
    """Stop being the holder."""
    conn.execute(
        sa.update(token)
        .where(token.c.connection == connection, token.c.holder == holder)
        .values(holder=None, holder_until=0.0)
    )


def forget_refusal(conn: sa.Connection, connection: str) -> None:
    """Forget that a vendor refused the credentials, so that the next use asks it anew."""
    row = load(conn, connection)
    if row is not None and "refused" in row.document:
        discard(conn, connection)


def discard(conn: sa.Connection, connection: str) -> None:
    """Forget the token, so that the next use asks for a new one."""
    conn.execute(sa.delete(token).where(token.c.connection == connection))
