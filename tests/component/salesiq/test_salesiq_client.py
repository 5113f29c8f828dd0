"""The client does once what it is told, believes no HTTP 200 and stops when it is locked out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.component.salesiq.salesiq_stage import StubBot, reply
from tests.simulated_vendors import ZOHO, clients
from tests.vendor_stage import ZOHO_CREDENTIALS, FakeClock, make_transport, open_database, token_or

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.simulators.core.server import AppServer
from switchboard.simulators.server import SimulatorServer
from switchboard.store.database import Database
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient

Handler = Any


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path)
    yield database
    database.close()


class Portal:
    """Answers from a list, and keeps what was asked; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def client(database: Database, portal: Portal, **changes: Any) -> ZohoSalesiqClient:
    return ZohoSalesiqClient(
        make_transport(database, token_or(portal), **changes),
        ZOHO_CREDENTIALS,
        address="https://salesiq.zoho.com",
        screen_name="acme",
    )


def error(code: int, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "no"}})


async def test_a_late_answer_goes_to_the_callback(database: Database) -> None:
    portal = Portal({"data": {}})
    answer = reply("Here it is")
    await client(database, portal).respond("req-1", answer)
    (request,) = portal.asked
    assert str(request.url) == "https://salesiq.zoho.com/api/v2/acme/callbacks/req-1/response"
    assert json.loads(request.content) == answer
    assert request.headers["authorization"] == "Zoho-oauthtoken z-token"


@pytest.mark.parametrize("done", [httpx.Response(204), httpx.Response(200, text="ok")])
async def test_any_success_of_a_callback_is_one(database: Database, done: httpx.Response) -> None:
    """Implementers met 200 and 204; what stands in them is not documented."""
    await client(database, Portal(done)).progress("req-1", "Working on it")


@pytest.mark.parametrize(
    "lost", [httpx.ReadTimeout("slow"), httpx.Response(502), error(1001)], ids=str
)
async def test_an_answer_that_may_have_arrived_is_never_sent_again(
    database: Database, lost: Any
) -> None:
    """The visitor would read it twice, or worse."""
    portal = Portal(lost)
    with pytest.raises(InDoubtError):
        await client(database, portal).respond("req-1", reply("once"))
    assert len(portal.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (error(1009), OperatorError, "SIQ-403"),
        (error(1016), OperatorError, "SIQ-403"),
        (error(1005), OperatorError, "SIQ-400"),
        (error(1019), RejectedError, "SIQ-404"),
        (error(1031), RejectedError, "SIQ-422"),
        (error(4711), RejectedError, "SIQ-422"),
        (httpx.Response(200, json={"error": {"message": "?"}}), RejectedError, "SIQ-422"),
        (httpx.Response(404), RejectedError, "SIQ-404"),
        (httpx.Response(403), OperatorError, "SIQ-403"),
        (error(1023), TransientError, "SIQ-429"),
        (httpx.Response(429), TransientError, "SIQ-429"),
    ],
)
async def test_a_refusal_is_found_whatever_its_status(
    database: Database, answer: httpx.Response, kind: type[Exception], code: str
) -> None:
    """Most of SalesIQ's errors come with HTTP 200."""
    portal = Portal(answer)
    with pytest.raises(kind) as caught:
        await client(database, portal, patience_seconds=1.0).add_note("LD_1", "Ticket 101")
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert not isinstance(caught.value, InDoubtError)
    assert len(portal.asked) == 1


@pytest.mark.parametrize("refused", [error(1008), error(1008, 401), httpx.Response(401)])
async def test_a_stale_token_is_renewed_once(database: Database, refused: httpx.Response) -> None:
    portal = Portal(refused, {"data": {"id": "1"}})
    assert await client(database, portal).read_conversation("LD_1") == {"id": "1"}
    with pytest.raises(OperatorError) as caught:
        await client(database, Portal(refused)).read_conversation("LD_1")
    assert caught.value.code == "SIQ-401"


async def test_after_1023_nothing_is_sent_for_a_quarter_of_an_hour(database: Database) -> None:
    """Every early call would keep our address locked."""
    clock = FakeClock()
    portal = Portal(error(1023), {"data": {"id": "1"}})
    salesiq = client(database, portal, clock=clock)
    for _ in range(2):
        with pytest.raises(TransientError):
            await salesiq.read_conversation("LD_1")
    assert len(portal.asked) == 1
    clock.now += 1000
    assert await salesiq.read_conversation("LD_1") == {"id": "1"}


@pytest.mark.parametrize("given", ["botpreview_1", "../notes", "a/b", "", "..", "a b", "x" * 200])
async def test_an_id_salesiq_cannot_know_is_not_sent(database: Database, given: str) -> None:
    """Ids come from deliveries, and those from strangers."""
    portal = Portal({"data": {}})
    with pytest.raises(RejectedError) as caught:
        await client(database, portal).close(given)
    assert caught.value.code == "SIQ-404"
    assert portal.asked == []


@pytest.mark.parametrize(
    ("address", "accounts"),
    [
        ("https://salesiq.zoho.eu", "https://accounts.zoho.com"),
        ("https://salesiq.zoho.com.evil.example", "https://accounts.zoho.com"),
        ("http://salesiq.zoho.com", "https://accounts.zoho.com"),
        ("http://127.0.0.1:8900/salesiq", "https://accounts.zoho.com"),
        ("", "https://accounts.zoho.com"),
    ],
)
def test_a_token_goes_to_its_own_data_centre_alone(
    database: Database, address: str, accounts: str
) -> None:
    transport = make_transport(database, Portal({}), zoho_accounts_url=accounts)
    with pytest.raises(OperatorError) as caught:
        ZohoSalesiqClient(transport, ZOHO_CREDENTIALS, address=address, screen_name="acme")
    assert caught.value.code == "SIQ-400"


@pytest.mark.parametrize("screen", ["", "a/b", "..", "a b"])
def test_a_screen_name_is_no_path(database: Database, screen: str) -> None:
    transport = make_transport(database, Portal({}))
    with pytest.raises(OperatorError, match="screen name"):
        ZohoSalesiqClient(
            transport,
            ZOHO_CREDENTIALS,
            address="https://salesiq.zoho.com",
            screen_name=screen,
        )


async def test_a_late_answer_is_no_second_promise(database: Database) -> None:
    with pytest.raises(ValueError, match="late answer"):
        await client(database, Portal({})).respond("req-1", {"action": "pending"})


async def test_the_client_and_the_simulator_understand_each_other(database: Database) -> None:
    """Our client, a real connection, a simulated portal: all that is done after an answer."""
    bot = StubBot(lambda d: {"action": "pending"} if d["handler"] == "message" else reply("Hello"))
    with (
        AppServer(lambda: bot.app, host="127.0.0.1", port=0) as bot_server,
        SimulatorServer(seed=7, scenario="empty", calls=0) as simulator,
    ):
        base = simulator.base_url
        async with (
            httpx.AsyncClient(base_url=base, timeout=10) as http,
            clients(simulator, database) as (_, _, transport),
        ):
            url = f"{bot_server.base_url}/webhook/salesiq"
            (await http.post("/_sim/salesiq/bot", json={"url": url})).raise_for_status()
            chat = (await http.post("/chat/api/conversations", json={})).json()
            path = f"/chat/api/conversations/{chat['id']}"
            view = (await http.post(f"{path}/messages", json={"text": "Hi"})).json()
            while view["pending"] is None:
                view = (await http.get(f"{path}?since={view['version']}")).json()
            salesiq = ZohoSalesiqClient(
                transport, ZOHO, address=f"{base}/salesiq", screen_name="sim-portal"
            )
            request_id = bot.heard[-1]["request"]["id"]
            await salesiq.progress(request_id, "Looking")
            await salesiq.respond(request_id, reply("Done"))
            with pytest.raises(RejectedError):
                await salesiq.respond(request_id, reply("Again"))
            await salesiq.add_note(chat["id"], "Ticket 101")
            await salesiq.send_message(chat["id"], "Mara here")
            assert (await salesiq.read_conversation(chat["id"]))["question"] == "Hi"
            said = [row["message"]["text"] for row in await salesiq.read_messages(chat["id"])]
            assert said[-2:] == ["Done", "Mara here"]
            await salesiq.transfer(chat["id"], department_id="40002", note="Billing")
            await salesiq.close(chat["id"])
            (row,) = (await http.get("/_sim/state/salesiq/conversations")).json()
            assert (row["status"], row["department"]) == ("ended", "40002")
            assert row["notes"][0]["note"] == "Ticket 101"
