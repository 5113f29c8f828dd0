"""Writing and reading records: an answer per item, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.zoho_rig import NOON, ZohoRig

from switchboard.simulators.zoho_crm.schema import Field


def first(reply: Any) -> dict[str, Any]:
    item: dict[str, Any] = reply.json()["data"][0]
    return item


async def test_a_created_lead_can_be_read_back(zoho: ZohoRig) -> None:
    reply = await zoho.post(
        "/Leads", {"First_Name": "Ada", "Last_Name": "Okafor", "Phone": "(215) 555-0100"}
    )
    assert reply.status_code == 201
    lead_id = first(reply)["details"]["id"]
    read = first(await zoho.get(f"/Leads/{lead_id}"))
    assert read["Full_Name"] == "Ada Okafor"
    assert read["Phone"] == "(215) 555-0100"
    assert read["Created_Time"] == "2026-03-01T11:00:00-05:00"
    assert read["$converted"] is False


async def test_a_mixed_batch_is_answered_in_order_with_207(zoho: ZohoRig) -> None:
    reply = await zoho.post("/Leads", {"Last_Name": "A"}, {"Phone": "1"}, {"Last_Name": "B"})
    assert reply.status_code == 207
    assert [each["code"] for each in reply.json()["data"]] == [
        "SUCCESS",
        "MANDATORY_NOT_FOUND",
        "SUCCESS",
    ]
    assert reply.json()["data"][1]["details"]["json_path"] == "$.data[1].Last_Name"


@pytest.mark.parametrize(
    ("fields", "code", "detail"),
    [
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "Last_Name"}),
        ({"Last_Name": "x" * 81}, "INVALID_DATA", {"maximum_length": 80}),
        ({"Last_Name": "A", "Phone": "1" * 31}, "INVALID_DATA", {"maximum_length": 30}),
        ({"Last_Name": "A", "Phone": "☎"}, "INVALID_DATA", {"expected_data_type": "phone"}),
        ({"Last_Name": "A", "Email": "nobody"}, "INVALID_DATA", {"api_name": "Email"}),
        ({"Last_Name": 7}, "INVALID_DATA", {"expected_data_type": "text"}),
        ({"Last_Name": "A", "Email_Opt_Out": "no"}, "INVALID_DATA", {"api_name": "Email_Opt_Out"}),
        ({"Last_Name": "A", "Owner": {"id": "1"}}, "INVALID_DATA", {"api_name": "Owner"}),
        ({"Last_Name": "A", "Tag": "hot"}, "INVALID_DATA", {"api_name": "Tag"}),
    ],
)
async def test_a_batch_whose_every_item_fails_is_a_400(
    zoho: ZohoRig, fields: dict[str, Any], code: str, detail: dict[str, Any]
) -> None:
    reply = await zoho.post("/Leads", fields)
    assert reply.status_code == 400
    assert first(reply)["code"] == code
    assert detail.items() <= first(reply)["details"].items()
    assert zoho.leads() == []


async def test_several_faults_of_one_item_are_told_together(zoho: ZohoRig) -> None:
    reply = await zoho.post("/Leads", {"Phone": "1" * 31})
    assert first(reply)["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert [each["code"] for each in first(reply)["errors"]] == [
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
    ]


async def test_an_inactive_owner_is_refused(zoho: ZohoRig) -> None:
    zoho.crm.add_user("111", "Gone Away", "gone@example.com", status="inactive")
    zoho.crm.add_user("222", "Still Here", "here@example.com")
    refused = await zoho.post("/Leads", {"Last_Name": "A", "Owner": {"id": "111"}})
    assert first(refused)["details"]["api_name"] == "Owner"
    lead_id = await zoho.a_lead(Owner={"id": 222})
    assert first(await zoho.get(f"/Leads/{lead_id}"))["Owner"]["name"] == "Still Here"


@pytest.mark.parametrize(
    "moment", ["2026-03-01T09:30:00Z", "2026-03-01T09:30:00.123+00:00", "2026-03-01T09:30:00", "x"]
)
async def test_times_need_a_numeric_offset_and_no_fraction(zoho: ZohoRig, moment: str) -> None:
    call = {"Subject": "Call", "Call_Type": "Missed", "Call_Start_Time": moment}
    reply = await zoho.post("/Calls", call)
    assert first(reply)["details"]["expected_data_type"] == "datetime"


async def test_company_is_mandatory_only_where_the_layout_is_asked(zoho: ZohoRig) -> None:
    assert (await zoho.post("/Leads", {"Last_Name": "A"})).status_code == 201
    by_layout = await zoho.post("/Leads", {"Last_Name": "A", "Layout": {"id": "1"}})
    assert first(by_layout)["details"]["api_name"] == "Company"
    by_rules = await zoho.post(
        "/Leads", {"Last_Name": "A"}, apply_feature_execution=[{"name": "layout_rules"}]
    )
    assert first(by_rules)["code"] == "MANDATORY_NOT_FOUND"


async def test_unknown_pick_list_values_are_stored_unless_the_organisation_is_strict(
    zoho: ZohoRig,
) -> None:
    lead_id = await zoho.a_lead(Lead_Status="Made Up")
    assert first(await zoho.get(f"/Leads/{lead_id}"))["Lead_Status"] == "Made Up"
    zoho.crm.rules.strict_picklists = True
    refused = await zoho.post("/Leads", {"Last_Name": "A", "Lead_Status": "Made Up"})
    assert "Missed Call" in first(refused)["details"]["supported_values"]


async def test_unknown_fields_are_ignored_without_a_word(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(Favourite_Colour="blue")
    assert "Favourite_Colour" not in first(await zoho.get(f"/Leads/{lead_id}"))
    zoho.crm.rules.strict_fields = True
    refused = await zoho.post("/Leads", {"Last_Name": "A", "Favourite_Colour": "blue"})
    assert first(refused)["details"]["api_name"] == "Favourite_Colour"


async def test_a_unique_field_names_the_record_that_has_the_value(zoho: ZohoRig) -> None:
    zoho.crm.modules["Leads"].change("Phone", unique=True)
    lead_id = await zoho.a_lead(Phone="+12155550100")
    reply = await zoho.post(
        "/Leads",
        {"Last_Name": "A", "Phone": "+12155550100"},
        {"Last_Name": "B", "Phone": "+12155550101"},
        {"Last_Name": "C", "Phone": "+12155550101"},
    )
    one, two, three = reply.json()["data"]
    assert one["code"] == three["code"] == "DUPLICATE_DATA"
    assert one["details"]["duplicate_record"]["id"] == lead_id
    assert three["details"]["duplicate_record"]["id"] == two["details"]["id"]
    assert len(zoho.leads()) == 2


async def test_a_contact_can_stand_in_the_way_of_a_lead(zoho: ZohoRig) -> None:
    zoho.crm.modules["Leads"].change("Email", unique=True)
    zoho.crm.rules.duplicate_check = "mapped_module_records"
    contact = zoho.crm.add_record("Contacts", {"Last_Name": "A", "Email": "a@example.com"})
    reply = await zoho.post("/Leads", {"Last_Name": "A", "Email": "A@example.com"})
    found = first(reply)["details"]["duplicate_record"]
    assert (found["id"], found["module"]["api_name"]) == (contact, "Contacts")


async def test_more_than_a_hundred_records_are_refused_whole(zoho: ZohoRig) -> None:
    reply = await zoho.post("/Leads", *[{"Last_Name": "A"}] * 101)
    assert (reply.status_code, reply.json()["details"]["maximum_length"]) == (400, 100)
    assert zoho.leads() == []


async def test_bodies_without_a_content_type_and_numeric_ids_are_read(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    body = json.dumps({"data": [{"id": int(lead_id), "City": "Erie"}]}).encode()
    reply = await zoho.call("PUT", "/Leads", content=body)
    assert (reply.status_code, first(reply)["details"]["id"]) == (200, lead_id)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "INVALID_REQUEST"),
        (b"[]", "INVALID_DATA"),
        (b"{}", "MANDATORY_NOT_FOUND"),
        (b'{"data": []}', "MANDATORY_NOT_FOUND"),
        (b'{"data": [1]}', "INVALID_DATA"),
        (b'{"data": [{"Last_Name": "A"}], "trigger": ["party"]}', "INVALID_DATA"),
        (b'{"data": [{"Last_Name": "A"}], "lar_id": "1"}', "INVALID_DATA"),
    ],
)
async def test_a_body_of_the_wrong_shape_is_refused_whole(
    zoho: ZohoRig, body: bytes, code: str
) -> None:
    reply = await zoho.call("POST", "/Leads", content=body)
    assert (reply.status_code, reply.json()["code"]) == (400, code)


async def test_an_assignment_rule_sets_the_owner(zoho: ZohoRig) -> None:
    zoho.crm.add_user("222", "Still Here", "here@example.com")
    rule = zoho.crm.add_assignment_rule("Leads", "All to one", "222")
    await zoho.post("/Leads", {"Last_Name": "A"}, lar_id=rule)
    assert zoho.leads()[0]["Owner"] == "222"


async def test_an_update_changes_only_what_it_names(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(Phone="1", First_Name="Ada")
    zoho.advance(60)
    reply = await zoho.put(f"/Leads/{lead_id}", {"Last_Name": "Obi", "Phone": None})
    assert first(reply)["details"]["Modified_Time"] == "2026-03-01T11:01:00-05:00"
    read = first(await zoho.get(f"/Leads/{lead_id}"))
    assert (read["Full_Name"], read["Phone"]) == ("Ada Obi", None)


async def test_a_mandatory_field_cannot_be_emptied(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    reply = await zoho.put(f"/Leads/{lead_id}", {"Last_Name": None})
    assert first(reply)["code"] == "MANDATORY_NOT_FOUND"


async def test_updating_an_unknown_record_is_invalid_data(zoho: ZohoRig) -> None:
    reply = await zoho.put("/Leads", {"id": "1", "City": "Erie"}, {"City": "Erie"})
    codes = [each["code"] for each in reply.json()["data"]]
    assert (reply.status_code, codes) == (400, ["INVALID_DATA", "MANDATORY_NOT_FOUND"])


async def test_a_record_changed_meanwhile_is_not_overwritten(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    zoho.advance(60)
    await zoho.put(f"/Leads/{lead_id}", {"City": "Erie"})
    reply = await zoho.call(
        "PUT",
        f"/Leads/{lead_id}",
        json={"data": [{"City": "York"}]},
        headers={"If-Unmodified-Since": "2026-03-01T16:00:30+00:00"},
    )
    assert (reply.status_code, first(reply)["code"]) == (412, "ALREADY_MODIFIED")


async def test_a_converted_lead_takes_neither_updates_nor_notes(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(Phone="1")
    contact = zoho.crm.convert_lead(lead_id)
    update = await zoho.put(f"/Leads/{lead_id}", {"City": "Erie"})
    note = await zoho.post(f"/Leads/{lead_id}/Notes", {"Note_Title": "t"})
    assert first(update)["code"] == first(note)["code"] == "ID_ALREADY_CONVERTED"
    assert (await zoho.get("/Leads", fields="Phone")).status_code == 204
    read = first(
        await zoho.get("/Leads", fields="Converted__s,Converted_Contact", converted="both")
    )
    assert read["Converted__s"] is True
    assert read["Converted_Contact"] == {"name": "Okafor", "id": contact}
    assert first(await zoho.get(f"/Contacts/{contact}"))["Phone"] == "1"


async def test_upsert_updates_by_email_and_inserts_otherwise(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead(Email="a@example.com")
    reply = await zoho.post(
        "/Leads/upsert",
        {"Last_Name": "A", "Email": "a@example.com"},
        {"Last_Name": "B", "Email": "b@example.com"},
    )
    one, two = reply.json()["data"]
    assert reply.status_code == 200
    assert (one["action"], one["duplicate_field"], one["details"]["id"]) == (
        "update",
        "Email",
        lead_id,
    )
    assert (two["action"], two["duplicate_field"]) == ("insert", None)


async def test_upsert_checks_only_unique_fields(zoho: ZohoRig) -> None:
    item = {"Last_Name": "A", "Phone": "+1"}
    refused = await zoho.post("/Leads/upsert", item, duplicate_check_fields=["Phone"])
    assert refused.json()["details"]["json_path"] == "$.duplicate_check_fields[0]"
    zoho.crm.modules["Leads"].change("Phone", unique=True)
    await zoho.post("/Leads/upsert", item, item, duplicate_check_fields=["Phone"])
    assert len(zoho.leads()) == 1
    calls = await zoho.post("/Calls/upsert", {"Subject": "x"})
    assert calls.json()["code"] == "NOT_SUPPORTED"


async def test_an_external_id_addresses_a_record(zoho: ZohoRig) -> None:
    zoho.crm.add_field("Leads", Field("Session_Id", external=True, custom=True))
    lead_id = await zoho.a_lead(Session_Id="s-1")
    header = {"X-EXTERNAL": "Leads.Session_Id"}
    body = {"data": [{"City": "Erie"}]}
    reply = await zoho.call("PUT", "/Leads/s-1", json=body, headers=header)
    assert first(reply)["details"]["id"] == lead_id
    read = await zoho.call("GET", "/Leads/s-1", headers=header)
    assert first(read)["City"] == "Erie"
    again = await zoho.post("/Leads", {"Last_Name": "A", "Session_Id": "s-1"})
    assert first(again)["code"] == "DUPLICATE_DATA"
    wrong = await zoho.call("GET", "/Leads/s-1", headers={"X-EXTERNAL": "Leads.City"})
    assert wrong.status_code == 400


async def test_deleted_records_are_listed_and_their_notes_go_with_them(zoho: ZohoRig) -> None:
    assert (await zoho.get("/Leads/deleted")).status_code == 204
    lead_id = await zoho.a_lead()
    await zoho.post(f"/Leads/{lead_id}/Notes", {"Note_Title": "t"})
    gone = await zoho.call("DELETE", f"/Leads?ids={lead_id}")
    assert (gone.status_code, first(gone)["message"]) == (200, "record deleted")
    listed = first(await zoho.get("/Leads/deleted", type="all"))
    assert (listed["id"], listed["type"]) == (lead_id, "recycle")
    assert zoho.crm.collections()["notes"]() == []
    assert (await zoho.get(f"/Leads/{lead_id}")).status_code == 204
    since = {"If-Modified-Since": "2026-03-01T16:00:00+00:00"}
    assert (await zoho.call("GET", "/Leads/deleted", headers=since)).status_code == 204


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Call_Duration": "00:00"}, "DEPENDENT_MISMATCH"),
        ({"Call_Duration": None}, "MANDATORY_NOT_FOUND"),
        ({"Call_Duration": "long"}, "INVALID_DATA"),
        ({"Call_Type": "Ringing"}, "INVALID_DATA"),
        ({"What_Id": {"id": "1"}}, "DEPENDENT_FIELD_MISSING"),
        ({"What_Id": {"id": "1"}, "$se_module": "Leads"}, "INVALID_DATA"),
        ({"Who_Id": {"id": "1"}}, "INVALID_DATA"),
    ],
)
async def test_a_call_has_rules_of_its_own(
    zoho: ZohoRig, changes: dict[str, Any], code: str
) -> None:
    call = {
        "Subject": "Call",
        "Call_Type": "Inbound",
        "Call_Start_Time": "2026-03-01T09:30:00+00:00",
        "Call_Duration": "01:30",
    }
    assert first(await zoho.post("/Calls", call | changes))["code"] == code


async def test_a_call_hangs_on_its_lead(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    call = {
        "Subject": "Call",
        "Call_Type": "Inbound",
        "Call_Start_Time": "2026-03-01T09:30:00+00:00",
        "Call_Duration": "01:30",
        "What_Id": {"id": lead_id},
        "$se_module": "Leads",
    }
    made = first(await zoho.post("/Calls", call))["details"]["id"]
    read = first(await zoho.get(f"/Calls/{made}"))
    assert read["What_Id"] == {"name": "Okafor", "id": lead_id}
    assert read["Call_Duration_in_seconds"] == 90
    assert read["$se_module"] == "Leads"


async def test_the_same_seed_makes_the_same_ids() -> None:
    async with ZohoRig() as one, ZohoRig() as two:
        assert await one.a_lead() == await two.a_lead()
        assert one.leads()[0]["created"] == NOON
