"""The revisions build exactly the tables the code names, and refuse a newer store."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from switchboard.errors import OperatorError
from switchboard.store import schema
from switchboard.store.database import Database
from switchboard.store.tables import metadata


async def test_the_revisions_build_the_tables_the_code_names(db: Database) -> None:
    def differences(conn: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": False}
        context = MigrationContext.configure(conn, opts=options)
        return list(compare_metadata(context, metadata))

    assert await db.run(differences) == []
    assert await db.run(schema.current_revision) == schema.head_revision()


async def test_partial_indexes_hold_open_calls_only(db: Database) -> None:
    """Autogenerate does not compare WHERE clauses, and the claim's cost depends on this one."""
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'interaction_waiting%'"
        if db.dialect == "sqlite"
        else "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'interaction_waiting%'"
    )
    definitions = await db.run(lambda conn: conn.scalars(sa.text(query)).all())
    assert len(definitions) == 2
    assert all("'waiting'" in one.split("WHERE")[1] for one in definitions)


async def test_upgrading_again_changes_nothing(db: Database) -> None:
    await db.run(schema.upgrade)
    assert await db.run(schema.current_revision) == schema.head_revision()


def test_a_store_made_by_a_newer_program_is_left_alone(database_url: str) -> None:
    db = Database.open(database_url)
    db.run_sync(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    db.close()
    with pytest.raises(OperatorError, match="DB-004"):
        Database.open(database_url)
