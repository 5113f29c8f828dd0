"""Let one process at a time read, change and write a file again, so that no change is lost.

SQLite's lock is the standard library's only one that is the same on every system and ends with its
holder, however that ends.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from switchboard.config.files import write_private
from switchboard.errors import OperatorError

PATIENCE_SECONDS = 30.0  # A change takes milliseconds: whoever holds it longer is stuck.
_HERE = threading.Lock()


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else on this machine holds *lock*, and hold it. OperatorError IO-001."""
    with _HERE:
        if not lock.exists():
            with contextlib.suppress(FileExistsError):
                write_private(lock, b"", overwrite=False)
        with contextlib.closing(_held(lock)):
            yield


def _held(lock: Path) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(lock, timeout=PATIENCE_SECONDS, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        message = f"{lock} cannot be held: {error}. End the process that holds it, then try again"
        raise OperatorError("IO-001", message) from error
    return connection
