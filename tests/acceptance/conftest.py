"""One sandbox a worker, and the state an undisturbed run leaves on its seed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.acceptance.harness import Sandbox, Undisturbed, undisturbed
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), calls=80, speed=600, seed=11) as running:
        yield running


@pytest.fixture(scope="session")
def expected(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return undisturbed(sandbox, tmp_path_factory.mktemp("undisturbed") / "home")


@pytest.fixture(scope="session")
def expected_calls(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The same without recordings and voicemails."""
    home = tmp_path_factory.mktemp("undisturbed-calls") / "home"
    return undisturbed(sandbox, home, media=False)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)
