"""Open a store for the tests of the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.door.door_stage import DoorStage

from switchboard.store.database import Database


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[DoorStage]:
    database = Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    stage = DoorStage(database, tmp_path)
    yield stage
    await stage.door.aclose()
    await database.aclose()
