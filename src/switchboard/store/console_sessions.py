"""Keep who is signed in to the console, on which device, until when."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import accounts
from switchboard.store.accounts import Account
from switchboard.store.tables import console_session

IDLE_SECONDS = 2 * 3600.0
LONGEST_SECONDS = 12 * 3600.0  # A working day: then the password is asked for again.
CODE_SECONDS = 5 * 60.0  # Between the password and the second factor.
SEEN_SECONDS = 60.0  # A page in use costs one write in so long a time.
HANDLE = 16  # Signs of the hash by which people end a session of theirs.

Stage = Literal["code", "in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is signed in, or half way."""

    id_hash: str
    account_id: str
    stage: Stage
    csrf: str
    created_at: float
    last_seen_at: float
    expires_at: float
    address: str
    user_agent: str
    notice: str | None = None

    @property
    def handle(self) -> str:
        return self.id_hash[:HANDLE]


def start(
    conn: sa.Connection, account_id: str, stage: Stage, now: float, *, address: str, agent: str
) -> str:
    """Begin a session under an id nobody has seen before; return the id."""
    purge(conn, now)
    session_id = secrets.token_urlsafe(32)
    values = {
        "id_hash": _hash(session_id),
        "account_id": account_id,
        "stage": stage,
        "csrf": secrets.token_hex(32),
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + (LONGEST_SECONDS if stage == "in" else CODE_SECONDS),
        "address": address,
        "user_agent": agent,
    }
    conn.execute(sa.insert(console_session).values(**values))
    return session_id


def load(conn: sa.Connection, session_id: str, now: float) -> tuple[Session, Account] | None:
    """Return a session that still holds, and whose it is."""
    mine = console_session.c.id_hash == _hash(session_id)
    row = conn.execute(sa.select(console_session).where(mine & _alive(now))).first()
    if row is None:
        return None
    found = accounts.get(conn, row.account_id)
    return (_session(row), found) if found.state == "active" else None


def seen(conn: sa.Connection, session: Session, now: float) -> None:
    """Note that somebody is still there."""
    if session.last_seen_at + SEEN_SECONDS <= now:
        mine = console_session.c.id_hash == session.id_hash
        conn.execute(sa.update(console_session).where(mine).values(last_seen_at=now))


def of_account(conn: sa.Connection, account_id: str, now: float) -> list[Session]:
    """Return where somebody is signed in, the latest used first."""
    mine = (console_session.c.account_id == account_id) & (console_session.c.stage == "in")
    query = sa.select(console_session).where(mine & _alive(now))
    return [
        _session(row) for row in conn.execute(query.order_by(console_session.c.last_seen_at.desc()))
    ]


def end(conn: sa.Connection, session: Session) -> None:
    conn.execute(sa.delete(console_session).where(console_session.c.id_hash == session.id_hash))


def end_of_account(
    conn: sa.Connection, account_id: str, *, handle: str = "", but: Session | None = None
) -> int:
    """End the sessions of an account, or the one called *handle*; return how many."""
    query = sa.delete(console_session).where(console_session.c.account_id == account_id)
    if handle:
        query = query.where(console_session.c.id_hash.startswith(handle, autoescape=True))
    if but is not None:
        query = query.where(console_session.c.id_hash != but.id_hash)
    return conn.execute(query).rowcount


def leave_notice(
    conn: sa.Connection,
    session: Session,
    kind: str,
    text: str,
    link: tuple[str, str] | None = None,
) -> None:
    """Let the next page of this browser tell something; *link* is words and a page."""
    mine = console_session.c.id_hash == session.id_hash
    words, href = link or ("", "")
    notice = json.dumps({"kind": kind, "text": text, "words": words, "href": href})
    conn.execute(sa.update(console_session).where(mine).values(notice=notice))


def take_notice(conn: sa.Connection, session: Session) -> dict[str, str] | None:
    mine = console_session.c.id_hash == session.id_hash
    held = conn.scalar(sa.select(console_session.c.notice).where(mine))
    if held is None:
        return None
    conn.execute(sa.update(console_session).where(mine).values(notice=None))
    notice: dict[str, str] = json.loads(held)
    return notice


def purge(conn: sa.Connection, now: float) -> int:
    """Forget sessions that are over."""
    return conn.execute(sa.delete(console_session).where(sa.not_(_alive(now)))).rowcount


def _alive(now: float) -> sa.ColumnElement[bool]:
    idle = console_session.c.last_seen_at > now - IDLE_SECONDS
    return (console_session.c.expires_at > now) & idle


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode("utf-8", "replace")).hexdigest()


def _session(row: sa.Row[Any]) -> Session:
    return Session(**row._asdict())
