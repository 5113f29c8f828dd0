"""A real store for every vendor test; what decides across processes runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import backend, database_url, new_database_url, postgres_server
from tests.vendor_stage import open_database

from switchboard.store.database import Database

__all__ = ["backend", "database_url", "new_database_url", "postgres_server"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def shared(database_url: str) -> Iterator[Database]:
    """Return a store on SQLite and on PostgreSQL in turn."""
    opened = Database.open(database_url)
    yield opened
    opened.close()
