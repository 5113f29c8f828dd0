"""Check the store: that it opens, is whole and current, and what has been left lying in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.config.places import database_url, redacted_database_url
from switchboard.doctor.results import Check, error, info, ok, warning
from switchboard.errors import OperatorError
from switchboard.store import media, schema, set_aside, stops
from switchboard.store.database import Database, now
from switchboard.store.engine import normalise
from switchboard.store.tables import interaction, mail

GROUP = "Store"
LONG_WAIT_HOURS = 24.0
MAIL_DAYS = 7
SOUND = "ok"
_MAGIC = b"SQLite format 3\0"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What a store says of itself."""

    kind: str
    revision: str | None
    newest: str | None
    size: int = 0
    journal: str = "wal"
    quick_check: str = SOUND


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What calls and tickets in the store are waiting for; what is set aside waits for nobody."""

    parked: int = 0
    parked_callbacks: int = 0
    parked_media: int = 0
    parked_tickets: int = 0
    unsent_mails: int = 0  # Of the last days: older ones are history.
    waiting: int = 0
    oldest_wait_hours: float = 0.0
    media_owed: int = 0
    media_expiring: int = 0
    alarm_days: float = 0.0


def examine(configuration: Configuration) -> Iterator[Check]:
    """Look without changing anything: an old store is not migrated, a missing one not made."""
    url = database_url(configuration.root, configuration.settings)
    path = _file(url)
    if path is not None and not path.is_file():
        yield info(GROUP, "Store", "There is none yet; the first run makes it.")
        return
    found: dict[str, Any] = _of_sqlite(path) if path else {}
    if found.get("quick_check", SOUND) != SOUND:
        yield judge_store(StoreFacts("SQLite", None, None, **found))
        return
    db = Database.open(url, migrate=False)
    try:
        facts = db.run_sync(lambda conn: _facts(conn, found))
        where = path.name if path else redacted_database_url(url)
        yield judge_store(facts, where)
        if facts.revision == facts.newest:
            days = configuration.settings.media.alarm_days
            yield from judge_work(db.run_sync(lambda conn: _work(conn, days)))
    finally:
        db.close()


def read(configuration: Configuration, ask: Callable[[sa.Connection], T]) -> T | None:
    """Ask the store, changing nothing; None where there is none that is sound and current."""
    url = database_url(configuration.root, configuration.settings)
    path = _file(url)
    if path is not None and not (path.is_file() and _is_sound(path)):
        return None
    db = Database.open(url, migrate=False)
    try:
        return db.run_sync(lambda conn: ask(conn) if _is_current(conn) else None)
    finally:
        db.close()


def judge_store(facts: StoreFacts, where: str = "") -> Check:
    if facts.quick_check != SOUND:
        message = f"SQLite finds it damaged: {facts.quick_check}."
        return error(GROUP, "Store", "DB-007", message)
    if facts.revision is None:
        return info(GROUP, "Store", "It is empty; the first run makes its tables.")
    if facts.revision != facts.newest:
        message = f"Revision {facts.revision}; the next run brings it to {facts.newest}."
        return info(GROUP, "Store", message, "`switchboard db upgrade` does it now.")
    if facts.journal != "wal":
        message = f"Its journal is {facts.journal} instead of WAL: readers and writers wait."
        return warning(GROUP, "Store", "DB-002", message)
    size = f", {facts.size / 1024**2:,.1f} MB" if facts.size else ""
    return ok(GROUP, "Store", f"{facts.kind}, {where}, revision {facts.revision}{size}.")


def judge_work(facts: WorkFacts) -> Iterator[Check]:
    parked = {
        "calls": facts.parked,
        "call-backs": facts.parked_callbacks,
        "recordings or voicemails": facts.parked_media,
        "tickets": facts.parked_tickets,
    }
    if any(parked.values()):
        listed = ", ".join(f"{number} {what}" for what, number in parked.items() if number)
        yield warning(GROUP, "Parked", "DOC-008", f"{listed} wait for a person.")
    else:
        yield ok(GROUP, "Parked", "Nothing waits for a person.")
    if facts.unsent_mails:
        message = f"{facts.unsent_mails} mails of the last {MAIL_DAYS} days could not be sent."
        yield warning(GROUP, "Mails", "DOC-006", message)
    if facts.oldest_wait_hours > LONG_WAIT_HOURS:
        message = (
            f"{facts.waiting} calls wait, the longest for {facts.oldest_wait_hours:.0f} hours."
        )
        yield warning(GROUP, "Waiting calls", "DOC-013", message)
    else:
        yield ok(GROUP, "Waiting calls", f"{facts.waiting} wait for the next run.")
    if facts.media_expiring:
        message = (
            f"{facts.media_expiring} recordings or voicemails are not in Zoho CRM yet, and "
            f"RingCentral deletes them within {facts.alarm_days:g} days."
        )
        yield warning(GROUP, "Media", "DOC-011", message)
    else:
        yield ok(GROUP, "Media", f"{facts.media_owed} recordings or voicemails are on their way.")


def _file(url: str) -> Path | None:
    """Return where an embedded store is; None for a server's."""
    parsed = normalise(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _is_sound(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _is_current(conn: sa.Connection) -> bool:
    return schema.current_revision(conn) == schema.head_revision()


def _of_sqlite(path: Path) -> dict[str, Any]:
    """Ask without the lock of a writer: a long check must not hold a run up."""
    try:
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            (check,) = conn.execute("PRAGMA quick_check(1)").fetchone()
            (journal,) = conn.execute("PRAGMA journal_mode").fetchone()
        finally:
            conn.close()
    except sqlite3.DatabaseError as problem:
        if getattr(problem, "sqlite_errorcode", None) in {
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_NOTADB,
        }:
            return {"quick_check": str(problem)}
        raise OperatorError("DB-001", f"The store {path.name} cannot be read: {problem}") from None
    return {"quick_check": str(check), "journal": str(journal), "size": path.stat().st_size}


def _facts(conn: sa.Connection, found: dict[str, Any]) -> StoreFacts:
    kind = "SQLite"
    if conn.dialect.name == "postgresql":
        kind = f"PostgreSQL {conn.scalar(sa.text('SHOW server_version'))}"
        found = {"size": conn.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0}
    return StoreFacts(kind, schema.current_revision(conn), schema.head_revision(), **found)


def _work(conn: sa.Connection, alarm_days: float) -> WorkFacts:
    calls = interaction.c.kind == "call"
    fates = sa.select(interaction.c.fate, sa.func.count()).where(calls)
    fates = fates.group_by(interaction.c.fate)
    count: dict[str, int] = dict(conn.execute(fates).all())
    recent = mail.c.finished_at > now(conn) - MAIL_DAYS * 86_400
    owed = media.counts(conn)
    oldest = conn.scalar(
        sa.select(sa.func.min(interaction.c.first_seen)).where(
            calls, interaction.c.fate == "waiting"
        )
    )
    return WorkFacts(
        parked=_stopped(conn, stops.CALL),
        parked_callbacks=_stopped(conn, stops.CALL_BACK),
        parked_media=_stopped(conn, stops.MEDIA),
        parked_tickets=_stopped(conn, stops.TICKET),
        unsent_mails=_stopped(conn, stops.MAIL, recent),
        waiting=count.get("waiting", 0),
        oldest_wait_hours=(now(conn) - oldest) / 3600 if oldest is not None else 0.0,
        media_owed=owed["owed"],
        media_expiring=len(media.expiring(conn, alarm_days)),
        alarm_days=alarm_days,
    )


def _stopped(conn: sa.Connection, stop: stops.Stop, *more: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(stop.table)
    return conn.scalar(query.where(stop.holds, ~set_aside.is_set(stop), *more)) or 0
