"""Lists with their pages, the lagging search, the undelayed query language."""

from __future__ import annotations

from typing import Any

import pytest
from tests.zoho_rig import NOON, ZohoRig

from switchboard.simulators.core.faults import Fault


def ids(reply: Any) -> list[str]:
    return [each["id"] for each in reply.json()["data"]] if reply.status_code == 200 else []


async def test_a_list_needs_fields_and_shows_only_those(zoho: ZohoRig) -> None:
    refused = await zoho.get("/Leads")
    assert refused.json()["code"] == "REQUIRED_PARAM_MISSING"
    assert (await zoho.get("/Leads", fields="Phone")).status_code == 204
    lead_id = await zoho.a_lead(Phone="1", Mobile="2")
    reply = await zoho.get("/Leads", fields="Phone,No_Such_Field")
    assert reply.json()["data"] == [{"Phone": "1", "id": lead_id}]
    too_many = await zoho.get("/Leads", fields=",".join(f"F{n}" for n in range(51)))
    assert too_many.json()["code"] == "LIMIT_EXCEEDED"


async def test_pages_end_at_two_thousand_and_tokens_go_on(zoho: ZohoRig) -> None:
    made = [zoho.crm.add_record("Leads", {"Last_Name": "A"}) for _ in range(2_100)]
    last = await zoho.get("/Leads", fields="id", page=10, per_page=200)
    assert last.json()["info"]["more_records"] is True
    beyond = await zoho.get("/Leads", fields="id", page=11, per_page=200)
    assert beyond.json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    seen, params = [], {"fields": "id", "per_page": 200}
    while True:
        reply = await zoho.get("/Leads", **params)
        seen += ids(reply)
        token = reply.json()["info"].get("next_page_token")
        if token is None:
            break
        params["page_token"] = token
    assert seen == made[::-1]


async def test_a_page_token_keeps_its_list_while_records_come_and_go(zoho: ZohoRig) -> None:
    made = [zoho.crm.add_record("Leads", {"Last_Name": "A"}) for _ in range(4)]
    first = await zoho.get("/Leads", fields="id", per_page=2)
    await zoho.a_lead()
    await zoho.call("DELETE", f"/Leads/{made[0]}")
    token = first.json()["info"]["next_page_token"]
    second = await zoho.get("/Leads", fields="id", per_page=2, page_token=token)
    assert ids(first) + ids(second) == [made[3], made[2], made[1]]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"per_page": 1}, "TOKEN_BOUND_DATA_MISMATCH"),
        ({"page": 2}, "AMBIGUITY_DURING_PROCESSING"),
        ({"page_token": "made-up"}, "INVALID_DATA"),
    ],
)
async def test_a_page_token_is_bound_to_its_parameters(
    zoho: ZohoRig, params: dict[str, Any], code: str
) -> None:
    for _ in range(4):
        await zoho.a_lead()
    first = await zoho.get("/Leads", fields="id", per_page=2)
    given = {"fields": "id", "per_page": 2, "page_token": first.json()["info"]["next_page_token"]}
    assert (await zoho.get("/Leads", **(given | params))).json()["code"] == code


async def test_a_page_token_lives_a_day(zoho: ZohoRig) -> None:
    for _ in range(3):
        await zoho.a_lead()
    token = (await zoho.get("/Leads", fields="id", per_page=2)).json()["info"]["next_page_token"]
    zoho.advance(86_401)
    await zoho.sign_in()
    reply = await zoho.get("/Leads", fields="id", per_page=2, page_token=token)
    assert reply.json()["code"] == "EXPIRED_VALUE"


async def test_only_records_changed_since_are_listed(zoho: ZohoRig) -> None:
    await zoho.a_lead()
    header = {"If-Modified-Since": "2026-03-01T11:00:00-05:00"}
    path = "/Leads?fields=id"
    assert (await zoho.call("GET", path, headers=header)).status_code == 304
    zoho.advance(1)
    changed = await zoho.a_lead()
    assert ids(await zoho.call("GET", path, headers=header)) == [changed]
    wrong = await zoho.call("GET", path, headers={"If-Modified-Since": "yesterday"})
    assert wrong.json()["details"]["header"] == "If-Modified-Since"


async def test_a_list_is_sorted_as_asked(zoho: ZohoRig) -> None:
    one = await zoho.a_lead()
    zoho.advance(1)
    two = await zoho.a_lead()
    zoho.advance(1)
    await zoho.put(f"/Leads/{one}", {"City": "Erie"})
    newest = await zoho.get("/Leads", fields="id", sort_by="Modified_Time")
    oldest = await zoho.get("/Leads", fields="id", sort_by="Created_Time", sort_order="asc")
    assert ids(newest) == [one, two] == ids(oldest)
    picked = await zoho.get("/Leads", fields="id", ids=f"{two},1")
    assert ids(picked) == [two]
    assert (await zoho.get("/Leads", fields="id", sort_by="City")).status_code == 400
    assert (await zoho.get("/Leads", fields="id", per_page=201)).status_code == 400
    assert (await zoho.get("/Leads", fields="id", converted="maybe")).status_code == 400


async def test_records_can_be_counted(zoho: ZohoRig) -> None:
    await zoho.a_lead(City="Erie")
    await zoho.a_lead(City="York")
    assert (await zoho.get("/Leads/actions/count")).json() == {"count": 2}
    counted = await zoho.get("/Leads/actions/count", criteria="(City:equals:Erie)")
    assert counted.json() == {"count": 1}


async def test_a_search_sees_a_new_lead_only_after_the_lag(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(Phone="+12155550100")
    assert (await zoho.get("/Leads/search", phone="+12155550100")).status_code == 204
    assert ids(await zoho.coql("select id from Leads where Phone = '+12155550100'")) == [lead_id]
    zoho.advance(2)
    assert ids(await zoho.get("/Leads/search", phone="+12155550100")) == [lead_id]


async def test_a_search_sees_the_old_values_until_the_lag_is_over(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(City="Erie")
    zoho.advance(2)
    await zoho.put(f"/Leads/{lead_id}", {"City": "York"})
    await zoho.put(f"/Leads/{lead_id}", {"City": "Reading"})
    old = await zoho.get("/Leads/search", criteria="(City:equals:Erie)", fields="City")
    assert old.json()["data"] == [{"City": "Erie", "id": lead_id}]
    zoho.advance(2)
    new = await zoho.get("/Leads/search", criteria="(City:equals:Reading)", fields="City")
    assert new.json()["data"] == [{"City": "Reading", "id": lead_id}]


async def test_a_planned_lag_is_added_to_the_usual_one(zoho: ZohoRig) -> None:
    zoho.world.faults.add(Fault(match="POST /crm/v8/Leads", kind="index_lag", delay_s=60))
    lead_id = await zoho.a_lead(Phone="+12155550100")
    zoho.advance(61)
    assert (await zoho.get("/Leads/search", phone="+12155550100")).status_code == 204
    zoho.advance(2)
    assert ids(await zoho.get("/Leads/search", phone="+12155550100")) == [lead_id]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"criteria": "(Last_Name:equals:kaf)"}, "ab"),  # `equals` behaves like "contains".
        ({"criteria": "(Last_Name:equals:Okafor)and(City:equals:Erie)"}, "a"),
        ({"criteria": "((City:equals:Erie)or(City:equals:York))"}, "ab"),
        ({"criteria": "(City:in:Erie,York)"}, "ab"),
        ({"criteria": "(City:not_equal:Erie)"}, "b"),
        ({"criteria": "(Phone:starts_with:\\(215\\))"}, "a"),
        ({"criteria": "(Lead_Status:equals:New)"}, "a"),
        ({"criteria": "(No_of_Employees:between:5,15)"}, "a"),
        ({"criteria": "(No_of_Employees:greater_than:10)"}, "b"),
        ({"criteria": "(Created_Time:less_equal:2026-03-01T16:00:00+00:00)"}, "ab"),
        ({"email": "A@example.com"}, "a"),
        ({"word": "okaf"}, "ab"),
        ({"phone": "555-0100"}, "a"),
        ({"phone": "2155550100"}, ""),  # The text is compared, not the number.
    ],
)
async def test_a_search_finds_what_its_grammar_says(
    zoho: ZohoRig, params: dict[str, str], found: str
) -> None:
    a = await zoho.a_lead(
        City="Erie",
        Phone="(215) 555-0100",
        Email="a@example.com",
        Lead_Status="New",
        No_of_Employees=10,
    )
    b = await zoho.a_lead(City="York", No_of_Employees=20)
    zoho.advance(2)
    expected = [{"a": a, "b": b}[name] for name in reversed(found)]
    assert ids(await zoho.get("/Leads/search", **params)) == expected


async def test_digits_are_compared_where_the_organisation_does_so(zoho: ZohoRig) -> None:
    lead_id = zoho.crm.add_record("Leads", {"Last_Name": "A", "Mobile": "(215) 555-0100"})
    zoho.crm.rules.phone_search = "digits"
    assert ids(await zoho.get("/Leads/search", phone="2155550100")) == [lead_id]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "EXPECTED_PARAM_MISSING"),
        ({"criteria": "Last_Name:equals:A"}, "INVALID_QUERY"),
        ({"criteria": "(Nobody:equals:A)"}, "INVALID_QUERY"),
        ({"criteria": "(Last_Name:resembles:A)"}, "INVALID_QUERY"),
        ({"criteria": "(Phone:starts_with:(215))"}, "INVALID_QUERY"),
        ({"criteria": "(Description:in:A,B)"}, "INVALID_QUERY"),
        ({"criteria": "(No_of_Employees:equals:many)"}, "INVALID_QUERY"),
        ({"criteria": "(Last_Name:equals:A"}, "INVALID_QUERY"),
        ({"criteria": "(City:equals:" + "x" * 3_000 + ")"}, "INVALID_QUERY"),
        ({"criteria": "or".join(["(City:equals:A)"] * 11)}, "CRITERIA_LIMIT_EXCEEDED"),
        ({"phone": "anyone"}, "INVALID_DATA"),
        ({"word": "a"}, "INVALID_DATA"),
        ({"word": "abc", "page": 11}, "LIMIT_REACHED"),
    ],
)
async def test_a_search_refuses_what_it_cannot_read(
    zoho: ZohoRig, params: dict[str, Any], code: str
) -> None:
    reply = await zoho.get("/Leads/search", **params)
    assert (reply.status_code, reply.json()["code"]) == (400, code)


async def test_a_search_leaves_converted_leads_out_unless_asked(zoho: ZohoRig) -> None:
    lead_id = zoho.crm.add_record("Leads", {"Last_Name": "A", "Phone": "+1215"})
    zoho.crm.convert_lead(lead_id)
    assert ids(await zoho.get("/Leads/search", phone="+1215")) == []
    assert ids(await zoho.get("/Leads/search", phone="+1215", converted="true")) == [lead_id]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Phone = '(215) 555-0100'", "a"),
        ("Phone in ('(215) 555-0100','2') or Mobile in ('+12155550101')", "ab"),
        ("id is not null", "ab"),
        ("Mobile is null", "a"),
        ("Last_Name like '%KAF%'", "ab"),
        ("Last_Name not like 'Oka%'", ""),
        ("((City = 'Erie' or City = 'York') and No_of_Employees between 5 and 15)", "a"),
        ("No_of_Employees >= 20", "b"),
        ("City != 'Erie'", "b"),
        ("City not in ('Erie')", "b"),
        ("Created_Time >= '2026-03-01T16:00:00+00:00'", "ab"),
        ("Last_Name = 'O\\'Kafor'", ""),
        ("Owner.email = 'integration@example.com'", "ab"),
        ("Email_Opt_Out = true", "b"),
    ],
)
async def test_a_query_finds_what_it_says(zoho: ZohoRig, where: str, found: str) -> None:
    a = await zoho.a_lead(City="Erie", Phone="(215) 555-0100", No_of_Employees=10)
    b = await zoho.a_lead(
        City="York", Mobile="+12155550101", No_of_Employees=20, Email_Opt_Out=True
    )
    reply = await zoho.coql(f"select id, City from Leads where {where} order by id limit 200")
    assert ids(reply) == [{"a": a, "b": b}[name] for name in found]


async def test_a_query_pages_through_sorted_rows(zoho: ZohoRig) -> None:
    for city in ("Erie", "York", "Reading"):
        await zoho.a_lead(City=city)
    query = "select City from Leads where City is not null order by City desc limit 2"
    first, second = await zoho.coql(query), await zoho.coql(f"{query} offset 2")
    assert [each["City"] for each in first.json()["data"]] == ["York", "Reading"]
    assert first.json()["info"] == {"count": 2, "more_records": True}
    assert [each["City"] for each in second.json()["data"]] == ["Erie"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("select id from Leads", 400, "SYNTAX_ERROR"),
        ("select * from Leads where id is not null", 400, "SYNTAX_ERROR"),
        ("select id from Leads where City = Erie", 400, "SYNTAX_ERROR"),
        ("select id from Leads where City = 'O'Brien'", 400, "SYNTAX_ERROR"),
        ("select id from Leads where City = 'a' or City = 'b' or City = 'c'", 400, "SYNTAX_ERROR"),
        ("select id from Leads where (City = 'a'", 400, "SYNTAX_ERROR"),
        ("delete from Leads where id = '1'", 400, "SYNTAX_ERROR"),
        ("select Nobody from Leads where id is not null", 400, "INVALID_QUERY"),
        ("select id from Nowhere where id is not null", 400, "INVALID_QUERY"),
        ("select id from Leads where Description = 'a'", 400, "INVALID_QUERY"),
        ("select id from Leads where Created_Time > 'today'", 400, "INVALID_QUERY"),
        ("select id, id from Leads where id is not null", 400, "DUPLICATE_DATA"),
        ("select id from Leads where id is not null limit 201", 400, "LIMIT_EXCEEDED"),
        ("select id from Leads where id in ('1'" + ",'1'" * 50 + ")", 400, "LIMIT_EXCEEDED"),
        ("select count(id) from Leads where id is not null", 501, "NOT_IMITATED"),
        ("select id from Leads where id is not null group by City", 501, "NOT_IMITATED"),
        ("select What_Id->Leads.City from Calls where id is not null", 501, "NOT_IMITATED"),
        ("select id from Deals where id is not null", 501, "NOT_IMITATED"),
    ],
)
async def test_a_query_is_refused_for_a_reason(
    zoho: ZohoRig, query: str, status: int, code: str
) -> None:
    reply = await zoho.coql(query)
    assert (reply.status_code, reply.json()["code"]) == (status, code)


async def test_a_query_shows_converted_leads_only_when_it_names_them(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(Phone="+1215")
    contact = zoho.crm.convert_lead(lead_id)
    assert ids(await zoho.coql("select id from Leads where Phone = '+1215'")) == []
    reply = await zoho.coql(
        "select Converted_Contact from Leads where Phone = '+1215' and Converted__s = true"
    )
    assert reply.json()["data"][0]["Converted_Contact"]["id"] == contact


async def test_a_hundred_thousand_leads_are_no_burden(zoho: ZohoRig) -> None:
    for number in range(100_000):
        zoho.crm.add_record("Leads", {"Last_Name": "A", "Phone": f"+1215{number:07d}"})
    reply = await zoho.coql("select Phone from Leads where Phone = '+12150099999'")
    assert reply.json()["info"]["count"] == 1
    page = await zoho.get("/Leads", fields="Phone")
    assert page.json()["data"][0]["Phone"] == "+12150099999"
    assert zoho.world.clock.now() == NOON
