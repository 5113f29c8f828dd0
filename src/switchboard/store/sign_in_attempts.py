"""Count failed sign-ins across processes, and make those who go on wait longer and longer.

An attempt is counted before the password is looked at and given back when it was right, so that
many guesses at once are no more than one after the other. A name is counted together with where
the attempt comes from: somebody elsewhere cannot lock its owner out until very many have failed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.tables import sign_in_attempt

FREE_HERE, FREE_ADDRESS, FREE_NAME = 5, 20, 50  # Failures without a wait.
FIRST_WAIT, LONGEST_WAIT = 30.0, 900.0
FORGET_SECONDS = 3600.0

Keys = Mapping[str, int]


def keys_of(name: str, neighbourhood: str) -> dict[str, int]:
    """Return what an attempt is counted under, with the failures each lets pass. Pure."""
    return {
        _key("here", name, neighbourhood): FREE_HERE,
        _key("address", neighbourhood): FREE_ADDRESS,
        _key("name", name): FREE_NAME,
    }


def keys_of_code(account_id: str) -> dict[str, int]:
    """Return the same of a second factor: whoever gets here knows the password."""
    return {_key("code", account_id): FREE_HERE}


def claim(conn: sa.Connection, keys: Keys, now: float) -> float:
    """Count an attempt as failed; return 0, or how long to wait when it may not be made yet."""
    conn.execute(sa.delete(sign_in_attempt).where(sign_in_attempt.c.last_at < now - FORGET_SECONDS))
    for key in sorted(keys):  # In one order everywhere: no two processes wait for each other.
        statement = insert(conn, sign_in_attempt).values(
            key=key, failures=0, last_at=now, locked_until=0.0
        )
        conn.execute(statement.on_conflict_do_nothing(index_elements=["key"]))
    query = sa.select(sign_in_attempt).where(sign_in_attempt.c.key.in_(keys))
    rows = conn.execute(query.order_by(sign_in_attempt.c.key).with_for_update()).all()
    wait = max((row.locked_until - now for row in rows), default=0.0)
    if wait > 0:
        return wait
    for row in rows:
        failures = row.failures + 1
        values = {
            "failures": failures,
            "last_at": now,
            "locked_until": now + _wait(failures - keys[row.key]),
        }
        _set(conn, row.key, values)
    return 0.0


def give_back(conn: sa.Connection, keys: Keys) -> None:
    """Take back an attempt that was right; where it was made, earlier failures are forgotten."""
    for key, free in keys.items():
        if free == FREE_HERE:
            conn.execute(sa.delete(sign_in_attempt).where(sign_in_attempt.c.key == key))
        else:
            fewer = sa.case(
                (sign_in_attempt.c.failures > 0, sign_in_attempt.c.failures - 1), else_=0
            )
            _set(conn, key, {"failures": fewer, "locked_until": 0.0})


def locked(conn: sa.Connection, keys: Keys, now: float) -> float:
    """Return how long the next attempt has to wait, 0: it may be made at once."""
    query = sa.select(sa.func.max(sign_in_attempt.c.locked_until))
    until = conn.scalar(query.where(sign_in_attempt.c.key.in_(keys)))
    return max(0.0, (until or 0.0) - now)


def _wait(too_many: int) -> float:
    if too_many < 0:
        return 0.0
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(too_many, 10)))


def _set(conn: sa.Connection, key: str, values: dict[str, Any]) -> None:
    conn.execute(sa.update(sign_in_attempt).where(sign_in_attempt.c.key == key).values(**values))


def _key(*parts: str) -> str:
    # Hashed: people type passwords into the field of the name.
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
