"""A console over a vault, and none of the variables of whoever runs the tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.component.console.credentials.vault_console import VaultRig, vault_console


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SWITCHBOARD_", "ZOHO_DESK_")):
            monkeypatch.delenv(name)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[VaultRig]:
    async with vault_console(tmp_path) as made:
        yield made
