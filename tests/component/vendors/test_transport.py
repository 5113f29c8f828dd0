"""What the transport repeats, what it never repeats, and what it tells its caller."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog
from tests.vendor_stage import (
    RC_CREDENTIALS,
    ZOHO_API,
    FakeClock,
    make_transport,
    metadata,
    ringcentral,
    token_or,
    zoho,
)

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.store import breakers, budgets
from switchboard.store.database import Database
from switchboard.vendors import exchange
from switchboard.vendors.ringcentral.models import CallRecord
from switchboard.vendors.settings import BudgetSettings

NOW = datetime(2026, 11, 3, tzinfo=UTC)
CREATED = {"data": [{"status": "success", "code": "SUCCESS", "details": {"id": "1"}}]}
LEAD = [{"Last_Name": "Example", "Phone": "+12155550100"}]


class Script:
    """Answers in turn: a response, or an error to raise; the last one for ever."""

    def __init__(self, *steps: httpx.Response | Exception) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)


def org(status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"org": [{"id": "1", "company_name": "Example"}]})


def trouble(status: int, code: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(
        status, headers=named, json={"code": code, "status": "error", "errorCode": code}
    )


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
        httpx.RemoteProtocolError("dropped"),
        trouble(500, "INTERNAL_ERROR"),
        trouble(503),
        httpx.Response(200, content=b"<html>garbage"),
        httpx.Response(200, json=["not", "an", "object"]),
    ],
)
async def test_a_read_is_tried_again(
    database: Database, failure: httpx.Response | Exception
) -> None:
    """Reading twice does no harm, whatever went wrong."""
    script = Script(failure, org())
    assert (await zoho(database, script).read_org())["company_name"] == "Example"
    assert len(script.requests) == 2


async def test_a_read_is_given_up_after_some_tries(database: Database) -> None:
    """Four tries, then the caller decides."""
    script = Script(httpx.ReadTimeout("silence"))
    with pytest.raises(TransientError) as caught:
        await zoho(database, script).read_org()
    assert (caught.value.code, len(script.requests)) == ("ZOHO-000", 4)
    assert type(caught.value) is TransientError


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("silence"),
        httpx.WriteError("broken pipe"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("dropped"),
        trouble(500, "INTERNAL_ERROR"),
        trouble(502),
        httpx.Response(201, content=b"{"),
        httpx.Response(201, json={"data": []}),
        httpx.Response(200, content=b""),
    ],
)
async def test_a_write_without_a_trustworthy_answer_is_in_doubt(
    database: Database, failure: httpx.Response | Exception
) -> None:
    """It is never sent again from here: it may have been carried out."""
    script = Script(failure)
    with pytest.raises(InDoubtError):
        await zoho(database, script).create_records("Leads", LEAD)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("nobody"),
        trouble(429, "TOO_MANY_REQUESTS", retry_after="0"),
        trouble(401, "INVALID_TOKEN"),
    ],
)
async def test_a_write_that_surely_did_not_happen_is_sent_again(
    database: Database, refusal: httpx.Response | Exception
) -> None:
    """No connection, refused before processing, or an old token."""
    script = Script(refusal, httpx.Response(201, json=CREATED))
    (item,) = await zoho(database, script).create_records("Leads", LEAD)
    assert item.ok
    assert len(script.requests) == 2


@pytest.mark.parametrize("broken", ["count_use", "stand_up"])
async def test_a_store_in_trouble_does_not_hide_that_a_write_happened(
    database: Database, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The lead exists; that its figures were lost is only a warning."""
    client = zoho(database, Script(org(), httpx.Response(201, json=CREATED)))
    await client.read_org()

    def fail(*_: Any, **__: Any) -> None:
        raise TransientError("DB-002", "The store stayed locked.")

    monkeypatch.setattr(budgets, broken, fail)
    (item,) = await client.create_records("Leads", LEAD)
    assert item.ok


async def test_a_store_in_trouble_does_not_hide_a_doubt(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time-out stays in doubt although the breaker could not be told."""
    client = zoho(database, Script(org(), httpx.ReadTimeout("silence")))
    await client.read_org()

    def fail(*_: Any, **__: Any) -> None:
        raise TransientError("DB-002", "The store stayed locked.")

    monkeypatch.setattr(breakers, "count_failure", fail)
    with pytest.raises(InDoubtError) as caught:
        await client.create_records("Leads", LEAD)
    assert caught.value.code == "ZOHO-000"


async def test_a_refused_write_is_not_repeated(database: Database) -> None:
    """Sending it again cannot help."""
    script = Script(trouble(400, "INVALID_MODULE"))
    with pytest.raises(RejectedError) as caught:
        await zoho(database, script).create_records("Leads", LEAD)
    assert (caught.value.code, len(script.requests)) == ("ZOHO-422", 1)


async def test_the_guard_is_asked_before_every_sending(database: Database) -> None:
    """A worker whose lease ran out while it waited sends nothing."""
    script = Script(trouble(429, "TOO_MANY_REQUESTS", retry_after="0"))
    asked = 0

    def guard() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise RejectedError("LEASE", "The lease is gone.")

    client = zoho(database, script)
    with pytest.raises(RejectedError, match="lease"):
        await client.create_records("Leads", LEAD, guard=guard)
    assert len(script.requests) == 1
    (item,) = await zoho(database, Script(httpx.Response(201, json=CREATED))).create_records(
        "Leads", LEAD
    )
    assert item.ok  # The seat of the one that was not sent is free again.


async def test_a_penalty_stops_the_whole_group_until_it_is_over(database: Database) -> None:
    """Not one early request: each would start the penalty again."""
    clock = FakeClock()
    times: list[tuple[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        times.append((request.url.path.rsplit("/", 1)[-1], clock.now))
        if len(times) == 1:
            return trouble(
                429,
                "CMN-301",
                x_rate_limit_group="heavy",
                retry_after="60",
                x_rate_limit_window="60",
            )
        return httpx.Response(200, json={"records": [], "id": 1})

    client = ringcentral(database, answer, clock=clock, read_attempts=1)
    started = clock.now

    async def read_log() -> None:
        async for _ in client.read_call_log(NOW, NOW):
            pass

    with pytest.raises(TransientError) as caught:
        await read_log()
    assert (caught.value.code, caught.value.retry_after) == ("RC-429", 60.0)
    await client.read_account()  # Light is another group.
    assert times[-1][0] == "~"
    assert times[-1][1] < started + 1.0
    await asyncio.gather(read_log(), read_log())
    assert all(at >= started + 60.0 for path, at in times[2:])
    other = ringcentral(database, answer, clock=clock)  # Another process would see the same row.
    await other.read_call_session("s-1", NOW, NOW)


async def test_a_wait_longer_than_our_patience_is_the_callers(database: Database) -> None:
    """It learns how long, and nothing was sent."""
    database.run_sync(lambda conn: budgets.block(conn, "zoho_crm", 4e9, 1.0))
    script = Script(org())
    with pytest.raises(TransientError) as caught:
        await zoho(database, script).read_org()
    assert caught.value.code == "ZOHO-429"
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 1000
    assert not script.requests


async def test_the_days_credits_are_not_overdrawn(database: Database) -> None:
    """Zoho's day is rolling and shared with the customer's other applications."""
    script = Script(org())
    client = zoho(database, script, budgets=BudgetSettings(zoho_credits_per_day=1))
    await client.read_org()
    with pytest.raises(TransientError, match="used up"):
        await client.read_org()
    assert len(script.requests) == 1


async def test_no_more_requests_are_in_flight_than_seats(database: Database) -> None:
    """Zoho counts concurrency per organisation and application."""
    flying = most = 0

    async def slowly(request: httpx.Request) -> httpx.Response:
        nonlocal flying, most
        if request.url.path == "/oauth/v2/token":
            return token_or(lambda _: org())(request)
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.02)
        flying -= 1
        return org()

    client = zoho(database, slowly)  # type: ignore[arg-type]
    await asyncio.gather(*(client.read_org() for _ in range(12)))
    assert 1 <= most <= 4


async def test_a_cancelled_request_gives_its_seat_back(database: Database) -> None:
    """Ctrl-C leaves nothing locked."""

    async def never(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/v2/token":
            return token_or(lambda _: org())(request)
        await asyncio.sleep(60)
        return org()

    client = zoho(database, never, budgets=BudgetSettings(zoho_crm_concurrency=1))  # type: ignore[arg-type]
    task = asyncio.create_task(client.read_org())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = zoho(database, Script(org()), budgets=BudgetSettings(zoho_crm_concurrency=1))
    assert await asyncio.wait_for(again.read_org(), 5)


async def test_an_answer_that_never_ends_is_given_up(database: Database) -> None:
    """A time-out per packet would let it drip past every lease."""

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, stream=Drip())

    client = zoho(database, answer, read_timeout_seconds=0.2)
    with pytest.raises(InDoubtError) as caught:
        await client.create_records("Leads", LEAD)
    assert caught.value.code == "ZOHO-000"


async def test_an_enormous_answer_is_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded whatever comes."""
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1000)
    with pytest.raises(TransientError):
        await zoho(database, Script(httpx.Response(200, content=b"x" * 2000))).read_org()


async def test_the_breaker_opens_for_every_process_and_lets_one_probe_through(
    shared: Database,
) -> None:
    """A vendor that is down is left alone; then one request asks how it is."""
    down = Script(trouble(503))
    changes: dict[str, Any] = {"breaker_threshold": 3, "breaker_seconds": 0.3, "read_attempts": 1}
    client = zoho(shared, down, **changes)
    for _ in range(3):
        with pytest.raises(TransientError):
            await client.read_org()
    other = zoho(shared, Script(org()), **changes)
    with pytest.raises(TransientError, match="left alone") as caught:
        await other.read_org()
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 0.4
    assert len(down.requests) == 3
    await asyncio.sleep(0.35)
    results = await asyncio.gather(*(client.read_org() for _ in range(4)), return_exceptions=True)
    assert len(down.requests) == 4  # Only the probe went out, and it failed.
    assert all(isinstance(result, TransientError) for result in results)
    await asyncio.sleep(0.35)
    assert await other.read_org()
    assert await other.read_org()
    states = await shared.run(breakers.states)
    assert states["zoho_crm"] == "closed"


async def test_a_refusal_is_no_failure_of_the_vendor(database: Database) -> None:
    """429 and 4xx say that the vendor is well."""
    client = zoho(database, Script(trouble(404)), breaker_threshold=2)
    for _ in range(4):
        with pytest.raises(RejectedError):
            await client.read_org()


async def test_failures_of_several_workers_add_up(shared: Database) -> None:
    """Three workers with one failure each have seen three."""
    for _ in range(3):
        client = zoho(shared, Script(trouble(503)), breaker_threshold=3, read_attempts=1)
        with pytest.raises(TransientError, match="failed at"):
            await client.read_org()
    with pytest.raises(TransientError, match="left alone"):
        await zoho(shared, Script(org()), breaker_threshold=3, read_attempts=1).read_org()


async def test_a_redirect_to_another_host_is_not_followed(database: Database) -> None:
    """The token goes to the configured host only."""
    script = Script(httpx.Response(302, headers={"Location": "https://evil.example/org"}))
    with pytest.raises(OperatorError, match="elsewhere"):
        await zoho(database, script).read_org()
    assert [request.url.host for request in script.requests] == ["www.zohoapis.com"]


async def test_a_redirect_on_the_same_host_is_followed_for_reads_only(database: Database) -> None:
    """A redirected write is not sent a second time."""
    moved = httpx.Response(307, headers={"Location": f"{ZOHO_API}/crm/v8/organisation"})
    script = Script(moved, org())
    assert await zoho(database, script).read_org()
    assert script.requests[1].url.path == "/crm/v8/organisation"
    write = Script(moved)
    with pytest.raises(OperatorError):
        await zoho(database, write).create_records("Leads", LEAD)
    assert len(write.requests) == 1


async def test_a_redirect_in_circles_ends(database: Database) -> None:
    """Three hops are plenty."""
    script = Script(httpx.Response(302, headers={"Location": f"{ZOHO_API}/crm/v8/org"}))
    with pytest.raises(OperatorError):
        await zoho(database, script).read_org()
    assert len(script.requests) == 4


async def test_every_request_names_the_product_and_carries_the_documented_header(
    database: Database,
) -> None:
    """User-Agent for RingCentral's support; `Zoho-oauthtoken`, not `Bearer`, for Zoho."""
    script = Script(org())
    await zoho(database, script).read_org()
    assert script.requests[0].headers["user-agent"].startswith("Switchboard/")
    assert script.requests[0].headers["authorization"] == "Zoho-oauthtoken z-token"


async def test_requests_and_credits_are_counted_for_the_day(shared: Database) -> None:
    """Here and in the store, by operation; RingCentral by group."""
    client = zoho(shared, Script(httpx.Response(201, json={"data": CREATED["data"] * 11})))
    await client.create_records("Leads", LEAD * 11)
    rc = ringcentral(shared, Script(httpx.Response(200, json={"id": 1})))
    await rc.read_account()
    used = await shared.run(budgets.usage_today)
    assert used["zoho_crm"]["create_records"] == budgets.Use(1, 2.0)
    assert used["ringcentral"]["read_account"].requests == 1
    assert used["zoho_accounts"]["token"].requests == 1
    snapshot = rc._transport.counters.snapshot()
    assert snapshot["ringcentral"]["groups"] == {"auth": 1, "light": 1}
    assert snapshot["ringcentral"]["operations"] == {"read_account": 1, "token": 1}
    with structlog.testing.capture_logs() as logs:
        rc._transport.log_usage()
    assert [(entry["event"], entry["vendor"], entry["requests"]) for entry in logs] == [
        ("api_usage", "ringcentral", 2)
    ]


async def test_nothing_personal_or_secret_is_logged(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in success nor in failure: no token, no number, no body."""
    echo = trouble(400, "INVALID_DATA")
    echo = httpx.Response(
        400, json={"code": "INVALID_DATA", "message": "bad +12155550100 z-token lee@example.com"}
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return metadata(request) or echo

    client = zoho(database, answer)
    with structlog.testing.capture_logs() as logs:
        with pytest.raises(RejectedError) as caught:
            await client.find_people_by_phone("Leads", ["+12155550100"])
        with pytest.raises(SwitchboardError):
            await client.create_records("Leads", LEAD)
    everything = f"{logs} {caught.value} {caught.value.detail} {capsys.readouterr()}"
    assert len(logs) >= 4
    for forbidden in ("2155550100", "lee@", "z-secret", "z-refresh", "Zoho-oauthtoken"):
        assert forbidden not in everything
    assert {entry["operation"] for entry in logs} >= {"create_records", "token"}


async def test_pages_follow_navigation_and_stop_where_they_circle(database: Database) -> None:
    """Never by counting records."""
    base = "https://platform.ringcentral.com/restapi/v1.0/account/~/call-log?page="

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        record = {"id": f"R{page}", "startTime": "2026-11-03T00:00:00Z", "direction": "Inbound"}
        uri = f"{base}{page + 1}" if page < 3 else None
        navigation = {"nextPage": {"uri": uri}} if uri else {}
        return httpx.Response(200, json={"records": [record], "navigation": navigation})

    client = ringcentral(database, answer)
    seen = [record.id async for page in client.read_call_log(NOW, NOW) for record in page.records]
    assert seen == ["R1", "R2", "R3"]

    def circle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"records": [], "navigation": {"nextPage": {"uri": f"{base}2"}}}
        )

    with pytest.raises(TransientError, match="circle"):
        async for _ in ringcentral(database, circle).read_call_log(NOW, NOW):
            pass


async def test_many_records_cost_one_request_per_fifty(database: Database) -> None:
    """Each id is answered for, whatever the vendor left out."""
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        ids = request.url.path.rsplit("/", 1)[-1].split(",")
        asked.append(ids)
        assert "multipart/mixed" in request.headers["accept"]
        if ids == ["gone"]:
            return trouble(404, "CMN-102")
        parts = [
            {
                "resourceId": one,
                "status": 200,
                "body": {"id": one, "startTime": "2026-11-03T00:00:00Z", "direction": "Inbound"},
            }
            for one in ids
        ]
        return httpx.Response(207, json=parts)

    ids = [f"Q{number}" for number in range(100)] + ["gone"]
    found = await ringcentral(database, answer).read_call_records(ids)
    assert [len(part) for part in asked] == [50, 50, 1]
    assert list(found) == ids
    assert isinstance(found["Q0"], CallRecord)
    assert isinstance(found["gone"], RejectedError)


async def test_people_are_paged_by_token_and_by_number(database: Database) -> None:
    """A token where the vendor gives one; numbers within the first 2,000 otherwise."""
    pages: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        found = metadata(request)
        if found is not None:
            return found
        pages.append(dict(request.url.params))
        info: dict[str, Any] = {"more_records": len(pages) < 3}
        if len(pages) == 1:
            info["next_page_token"] = "t2"
        return httpx.Response(
            200, json={"data": [{"id": str(len(pages)), "Phone": "1"}], "info": info}
        )

    client = zoho(database, answer)
    people = [
        one.id async for part in client.read_people("Leads", modified_since=None) for one in part
    ]
    assert people == ["1", "2", "3"]
    assert [page.get("page_token") or page.get("page") for page in pages] == [None, "t2", "3"]
    assert pages[0]["fields"] == "Last_Name,Owner,Lead_Status,Modified_Time,Phone,Mobile"
    assert pages[0]["converted"] == "both"


async def test_metadata_is_kept_for_an_hour(database: Database) -> None:
    """Two requests per module, not two per batch."""
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return metadata(request) or httpx.Response(204)

    client = zoho(database, answer)
    fields = await client.read_fields("Leads")
    assert [field.api_name for field in fields if field.mandatory] == ["Last_Name", "Company"]
    await client.read_fields("Leads")
    assert asked == 2
    await client.read_fields("Leads", fresh=True)
    assert asked == 4


async def test_an_unknown_api_host_is_refused_at_once(database: Database) -> None:
    """A typing error in the settings does not send the secret to a stranger."""
    with pytest.raises(OperatorError, match="not an allowed"):
        ringcentral(
            database, Script(org()), ringcentral_base_url="https://platform.ringcentral.example"
        )
    with pytest.raises(OperatorError, match="not an accounts server"):
        zoho(database, Script(org()), zoho_accounts_url="https://accounts.zoho.example")
    assert RC_CREDENTIALS.client_id == "rc-client"
    assert make_transport(database, Script(org()))
