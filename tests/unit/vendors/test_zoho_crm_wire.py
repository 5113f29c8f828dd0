"""Zoho CRM's requests, items and refusals as values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.zoho_crm import answers, refusals, wire
from switchboard.vendors.zoho_crm.models import NoteDraft

CREATE = wire.create_request("Leads", [{"Last_Name": "Example"}] * 2)
READ = wire.org_request()
GOOD = {"status": "success", "code": "SUCCESS", "message": "record added", "details": {"id": "1"}}


def answer(status: int, document: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = b"" if document is None else json.dumps(document).encode()
    return Answer(status, httpx.Headers(named), content)


def bad(code: str, **details: Any) -> dict[str, Any]:
    return {"status": "error", "code": code, "message": "m", "details": details}


def test_imported_calls_fire_no_workflows() -> None:
    """No customer gets a mail about a call of last week."""
    assert CREATE.json["trigger"] == []
    assert wire.update_request("Leads", [{"id": "1"}]).json["trigger"] == []


@pytest.mark.parametrize(
    ("items", "spent", "crowding"), [(10, 1, False), (11, 2, True), (100, 10, True)]
)
def test_a_batch_costs_a_credit_per_ten_and_one_of_the_manuals_minute(
    items: int, spent: int, crowding: bool
) -> None:
    """More than ten items also take a place in Zoho's smaller pool."""
    request = wire.create_request("Leads", [{"Last_Name": "x"}] * items)
    assert (request.credits, request.crowding) == (spent, crowding)
    assert request.costs == {"zoho_crm": 1.0}


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_1_to_100_items(count: int) -> None:
    """Zoho refuses more as a whole."""
    with pytest.raises(ValueError, match="1 to 100"):
        wire.create_request("Leads", [{}] * count)


def test_one_request_serves_notes_of_different_people() -> None:
    """Each names its own parent; long texts are cut visibly, never in silence."""
    request = wire.notes_request(
        [
            NoteDraft(module="Leads", parent_id="1", title="t", content="c"),
            NoteDraft(module="Contacts", parent_id="2", title="t" * 200, content="c" * 40_000),
        ]
    )
    first, second = request.json["data"]
    assert first["Parent_Id"] == {"module": {"api_name": "Leads"}, "id": "1"}
    assert len(second["Note_Title"]) == 120
    assert len(second["Note_Content"]) == 32_000
    assert second["Note_Title"].endswith("[…]")


def test_a_time_has_an_offset_and_no_milliseconds() -> None:
    """Zoho's documented form knows no `Z`."""
    moment = datetime(2026, 3, 1, 9, 30, 0, 5, tzinfo=UTC)
    assert wire.format_time(moment) == "2026-03-01T09:30:00+00:00"


def test_people_are_read_with_converted_leads() -> None:
    """A converted lead left out would be made again."""
    since = datetime(2026, 3, 1, tzinfo=UTC)
    request = wire.people_request("Leads", ["Phone"], since, "token")
    assert request.params == {
        "fields": "Phone",
        "per_page": "200",
        "converted": "both",
        "page_token": "token",
    }
    assert request.headers == {"If-Modified-Since": "2026-03-01T00:00:00+00:00"}
    assert "converted" not in (wire.people_request("Contacts", ["Phone"], None, None).params or {})


def test_a_query_asks_for_digits_only() -> None:
    """COQL has no bind variables, so nothing else may get in."""
    request = wire.coql_request("Leads", ["id"], ["Phone", "Mobile"], ["+12155550100"], 0)
    assert request.json["select_query"] == (
        "select id from Leads where (Phone in ('+12155550100') or Mobile in ('+12155550100')) "
        "order by id asc limit 0, 200"
    )
    assert request.costs == {"zoho_crm": 2.0}
    assert not request.write


@pytest.mark.parametrize(
    "key", ["' or 1=1", "+1215'", "(215) 555-0100", "", "١٢٣٤٥", "call:1:s-2", "1\n2345"]
)
def test_anything_but_digits_is_refused(key: str) -> None:
    """Before it is sent."""
    with pytest.raises(RejectedError):
        wire.coql_request("Leads", ["id"], ["Phone"], [key], 0)


@pytest.mark.parametrize("module", ["Leads/1", "Leads?x", "", "Leads Contacts", "1Leads"])
def test_a_module_is_a_name(module: str) -> None:
    """No path is built from anything else."""
    with pytest.raises(ValueError, match="API name"):
        wire.fields_request(module)


def test_a_record_id_is_made_of_digits() -> None:
    """An id from a file or an old row does not become a path."""
    with pytest.raises(RejectedError):
        wire.person_request("Leads", "../users")


def test_items_come_back_in_the_order_sent() -> None:
    """207: one created, one there already."""
    duplicate = bad(
        "DUPLICATE_DATA",
        api_name="Phone",
        duplicate_record={"id": "77", "module": {"api_name": "Contacts"}},
    )
    first, second = answers.read_items(answer(207, {"data": [GOOD, duplicate]}), 2)
    assert (first.ok, first.id) == (True, "1")
    assert (second.ok, second.code, second.field) == (False, "DUPLICATE_DATA", "Phone")
    assert (second.duplicate_id, second.duplicate_module) == ("77", "Contacts")


def test_the_older_shape_of_a_duplicate_is_read() -> None:
    """Its id stands in `details` itself."""
    (item,) = answers.read_items(answer(400, {"data": [bad("DUPLICATE_DATA", id="77")]}), 1)
    assert item.duplicate_id == "77"


def test_a_duplicate_among_several_errors_decides() -> None:
    """The person is there, whatever else is wrong with our version."""
    several = bad("MULTIPLE_OR_MULTI_ERRORS")
    several["errors"] = [bad("INVALID_DATA", api_name="Lead_Status"), bad("DUPLICATE_DATA", id="7")]
    (item,) = answers.read_items(answer(400, {"data": [several]}), 1)
    assert (item.code, item.duplicate_id) == ("DUPLICATE_DATA", "7")


def test_an_item_zoho_failed_at_may_exist() -> None:
    """INTERNAL_ERROR of an item is looked for before it is sent again."""
    later, doubtful = answers.read_items(
        answer(400, {"data": [bad("DEPENDENT_SERVICE_ERROR"), bad("INTERNAL_ERROR")]}), 2
    )
    assert (later.transient, later.in_doubt) == (True, False)
    assert (doubtful.transient, doubtful.in_doubt) == (False, True)


@pytest.mark.parametrize(
    "document",
    [
        {"data": [GOOD]},
        {"data": [GOOD, GOOD, GOOD]},
        {"data": [GOOD, {"status": "success", "details": {}}]},
        {"data": "x"},
        {},
        [],
    ],
)
def test_a_2xx_that_cannot_be_told_apart_proves_nothing(document: object) -> None:
    """The transport turns this into "in doubt": look before sending again."""
    with pytest.raises(UnreadableError):
        answers.read_items(answer(201, document), 2)


def test_one_reason_for_all_items_refuses_the_request() -> None:
    """HTTP 400 with fewer items than were sent: nothing was done."""
    refused = answer(400, {"data": [bad("INVALID_DATA", maximum_length=100)]})
    assert refusals.judge(CREATE, refused) is None
    with pytest.raises(RejectedError):
        answers.read_items(refused, 2)


@pytest.mark.parametrize(
    ("status", "code", "kind", "ours"),
    [
        (400, "INVALID_DATA", RejectedError, "ZOHO-422"),
        (400, "INVALID_MODULE", RejectedError, "ZOHO-422"),
        (404, "INVALID_URL_PATTERN", RejectedError, "ZOHO-404"),
        (401, "INVALID_TOKEN", OperatorError, "ZOHO-401"),
        (401, "OAUTH_SCOPE_MISMATCH", OperatorError, "ZOHO-401"),
        (400, "AUTHORIZATION_FAILED", OperatorError, "ZOHO-403"),
        (403, "NO_PERMISSION", OperatorError, "ZOHO-403"),
        (400, "FEATURE_NOT_ENABLED", OperatorError, "ZOHO-403"),
        (429, "TOO_MANY_REQUESTS", TransientError, "ZOHO-429"),
        (412, "ALREADY_MODIFIED", TransientError, "ZOHO-500"),
        (400, "DEPENDENT_SERVICE_ERROR", TransientError, "ZOHO-500"),
        (500, "INTERNAL_ERROR", InDoubtError, "ZOHO-500"),
        (502, "", InDoubtError, "ZOHO-500"),
        (408, "", InDoubtError, "ZOHO-500"),
    ],
)
def test_every_refusal_of_a_write_says_what_to_do_next(
    status: int, code: str, kind: type[Exception], ours: str
) -> None:
    """The one table of Zoho CRM's errors."""
    found = refusals.judge(CREATE, answer(status, bad(code)))
    assert type(found) is kind
    assert found is not None
    assert found.code == ours


def test_a_failed_read_is_never_in_doubt() -> None:
    """Reading twice does no harm."""
    found = refusals.judge(READ, answer(500, bad("INTERNAL_ERROR")))
    assert type(found) is TransientError


def test_a_missing_scope_asks_for_no_new_token() -> None:
    """A refresh cannot add a scope; a loop of them ends in the token throttle."""
    assert not refusals.stale(answer(401, bad("OAUTH_SCOPE_MISMATCH")))
    assert refusals.stale(answer(401, bad("INVALID_TOKEN")))
    assert refusals.stale(answer(401))


def test_the_older_shape_of_a_refusal_is_read() -> None:
    """{"code": 429, "error": "TOO_MANY_REQUESTS"}."""
    assert refusals.error_of(answer(429, {"code": 429, "error": "TOO_MANY_REQUESTS"}))[0] == (
        "TOO_MANY_REQUESTS"
    )


def test_pauses_grow_to_a_minute_and_the_vendor_may_name_its_own() -> None:
    """1, 2, 4 … 60 seconds, spread a little."""
    refused = answer(429, bad("TOO_MANY_REQUESTS"))
    pauses = [refusals.signals(CREATE, refused, 60.0, n).pauses["zoho_crm"] for n in (1, 3, 20)]
    assert 1.0 <= pauses[0] <= 1.25
    assert 4.0 <= pauses[1] <= 5.0
    assert 60.0 <= pauses[2] <= 75.0
    named = answer(429, bad("TOO_MANY_REQUESTS"), retry_after="7")
    assert refusals.signals(CREATE, named, 60.0, 5).pauses == {"zoho_crm": 7.0}


@pytest.mark.parametrize("status", [204, 304])
def test_no_body_means_nothing_found(status: int) -> None:
    """204 is the normal answer for none."""
    assert answers.read_page(answer(status)).items == ()


def test_a_converted_lead_names_its_contact() -> None:
    """In either of the two forms the vendor uses."""
    old = {"id": "1", "$converted": True, "$converted_detail": {"contact": "9"}}
    new = {"id": "2", "Converted__s": True, "Converted_Contact": {"id": "9", "name": "n"}}
    people = answers.read_people([old, new, {"id": "3"}, {}], "Leads", ["Phone"])
    assert [(person.converted, person.converted_contact_id) for person in people] == [
        (True, "9"),
        (True, "9"),
        (False, None),
    ]


def test_phones_are_taken_as_typed_from_every_phone_field() -> None:
    """Twice the same number is once."""
    item = {"id": "1", "Phone": "(215) 555-0100", "Mobile": "(215) 555-0100", "Work": "12", "X": 1}
    (person,) = answers.read_people([item], "Leads", ["Phone", "Mobile", "Work"])
    assert person.phones == ("(215) 555-0100", "12")


def test_a_layout_makes_a_field_mandatory() -> None:
    """Company usually is so by the layout only."""
    fields = answers.Page(
        (
            {"api_name": "Company", "data_type": "text", "length": 200},
            {"api_name": "Last_Name", "data_type": "text", "system_mandatory": True},
            {
                "api_name": "Lead_Status",
                "data_type": "picklist",
                "pick_list_values": [
                    {"actual_value": "New", "type": "used"},
                    {"actual_value": "Old", "type": "unused"},
                ],
            },
            {"api_name": "Key", "data_type": "text", "unique": {"casesensitive": False}},
            {"api_name": "Auto", "data_type": "autonumber", "read_only": True},
        )
    )
    layouts = answers.Page(
        (
            {
                "status": "active",
                "sections": [{"fields": [{"api_name": "Company", "required": True}]}],
            },
            {
                "status": "inactive",
                "sections": [{"fields": [{"api_name": "Key", "required": True}]}],
            },
        )
    )
    company, last_name, status, key, auto = answers.read_fields(fields, layouts)
    assert (company.mandatory, company.length) == (True, 200)
    assert last_name.mandatory
    assert status.picklist == ("New",)
    assert (key.unique, key.mandatory) == (True, False)
    assert auto.read_only
