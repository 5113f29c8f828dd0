"""A company whose missed calls ask for call-backs, and a CRM that has tasks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from tests.component.calls.company import Company
from tests.component.calls.fakes import CrmWorld, FakeCrm, Hazard, KilledError

from switchboard.config.settings import CallbackSettings
from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead.accounts import OfficeReport
from switchboard.flows.call_to_lead.callbacks import reaches, work_callbacks
from switchboard.flows.call_to_lead.models import Call
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.flows.call_to_lead.working import working
from switchboard.store import callbacks, ledger
from switchboard.store.callback_order import Callback
from switchboard.store.tables import interaction, reach
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import ItemResult
from switchboard.vendors.zoho_crm.tasks import CrmTask

INVALID = ItemResult(ok=False, code="INVALID_DATA", message="the id given seems to be invalid")


class FakeTaskCrm(FakeCrm):
    """Zoho CRM with its tasks; `refuse` says which fields of a task it does not take."""

    def __init__(self, world: CrmWorld, hazard: Hazard, refuse: dict[str, str]) -> None:
        super().__init__(world, hazard)
        self._refuse = refuse

    async def create_records(
        self, module: str, records: Sequence[dict[str, Any]], *, guard: Callable[[], None]
    ) -> list[ItemResult]:
        guard()
        return self._write(lambda: [self._created(module, each) for each in records])

    def _created(self, module: str, record: dict[str, Any]) -> ItemResult:
        for name, code in self._refuse.items():
            if module == "Tasks" and (name in record) == (code != "MANDATORY_NOT_FOUND"):
                return ItemResult(ok=False, code=code, message="refused", field=name)
        return ItemResult(ok=True, id=self.world.add(module, **record))

    async def update_records(
        self, module: str, records: Sequence[dict[str, Any]], *, guard: Callable[[], None]
    ) -> list[ItemResult]:
        guard()

        def act() -> list[ItemResult]:
            found = []
            for each in records:
                row = self.world.people.get(each["id"])
                if row is not None:
                    row.update(each | {"modified": datetime.now(UTC)})
                found.append(INVALID if row is None else ItemResult(ok=True, id=each["id"]))
            return found

        return self._write(act)

    async def find_tasks(self, subjects: Sequence[str]) -> list[CrmTask]:
        self._read()
        return [task for task in self._tasks().values() if task.subject in subjects]

    async def read_tasks(self, ids: Sequence[str]) -> dict[str, CrmTask]:
        self._read()
        return {each: task for each, task in self._tasks().items() if each in ids}

    def _tasks(self) -> dict[str, CrmTask]:
        return {
            ident: CrmTask(
                id=ident,
                subject=row["Subject"],
                status=row["Status"],
                description=row["Description"],
                closed_time=row.get("Closed_Time"),
                modified_time=row["modified"],
            )
            for ident, row in self.world.people.items()
            if row["module"] == "Tasks"
        }


@dataclass
class CallbackCompany(Company):
    """A company with the call-backs switched on; `told` is up to which call they are known."""

    enabled: bool = True
    refuse: dict[str, str] = field(default_factory=dict)
    parts: dict[str, OfficeReport] = field(default_factory=dict)

    def tools(self, hazard: Hazard) -> Tools:
        """Return the tools of a run that leaves call-backs and media to their own tests."""
        return self._tools(hazard, CallbackSettings(enabled=False))

    def _tools(self, hazard: Hazard, wanted: CallbackSettings) -> Tools:
        tools = super().tools(hazard)
        settings = tools.configuration.settings
        media = settings.media.model_copy(update={"enabled": False})
        settings = settings.model_copy(update={"callbacks": wanted, "media": media})
        return replace(
            tools,
            crm=cast("ZohoCrmClient", FakeTaskCrm(self.world, hazard, self.refuse)),
            configuration=replace(tools.configuration, settings=settings),
        )

    async def tell(self, ids: Sequence[str] | None = None) -> None:
        """Say of every call in the ledger what it means for call-backs, as the run does."""

        def work(conn: sa.Connection) -> None:
            known = list(conn.scalars(sa.select(interaction.c.id))) if ids is None else ids
            for row in ledger.load(conn, known).values():
                call = Call.model_validate(json.loads(row.document)["call"])
                if reaches(call):
                    callbacks.reached(
                        conn, person=row.person, at=row.started_at, by=row.id, why="Answered."
                    )
                elif row.outcome in {"missed", "voicemail"} and row.fate == "done":
                    callbacks.owe(
                        conn,
                        interaction_id=row.id,
                        person=row.person,
                        office=row.office,
                        opened_at=row.started_at,
                    )

        await self.database.run(work)

    async def forget_who_was_reached(self) -> None:
        """Make the store as it was before the run saw whom later calls reached."""
        await self.database.run(lambda conn: conn.execute(sa.delete(reach)).close())

    async def call_backs(self, hazard: Hazard | None = None) -> str | None:
        """Work the lane off once, in a process of its own."""
        wanted = CallbackSettings(enabled=self.enabled, due_minutes=30)
        tools = self._tools(hazard or Hazard(), wanted)
        self.parts = {
            each.id: OfficeReport(office=each.id, name=each.name)
            for each in tools.configuration.offices
        }
        try:
            async with working(tools):
                return await work_callbacks(tools, self.parts)
        except KilledError:
            await asyncio.sleep(0)
            return "killed"
        except SwitchboardError as error:
            return str(error)

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """The tasks in the CRM by id."""
        people = self.world.people.items()
        return {ident: row for ident, row in people if row["module"] == "Tasks"}

    async def rows(self) -> dict[str, Callback]:
        """The call-backs by the session of their missed call."""
        found = await self.database.run(partial(callbacks.search, limit=10_000))
        return {row.interaction_id.rpartition(":")[2]: row for row in found}
