"""Connect to either kind of store with the settings our guarantees rest on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from switchboard.errors import OperatorError

BUSY_TIMEOUT_MS = 5_000  # One wait inside SQLite or PostgreSQL; several fit into our patience.


def create_engine(url: str) -> sa.Engine:
    """Return the engine for a store's URL; a SQLite file is made for its owner only."""
    parsed = normalise(url)
    if parsed.get_backend_name() == "sqlite":
        _prepare_file(parsed.database)
    try:
        return _engine(parsed)
    except ImportError as error:
        raise OperatorError(
            "DB-001", "PostgreSQL needs the extra: pip install 'switchboard[postgresql]'."
        ) from error


def create_reading_engine(url: URL) -> sa.Engine:
    """Return an engine for a store that is open already; what it opens can change nothing."""
    if url.get_backend_name() == "postgresql":
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
        sa.event.listen(engine, "connect", _tune_postgresql)
        sa.event.listen(engine, "connect", _read_only_postgresql)
        return engine
    # Closed by whoever ends the readers, who are other threads.
    arguments = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    sa.event.listen(engine, "connect", _tune_sqlite)
    sa.event.listen(engine, "connect", _read_only_sqlite)
    sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
    return engine


def set_durable(conn: sa.Connection, *, durable: bool) -> None:
    """Say whether SQLite's commits wait for the disk. They always survive the process."""
    cursor = conn.connection.cursor()
    cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    cursor.close()


def normalise(url: str) -> URL:
    """Read a store's URL; plain `postgresql://` means psycopg."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise OperatorError("DB-001", "The store's URL cannot be read.") from error
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        return parsed
    raise OperatorError("DB-001", f"A store is sqlite or postgresql, not {parsed.drivername}.")


def _prepare_file(path: str | None) -> None:
    if not path or path == ":memory:":
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if os.name == "posix":
            Path(path).chmod(0o600)  # The journal files beside it inherit the mode.
    except OSError as error:
        raise OperatorError("DB-001", f"The store {path} cannot be opened: {error}") from error


def _engine(url: URL) -> sa.Engine:
    if url.get_backend_name() == "postgresql":
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
        sa.event.listen(engine, "connect", _tune_postgresql)
        return engine
    engine = sa.create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
    )
    sa.event.listen(engine, "connect", _tune_sqlite)
    # Taking the write lock first means a transaction waits at its start or not at all.
    sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _tune_postgresql(connection: Any, _record: Any) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.autocommit = False


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # The driver begins nothing by itself.
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: an intent is on the disk before its request leaves, also if the power fails.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")


def _read_only_postgresql(connection: Any, _record: Any) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        cursor.execute("SET default_transaction_isolation = 'repeatable read'")
    connection.autocommit = False


def _read_only_sqlite(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
