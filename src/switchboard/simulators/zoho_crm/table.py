"""One module's records in memory, with value indexes so that 100,000 leads stay quick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from switchboard.simulators.zoho_crm.schema import Module


@dataclass(slots=True)
class Record:
    """One record. Lookups are held as ids, date-times as epoch seconds."""

    id: str
    fields: dict[str, Any]
    created: float
    modified: float
    created_by: str
    modified_by: str
    converted: bool = False
    indexed_at: float = 0.0  # Stopwatch time from which searches see `fields` …
    stale: dict[str, Any] | None = None  # … and what they see until then; None: nothing.

    def searchable(self, elapsed: float) -> dict[str, Any] | None:
        return self.fields if elapsed >= self.indexed_at else self.stale


@dataclass(frozen=True, slots=True)
class Deleted:
    """What the recycle bin remembers of a record."""

    id: str
    display_name: str | None
    deleted: float
    created_by: str
    deleted_by: str


@dataclass(slots=True)
class Table:
    """Records by id, oldest first: ids grow."""

    module: Module
    rows: dict[str, Record] = field(default_factory=dict)
    deleted: list[Deleted] = field(default_factory=list)
    _indexes: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)

    def put(self, record: Record) -> None:
        self.rows[record.id] = record
        for name, index in self._indexes.items():
            _enter(index, record.fields.get(name), record.id)

    def change(self, record: Record, changes: dict[str, Any]) -> None:
        """Replace fields; the dictionary is a new one, so older views stay as they were."""
        for name, index in self._indexes.items():
            if name in changes:
                _leave(index, record.fields.get(name), record.id)
                _enter(index, changes[name], record.id)
        record.fields = {**record.fields, **changes}

    def remove(self, record: Record, *, by: str, at: float) -> None:
        del self.rows[record.id]
        for name, index in self._indexes.items():
            _leave(index, record.fields.get(name), record.id)
        shown = record.fields.get(self.module.name_field)
        self.deleted.append(Deleted(record.id, shown, at, record.created_by, by))

    def holding(self, name: str, values: Iterable[Any]) -> list[str]:
        """Ids of the records whose field *name* equals one of *values*, ignoring case."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {}
            for record in self.rows.values():
                _enter(index, record.fields.get(name), record.id)
        found: dict[str, None] = {}
        for value in values:
            found.update(index.get(key_of(value), {}))
        return list(found)

    def newest_first(self) -> Iterator[Record]:
        return reversed(self.rows.values())


def key_of(value: Any) -> str:
    return str(value).casefold()


def _enter(index: dict[str, dict[str, None]], value: Any, record_id: str) -> None:
    if value is not None and not isinstance(value, list):
        index.setdefault(key_of(value), {})[record_id] = None


def _leave(index: dict[str, dict[str, None]], value: Any, record_id: str) -> None:
    if value is not None and not isinstance(value, list):
        index.get(key_of(value), {}).pop(record_id, None)
