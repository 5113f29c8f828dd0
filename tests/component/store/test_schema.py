"""The revisions build exactly the tables the code names, and refuse a newer store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests import quick_schema

from switchboard.errors import OperatorError
from switchboard.store import schema
from switchboard.store.database import Database
from switchboard.store.tables import metadata

pytestmark = pytest.mark.usefixtures("real_migrations")


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


def test_the_short_way_of_the_tests_builds_the_same_store(
    new_database_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the other tests would try a store nobody has."""
    made = []
    for way in (schema.upgrade, quick_schema.upgrade, quick_schema.upgrade):
        monkeypatch.setattr(schema, "upgrade", way)
        db = Database.open(new_database_url())
        made.append(db.run_sync(_everything_in))
        db.close()
    assert made[0] == made[1] == made[2]


def _everything_in(conn: sa.Connection) -> list[tuple[object, ...]]:
    queries = (
        ["SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"]
        if conn.dialect.name == "sqlite"
        else [
            (
                "SELECT table_name, column_name, data_type, is_nullable, column_default "
                "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            ),
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
            (
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE connamespace = 'public'::regnamespace ORDER BY 1"
            ),
        ]
    )
    tables = sorted(sa.inspect(conn).get_table_names())
    queries += [f"SELECT '{table}', count(*) FROM {table}" for table in tables]
    queries.append("SELECT version_num FROM alembic_version")
    return [tuple(row) for query in queries for row in conn.exec_driver_sql(query)]
