"""A language model to ask, and a door that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.component.door.door_stage import DoorStage
from tests.component.second_opinion.fake_model import FakeModel, a_model

from switchboard.flows.chat_to_ticket.detector.second_opinion import Adviser
from switchboard.store.database import Database
from switchboard.vendors.exchange import build_http
from switchboard.vendors.language_model.client import LanguageModel
from switchboard.vendors.settings import VendorSettings


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with a_model() as found:
        yield found


@pytest.fixture
def outcomes() -> list[str]:
    """What came of each question, as the metrics count it."""
    return []


@pytest.fixture
async def stage(tmp_path: Path, model: FakeModel, outcomes: list[str]) -> AsyncIterator[DoorStage]:
    database = Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    stage = DoorStage(database, tmp_path)
    async with build_http(VendorSettings()) as http:
        asked = LanguageModel(http, model.url)
        adviser = Adviser(asked.ask, "small", 2.5, outcomes.append)
        stage.tools = replace(stage.tools, adviser=adviser)
        yield stage
        await stage.door.aclose()
    await database.aclose()
