"""Tokens, scopes, credits, calls in flight, and what is not imitated."""

from __future__ import annotations

import asyncio

import pytest
from tests.zoho_rig import ZohoRig

from switchboard.simulators.core.faults import Fault
from switchboard.simulators.zoho_crm.scopes import covers


async def test_no_token_and_a_dead_token_are_told_apart(zoho: ZohoRig) -> None:
    del zoho.http.headers["Authorization"]
    missing = await zoho.get("/org")
    assert (missing.status_code, missing.json()["code"]) == (401, "AUTHENTICATION_FAILURE")
    zoho.http.headers["Authorization"] = "Zoho-oauthtoken made-up"
    assert (await zoho.get("/org")).json()["code"] == "INVALID_TOKEN"


async def test_a_token_runs_out_after_an_hour(zoho: ZohoRig) -> None:
    zoho.advance(3_599)
    assert (await zoho.get("/org")).status_code == 200
    zoho.advance(1)
    assert (await zoho.get("/org")).json()["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("granted", "needed", "enough"),
    [
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.Leads.CREATE", True),
        ("ZohoCRM.modules.leads.all", "ZohoCRM.modules.Leads.CREATE", True),
        ("ZohoCRM.modules.Leads.WRITE", "ZohoCRM.modules.Leads.UPDATE", True),
        ("ZohoCRM.modules.Leads.WRITE", "ZohoCRM.modules.Leads.DELETE", False),
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.Leads.READ", True),
        ("ZohoCRM.modules.Leads.READ", "ZohoCRM.modules.Leads.CREATE", False),
        ("ZohoCRM.modules.Contacts.ALL", "ZohoCRM.modules.Leads.READ", False),
        ("ZohoCRM.ALL", "ZohoCRM.modules.Leads.READ", False),
        ("ZohoCRM.settings.ALL", "ZohoCRM.settings.fields.READ", True),
    ],
)
def test_scopes_cover_what_they_say(granted: str, needed: str, enough: bool) -> None:
    assert covers(granted, needed) is enough


async def test_every_operation_asks_for_its_scopes(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    zoho.allow_only("ZohoCRM.modules.Leads.ALL")
    assert (await zoho.get(f"/Leads/{lead_id}")).status_code == 200
    for reply in (
        await zoho.get("/Contacts", fields="id"),
        await zoho.get("/Leads/search", word="abc"),
        await zoho.coql("select id from Leads where id is not null"),
        await zoho.post(f"/Leads/{lead_id}/Notes", {"Note_Title": "t"}),
        await zoho.get(f"/Leads/{lead_id}/Attachments", fields="id"),
        await zoho.get("/users"),
        await zoho.get("/org"),
        await zoho.get("/settings/fields", module="Leads"),
    ):
        assert (reply.status_code, reply.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    zoho.allow_only("ZohoCRM.coql.READ", "ZohoCRM.modules.Contacts.READ")
    assert (await zoho.coql("select id from Leads where id is not null")).status_code == 401
    assert (await zoho.coql("select id from Contacts where id is not null")).status_code == 204


async def test_credits_are_counted_by_started_blocks_of_ten(zoho: ZohoRig) -> None:
    await zoho.post("/Leads", *[{"Last_Name": "A"}] * 11)
    await zoho.get("/Leads/deleted")
    await zoho.coql("select id from Leads where id is not null")
    rows = zoho.world.requests.rows("zoho_crm")
    assert [(row.cost, row.group) for row in rows] == [(2, "write"), (2, "read"), (1, "coql")]
    assert zoho.crm.limits.used() == 5


async def test_remaining_credits_are_told_after_half_of_them(zoho: ZohoRig) -> None:
    zoho.crm.rules.credits_per_day = 4
    header = "X-API-CREDITS-REMAINING"
    replies = [await zoho.get("/org") for _ in range(5)]
    assert [reply.headers.get(header) for reply in replies] == [None, None, "1", "0", None]
    assert (replies[4].status_code, replies[4].json()["code"]) == (429, "TOO_MANY_REQUESTS")
    zoho.advance(86_401)
    await zoho.sign_in()
    assert (await zoho.get("/org")).status_code == 200


async def test_the_edition_limits_the_calls_in_flight(zoho: ZohoRig) -> None:
    zoho.crm.rules.edition, zoho.crm.rules.latency_s = "free", 0.02
    replies = await asyncio.gather(*(zoho.get("/org") for _ in range(7)))
    assert sorted(reply.status_code for reply in replies) == [200] * 5 + [429] * 2


async def test_heavy_calls_have_a_pool_of_ten(zoho: ZohoRig) -> None:
    zoho.crm.rules.latency_s = 0.02
    query = "select id from Leads where id is not null"
    replies = await asyncio.gather(*(zoho.coql(query) for _ in range(12)))
    assert sorted(reply.status_code for reply in replies) == [204] * 10 + [429] * 2
    batches = [zoho.post("/Leads", *[{"Last_Name": "A"}] * 10) for _ in range(12)]
    assert {reply.status_code for reply in await asyncio.gather(*batches)} == {201}
    assert zoho.crm.limits.shown()["most_heavy_in_flight"] == 10


async def test_planned_faults_speak_the_vendors_words(zoho: ZohoRig) -> None:
    zoho.world.faults.add(Fault(kind="rate_limit"))
    assert (await zoho.get("/org")).json()["code"] == "TOO_MANY_REQUESTS"
    zoho.world.faults.add(Fault(kind="expired_token"))
    assert (await zoho.get("/org")).json()["code"] == "INVALID_TOKEN"
    zoho.world.faults.add(Fault(vendor="zoho_accounts", kind="rate_limit"))
    assert (await zoho.token()).json()["error"] == "Access Denied"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/__composite_requests"),
        ("POST", "/actions/watch"),
        ("GET", "/settings/roles"),
        ("POST", "/Leads/1/actions/convert"),
        ("GET", "/Leads/1/Campaigns"),
        ("GET", "/Deals?fields=id"),
        ("GET", "/Leads?fields=id&cvid=1"),
    ],
)
async def test_what_is_not_imitated_is_answered_loudly(
    zoho: ZohoRig, method: str, path: str
) -> None:
    reply = await zoho.call(method, path)
    assert (reply.status_code, reply.json()["code"]) == (501, "NOT_IMITATED")


async def test_wrong_paths_methods_and_modules_are_told_apart(zoho: ZohoRig) -> None:
    assert (await zoho.get("/a/b/c/d/e/f")).json()["code"] == "INVALID_URL_PATTERN"
    assert (await zoho.call("PATCH", "/Leads")).json()["code"] == "INVALID_REQUEST_METHOD"
    assert (await zoho.get("/Nowhere", fields="id")).json()["code"] == "INVALID_MODULE"
    assert (await zoho.http.get("/zoho-crm/crm/v2/Leads")).status_code == 501
    assert (await zoho.http.get("/zoho-crm/elsewhere")).status_code == 404
