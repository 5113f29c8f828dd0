"""Keep the variables of whoever runs the tests out of them."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SWITCHBOARD_", "ZOHO_DESK_")):
            monkeypatch.delenv(name)
