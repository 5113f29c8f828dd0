"""Calls and leads find a free slot, however much audio is waiting."""

from __future__ import annotations

import httpx
from tests.vendor_stage import FakeClock, make_transport

from switchboard.store.database import Database
from switchboard.vendors.allowances import Allowances
from switchboard.vendors.exchange import Request
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.ringcentral.refusals import RINGCENTRAL_VENDOR
from switchboard.vendors.settings import BudgetSettings, VendorSettings

HEAVY = {"ringcentral": 1.0, "ringcentral:heavy": 1.0}


def a_request(operation: str, priority: int) -> Request:
    return Request(
        vendor=RINGCENTRAL_VENDOR,
        operation=operation,
        method="GET",
        url="https://platform.ringcentral.com/x",
        costs=HEAVY,
        priority=priority,
    )


async def test_a_call_never_waits_for_the_slot_a_recording_took(database: Database) -> None:
    """However long recordings are fetched one after the other, the next read goes at once."""
    clock = FakeClock()
    transport = make_transport(
        database,
        lambda _request: httpx.Response(200, json={}),
        clock=clock,
        budgets=BudgetSettings(),
        patience_seconds=10_000,
    )
    for number in range(6):
        await transport.send(a_request(f"media{number}", Urgency.MEDIA), lambda answer: answer)
        before = clock.now
        await transport.send(a_request("read", Urgency.READ), lambda answer: answer)
        assert clock.now == before
        clock.now += 30


async def test_recordings_alone_still_use_what_is_left(database: Database) -> None:
    """About nine a minute, as the group's own limit has it."""
    clock = FakeClock()
    transport = make_transport(
        database,
        lambda _request: httpx.Response(200, json={}),
        clock=clock,
        budgets=BudgetSettings(),
        patience_seconds=10_000,
    )
    began = clock.now
    for _ in range(17):
        await transport.send(a_request("media", Urgency.MEDIA), lambda answer: answer)
    assert 100 < clock.now - began < 130


async def test_uploads_leave_half_of_zohos_seats_to_leads() -> None:
    """An upload holds its seat for minutes; a lead must not wait for it."""
    allowances = Allowances(VendorSettings())
    everybody = allowances.seats("zoho_crm:seat", crowding=False)
    uploads = allowances.seats("zoho_crm:seat", crowding=False, yielding=True, timeout=600)
    assert everybody is not None
    assert uploads is not None
    assert (everybody.count, uploads.count) == (4, 2)
    assert uploads.seconds > 600 > everybody.seconds


async def test_one_seat_is_enough_for_both() -> None:
    """Where only one request may be in flight, uploads take their turn."""
    allowances = Allowances(VendorSettings(budgets=BudgetSettings(zoho_crm_concurrency=1)))
    uploads = allowances.seats("zoho_crm:seat", crowding=False, yielding=True)
    assert uploads is not None
    assert uploads.count == 1
