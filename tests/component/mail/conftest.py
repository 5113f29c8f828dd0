"""Serve mail for the tests beside this file, and open a store on each backend."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.mail.mail_rig import Rig, serving
from tests.postgres import backend, database_url, new_database_url, postgres_server

from switchboard.store.database import Database

__all__ = ["backend", "database_url", "db", "new_database_url", "postgres_server", "rig"]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with serving(tmp_path) as served:
        yield served


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database.open(database_url)
    yield database
    await database.aclose()
