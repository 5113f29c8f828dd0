"""Remember who the CRM knows under which number, so that recognising a caller costs no request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store.database import chunks, insert
from switchboard.store.tables import directory, directory_phone, directory_state
from switchboard.vendors.zoho_crm.models import CrmPerson


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A lead or contact as the CRM last told us about it."""

    module: str
    record_id: str
    full_name: str | None
    owner_id: str | None
    lead_status: str | None
    converted: bool
    converted_contact_id: str | None
    modified_at: float | None


def put(
    conn: sa.Connection, people: Sequence[CrmPerson], e164_of: Callable[[str], str | None]
) -> None:
    """Take over what the CRM says now: entries are replaced with all their numbers.

    *e164_of* reads a number as people type it and returns None for what is not one.
    """
    newest = {(one.module, one.id): one for one in people}
    for chunk in chunks(sorted(newest)):
        # Upserted, not replaced: two processes that refresh at once wait for each other here.
        _upsert(conn, [_row(newest[identity]) for identity in chunk])
        for module, ids in _by_module(chunk).items():
            conn.execute(
                sa.delete(directory_phone).where(
                    directory_phone.c.module == module, directory_phone.c.record_id.in_(ids)
                )
            )
        phones = [
            {"module": module, "record_id": record_id, "e164": e164}
            for module, record_id in chunk
            for e164 in sorted(
                {e164_of(p) for p in newest[module, record_id].phones} - {None}, key=str
            )
        ]
        if phones:
            conn.execute(sa.insert(directory_phone), phones)


def remove(conn: sa.Connection, module: str, ids: Iterable[str]) -> None:
    """Forget records deleted at the CRM."""
    for chunk in chunks(sorted(set(ids))):
        _forget(conn, [(module, record_id) for record_id in chunk])


def find(conn: sa.Connection, e164s: Iterable[str]) -> dict[str, list[DirectoryEntry]]:
    """Return who is behind each number; numbers nobody has are left out."""
    found: dict[str, list[DirectoryEntry]] = {}
    join = directory.join(
        directory_phone,
        sa.and_(
            directory.c.module == directory_phone.c.module,
            directory.c.record_id == directory_phone.c.record_id,
        ),
    )
    for chunk in chunks(sorted(set(e164s))):
        query = (
            sa.select(directory_phone.c.e164, *_ENTRY)
            .select_from(join)
            .where(directory_phone.c.e164.in_(chunk))
            .order_by(directory_phone.c.e164, directory.c.module, directory.c.record_id)
        )
        for row in conn.execute(query):
            found.setdefault(row.e164, []).append(DirectoryEntry(*row[1:]))
    return found


def entries(conn: sa.Connection, module: str, ids: Iterable[str]) -> dict[str, DirectoryEntry]:
    """Return records by their ids, such as the contact a lead was converted to."""
    found: dict[str, DirectoryEntry] = {}
    for chunk in chunks(sorted(set(ids))):
        query = sa.select(*_ENTRY).where(
            directory.c.module == module, directory.c.record_id.in_(chunk)
        )
        for row in conn.execute(query):
            found[row.record_id] = DirectoryEntry(*row)
    return found


def set_status(conn: sa.Connection, module: str, record_id: str, status: str) -> None:
    """Note a status we wrote ourselves, before the next refresh would tell us."""
    conn.execute(
        sa.update(directory)
        .where(directory.c.module == module, directory.c.record_id == record_id)
        .values(lead_status=status)
    )


def set_owner(conn: sa.Connection, module: str, record_id: str, owner_id: str) -> None:
    """Note an owner we wrote ourselves, before the next refresh would tell us."""
    conn.execute(
        sa.update(directory)
        .where(directory.c.module == module, directory.c.record_id == record_id)
        .values(owner_id=owner_id)
    )


def synced_at(conn: sa.Connection, module: str) -> float | None:
    """Return until when changes of *module* are known; None means never read."""
    query = sa.select(directory_state.c.synced_at).where(directory_state.c.module == module)
    return conn.scalar(query)


def set_synced_at(conn: sa.Connection, module: str, at: float) -> None:
    """Note until when changes are known; of two refreshes at once the earlier claim holds not."""
    statement = insert(conn, directory_state).values(module=module, synced_at=at)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["module"],
            set_={"synced_at": at},
            where=directory_state.c.synced_at < at,
        )
    )


_ENTRY: tuple[sa.Column[Any], ...] = (
    directory.c.module,
    directory.c.record_id,
    directory.c.full_name,
    directory.c.owner_id,
    directory.c.lead_status,
    directory.c.converted,
    directory.c.converted_contact_id,
    directory.c.modified_at,
)


def _row(person: CrmPerson) -> dict[str, Any]:
    modified = person.modified_time
    return {
        "module": person.module,
        "record_id": person.id,
        "full_name": person.full_name,
        "owner_id": person.owner_id,
        "lead_status": person.lead_status,
        "converted": person.converted,
        "converted_contact_id": person.converted_contact_id,
        "modified_at": modified.timestamp() if modified else None,
        "document": person.model_dump_json(),
    }


def _upsert(conn: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    keys = ("module", "record_id")
    statement = insert(conn, directory)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _forget(conn: sa.Connection, identities: Sequence[tuple[str, str]]) -> None:
    """Delete entries; their numbers go with them (ON DELETE CASCADE)."""
    for module, ids in _by_module(identities).items():
        conn.execute(
            sa.delete(directory).where(directory.c.module == module, directory.c.record_id.in_(ids))
        )


def _by_module(identities: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    by_module: dict[str, list[str]] = {}
    for module, record_id in identities:
        by_module.setdefault(module, []).append(record_id)
    return by_module
