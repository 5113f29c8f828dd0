"""Open a store on each backend, and a closing stage on it, for the tests beside this file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.closing.closing_stage import ClosingStage
from tests.postgres import backend, database_url, new_database_url, postgres_server

from switchboard.store.database import Database

__all__ = ["backend", "database_url", "new_database_url", "postgres_server"]


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[ClosingStage]:
    database = Database.open(database_url)
    yield ClosingStage(database, tmp_path)
    await database.aclose()
