"""Remember whose turn it is in each pool of owners, across restarts and workers.

A pool is an office's whole team (`philadelphia`) or the owners of one of its departments
(`philadelphia/department:sales`); office ids have no slash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.tables import rotation


def load(conn: sa.Connection, office: str) -> dict[str, dict[str, float]]:
    """Return the owners' credits, by pool, and keep the office's turns until we commit."""
    if conn.dialect.name == "postgresql":
        # There may be no row to lock yet; SQLite's writers are alone anyway.
        key = sa.func.hashtextextended(f"rotation:{office}", 0)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    query = sa.select(rotation.c.office, rotation.c.owner_id, rotation.c.current).where(
        sa.or_(
            rotation.c.office == office,
            rotation.c.office.startswith(f"{office}/", autoescape=True),
        )
    )
    pools: dict[str, dict[str, float]] = {}
    for pool, owner_id, current in conn.execute(query):
        pools.setdefault(pool, {})[owner_id] = current
    return pools


def save(
    conn: sa.Connection,
    pool: str,
    current: Mapping[str, float],
    *,
    assigned: Iterable[str] = (),
) -> None:
    """Write a pool's credits after a choice; *assigned* names the owner of each new lead."""
    given: dict[str, int] = {}
    for owner_id in assigned:
        given[owner_id] = given.get(owner_id, 0) + 1
    gone = sa.delete(rotation).where(
        rotation.c.office == pool, rotation.c.owner_id.not_in(list({*current, *given}))
    )
    conn.execute(gone)
    for owner_id in sorted({*current, *given}):
        statement = insert(conn, rotation).values(
            office=pool,
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


def assigned(conn: sa.Connection, pool: str) -> dict[str, int]:
    """Return how many leads each owner of a pool was given so far."""
    query = sa.select(rotation.c.owner_id, rotation.c.assigned).where(rotation.c.office == pool)
    return dict(conn.execute(query).all())
