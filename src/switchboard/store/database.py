"""Give the process one door to its store: one thread, many writers, few commits.

Every statement that writes runs on one database thread. What is queued while a transaction
commits goes into the next one together (group commit): that is where the speed comes from, and why
SQLite sees no lock storms. Each function has a savepoint: one that fails does not fail its group.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from switchboard.errors import OperatorError, TransientError
from switchboard.store import schema
from switchboard.store.engine import create_engine, set_durable
from switchboard.store.readers import Readers

T = TypeVar("T")
Row = TypeVar("Row")

GROUP_LIMIT = 1000  # Functions in one transaction: bounds how long the others wait for a commit.
PATIENCE_SECONDS = 30.0  # How long a function is run again before a busy store is an error.
ASK_AGAIN = {"40001", "40P01", "55P03"}  # Serialization failure, deadlock, lock not available.
SQLITE_BUSY, SQLITE_LOCKED = 5, 6
# The machine's fault, not the statement's: read-only, I/O, full, cannot open; 53xxx at PostgreSQL.
SQLITE_NO_WRITING = {8, 10, 13, 14}


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
    durable: bool


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
        self._readers: Readers | None = None  # Opened when somebody reads.
        self._durable = True  # What SQLite's connection is set to.
        self.commits = 0  # Transactions, and functions in them: how well the group commit works.
        self.operations = 0
        self._thread = threading.Thread(target=self._serve, name="switchboard-store", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, url: str, *, migrate: bool = True) -> Self:
        """Open the store at *url* and bring its tables up to date."""
        engine = create_engine(url)
        database = cls(engine)
        try:
            if migrate:
                database.run_sync(schema.upgrade)
            else:
                database.run_sync(lambda conn: conn.execute(sa.text("SELECT 1")).close())
        except (sa.exc.OperationalError, sa.exc.DatabaseError, TransientError) as error:
            database.close()
            where = engine.url.render_as_string(hide_password=True)
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

    async def run(self, fn: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        """Run *fn* in the store's thread; return its value once it is durable.

        *fn* may be run more than once (its group met a lock): it has no effect but on the database.
        Without *durable* its commit does not wait for the disk: it outlives this process, but may
        be forgotten if the power fails. For budgets and breakers, never for the journal.
        """
        return await asyncio.wrap_future(self._submit(fn, durable=durable))

    def run_sync(self, fn: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        """Do the same for a caller without an event loop."""
        return self._submit(fn, durable=durable).result()

    async def read(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run *fn*, which changes nothing, beside the store's thread: for what people look at.

        It sees all that was committed before, and keeps nobody waiting who writes.
        """
        try:
            return await asyncio.wrap_future(self._reading().submit(fn))
        except sa.exc.DBAPIError as error:
            raise _explained(error) from error

    async def now(self) -> float:
        return await self.run(now)

    def close(self) -> None:
        """Commit what is queued, then close. May be called twice."""
        with self._gate:
            readers, self._readers = self._readers, None
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if readers is not None:
            readers.close()
        self._thread.join()
        self._engine.dispose()

    async def aclose(self) -> None:
        await asyncio.to_thread(self.close)

    def _reading(self) -> Readers:
        with self._gate:
            if self._closed:
                raise RuntimeError("The store is closed.")
            if self._readers is None:
                self._readers = Readers(self._engine.url)
            return self._readers

    def _submit(self, fn: Callable[[sa.Connection], T], *, durable: bool = True) -> Future[T]:
        if threading.current_thread() is self._thread:
            raise RuntimeError("A function running in the store must use its own connection.")
        job = _Job(fn, Future(), durable)
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
            self._transact(
                lambda conn: outcomes.extend(_guarded(conn, job.fn) for job in group),
                durable=any(job.durable for job in group),
            )
        except _CommitLostError as error:
            for job in group:
                _give_up(job, error)
            return True
        except Exception:  # noqa: BLE001 - whatever it was: each member meets it alone, and is told.
            return False
        self.operations += len(group)
        for job, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, _Failed):
                job.future.set_exception(_explained(outcome.error))
            else:
                job.future.set_result(outcome)
        return True

    def _alone(self, job: _Job) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                outcome = self._transact(job.fn, durable=job.durable)
            except _CommitLostError as error:
                return _give_up(job, error)
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, not to us.
                if not _worth_another_try(error):
                    return job.future.set_exception(_explained(error))
                if time.monotonic() > give_up_at:
                    return _give_up(job, error)
                time.sleep(random.uniform(0.005, 0.1))  # noqa: S311 - spreads writers, no secret.
                continue
            self.operations += 1
            return job.future.set_result(outcome)

    def _transact(self, fn: Callable[[sa.Connection], T], *, durable: bool) -> T:
        conn = self._connect()
        if self.dialect == "sqlite" and durable != self._durable:
            set_durable(conn, durable=durable)  # Only possible outside of a transaction.
            self._durable = durable
        transaction = conn.begin()
        try:
            if self.dialect == "postgresql" and not durable:
                conn.exec_driver_sql("SET LOCAL synchronous_commit = off")
            value = fn(conn)
        except BaseException:
            try:
                transaction.rollback()
            except sa.exc.SQLAlchemyError:
                self._disconnect(broken=True)
            raise
        try:
            transaction.commit()
        except BaseException as error:
            self._disconnect(broken=True)  # Whatever state it is in: the next one starts afresh.
            if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
                raise _CommitLostError from error
            raise
        self.commits += 1
        return value

    def _connect(self) -> sa.Connection:
        if self._conn is not None and (self._conn.invalidated or self._conn.in_transaction()):
            self._disconnect(broken=True)
        if self._conn is None:
            try:
                self._conn = self._engine.connect()
            except sa.exc.OperationalError as error:
                # A server that was there before is restarting; one that never was is a wrong URL.
                error.connection_invalidated = self.commits > 0
                raise
        return self._conn

    def _disconnect(self, *, broken: bool = False) -> None:
        if self._conn is None:
            return
        conn, self._conn, self._durable = self._conn, None, True
        if broken and not conn.invalidated:
            conn.invalidate()
        conn.close()


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


def _explained(error: BaseException) -> BaseException:
    if not isinstance(error, sa.exc.DBAPIError):
        return error
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None) or ""
    if (isinstance(code, int) and code & 0xFF in SQLITE_NO_WRITING) or state.startswith("53"):
        explained = OperatorError("IO-001", f"The store cannot be written: {error.orig}")
        explained.__cause__ = error
        return explained
    return error


def _give_up(job: _Job, error: BaseException) -> None:
    if isinstance(error, _CommitLostError):
        code, message = "DB-003", "The connection to the store broke during a commit."
    else:
        code, message = "DB-002", "The store stayed locked by another program for too long."
    wrapped = TransientError(code, message, detail=str(error.__cause__ or error))
    wrapped.__cause__ = error
    job.future.set_exception(wrapped)
