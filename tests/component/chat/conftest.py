"""Commands about chats find the trained detector, and keep models to themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.trained_detector import models_kept_apart


@pytest.fixture(autouse=True)
def detector_cache() -> Iterator[None]:
    yield from models_kept_apart()
