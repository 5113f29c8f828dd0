"""Build the tables of a new store the short way: by the statements the revisions once sent.

Most tests begin with an empty store, and running every revision takes longer than many of them.
What the revisions do is tested where `real_migrations` is asked for, and by every test that starts
a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from switchboard.store import schema

Upgrade = Callable[[sa.Connection], None]
really_upgrade: Upgrade = schema.upgrade
_sent: dict[str, list[str]] = {}  # Per kind of database, in their order.


def upgrade(conn: sa.Connection) -> None:
    """Bring an empty store to the newest revision; leave every other one to the revisions."""
    kind = conn.dialect.name
    if sa.inspect(conn).get_table_names():
        really_upgrade(conn)
    elif kind not in _sent:
        with _listening(conn) as statements:
            really_upgrade(conn)
        _sent[kind] = statements
    elif kind == "postgresql":  # In one message: each costs a way to the server and back.
        conn.exec_driver_sql(";\n".join(_sent[kind]))
    else:
        for statement in _sent[kind]:
            conn.exec_driver_sql(statement)


@contextmanager
def _listening(conn: sa.Connection) -> Iterator[list[str]]:
    statements: list[str] = []

    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            assert not parameters, f"Its parameters have to be kept, too: {statement}"
            statements.append(statement)

    sa.event.listen(conn, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        sa.event.remove(conn, "before_cursor_execute", hear)
