"""A real store for every vendor test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.vendor_stage import open_database

from switchboard.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()
