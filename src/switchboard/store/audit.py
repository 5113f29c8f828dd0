"""Keep an append-only trail of who did what, chained so that any change of it shows.

Each row's hash covers its content and the hash of the row before. Whoever can write to the
database could compute a whole new chain; `head`, kept elsewhere, shows that and a cut-off end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.redaction import redact, redact_text
from switchboard.store.database import now
from switchboard.store.tables import audit

GENESIS = "0" * 64  # What the first row was written after.
_LOCK = 0x5377_4175_6474  # Any number, the same in every process: "SwAudt".
_BATCH = 1000

Kind = Literal["changed", "missing", "unlinked", "anchor"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it is stored."""

    seq: int
    at: float
    actor: str
    action: str
    subject: str
    detail: str
    prev_hash: str
    hash: str

    def document(self) -> dict[str, Any]:
        """The entry for programs."""
        return {**asdict(self), "detail": json.loads(self.detail)}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row's hash, kept where whoever can change the database cannot."""

    seq: int
    hash: str

    @classmethod
    def read(cls, text: str) -> Anchor | None:
        """Read HASH@SEQ; None for anything else."""
        digest, _, seq = text.strip().partition("@")
        hexadecimal = len(digest) == len(GENESIS) and set(digest) <= set("0123456789abcdef")
        if not hexadecimal or not (seq.isascii() and seq.isdigit()):
            return None
        return cls(int(seq), digest)

    def __str__(self) -> str:
        return f"{self.hash}@{self.seq}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where the trail is not what was written."""

    seq: int
    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What `verify` found; sound without problems."""

    rows: int
    head: Anchor
    problems: tuple[Problem, ...]


def append(
    conn: sa.Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    at: float | None = None,
) -> Entry:
    """Add a row, in the transaction of what it tells; subject and detail are masked first.

    Writers wait for each other until that transaction ends: append last, and keep it short.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    before = head(conn)
    values: dict[str, Any] = {
        "seq": before.seq + 1,
        "at": now(conn) if at is None else float(at),
        "actor": _storable(actor),
        "action": action,
        "subject": _storable(redact_text(subject, ids=True)),
        "detail": _canonical(redact(detail or {})),
        "prev_hash": before.hash,
    }
    entry = Entry(**values, hash=_digest(values))
    conn.execute(sa.insert(audit).values(**asdict(entry)))
    return entry


def head(conn: sa.Connection) -> Anchor:
    """Return the newest row's place and hash; keep it elsewhere, and `verify` against it."""
    query = sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    row = conn.execute(query).first()
    return Anchor(row.seq, row.hash) if row else Anchor(0, GENESIS)


def entries(
    conn: sa.Connection,
    *,
    since: float | None = None,
    actor: str | None = None,
    subject: str | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return the newest rows that fit, newest first; *subject* may be a part of it."""
    query = sa.select(audit)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if actor is not None:
        query = query.where(audit.c.actor == actor)
    if subject is not None:
        query = query.where(audit.c.subject.contains(subject, autoescape=True))
    rows = conn.execute(query.order_by(audit.c.seq.desc()).limit(limit))
    return [Entry(*row) for row in rows]


def verify(conn: sa.Connection, anchors: Iterable[Anchor] = ()) -> AuditReport:
    """Compute the chain again and compare; say where it is not what was written."""
    problems: list[Problem] = []
    awaited = {anchor.seq: anchor for anchor in anchors}
    rows, before = 0, Anchor(0, GENESIS)
    for entry in _all(conn):
        rows += 1
        problems += _row_problems(entry, before)
        anchor = awaited.pop(entry.seq, None)
        if anchor is not None and anchor.hash != entry.hash:
            message = f"Row {entry.seq} is not the one the anchor was taken from."
            problems.append(Problem(entry.seq, "anchor", message))
        before = Anchor(entry.seq, entry.hash)
    for anchor in awaited.values():
        if (anchor.seq, anchor.hash) != (0, GENESIS):
            message = f"Row {anchor.seq}, which the anchor was taken from, is not there (any more)."
            problems.append(Problem(anchor.seq, "anchor", message))
    return AuditReport(rows, before, tuple(problems))


def _row_problems(entry: Entry, before: Anchor) -> Iterator[Problem]:
    expected = before.seq + 1
    if entry.seq > expected:
        last = entry.seq - 1
        which = f"Row {last} is" if last == expected else f"Rows {expected} to {last} are"
        yield Problem(expected, "missing", f"{which} missing.")
    elif entry.seq < expected:
        yield Problem(entry.seq, "unlinked", f"Row {entry.seq} was never written by Switchboard.")
    elif entry.prev_hash != before.hash:
        message = f"Row {entry.seq} was not written after the row that stands before it now."
        yield Problem(entry.seq, "unlinked", message)
    values = asdict(entry)
    if values.pop("hash") != _digest(values):
        message = f"Row {entry.seq} is not what was written: changed, moved or inserted."
        yield Problem(entry.seq, "changed", message)


def _all(conn: sa.Connection) -> Iterator[Entry]:
    last: int | None = None
    while True:
        query = sa.select(audit).order_by(audit.c.seq).limit(_BATCH)
        if last is not None:
            query = query.where(audit.c.seq > last)
        rows = conn.execute(query).all()
        for row in rows:
            yield Entry(*row)
        if len(rows) < _BATCH:
            return
        last = rows[-1].seq


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(values).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def _storable(text: str) -> str:
    """Leave out what PostgreSQL's text cannot hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
