"""Keep one-time links: the first administrator's, and those with which people choose a password."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import accounts
from switchboard.store.accounts import Account
from switchboard.store.tables import setup_link

LINK_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class SetupLink:
    """Whom a link is for: None, the first administrator."""

    account: Account | None
    expires_at: float


def make_first(conn: sa.Connection, now: float) -> str | None:
    """Return a token for the first administrator; None once there is any account."""
    if accounts.anybody(conn):
        return None
    return _make(conn, None, now)


def make(conn: sa.Connection, account_id: str, now: float) -> str:
    """Return a token with which the account's password is chosen; the one before ends."""
    conn.execute(sa.delete(setup_link).where(setup_link.c.account_id == account_id))
    return _make(conn, account_id, now)


def look(conn: sa.Connection, token: str, now: float) -> SetupLink | None:
    """Return what a link is good for, without using it: programs look at links before people."""
    query = sa.select(setup_link).where(setup_link.c.token_hash == _hash(token))
    row = conn.execute(query).first()
    if row is None or row.expires_at <= now:
        return None
    if row.account_id is None:
        return None if accounts.anybody(conn) else SetupLink(None, row.expires_at)
    found = accounts.get(conn, row.account_id)
    return None if found.disabled_at is not None else SetupLink(found, row.expires_at)


def use_first(conn: sa.Connection, token: str, name: str, password_hash: str, now: float) -> str:
    """Make the first administrator; return the account's id. Every such link ends."""
    accounts.alone(conn)
    found = look(conn, token, now)
    if found is None or found.account is not None:
        raise _over()
    wanted = accounts.sign_in_name(name)
    made = accounts.create(
        conn, wanted, "administrator", now, actor=f"console:{wanted}", password_hash=password_hash
    )
    conn.execute(sa.delete(setup_link).where(setup_link.c.account_id.is_(None)))
    return made.id


def use(conn: sa.Connection, token: str, password_hash: str, now: float) -> str:
    """Set the password a link is for; return the account's id."""
    found = look(conn, token, now)
    mine = sa.delete(setup_link).where(setup_link.c.token_hash == _hash(token))
    if found is None or found.account is None or not conn.execute(mine).rowcount:
        raise _over()
    actor = f"console:{found.account.name}"
    accounts.set_password(conn, found.account.id, password_hash, now, actor=actor)
    return found.account.id


def _make(conn: sa.Connection, account_id: str | None, now: float) -> str:
    conn.execute(sa.delete(setup_link).where(setup_link.c.expires_at <= now))
    token = secrets.token_urlsafe(32)
    values = {"account_id": account_id, "created_at": now, "expires_at": now + LINK_SECONDS}
    conn.execute(sa.insert(setup_link).values(token_hash=_hash(token), **values))
    return token


def _over() -> OperatorError:
    return OperatorError("CON-005", "This link was used, has been replaced or is too old.")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
