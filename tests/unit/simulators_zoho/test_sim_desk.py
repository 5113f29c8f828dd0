"""The simulated portal is as strict, as slow to find things and as silent as the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.desk_stage import NOON, DeskPortal

from switchboard.simulators.zoho_desk.schema import Field
from switchboard.vendors.zoho_desk import webhooks


@pytest.fixture
async def portal() -> AsyncIterator[DeskPortal]:
    async with DeskPortal() as signed_in:
        yield signed_in


class Listener:
    """Stands where the product would: keeps what Desk sends."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [item for each in self.got if each.content for item in json.loads(each.content)]


async def subscribe(portal: DeskPortal, listener: Listener, **more: Any) -> httpx.Response:
    portal.desk.webhooks.make_http = lambda: httpx.AsyncClient(
        transport=httpx.MockTransport(listener)
    )
    given = {"url": "http://127.0.0.1:1/webhook/desk", "subscriptions": {"Ticket_Update": None}}
    return await portal.call("POST", "/webhooks", json=given | more)


async def act(portal: DeskPortal, ticket: str, **what: Any) -> httpx.Response:
    return await portal.http.post(f"/_sim/desk/tickets/{ticket}", json=what)


async def test_a_search_finds_things_minutes_later(portal: DeskPortal) -> None:
    """That is why it cannot prove that a ticket is absent; the contact's list can."""
    ticket = await portal.a_ticket()
    contact = portal.desk.tickets[ticket].fields["contactId"]
    found = await portal.call("GET", f"/contacts/{contact}/tickets")
    assert [each["id"] for each in found.json()["data"]] == [ticket]
    portal.world.clock.advance(119)
    assert (await portal.call("GET", "/tickets/search?subject=x")).status_code == 204
    portal.world.clock.advance(1)
    assert (await portal.call("GET", "/tickets/search?subject=x")).json()["count"] == 1
    await portal.call("PATCH", f"/tickets/{ticket}", json={"subject": "changed"})
    assert (await portal.call("GET", "/tickets/search?subject=x")).json()["count"] == 1
    assert (await portal.call("GET", "/tickets/search?subject=changed")).status_code == 204


async def test_the_fault_index_lag_adds_to_it(portal: DeskPortal) -> None:
    fault = {"vendor": "zoho_desk", "match": "POST", "kind": "index_lag", "delay_s": 600}
    await portal.http.post("/_sim/faults", json=fault)
    await portal.a_ticket()
    portal.world.clock.advance(130)
    assert (await portal.call("GET", "/tickets/search?subject=x")).status_code == 204
    portal.world.clock.advance(600)
    assert (await portal.call("GET", "/tickets/search?subject=x")).json()["count"] == 1


@pytest.mark.parametrize(
    ("request_line", "scope"),
    [("GET /departments", "Desk.tickets.ALL"), ("POST /tickets", "Desk.tickets.READ"),
     ("GET /contacts/1/tickets", "Desk.contacts.READ"), ("POST /webhooks", "Desk.settings.ALL"),
     ("GET /tickets/1", "ZohoCRM.modules.ALL")],
)  # fmt: skip
async def test_a_token_needs_the_scope(portal: DeskPortal, request_line: str, scope: str) -> None:
    portal.allow_only(scope)
    method, _, path = request_line.partition(" ")
    reply = await portal.call(method, path, json={"x": 1} if method == "POST" else None)
    assert (reply.status_code, reply.json()["errorCode"]) == (403, "SCOPE_MISMATCH")


@pytest.mark.parametrize(
    ("headers", "code"),
    [({"orgId": "1"}, "OAUTH_ORG_MISMATCH"), ({"Authorization": "Bearer x"}, "UNAUTHORIZED"),
     ({"Authorization": "Zoho-oauthtoken x"}, "INVALID_OAUTH")],
)  # fmt: skip
async def test_strangers_are_refused(
    portal: DeskPortal, headers: dict[str, str], code: str
) -> None:
    reply = await portal.call("GET", "/departments", headers=headers)
    assert reply.json()["errorCode"] == code


async def test_unknown_parameters_are_refused(portal: DeskPortal) -> None:
    """`sortOrder` is a common guess."""
    reply = await portal.call("GET", "/contacts?sortOrder=desc")
    assert reply.status_code == 422
    assert "'sortOrder'" in reply.json()["message"]


@pytest.mark.parametrize(
    "request_line", ["GET /tickets", "DELETE /tickets/1", "POST /tickets/1/sendReply", "GET /nope"]
)
async def test_what_is_not_imitated_says_so(portal: DeskPortal, request_line: str) -> None:
    """Never a polite 200, and never a mail."""
    method, _, path = request_line.partition(" ")
    reply = await portal.call(method, path)
    assert (reply.status_code, reply.json()["errorCode"]) == (501, "NOT_IMITATED")


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [({"subject": "x" * 256}, "/subject", "invalid"), ({"subject": ""}, "/subject", "missing"),
     ({"departmentId": "1"}, "/departmentId", "invalid"), ({"priority": "Huge"}, "/priority",
     "invalid"), ({"status": "New"}, "/status", "invalid"), ({"contact": None}, "/contactId",
     "missing"), ({"contact": {"phone": "1"}}, "/contact/lastName", "missing"),
     ({"cf": {"cf_none": "x"}}, "/cf/cf_none", "invalid"), ({}, "/cf/cf_site", "missing"),
     ({"description": "x" * 65_536}, "/description", "invalid"),
     ({"cf": {"cf_workflow_type": "x" * 256}}, "/cf/cf_workflow_type", "invalid")],
)  # fmt: skip
async def test_a_wrong_ticket_is_refused_by_field(
    portal: DeskPortal, changes: dict[str, Any], field: str, kind: str
) -> None:
    portal.desk.add_field("tickets", Field("cf_site", "Site", mandatory=True))
    given = {"subject": "x", "departmentId": next(iter(portal.desk.departments))}
    given |= {"contact": {"lastName": "M"}} | changes
    reply = await portal.call("POST", "/tickets", json=given)
    assert reply.status_code == 422
    assert (field, kind) in {
        (each["fieldName"], each["errorType"]) for each in reply.json()["errors"]
    }
    assert portal.desk.tickets == {}


async def test_a_long_address_is_cut_and_doubles(portal: DeskPortal) -> None:
    """Which is why our client never sends one."""
    long = f"{'x' * 100}@example.com"
    for _ in range(2):
        await portal.call("POST", "/contacts", json={"lastName": "M", "email": long})
    assert {each.fields["email"] for each in portal.desk.contacts.values()} == {"x" * 100}


async def test_too_many_at_once_are_refused(portal: DeskPortal) -> None:
    portal.desk.rules.concurrency, portal.desk.rules.latency_s = 2, 0.05
    replies = await asyncio.gather(*(portal.call("GET", "/departments") for _ in range(5)))
    statuses = sorted(each.status_code for each in replies)
    assert statuses == [200, 200, 429, 429, 429]
    (refused, *_) = [each for each in replies if each.status_code == 429]
    assert refused.json()["errorCode"] == "TOO_MANY_REQUESTS"
    assert "retry-after" not in refused.headers


async def test_a_day_has_so_many_credits(portal: DeskPortal) -> None:
    """A list costs three, and only the last refusal says when to come back."""
    portal.desk.rules.credits_per_day = 4
    first = await portal.call("GET", "/departments")
    assert first.headers["x-rate-limit-request-weight-v3"] == "3"
    assert first.headers["x-rate-limit-remaining-v3"] == "1"
    refused = await portal.call("GET", "/departments")
    assert refused.json()["errorCode"] == "THRESHOLD_EXCEEDED"
    assert int(refused.headers["retry-after"]) == 86_400
    portal.world.clock.advance(86_400)
    await portal.sign_in()
    assert (await portal.call("GET", "/departments")).status_code == 200


async def test_a_subscriber_hears_of_an_agents_work(portal: DeskPortal) -> None:
    """Signed for this webhook and portal; the ticket itself has to be read again."""
    listener = Listener()
    ticket = await portal.a_ticket()
    webhook = (await subscribe(portal, listener)).json()["id"]
    assert [each.method for each in listener.got] == ["GET"]
    assert (await act(portal, ticket, status="Closed")).status_code == 200
    await portal.desk.webhooks.settle()
    (event,) = listener.events
    assert (event["eventType"], event["payload"]["id"]) == ("Ticket_Update", ticket)
    assert event["payload"]["statusType"] == "Closed"
    keys = (await portal.http.get("/zoho-desk/.well-known/jwks.json")).json()
    proof = listener.got[-1].headers["x-zdesk-jwt"]
    now = datetime.fromtimestamp(NOON, UTC)
    told = {"org_id": portal.desk.org_id, "webhook_id": webhook, "now": now}
    assert webhooks.verify_delivery(proof, keys, **told) is None
    assert webhooks.verify_delivery(proof, keys, **(told | {"webhook_id": "1"}))
    (hint,) = webhooks.read_events(listener.got[-1].content)
    assert hint.ticket_id == ticket


async def test_deliveries_may_come_twice_or_never(portal: DeskPortal) -> None:
    listener, ticket = Listener(), await portal.a_ticket()
    await subscribe(portal, listener)
    await portal.http.post("/_sim/desk/rules", json={"deliver_twice": True})
    await act(portal, ticket, priority="High")
    await portal.desk.webhooks.settle()
    assert len(listener.events) == 2
    await portal.http.post("/_sim/desk/rules", json={"deliver_never": True})
    await act(portal, ticket, priority="Low")
    await portal.desk.webhooks.settle()
    assert len(listener.events) == 2


async def test_gone_ends_a_subscription(portal: DeskPortal) -> None:
    """410 must never be answered by accident."""
    listener, ticket = Listener(200, 410), await portal.a_ticket()
    await subscribe(portal, listener)
    await act(portal, ticket, priority="High")
    await portal.desk.webhooks.settle()
    assert portal.desk.webhooks.by_id == {}


@pytest.mark.parametrize(
    ("listener", "more", "edition", "code"),
    [(Listener(404, 500), {}, "ENTERPRISE", "INVALID_DATA"),
     (Listener(), {"url": "https://example.com/x"}, "ENTERPRISE", "NOT_IMITATED"),
     (Listener(), {"subscriptions": {"Agent_Add": None}}, "ENTERPRISE", "NOT_IMITATED"),
     (Listener(), {}, "STANDARD", "LICENSE_ACCESS_LIMITED")],
)  # fmt: skip
async def test_not_every_subscription_is_taken(
    portal: DeskPortal, listener: Listener, more: dict[str, Any], edition: str, code: str
) -> None:
    """The address has to answer, and the edition has to have webhooks."""
    portal.desk.rules.edition = edition
    assert (await subscribe(portal, listener, **more)).json()["errorCode"] == code


async def test_our_own_changes_can_be_left_out(portal: DeskPortal) -> None:
    listener, ticket = Listener(), await portal.a_ticket()
    await subscribe(portal, listener, ignoreSourceId="0f8fad5b-d9cb-469f-a165-70867728950e")
    await portal.call("PATCH", f"/tickets/{ticket}", json={"priority": "Low"})
    await act(portal, ticket, priority="High")
    await portal.desk.webhooks.settle()
    assert [each["payload"]["priority"] for each in listener.events] == ["High"]


@pytest.mark.parametrize(
    "what", [{"status": "Gone"}, {"agent": "1"}, {"assignee": "1"}, {"colour": "red"}]
)
async def test_an_agent_can_only_do_what_agents_can(
    portal: DeskPortal, what: dict[str, str]
) -> None:
    reply = await act(portal, await portal.a_ticket(), **what)
    assert reply.status_code == 400


async def test_rules_are_checked(portal: DeskPortal) -> None:
    assert (await portal.http.post("/_sim/desk/rules", json={"wrong": 1})).status_code == 400
    changed = await portal.http.post("/_sim/desk/rules", json={"index_lag_s": 5})
    assert changed.json()["index_lag_s"] == 5
    assert portal.desk.rules.index_lag_s == 5


async def test_the_same_seed_makes_the_same_portal() -> None:
    """A failing run replays."""
    seen = []
    for _ in range(2):
        async with DeskPortal() as portal:
            ticket = await portal.a_ticket()
            seen.append(
                (ticket, portal.desk.org_id, [*portal.desk.agents], [*portal.desk.contacts])
            )
    assert seen[0] == seen[1]
    assert seen[0][0].isdigit()
    assert len(seen[0][0]) == 18


async def test_everything_can_be_looked_at(portal: DeskPortal) -> None:
    ticket = await portal.a_ticket(description="help")
    await portal.call(
        "POST", f"/tickets/{ticket}/attachments", files={"file": ("a.txt", b"x", "text/plain")}
    )
    counts = {"tickets": 1, "contacts": 1, "threads": 1, "attachments": 1, "comments": 0}
    counts |= {"departments": 2, "agents": 5, "webhooks": 0, "portal": 1, "credits": 1}
    for name, count in counts.items():
        rows = (await portal.http.get(f"/_sim/state/zoho_desk/{name}")).json()
        assert len(rows) == count, name
