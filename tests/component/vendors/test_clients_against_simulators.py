"""Our clients and the stand-ins were written apart from the same notes: here they meet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr
from tests.simulated_vendors import RC, SPEED, ZOHO, clients, collection, plan

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.simulators.server import SimulatorServer
from switchboard.store.database import Database
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.ringcentral.models import CallRecord
from switchboard.vendors.zoho_crm.models import NoteDraft


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=3, calls=120, speed=SPEED) as server:
        yield server


@pytest.fixture
def simulator(running: SimulatorServer) -> SimulatorServer:
    httpx.post(f"{running.base_url}/_sim/reset", json={"seed": 3}).raise_for_status()
    return running


async def whole_log(client: RingCentralClient, per_page: int = 1000) -> list[CallRecord]:
    end = datetime.now(UTC)
    pages = client.read_call_log(end - timedelta(hours=80), end, per_page=per_page)
    return [record async for page in pages for record in page.records]


async def test_the_whole_call_log_is_read_in_pages_of_any_size(
    simulator: SimulatorServer, database: Database
) -> None:
    """By navigation; every record is understood."""
    async with clients(simulator, database) as (rc, _, _):
        end = datetime.now(UTC)
        start = end - timedelta(hours=80)
        problems: list[str] = []
        async for page in rc.read_call_log(start, end):
            problems += page.problems
            assert len(page.raw) == len(page.records)
        assert problems == []
        large, small = await whole_log(rc), await whole_log(rc, per_page=50)
        assert len(large) > 100
        assert {one.id for one in large} <= {one.id for one in small}
        assert any(one.legs for one in large)


async def test_records_are_read_by_id_in_bulk(
    simulator: SimulatorServer, database: Database
) -> None:
    """In the vendor's multipart form, an unknown id among them."""
    async with clients(simulator, database) as (rc, _, transport):
        ids = [one.id for one in (await whole_log(rc))[:70]]
        found = await rc.read_call_records([*ids, "no-such-record"])
        assert all(isinstance(found[one], CallRecord) for one in ids)
        assert isinstance(found["no-such-record"], RejectedError)
        assert transport.counters.requests["ringcentral", "read_call_records"] == 2


async def test_account_and_extensions_are_read(
    simulator: SimulatorServer, database: Database
) -> None:
    """Queues included; no permission is missing."""
    async with clients(simulator, database) as (rc, _, _):
        account = await rc.read_account()
        assert (account["id"], account["timezone"]) == ("700100004", "America/New_York")
        assert await rc.check() == []
        kinds = {extension.type for extension in await rc.read_extensions()}
        assert {"User", "Department"} <= kinds


async def test_our_pace_meets_no_penalty(simulator: SimulatorServer, database: Database) -> None:
    """Twenty-five Heavy requests, ten a minute: RingCentral never has to refuse one."""
    async with clients(simulator, database) as (rc, _, transport):
        await asyncio.gather(*(whole_log(rc) for _ in range(25)))
        assert transport.counters.outcomes["ringcentral", "429"] == 0
        assert transport.counters.buckets["ringcentral:heavy"] == 25


async def test_a_penalty_is_sat_out(simulator: SimulatorServer, database: Database) -> None:
    """Another application used up the group: wait, then go on, with one refusal in all."""
    async with clients(simulator, database) as (rc, _, transport):
        await rc.read_account()
        plan(simulator, vendor="ringcentral", match="/call-log", kind="rate_limit")
        started = time.monotonic()
        await asyncio.gather(*(whole_log(rc) for _ in range(3)))
        assert time.monotonic() - started >= 1.0
        assert transport.counters.outcomes["ringcentral", "429"] <= 3


async def test_a_lead_lives_its_life(simulator: SimulatorServer, database: Database) -> None:
    """Created, found at once by its number, changed, noted; the bad item is told apart."""
    async with clients(simulator, database) as (_, crm, _):
        good = {"Last_Name": "Example", "Company": "Example Ltd", "Phone": "+12155550142"}
        created, refused = await crm.create_records("Leads", [good, {"Company": "Nobody"}])
        assert created.ok
        assert (refused.ok, refused.code, refused.field) == (
            False,
            "MANDATORY_NOT_FOUND",
            "Last_Name",
        )
        assert created.id is not None
        (found,) = await crm.find_people_by_phone("Leads", ["+12155550142", "+12155550143"])
        assert (found.id, found.phones) == (created.id, ("+12155550142",))
        (updated,) = await crm.update_records(
            "Leads", [{"id": created.id, "Lead_Status": "Contacted"}]
        )
        assert updated.ok
        person = await crm.read_person("Leads", created.id)
        assert person is not None
        assert person.lead_status == "Contacted"
        title = "Missed call [rc:s-test01]"
        (noted,) = await crm.create_notes(
            [NoteDraft(module="Leads", parent_id=created.id, title=title, content="details")]
        )
        assert noted.ok
        (note,) = await crm.read_notes("Leads", created.id)
        assert (note.id, note.title, note.content) == (noted.id, title, "details")
        assert await crm.read_person("Leads", "1") is None


async def test_people_users_and_metadata_are_read(
    simulator: SimulatorServer, database: Database
) -> None:
    """Converted leads name their contact; changes since a moment are few."""
    async with clients(simulator, database) as (_, crm, _):
        leads = [
            one async for part in crm.read_people("Leads", modified_since=None) for one in part
        ]
        contacts = [
            one async for part in crm.read_people("Contacts", modified_since=None) for one in part
        ]
        assert len(leads) == len(collection(simulator, "zoho_crm/leads"))
        assert contacts
        converted = [one for one in leads if one.converted]
        assert converted
        assert {one.converted_contact_id for one in converted} & {one.id for one in contacts}
        later = datetime.now(UTC) + timedelta(days=1)
        assert [one async for one in crm.read_people("Leads", modified_since=later)] == []
        assert {user.status for user in await crm.read_users()} == {"active", "inactive"}
        fields = {field.api_name: field for field in await crm.read_fields("Leads")}
        assert fields["Last_Name"].mandatory
        assert fields["Company"].mandatory
        assert fields["Lead_Status"].picklist
        assert (await crm.read_org())["time_zone"]


@pytest.mark.parametrize("kind", ["drop", "done_but_lost", "error", "garbage"])
async def test_a_disturbed_create_is_in_doubt_and_coql_tells(
    simulator: SimulatorServer, database: Database, kind: str
) -> None:
    """Whether it happened is seen at once, so nothing is doubled and nothing lost."""
    async with clients(simulator, database) as (_, crm, transport):
        await crm.read_org()
        plan(simulator, vendor="zoho_crm", match="POST /crm/v8/Leads", kind=kind)
        with pytest.raises(InDoubtError):
            await crm.create_records(
                "Leads", [{"Last_Name": "Example", "Company": "c", "Phone": "+12155550177"}]
            )
        assert transport.counters.requests["zoho_crm", "create_records"] == 1
        found = await crm.find_people_by_phone("Leads", ["+12155550177"])
        assert len(found) == (1 if kind in {"done_but_lost", "garbage"} else 0)


async def test_a_silent_vendor_leaves_a_write_in_doubt(
    simulator: SimulatorServer, database: Database
) -> None:
    """The time-out of the whole exchange counts."""
    async with clients(simulator, database, read_timeout_seconds=0.5) as (_, crm, _):
        await crm.read_org()
        plan(simulator, vendor="zoho_crm", match="POST /crm/v8/Notes", kind="timeout", delay_s=2)
        with pytest.raises(InDoubtError):
            await crm.create_notes(
                [NoteDraft(module="Leads", parent_id="1", title="t", content="c")]
            )


@pytest.mark.parametrize("kind", ["drop", "error", "garbage", "expired_token", "rate_limit"])
async def test_a_disturbed_read_is_repeated(
    simulator: SimulatorServer, database: Database, kind: str
) -> None:
    """The caller notices nothing."""
    async with clients(simulator, database) as (rc, crm, _):
        await crm.read_org()
        await rc.read_account()
        plan(simulator, vendor="zoho_crm", match="/users", kind=kind)
        plan(simulator, vendor="ringcentral", match="/extension", kind=kind)
        assert await crm.read_users()
        assert await rc.read_extensions()


@pytest.mark.parametrize("kind", ["expired_token", "rate_limit"])
async def test_a_write_refused_before_processing_is_repeated(
    simulator: SimulatorServer, database: Database, kind: str
) -> None:
    """Once each, and there is one lead."""
    async with clients(simulator, database) as (_, crm, _):
        await crm.read_org()
        plan(simulator, vendor="zoho_crm", match="POST /crm/v8/Leads", kind=kind)
        (item,) = await crm.create_records(
            "Leads", [{"Last_Name": "Example", "Company": "c", "Phone": "+12155550178"}]
        )
        assert item.ok
        assert len(await crm.find_people_by_phone("Leads", ["+12155550178"])) == 1


async def test_wrong_credentials_stop_the_flow_with_the_manuals_codes(
    simulator: SimulatorServer, database: Database
) -> None:
    """Zoho says so with HTTP 200."""
    wrong_rc = RC.model_copy(update={"client_secret": SecretStr("wrong")})
    wrong_zoho = ZOHO.model_copy(update={"refresh_token": SecretStr("wrong")})
    async with clients(simulator, database, wrong_rc, wrong_zoho) as (rc, crm, _):
        with pytest.raises(OperatorError) as caught:
            await rc.read_account()
        assert caught.value.code == "RC-401"
        with pytest.raises(OperatorError) as caught:
            await crm.read_org()
        assert caught.value.code == "ZOHO-401"
        assert "invalid_code" in caught.value.message


async def test_a_vendor_that_is_gone_is_reported_as_such(
    simulator: SimulatorServer, database: Database
) -> None:
    """Nobody listens on that port: nothing was sent, try later."""
    async with clients(
        simulator, database, ringcentral_base_url="http://127.0.0.1:9/ringcentral", read_attempts=2
    ) as (rc, _, _):
        with pytest.raises(TransientError) as caught:
            await rc.read_account()
        assert caught.value.code == "RC-000"


async def test_many_parallel_writers_stay_within_zohos_concurrency(
    simulator: SimulatorServer, database: Database
) -> None:
    """Four in flight, whatever the pipeline starts at once."""
    async with clients(simulator, database) as (_, crm, transport):
        leads = [
            [{"Last_Name": f"L{n}", "Company": "c", "Phone": f"+1215555{n:04d}"}] for n in range(40)
        ]
        results = await asyncio.gather(*(crm.create_records("Leads", one) for one in leads))
        assert all(item.ok for (item,) in results)
        assert transport.counters.outcomes["zoho_crm", "429"] == 0
        assert simulator.world.crm.limits.most_in_flight <= 4
