"""Read beside the one thread that writes: pages of people must not keep programs waiting.

Each reader has a connection of its own that the database lets change nothing. It sees all that was
committed before it began: SQLite's journal and PostgreSQL both keep that view while others write.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL

from switchboard.store.engine import create_reading_engine

T = TypeVar("T")
READERS = 2  # Threads share one interpreter: more would only take turns.


class Readers:
    """Threads that read one store."""

    def __init__(self, url: URL) -> None:
        self._engine = create_reading_engine(url)
        self._mine = threading.local()
        self._open: list[sa.Connection] = []
        self._gate = threading.Lock()
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="switchboard-read")

    def submit(self, fn: Callable[[sa.Connection], T]) -> Future[T]:
        """Run *fn* in a transaction that sees one state of the store, and changes nothing."""
        return self._pool.submit(self._read, fn)

    def close(self) -> None:
        """Let what was begun come to its end, then close every connection."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        with self._gate:
            for conn in self._open:
                conn.close()
        self._engine.dispose()

    def _read(self, fn: Callable[[sa.Connection], T]) -> T:
        try:
            return self._once(fn)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._once(fn)  # The server was restarted since the last page.

    def _once(self, fn: Callable[[sa.Connection], T]) -> T:
        conn = self._connection()
        transaction = conn.begin()
        try:
            return fn(conn)
        finally:
            if transaction.is_active:
                transaction.rollback()

    def _connection(self) -> sa.Connection:
        conn: sa.Connection | None = getattr(self._mine, "conn", None)
        if conn is not None and not conn.invalidated and not conn.in_transaction():
            return conn
        with self._gate:
            if conn is not None:
                self._open.remove(conn)
                conn.close()
            self._mine.conn = conn = self._engine.connect()
            self._open.append(conn)
        return conn
