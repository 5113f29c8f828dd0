"""Remember whose turn it is in each office, across restarts and workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.tables import rotation


def load(conn: sa.Connection, office: str) -> dict[str, float]:
    """Return the owners' current weights, and keep the turn to us until our transaction ends."""
    if conn.dialect.name == "postgresql":
        # There may be no row to lock yet; SQLite's writers are alone anyway.
        key = sa.func.hashtextextended(f"rotation:{office}", 0)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    query = sa.select(rotation.c.owner_id, rotation.c.current).where(rotation.c.office == office)
    return dict(conn.execute(query).all())


def save(
    conn: sa.Connection,
    office: str,
    current: Mapping[str, float],
    *,
    assigned: Iterable[str] = (),
) -> None:
    """Write the weights after a choice; *assigned* names the owner of each new lead."""
    given: dict[str, int] = {}
    for owner_id in assigned:
        given[owner_id] = given.get(owner_id, 0) + 1
    gone = sa.delete(rotation).where(
        rotation.c.office == office, rotation.c.owner_id.not_in(list({*current, *given}))
    )
    conn.execute(gone)
    for owner_id in sorted({*current, *given}):
        statement = insert(conn, rotation).values(
            office=office,
            owner_id=owner_id,
            current=current.get(owner_id, 0.0),
            assigned=given.get(owner_id, 0),
        )
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["office", "owner_id"],
                set_={
                    "current": statement.excluded.current,
                    "assigned": rotation.c.assigned + statement.excluded.assigned,
                },
            )
        )


def assigned(conn: sa.Connection, office: str) -> dict[str, int]:
    """Return how many leads each owner was given so far."""
    query = sa.select(rotation.c.owner_id, rotation.c.assigned).where(rotation.c.office == office)
    return dict(conn.execute(query).all())
