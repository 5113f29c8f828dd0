"""Open a store on each backend for the tests that ask both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.postgres import backend, database_url, new_database_url, postgres_server

from switchboard.store.database import Database

__all__ = ["backend", "database_url", "db", "new_database_url", "postgres_server"]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database.open(database_url)
    yield database
    await database.aclose()
