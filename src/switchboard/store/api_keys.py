"""Keep the keys of the HTTP API: recognisable by a prefix, checkable by a hash, readable nowhere.

A key is `sbk_<id>_<256 random bits>`. Such a secret cannot be guessed, so a plain SHA-256 of it is
enough: docs/adr/0035-api-keys-and-audit-chain.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store.database import insert
from switchboard.store.tables import api_key

SCOPES = {
    "chat:read": "Read chat sessions",
    "chat:write": "Send chat messages and close sessions",
    "tickets:read": "Read tickets, and test the connection to Zoho Desk",
    "tickets:write": "Create tickets and add comments",
    "metrics:read": "Read metrics",
}
LONGEST_NAME = 64
DAY = 86_400.0
NOTE_USE_SECONDS = 300.0  # A key in steady use costs one write in so long a time.

_FORM = re.compile(r"sbk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODY = "0" * 64  # Compared with where there is no such key, to take as long.


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key; the key itself is not."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None

    def state(self, now: float) -> Literal["active", "revoked", "expired"]:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


def fits(name: str) -> bool:
    """Tell whether a key may be called so."""
    return bool(name.strip()) and len(name) <= LONGEST_NAME and name.isprintable()


def create(
    conn: sa.Connection,
    name: str,
    scopes: Iterable[str],
    now: float,
    *,
    expires_at: float | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; return what is known of it, and the key itself for the only time."""
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=secrets.token_hex(6),
        name=name,
        scopes=tuple(sorted(set(scopes))),
        created_at=now,
        expires_at=expires_at,
    )
    statement = insert(conn, api_key).values(
        id=key.id,
        name=name,
        hash=_hash(secret),
        scopes=json.dumps(key.scopes),
        created_at=now,
        expires_at=expires_at,
    )
    added = statement.on_conflict_do_nothing(index_elements=["name"]).returning(api_key.c.id)
    if conn.execute(added).first() is None:
        raise OperatorError("DATA-002", f"There is or was an API key called {name!r}.")
    return key, f"sbk_{key.id}_{secret}"


def check(conn: sa.Connection, presented: str, now: float) -> ApiKey | None:
    """Return the key somebody presents, None unless it is one of ours and may still be used."""
    parts = _FORM.fullmatch(presented)
    key_id, secret = parts.groups() if parts else ("", "")
    row = conn.execute(sa.select(api_key).where(api_key.c.id == key_id)).first()
    fits = hmac.compare_digest(_hash(secret), row.hash if row else _NOBODY)
    if row is None or not fits:
        return None
    key = _key(row)
    if key.state(now) != "active":
        return None
    if key.last_used_at is None or key.last_used_at + NOTE_USE_SECONDS <= now:
        conn.execute(sa.update(api_key).where(api_key.c.id == key_id).values(last_used_at=now))
    return key


def every(conn: sa.Connection) -> list[ApiKey]:
    """Return all keys that ever were, oldest first."""
    query = sa.select(api_key).order_by(api_key.c.created_at, api_key.c.id)
    return [_key(row) for row in conn.execute(query)]


def revoke(conn: sa.Connection, wanted: str, now: float) -> ApiKey:
    """End a key, named by its name or id, for good; one ended already stays as it was."""
    query = sa.select(api_key).where((api_key.c.name == wanted) | (api_key.c.id == wanted))
    row = conn.execute(query).first()
    if row is None:
        raise OperatorError("DATA-003", f"There is no API key called {wanted!r}.")
    open_ = (api_key.c.id == row.id) & api_key.c.revoked_at.is_(None)
    conn.execute(sa.update(api_key).where(open_).values(revoked_at=now))
    return _key(conn.execute(sa.select(api_key).where(api_key.c.id == row.id)).one())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: sa.Row[Any]) -> ApiKey:
    values = row._asdict()
    values.pop("hash")
    return ApiKey(**values | {"scopes": tuple(json.loads(row.scopes))})
