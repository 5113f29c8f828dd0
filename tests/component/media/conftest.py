"""Both databases, for what several processes do at once."""

from tests.postgres import backend, database_url, new_database_url, postgres_server

__all__ = ["backend", "database_url", "new_database_url", "postgres_server"]
