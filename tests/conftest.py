"""What every test needs: no test leaves its logging behind for the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from tests import quick_schema

from switchboard.store import schema

SLOW_SECONDS = 360.0


def pytest_configure() -> None:
    schema.upgrade = quick_schema.upgrade


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give real processes and browsers the time they take on a busy machine."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))


@pytest.fixture
def real_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test's stores be built by the revisions, as a customer's are."""
    monkeypatch.setattr(schema, "upgrade", quick_schema.really_upgrade)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a command under test did to the process's logging."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
