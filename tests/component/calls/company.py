"""A small company with two offices, its calls, and one process after another working on them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tests.component.calls.fakes import (
    CrmWorld,
    FakeCrm,
    FakeRingCentral,
    Hazard,
    KilledError,
    MortalDatabase,
)

from switchboard.config.documents import (
    ExtensionConfig,
    FieldMappings,
    LeadOwner,
    Office,
    OwnersConfig,
    Processing,
)
from switchboard.config.load import Configuration
from switchboard.config.settings import CallSettings, JournalSettings, MediaSettings, Settings
from switchboard.errors import SwitchboardError
from switchboard.flows.call_to_lead.accounts import RunReport
from switchboard.flows.call_to_lead.models import CallType
from switchboard.flows.call_to_lead.run import BOTH, CallRun, RunOptions
from switchboard.flows.call_to_lead.tools import LeaseWatch, Tools
from switchboard.store.database import Database
from switchboard.store.leases import worker_identity
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.ringcentral.models import CallRecord, Leg, MessageRef, Party
from switchboard.vendors.settings import BudgetSettings, VendorSettings
from switchboard.vendors.zoho_crm.client import ZohoCrmClient

NOW = datetime.now(UTC).replace(microsecond=0)
CALLERS = tuple(f"+1215555010{number}" for number in range(6))
EXTENSIONS = {"north": "201", "south": "301"}


def an_office(ident: str, order: int) -> Office:
    return Office(
        id=ident,
        name=f"{ident.title()} office",
        processing_order=order,
        timezone="America/New_York",
        region="US",
        extensions=(
            ExtensionConfig(
                id=EXTENSIONS[ident], name=f"Desk {ident}", number=EXTENSIONS[ident] + "1"
            ),
        ),
        owners=OwnersConfig(
            lead_owners=(
                LeadOwner(id="11", assignment_weight=2.0),
                LeadOwner(id="12", assignment_weight=1.0),
                LeadOwner(id="13", active=False),
            )
        ),
    )


def a_configuration(root: Path, lease_seconds: float = 0.3, **calls: Any) -> Configuration:
    return Configuration(
        root=root,
        offices=(an_office("north", 1), an_office("south", 2)),
        processing=Processing(),
        mappings=FieldMappings(),
        email=None,
        settings=Settings(
            calls=CallSettings(**calls),
            media=MediaSettings(enabled=False),  # They have tests of their own.
            journal=JournalSettings(reconcile_after_seconds=0.0, lease_seconds=lease_seconds),
            vendors=VendorSettings(
                patience_seconds=15.0, budgets=BudgetSettings(window_seconds=0.1)
            ),
        ),
        several_offices=True,
    )


def a_record(
    number: int, *, caller: str, minutes_ago: float, outcome: str = "missed", office: str = "north"
) -> CallRecord:
    """Return a settled inbound call to one desk of *office*."""
    start = NOW - timedelta(minutes=minutes_ago)
    extension = EXTENSIONS[office]
    result = {"accepted": "Accepted", "missed": "Missed", "voicemail": "Voicemail"}[outcome]
    leg = Leg(
        leg_type="Accept",
        master=True,
        start_time=start,
        duration_seconds=40,
        direction="Inbound",
        action="Phone Call",
        result=result,
        reason="Accepted" if outcome == "accepted" else "No Answer",
        from_=Party(phone_number=caller),
        to=Party(extension_id=extension, extension_number=extension + "1"),
        extension_id=extension,
    )
    return CallRecord(
        id=f"rec{number}",
        session_id=str(880000000 + number * 7),
        telephony_session_id=f"s-{number:04}",
        start_time=start,
        duration_seconds=40,
        direction="Inbound",
        action="Phone Call",
        result=result,
        from_=Party(phone_number=caller),
        to=Party(extension_id=extension, extension_number=extension + "1"),
        extension_id=extension,
        message=MessageRef(id="77", type="VoiceMail") if outcome == "voicemail" else None,
        last_modified=start + timedelta(minutes=1),
        legs=(leg,),
    )


@dataclass
class Company:
    """One store, one CRM and one call log, and processes that come and go."""

    root: Path
    records: list[CallRecord]
    world: CrmWorld = field(default_factory=CrmWorld)
    calls: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    lease_seconds: float = 0.3  # The dead of these tests are not buried: their leases run out.

    def __post_init__(self) -> None:
        self.database = Database.open(self.url or f"sqlite:///{self.root / 'store.db'}")

    def close(self) -> None:
        self.database.close()

    def tools(self, hazard: Hazard) -> Tools:
        return Tools(
            configuration=a_configuration(self.root, self.lease_seconds, **self.calls),
            db=cast("Database", MortalDatabase(self.database, hazard)),
            ringcentral=cast("RingCentralClient", FakeRingCentral(self.records, hazard)),
            crm=cast("ZohoCrmClient", FakeCrm(self.world, hazard)),
            worker=worker_identity().id,
            lease=LeaseWatch(self.lease_seconds),
        )

    async def run(
        self,
        hazard: Hazard | None = None,
        *,
        offices: Sequence[str] = (),
        dry_run: bool = False,
        now: datetime = NOW,
        hours_back: float = 48,
        types: frozenset[CallType] = BOTH,
    ) -> RunReport | None:
        """Run once; None when the process was killed or a vendor stopped it."""
        tools = self.tools(hazard or Hazard())
        options = RunOptions(tuple(offices), types, hours_back, dry_run)
        try:
            return await CallRun(tools, options, account="7", now=now).run()
        except KilledError:
            await asyncio.sleep(0)
            return None
        except SwitchboardError:
            return None
