"""Links that somebody opens once, to choose a name and a password."""

from __future__ import annotations

import sqlalchemy as sa

from switchboard.store import setup_links

MOUNTED_AT = "/console"


def setup_link(address: str, token: str) -> str:
    """Return the link; *address* is how browsers reach the service."""
    return f"{address.rstrip('/')}{MOUNTED_AT}/setup/{token}"


def first_link(conn: sa.Connection, address: str, now: float) -> str | None:
    """Make the link for the first administrator, valid for a day; None once anybody has one."""
    token = setup_links.make_first(conn, now)
    return setup_link(address, token) if token else None
