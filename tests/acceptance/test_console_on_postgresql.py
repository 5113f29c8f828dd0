"""The console over the other kind of store: every page asks what PostgreSQL understands."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.console_life import console_life
from tests.console_walk import Walk
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]
pytestmark = pytest.mark.slow


def test_every_page_is_shown_from_postgresql(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with console_life(tmp_path, visitors=2, database_url=postgres_server.create_database()) as life:
        assert life.db.dialect == "postgresql"
        walk = Walk(life.base).go()
    assert walk.broken == []
    assert len(walk.kinds_of_pages) > 20
