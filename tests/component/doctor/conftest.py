"""The doctor's store checks run on both databases."""

from __future__ import annotations

from tests.postgres import backend, database_url, new_database_url, postgres_server

__all__ = ["backend", "database_url", "new_database_url", "postgres_server"]
