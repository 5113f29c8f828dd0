"""What every test needs: no test leaves its logging behind for the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a command under test did to the process's logging."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
