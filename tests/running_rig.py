"""Runs over a small company's fake vendors, slow enough to be watched and stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import structlog
from tests.component.calls.company import CALLERS, Company, a_configuration, a_record
from tests.component.calls.fakes import FakeCrm, FakeRingCentral, Hazard

from switchboard import logs
from switchboard.bootstrap import Session
from switchboard.config.load import Configuration
from switchboard.flows.call_to_lead.tools import LeaseWatch, Tools
from switchboard.running import Runner
from switchboard.store import runs
from switchboard.store.database import Database
from switchboard.store.leases import worker_identity
from switchboard.store.runs import Watched
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.ringcentral.models import CallLogPage, CallRecord
from switchboard.vendors.transport import Transport
from switchboard.vendors.usage import Counters
from switchboard.vendors.zoho_crm.client import ZohoCrmClient

PATIENCE_SECONDS = 30.0


class SlowRingCentral(FakeRingCentral):
    """Reads its call log only while the gate is open, and says meanwhile what is left to say."""

    def __init__(self, records: Sequence[CallRecord], rig: RunningRig) -> None:
        super().__init__(records, Hazard(), page_size=100)
        self._rig = rig

    async def read_account(self) -> dict[str, Any]:
        return {"id": "7"}

    async def read_call_log(
        self, date_from: datetime, date_to: datetime, *, per_page: int = 1000
    ) -> AsyncIterator[CallLogPage]:
        while True:
            while self._rig.to_say:
                self._rig.to_say.pop(0)()
            if self._rig.gate.is_set():
                break
            await asyncio.sleep(0.01)
        async for page in super().read_call_log(date_from, date_to, per_page=per_page):
            yield page


class _NoTransport:
    counters = Counters()

    def log_usage(self) -> None:
        """Nothing was used."""


async def no_report(*_: object, **__: object) -> None:
    """Stand in for `running.conclude`: drawing charts is most of what a small run costs."""


class RunningRig:
    """A company, and a service's runner over it."""

    def __init__(self, root: Path, records: list[CallRecord] | None = None) -> None:
        self.set_up_logs()
        made = records if records is not None else some_records()
        self.company = Company(root, made)
        self.configuration = a_configuration(root)
        self.db = self.company.database
        self.gate = threading.Event()
        self.gate.set()
        self.to_say: list[Any] = []
        self.failing: Exception | None = None
        self.runner = Runner(lambda: self.configuration, self.db, self.opened)

    @staticmethod
    def set_up_logs() -> None:
        """Log as any process of ours does: a run's lines come from there."""
        logs.configure(console=False)

    @asynccontextmanager
    async def opened(self, configuration: Configuration) -> AsyncIterator[Session]:
        if self.failing is not None:
            raise self.failing
        db = Database.open(f"sqlite:///{self.company.root / 'store.db'}")  # As a run has it.
        tools = Tools(
            configuration=configuration,
            db=db,
            ringcentral=cast("RingCentralClient", SlowRingCentral(self.company.records, self)),
            crm=cast("ZohoCrmClient", FakeCrm(self.company.world, Hazard())),
            worker=worker_identity().id,
            lease=LeaseWatch(0.3),
        )
        try:
            yield Session(tools, cast("Transport", _NoTransport()))
        finally:
            await db.aclose()

    def say(self, event: str, level: str = "info", **values: Any) -> None:
        """Have the run log something, from within, while the gate is closed."""
        self.to_say.append(lambda: getattr(structlog.get_logger(), level)(event, **values))

    async def watched(self, run_id: str) -> Watched:
        found = await self.db.read(lambda conn: runs.watch(conn, run_id))
        assert found is not None
        return found

    async def over(self, run_id: str) -> Watched:
        """Wait until nothing more is said about a run."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := await self.watched(run_id)).over:  # noqa: ASYNC110 - a store.
                await asyncio.sleep(0.02)
        return found

    async def aclose(self) -> None:
        self.gate.set()
        await self.runner.aclose()
        await self.db.aclose()


def some_records() -> list[CallRecord]:
    """Return calls of both offices, old enough to be settled."""
    return [
        a_record(
            number,
            caller=CALLERS[number % len(CALLERS)],
            minutes_ago=60 + number,
            outcome="accepted" if number % 2 else "missed",
            office="north" if number % 3 else "south",
        )
        for number in range(9)
    ]
