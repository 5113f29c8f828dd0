"""One simulated portal for the tests beside this file, empty at the begin of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.desk_stage import SPEED

from switchboard.simulators.server import SimulatorServer


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=7, scenario="empty", calls=0, speed=SPEED) as running:
        yield running


@pytest.fixture
def simulator(server: SimulatorServer) -> SimulatorServer:
    server.app.state.stage.reset(server.spec)
    return server
