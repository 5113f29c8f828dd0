"""Remember the status we last gave a person and the call it was for: older calls come late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from switchboard.store.database import chunks, insert
from switchboard.store.tables import person_status


@dataclass(frozen=True, slots=True)
class PersonStatus:
    """What we wrote; a person who changed it since is not overruled."""

    person: str
    module: str
    record_id: str
    status: str
    call_started_at: float


def load(conn: sa.Connection, persons: Iterable[str]) -> dict[str, PersonStatus]:
    """Return what we know of *persons*."""
    found: dict[str, PersonStatus] = {}
    for chunk in chunks(sorted(set(persons))):
        query = sa.select(person_status).where(person_status.c.person.in_(chunk))
        for row in conn.execute(query):
            found[row.person] = PersonStatus(**row._asdict())
    return found


def put(conn: sa.Connection, status: PersonStatus) -> bool:
    """Note a status; False, and nothing changed, if a later call already set one."""
    statement = insert(conn, person_status).values(**asdict(status))
    statement = statement.on_conflict_do_update(
        index_elements=["person"],
        set_={
            name: statement.excluded[name]
            for name in ("module", "record_id", "status", "call_started_at")
        },
        where=person_status.c.call_started_at <= status.call_started_at,
    )
    return conn.execute(statement.returning(person_status.c.person)).first() is not None
