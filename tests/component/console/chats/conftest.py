"""One console beside one help desk for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.console.chats.chats_console import ChatsConsole, chats_console


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ChatsConsole]:
    async with chats_console(tmp_path) as made:
        yield made
