"""Run revisions on the connection we were handed, or on SWITCHBOARD_DATABASE_URL."""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import context

from switchboard.store.tables import metadata


def _migrate(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,  # SQLite can: all revisions apply or none.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    handed: sa.Connection | None = context.config.attributes.get("connection")
    if handed is not None:
        _migrate(handed)
        return
    engine = sa.create_engine(os.environ["SWITCHBOARD_DATABASE_URL"], poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        _migrate(connection)


_main()
