"""Give the process one door to its store: one thread, many writers, few commits.

Every statement of a process runs on one database thread. What is queued while a transaction
commits goes into the next one together (group commit): that is where the speed comes from, and why
SQLite sees no lock storms. Each function has a savepoint: one that fails does not fail its group.
"""

from __future__ import annotations

import asyncio
import os
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from switchboard.errors import OperatorError, TransientError
from switchboard.store import schema

T = TypeVar("T")
Row = TypeVar("Row")

GROUP_LIMIT = 1000  # Functions in one transaction: bounds how long the others wait for a commit.
PATIENCE_SECONDS = 30.0  # How long a function is run again before a busy store is an error.
BUSY_TIMEOUT_MS = 5_000  # One wait inside SQLite or PostgreSQL; several fit into our patience.
ASK_AGAIN = {"40001", "40P01", "55P03"}  # Serialization failure, deadlock, lock not available.
SQLITE_BUSY, SQLITE_LOCKED = 5, 6


def now(conn: sa.Connection) -> float:
    """Return epoch seconds, from the database where several machines share one."""
    if conn.dialect.name == "postgresql":
        return float(conn.scalar(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))) or 0.0)
    return time.time()


def insert(conn: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT (`on_conflict_do_update`, `.excluded`)."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(items: Iterable[Row], size: int = 500) -> Iterator[list[Row]]:
    """Cut a list for IN (...) and VALUES (...): databases limit the parameters of a statement."""
    chunk: list[Row] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass(slots=True)
class _Job:
    fn: Callable[[sa.Connection], Any]
    future: Future[Any]


@dataclass(slots=True)
class _Failed:
    error: BaseException


class _CommitLostError(Exception):
    """The connection broke during COMMIT: nobody knows whether it happened."""


class Database:
    """The store of this process. Functions given to it touch nothing but the database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._conn: sa.Connection | None = None
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self.commits = 0  # Transactions, and functions in them: how well the group commit works.
        self.operations = 0
        self._thread = threading.Thread(target=self._serve, name="switchboard-store", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Self:
        """Open the store at *url* and bring its tables up to date."""
        parsed = normalise(url)
        if parsed.get_backend_name() == "sqlite":
            _prepare_file(parsed.database)
        try:
            engine = _engine(parsed)
        except ImportError as error:
            raise OperatorError(
                "DB-001", "PostgreSQL needs the extra: pip install 'switchboard[postgresql]'."
            ) from error
        database = cls(engine)
        try:
            if migrate:
                database.run_sync(schema.upgrade)
            else:
                database.run_sync(lambda conn: conn.execute(sa.text("SELECT 1")).close())
        except (sa.exc.OperationalError, sa.exc.DatabaseError, TransientError) as error:
            database.close()
            where = parsed.render_as_string(hide_password=True)
            raise OperatorError(
                "DB-001", f"The store {where} cannot be opened.", detail=str(error)
            ) from error
        except BaseException:
            database.close()
            raise
        return database

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    async def run(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run *fn* in the store's thread; return its value once it is durable.

        *fn* may be run more than once (its group met a lock): it has no effect but on the database.
        """
        return await asyncio.wrap_future(self._submit(fn))

    def run_sync(self, fn: Callable[[sa.Connection], T]) -> T:
        """Do the same for a caller without an event loop."""
        return self._submit(fn).result()

    async def now(self) -> float:
        return await self.run(now)

    def close(self) -> None:
        """Commit what is queued, then close. May be called twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    async def aclose(self) -> None:
        await asyncio.to_thread(self.close)

    def _submit(self, fn: Callable[[sa.Connection], T]) -> Future[T]:
        if threading.current_thread() is self._thread:
            raise RuntimeError("A function running in the store must use its own connection.")
        job = _Job(fn, Future())
        with self._gate:  # Nothing may be queued behind the mark that ends the thread.
            if self._closed:
                raise RuntimeError("The store is closed.")
            self._queue.put(job)
        return job.future

    def _serve(self) -> None:
        more = True
        while more:
            group: list[_Job] = []
            job = self._queue.get()
            while job is not None:
                if job.future.set_running_or_notify_cancel():
                    group.append(job)
                if len(group) == GROUP_LIMIT or self._queue.empty():
                    break
                job = self._queue.get()
            more = job is not None
            if len(group) > 1 and self._together(group):
                continue
            for single in group:
                self._alone(single)
        self._disconnect()

    def _together(self, group: list[_Job]) -> bool:
        """Commit the group at once; False when its members have to be run one by one."""
        outcomes: list[Any] = []
        try:
            self._transact(lambda conn: outcomes.extend(_guarded(conn, job.fn) for job in group))
        except _CommitLostError as error:
            for job in group:
                _give_up(job, error)
            return True
        except Exception:  # noqa: BLE001 - whatever it was: each member meets it alone, and is told.
            return False
        self.operations += len(group)
        for job, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, _Failed):
                job.future.set_exception(outcome.error)
            else:
                job.future.set_result(outcome)
        return True

    def _alone(self, job: _Job) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                outcome = self._transact(job.fn)
            except _CommitLostError as error:
                return _give_up(job, error)
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, not to us.
                if not _worth_another_try(error):
                    return job.future.set_exception(error)
                if time.monotonic() > give_up_at:
                    return _give_up(job, error)
                time.sleep(random.uniform(0.005, 0.1))  # noqa: S311 - spreads writers, no secret.
                continue
            self.operations += 1
            return job.future.set_result(outcome)

    def _transact(self, fn: Callable[[sa.Connection], T]) -> T:
        conn = self._connect()
        transaction = conn.begin()
        try:
            value = fn(conn)
        except BaseException:
            transaction.rollback()
            raise
        try:
            transaction.commit()
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise _CommitLostError from error
            if transaction.is_active or conn.in_transaction():
                conn.rollback()
            raise
        self.commits += 1
        return value

    def _connect(self) -> sa.Connection:
        if self._conn is not None and (self._conn.invalidated or self._conn.closed):
            self._disconnect()
        if self._conn is None:
            try:
                self._conn = self._engine.connect()
            except sa.exc.OperationalError as error:
                # A server that was there before is restarting; one that never was is a wrong URL.
                error.connection_invalidated = self.commits > 0
                raise
        elif self._conn.in_transaction():  # A failed COMMIT left it open.
            self._conn.rollback()
        return self._conn

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _guarded(conn: sa.Connection, fn: Callable[[sa.Connection], Any]) -> Any:
    savepoint = conn.begin_nested()
    try:
        value = fn(conn)
    except BaseException as error:
        if _worth_another_try(error):
            raise  # The database has given up the whole transaction, or will soon.
        savepoint.rollback()
        return _Failed(error)
    savepoint.commit()
    return value


def _worth_another_try(error: BaseException) -> bool:
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in ASK_AGAIN:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in {SQLITE_BUSY, SQLITE_LOCKED}


def _give_up(job: _Job, error: BaseException) -> None:
    if isinstance(error, _CommitLostError):
        code, message = "DB-003", "The connection to the store broke during a commit."
    else:
        code, message = "DB-002", "The store stayed locked by another program for too long."
    wrapped = TransientError(code, message, detail=str(error.__cause__ or error))
    wrapped.__cause__ = error
    job.future.set_exception(wrapped)


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
        engine = sa.create_engine(url, poolclass=NullPool)
        sa.event.listen(engine, "connect", _tune_postgresql)
        return engine
    engine = sa.create_engine(
        url, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
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
