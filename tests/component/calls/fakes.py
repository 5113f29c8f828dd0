"""Vendors in memory at the clients' own interface, and the means to die at any moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from switchboard.errors import InDoubtError, RejectedError, SwitchboardError, TransientError
from switchboard.store.database import Database
from switchboard.vendors.ringcentral.models import CallLogPage, CallRecord, Extension
from switchboard.vendors.zoho_crm.models import (
    CrmField,
    CrmPerson,
    CrmUser,
    ItemResult,
    Note,
    NoteDraft,
)

T = TypeVar("T")


class KilledError(BaseException):
    """The process ended here, as by kill -9: nothing after this line happens."""


@dataclass
class Hazard:
    """What goes wrong, by the number of the step at which it does. A step is a request or commit.

    Kinds: kill_before, kill_after, lost (done, but the answer does not arrive), refused (nothing
    was done, try again), drop (no answer, nothing done).
    """

    plan: dict[int, str] = field(default_factory=dict)
    step: int = 0
    dead: bool = False

    def next(self) -> str:
        if self.dead:
            raise KilledError
        self.step += 1
        kind = self.plan.get(self.step, "")
        if kind == "kill_before":
            self.die()
        return kind

    def after(self, kind: str) -> None:
        if kind == "kill_after":
            self.die()

    def die(self) -> None:
        self.dead = True
        raise KilledError


class MortalDatabase:
    """A store whose process may die before or after any commit."""

    def __init__(self, inner: Database, hazard: Hazard) -> None:
        self._inner, self._hazard = inner, hazard

    async def run(self, fn: Callable[[sa.Connection], T]) -> T:
        kind = self._hazard.next()
        value = await self._inner.run(fn)
        self._hazard.after(kind)
        return value

    async def now(self) -> float:
        if self._hazard.dead:
            raise KilledError
        return await self._inner.now()


class FakeRingCentral:
    """A call log in pages, newest first."""

    def __init__(self, records: Sequence[CallRecord], hazard: Hazard, page_size: int = 5) -> None:
        self.records, self.hazard, self.page_size = list(records), hazard, page_size

    async def read_extensions(self) -> tuple[Extension, ...]:
        return (
            Extension(id="101", extension_number="1001", name="Sales", type="Department"),
            Extension(id="201", extension_number="2001", name="Ann"),
            Extension(id="301", extension_number="3001", name="Bob"),
        )

    async def read_call_log(
        self, date_from: datetime, date_to: datetime, *, per_page: int = 1000
    ) -> AsyncIterator[CallLogPage]:
        found = sorted(
            (each for each in self.records if date_from <= each.start_time < date_to),
            key=lambda each: (each.start_time, each.id),
            reverse=True,
        )
        for page in _batched(found, self.page_size):
            kind = self.hazard.next()
            if kind in {"lost", "drop", "refused"}:
                raise TransientError("RC-500", "RingCentral did not answer.")
            yield CallLogPage(records=tuple(page), raw=())
            self.hazard.after(kind)

    async def read_call_records(
        self, ids: Sequence[str]
    ) -> dict[str, CallRecord | SwitchboardError]:
        found = {each.id: each for each in self.records}
        gone = RejectedError("RC-404", "RingCentral no longer has this call record.")
        return {each: found.get(each, gone) for each in ids}


def _batched(items: Sequence[CallRecord], size: int) -> list[tuple[CallRecord, ...]]:
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


@dataclass
class CrmWorld:
    """What the CRM holds; it outlives every process of ours."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[tuple[str, str, str]] = field(default_factory=list)  # module, parent, title
    requests: int = 0
    serial: int = 1000
    users: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(("11", "12", "13"), "active")
    )

    def add(self, module: str, **fields: Any) -> str:
        self.serial += 1
        ident = str(self.serial)
        self.people[ident] = {
            "module": module,
            "modified": datetime.now(UTC),
            "converted": False,
            **fields,
        }
        return ident


class FakeCrm:
    """Zoho CRM as ZohoCrmClient shows it, with the hazards of a network."""

    def __init__(self, world: CrmWorld, hazard: Hazard) -> None:
        self.world, self.hazard = world, hazard

    def _write(self, act: Callable[[], list[ItemResult]]) -> list[ItemResult]:
        kind = self.hazard.next()
        self.world.requests += 1
        if kind == "refused":
            raise TransientError("ZOHO-429", "Too many requests.", retry_after=0.01)
        if kind == "drop":
            raise InDoubtError("ZOHO-000", "No answer.")
        results = act()
        self.hazard.after(kind)
        if kind == "lost":
            raise InDoubtError("ZOHO-000", "No answer.")
        return results

    def _read(self) -> None:
        kind = self.hazard.next()
        if kind in {"refused", "drop", "lost"}:
            raise TransientError("ZOHO-000", "No answer.")
        self.hazard.after(kind)

    async def create_records(
        self,
        module: str,
        records: Sequence[dict[str, Any]],
        *,
        guard: Callable[[], None],
    ) -> list[ItemResult]:
        guard()
        return self._write(
            lambda: [ItemResult(ok=True, id=self.world.add(module, **each)) for each in records]
        )

    async def update_records(
        self,
        module: str,
        records: Sequence[dict[str, Any]],
        *,
        guard: Callable[[], None],
    ) -> list[ItemResult]:
        guard()

        def act() -> list[ItemResult]:
            for each in records:
                self.world.people[each["id"]].update(each | {"modified": datetime.now(UTC)})
            return [ItemResult(ok=True, id=each["id"]) for each in records]

        return self._write(act)

    async def create_notes(
        self, notes: Sequence[NoteDraft], *, guard: Callable[[], None]
    ) -> list[ItemResult]:
        guard()

        def act() -> list[ItemResult]:
            self.world.notes += [(n.module, n.parent_id, n.title) for n in notes]
            return [ItemResult(ok=True, id=f"n{len(self.world.notes)}") for n in notes]

        return self._write(act)

    async def read_people(
        self, module: str, *, modified_since: datetime | None
    ) -> AsyncIterator[list[CrmPerson]]:
        self._read()
        found = [
            self._person(ident, row)
            for ident, row in self.world.people.items()
            if row["module"] == module
            and (modified_since is None or row["modified"] >= modified_since)
        ]
        if found:
            yield found

    async def read_deleted(self, module: str, since: datetime) -> list[str]:
        self._read()
        return []

    async def find_people_by_phone(self, module: str, e164s: Sequence[str]) -> list[CrmPerson]:
        self._read()
        return [
            self._person(ident, row)
            for ident, row in self.world.people.items()
            if row["module"] == module and row.get("Phone") in e164s
        ]

    async def read_person(self, module: str, ident: str) -> CrmPerson | None:
        self._read()
        return self._person(ident, self.world.people[ident])

    async def read_notes(self, module: str, parent_id: str) -> list[Note]:
        self._read()
        return [
            Note(id=f"n{number}", title=title)
            for number, (where, parent, title) in enumerate(self.world.notes, 1)
            if (where, parent) == (module, parent_id)
        ]

    async def read_fields(self, module: str) -> tuple[CrmField, ...]:
        self._read()
        names = ("Phone", "Email", "First_Name", "Last_Name", "Company", "Lead_Status")
        return tuple(
            CrmField(api_name=name, data_type="text", length=255)
            for name in (*names, "Lead_Source", "Owner", "Description")
        )

    async def read_users(self) -> tuple[CrmUser, ...]:
        return tuple(CrmUser(id=each, status=status) for each, status in self.world.users.items())

    @staticmethod
    def _person(ident: str, row: dict[str, Any]) -> CrmPerson:
        return CrmPerson(
            module=row["module"],
            id=ident,
            phones=tuple(filter(None, (row.get("Phone"), row.get("Mobile")))),
            full_name=row.get("Last_Name"),
            owner_id=(row.get("Owner") or {}).get("id"),
            lead_status=row.get("Lead_Status"),
            converted=row["converted"],
            converted_contact_id=row.get("contact_id"),
            modified_time=row["modified"],
        )
