"""Bring a store's tables to the version this program was written for."""

from __future__ import annotations

import threading
from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from switchboard.errors import OperatorError

_ADVISORY_LOCK = 0x5377_6974_6368  # Any number, the same in every process: "Switch".
_one_at_a_time = threading.Lock()  # Alembic's `op` and `context` are global to the process.


def upgrade(conn: sa.Connection) -> None:
    """Migrate up to the newest revision; the others wait, then find nothing to do."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    current = current_revision(conn)
    if current == head_revision():
        return
    with _one_at_a_time:
        config = _config()
        config.attributes["connection"] = conn
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise OperatorError(
                "DB-004",
                f"The store has revision {current}, made by a newer Switchboard: update this one.",
                detail=str(error),
            ) from error


def current_revision(conn: sa.Connection) -> str | None:
    """Return the revision of the store, None for an empty one."""
    return MigrationContext.configure(conn).get_current_revision()


@cache  # Reading it loads every revision, and a program does not change while it runs.
def head_revision() -> str | None:
    """Return the revision this program works with."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "switchboard.store:migrations")
    return config
