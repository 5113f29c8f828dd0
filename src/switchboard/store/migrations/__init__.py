"""Hold the store's revisions; `store/schema.py` runs them, Alembic's own command may, too."""
