"""Build each runner the port has, so that one suite judges them all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from tests.postgres import backend, database_url, new_database_url, postgres_server

from switchboard.jobs.embedded import EmbeddedRunner
from switchboard.jobs.port import Offer, Runner

__all__ = ["backend", "database_url", "failures", "new_database_url", "postgres_server", "runner"]

RUNNERS: dict[str, Callable[[Callable[[Offer, Exception], None]], Runner]] = {
    "embedded": lambda on_failure: EmbeddedRunner(on_failure=on_failure),
}


@pytest.fixture
def failures() -> list[tuple[Offer, Exception]]:
    return []


@pytest.fixture(params=sorted(RUNNERS))
async def runner(
    request: pytest.FixtureRequest, failures: list[tuple[Offer, Exception]]
) -> AsyncIterator[Runner]:
    made = RUNNERS[request.param](lambda offer, error: failures.append((offer, error)))
    yield made
    await made.stop(grace=0)
