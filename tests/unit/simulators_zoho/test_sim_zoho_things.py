"""Notes, attachments, files, tags, users and settings."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.zoho_rig import ZohoRig


def first(reply: Any) -> dict[str, Any]:
    item: dict[str, Any] = reply.json()["data"][0]
    return item


def a_note(parent: str, module: str = "Leads", **fields: str) -> dict[str, Any]:
    parent_id = {"module": {"api_name": module}, "id": parent}
    return {"Note_Title": "Call", "Note_Content": "hello", "Parent_Id": parent_id, **fields}


async def test_one_call_writes_notes_under_many_parents(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    contact = zoho.crm.add_record("Contacts", {"Last_Name": "B"})
    reply = await zoho.post("/Notes", a_note(lead_id), a_note(contact, "Contacts"), a_note("1"))
    assert reply.status_code == 207
    assert [each["status"] for each in reply.json()["data"]] == ["success", "success", "error"]
    notes = zoho.crm.collections()["notes"]()
    assert [note["parent_id"] for note in notes] == [lead_id, contact]
    listed = await zoho.get(f"/Contacts/{contact}/Notes", fields="Note_Title,Parent_Id")
    assert first(listed)["Parent_Id"]["module"]["api_name"] == "Contacts"


async def test_the_same_note_twice_is_two_notes(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    for _ in range(2):
        reply = await zoho.post(f"/Leads/{lead_id}/Notes", {"Note_Title": "Call"})
        assert reply.status_code == 201
    listed = await zoho.get(f"/Leads/{lead_id}/Notes", fields="Note_Title")
    assert [each["Note_Title"] for each in listed.json()["data"]] == ["Call", "Call"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Note_Title": "x" * 121}, "INVALID_DATA"),
        ({"Note_Content": "x" * 32_001}, "INVALID_DATA"),
        ({"Note_Title": 7}, "INVALID_DATA"),
        ({"Note_Title": "", "Note_Content": ""}, "EXPECTED_FIELD_MISSING"),
        ({"Parent_Id": None}, "MANDATORY_NOT_FOUND"),
        ({"Parent_Id": "1"}, "INVALID_DATA"),
        ({"Parent_Id": {"id": "1"}}, "MANDATORY_NOT_FOUND"),
        ({"Parent_Id": {"id": "1", "module": {"api_name": "Nowhere"}}}, "INVALID_DATA"),
    ],
)
async def test_a_note_that_does_not_fit_is_refused(
    zoho: ZohoRig, fields: dict[str, Any], code: str
) -> None:
    reply = await zoho.post("/Notes", {**a_note(await zoho.a_lead()), **fields})
    assert (reply.status_code, first(reply)["code"]) == (400, code)


async def test_a_note_needs_a_title_or_a_text_not_both(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    assert (await zoho.post("/Notes", a_note(lead_id, Note_Title=""))).status_code == 201
    assert (await zoho.post("/Notes", a_note(lead_id, Note_Content=""))).status_code == 201


async def test_notes_are_changed_and_deleted(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    note = first(await zoho.post("/Notes", a_note(lead_id)))["details"]["id"]
    await zoho.put(f"/Notes/{note}", {"Note_Title": "Changed"})
    assert first(await zoho.get(f"/Leads/{lead_id}/Notes/{note}"))["Note_Title"] == "Changed"
    assert first(await zoho.put("/Notes", {"id": "1", "Note_Title": "x"}))["code"] == "INVALID_DATA"
    assert (await zoho.call("DELETE", f"/Notes?ids={note}")).status_code == 200
    assert (await zoho.get(f"/Notes/{note}")).status_code == 204
    assert (await zoho.get(f"/Leads/{lead_id}/Notes", fields="id")).status_code == 204


async def test_another_users_note_cannot_be_changed(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    note = zoho.crm.add_note("Leads", lead_id, "Call", "hello")
    zoho.crm.notes.by_id[note].owner = zoho.crm.next_id()
    reply = await zoho.put(f"/Notes/{note}", {"Note_Content": "bye"})
    assert (reply.status_code, first(reply)["code"]) == (400, "CANNOT_PERFORM_ACTION")
    assert zoho.crm.notes.by_id[note].content == "hello"


async def test_all_notes_are_for_administrators(zoho: ZohoRig) -> None:
    await zoho.post("/Notes", a_note(await zoho.a_lead()))
    assert (await zoho.get("/Notes", fields="id")).status_code == 200
    zoho.crm.rules.administrator = False
    refused = await zoho.get("/Notes", fields="id")
    assert (refused.status_code, refused.json()["code"]) == (403, "NO_PERMISSION")


async def test_notes_come_oldest_first_unless_sorted(zoho: ZohoRig) -> None:
    lead_id = await zoho.a_lead()
    for title in ("one", "two", "three"):
        await zoho.post("/Notes", a_note(lead_id, Note_Title=title))
    path, params = f"/Leads/{lead_id}/Notes", {"fields": "Note_Title", "per_page": 2}
    page = await zoho.get(path, **params)
    assert [each["Note_Title"] for each in page.json()["data"]] == ["one", "two"]
    assert page.json()["info"]["more_records"] is True
    newest = await zoho.get(path, **params, sort_by="Created_Time")
    assert [each["Note_Title"] for each in newest.json()["data"]] == ["three", "two"]
    assert (await zoho.get(path)).json()["code"] == "REQUIRED_PARAM_MISSING"
    assert (await zoho.get("/Leads/1/Notes", fields="id")).json()["code"] == "INVALID_DATA"


async def test_a_file_is_attached_listed_fetched_and_deleted(zoho: ZohoRig) -> None:
    path = f"/Leads/{await zoho.a_lead()}/Attachments"
    assert (await zoho.get(path, fields="File_Name")).status_code == 204
    reply = await zoho.call("POST", path, files={"file": ("Gespräch.mp3", b"audio")})
    made = first(reply)["details"]["id"]
    listed = first(await zoho.get(path, fields="id,File_Name,Size"))
    assert (listed["File_Name"], listed["Size"]) == ("Gespräch.mp3", "5")
    assert (await zoho.get(f"{path}/{made}")).content == b"audio"
    assert zoho.crm.collections()["attachments"]()[0]["size"] == 5
    assert (await zoho.call("DELETE", f"{path}/{made}")).status_code == 200
    assert (await zoho.get(f"{path}/{made}")).status_code == 204
    assert (await zoho.call("DELETE", f"{path}/{made}")).status_code == 400
    assert (await zoho.get(path)).json()["code"] == "REQUIRED_PARAM_MISSING"


async def test_a_link_can_be_attached_but_not_fetched(zoho: ZohoRig) -> None:
    path = f"/Leads/{await zoho.a_lead()}/Attachments"
    link = {"attachmentUrl": "https://example.com/a.mp3", "title": "Recording"}
    # Multipart without a file, as the vendor documents it.
    reply = await zoho.call("POST", path, files={k: (None, v) for k, v in link.items()})
    refused = await zoho.get(f"{path}/{first(reply)['details']['id']}")
    assert refused.json()["code"] == "DOWNLOAD_NOT_ALLOWED"
    wrong = await zoho.call("POST", path, files={"attachmentUrl": (None, "ftp://x")})
    assert wrong.json()["code"] == "INVALID_URL_PATTERN"


async def test_an_attachment_is_one_file_of_a_limited_size(zoho: ZohoRig) -> None:
    path = f"/Leads/{await zoho.a_lead()}/Attachments"
    zoho.crm.rules.attachment_bytes = 4
    big = await zoho.call("POST", path, files={"file": ("a.mp3", b"audio")})
    assert (big.status_code, big.json()["code"]) == (413, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    two = await zoho.call("POST", path, files=[("file", ("a", b"1")), ("file", ("b", b"2"))])
    none = await zoho.call("POST", path, files={"other": ("a", b"1")})
    plain = await zoho.call("POST", path, content=b"audio")
    long = await zoho.call("POST", path, files={"file": ("x" * 251, b"1")})
    unknown = await zoho.call("POST", "/Leads/1/Attachments", files={"file": ("a", b"1")})
    assert {each.status_code for each in (two, none, plain, long, unknown)} == {400}
    assert zoho.crm.collections()["attachments"]() == []


async def test_files_for_fields_are_kept(zoho: ZohoRig) -> None:
    reply = await zoho.call("POST", "/files", files={"file": ("a.txt", b"text")})
    kept = await zoho.get("/files", id=first(reply)["details"]["id"])
    assert kept.content == b"text"
    assert (await zoho.get("/files", id="x")).status_code == 204
    many = await zoho.call("POST", "/files", files=[("file", ("a", b"1"))] * 11)
    assert many.status_code == 400


async def test_tags_come_and_go(zoho: ZohoRig) -> None:
    one, two = await zoho.a_lead(Tag=[{"name": "old"}]), await zoho.a_lead()
    path = "/Leads/actions/add_tags"
    body = {"tags": [{"name": "hot"}], "ids": [one, two, "1"]}
    reply = await zoho.call("POST", path, json=body)
    assert reply.json()["success_count"] == "2"
    assert [lead["Tag"] for lead in zoho.leads()] == [["old", "hot"], ["hot"]]
    gone = {"tags": [{"name": "old"}]}
    assert (await zoho.call("POST", f"/Leads/{one}/actions/remove_tags", json=gone)).is_success
    assert zoho.leads()[0]["Tag"] == ["hot"]
    listed = await zoho.get("/settings/tags", module="Leads")
    assert [tag["name"] for tag in listed.json()["tags"]] == ["old", "hot"]
    made = await zoho.call(
        "POST", "/settings/tags?module=Leads", json={"tags": [{"name": "hot"}, {"name": "new"}]}
    )
    assert made.status_code == 207


async def test_users_are_listed_by_type(zoho: ZohoRig) -> None:
    zoho.crm.add_user("111", "Gone Away", "gone@example.com", status="inactive")
    zoho.crm.add_user("222", "Ada Okafor", "ada@example.com")

    async def found(kind: str) -> list[str]:
        reply = await zoho.get("/users", type=kind)
        return [u["full_name"] for u in reply.json()["users"]] if reply.content else []

    assert await found("ActiveUsers") == ["Switchboard Integration", "Ada Okafor"]
    assert await found("DeactiveUsers") == ["Gone Away"]
    assert await found("CurrentUser") == ["Switchboard Integration"]
    assert await found("DeletedUsers") == []
    assert (await zoho.get("/users", type="Friends")).status_code == 400
    assert (await zoho.get("/users/222")).json()["users"][0]["last_name"] == "Okafor"
    assert (await zoho.get("/users/333")).status_code == 204


async def test_settings_describe_fields_modules_and_the_layout(zoho: ZohoRig) -> None:
    fields = (await zoho.get("/settings/fields", module="Leads")).json()["fields"]
    by_name = {field["api_name"]: field for field in fields}
    assert by_name["Phone"]["length"] == 30
    assert by_name["Last_Name"]["system_mandatory"] is True
    assert by_name["Company"]["system_mandatory"] is False
    statuses = [value["actual_value"] for value in by_name["Lead_Status"]["pick_list_values"]]
    assert "Missed Call with Voicemail" in statuses
    layout = (await zoho.get("/settings/layouts", module="Leads")).json()["layouts"][0]
    required = [f["api_name"] for f in layout["sections"][0]["fields"] if f["required"]]
    assert required == ["Last_Name", "Company"]
    names = [m["api_name"] for m in (await zoho.get("/settings/modules")).json()["modules"]]
    assert names == ["Leads", "Contacts", "Accounts", "Tasks", "Calls", "Notes"]
    assert (await zoho.get("/settings/fields")).json()["code"] == "REQUIRED_PARAM_MISSING"
    assert (await zoho.get("/settings/fields", module="X")).json()["code"] == "INVALID_MODULE"


async def test_an_administrator_can_change_the_organisation(zoho: ZohoRig) -> None:
    zoho.crm.modules["Leads"].change("Phone", unique=True)
    zoho.crm.set_picklist("Leads", "Lead_Status", ["Cold", "Warm"])
    fields = (await zoho.get("/settings/fields", module="Leads")).json()["fields"]
    by_name = {field["api_name"]: field for field in fields}
    assert by_name["Phone"]["unique"] == {"case_sensitive": False}
    assert [v["actual_value"] for v in by_name["Lead_Status"]["pick_list_values"]] == [
        "Cold",
        "Warm",
    ]


async def test_rules_and_preferences_are_empty_until_set(zoho: ZohoRig) -> None:
    rules, preference = (
        "/settings/automation/assignment_rules",
        "/settings/duplicate_check_preference",
    )
    assert (await zoho.get(rules, module="Leads")).status_code == 204
    assert (await zoho.get(preference, module="Leads")).status_code == 204
    rule = zoho.crm.add_assignment_rule("Leads", "All", zoho.crm.current_user)
    zoho.crm.rules.duplicate_check = "mapped_module_records"
    assert (await zoho.get(rules)).json()["assignment_rules"][0]["id"] == rule
    shown = (await zoho.get(preference, module="Leads")).json()["duplicate_check_preference"]
    assert shown["type"] == "mapped_module_records"


async def test_the_organisation_is_described(zoho: ZohoRig) -> None:
    org = (await zoho.get("/org")).json()["org"][0]
    assert (org["type"], org["time_zone"]) == ("production", "America/New_York")


async def test_a_form_announced_as_too_large_is_refused_before_it_is_read(zoho: ZohoRig) -> None:
    lead_id, sent = await zoho.a_lead(), 0
    zoho.crm.rules.attachment_bytes = 1_000

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(40):
            sent += 10_000
            yield bytes(10_000)

    head = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "400000"}
    reply = await zoho.call("POST", f"/Leads/{lead_id}/Attachments", content=body(), headers=head)
    assert (reply.status_code, reply.json()["code"]) == (413, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    assert sent == 0
    assert zoho.crm.collections()["attachments"]() == []


async def test_what_was_attached_can_be_compared_with_what_was_sent(zoho: ZohoRig) -> None:
    lead_id, content = await zoho.a_lead(), bytes(range(256)) * 90
    files = {"file": ("call.mp3", content, "audio/mpeg")}
    await zoho.call("POST", f"/Leads/{lead_id}/Attachments", files=files)
    (kept,) = zoho.crm.collections()["attachments"]()
    assert (kept["parent_module"], kept["parent_id"]) == ("Leads", lead_id)
    assert (kept["file_name"], kept["size"]) == ("call.mp3", len(content))
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
