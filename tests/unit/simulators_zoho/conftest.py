"""A signed-in client of a simulated Zoho for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.zoho_rig import ZohoRig


@pytest.fixture
async def zoho() -> AsyncIterator[ZohoRig]:
    async with ZohoRig() as rig:
        yield rig
