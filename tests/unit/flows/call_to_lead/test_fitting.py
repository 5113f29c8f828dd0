"""A mapping that cannot fit Zoho's fields is found before a call needs it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.flows.call_to_lead.makers import a_call, an_office

from switchboard.config.documents import FieldMappings
from switchboard.flows.call_to_lead.fitting import kind_of
from switchboard.flows.call_to_lead.map import check_against_metadata, map_fields
from switchboard.flows.call_to_lead.models import FieldProblem
from switchboard.flows.call_to_lead.select import attribute
from switchboard.vendors.zoho_crm.models import CrmField

STATUSES = ("New", "Accepted Call", "Missed Call", "Missed Call with Voicemail")
BASE = {
    name: CrmField(api_name=name, data_type="text", length=255)
    for name in ("Last_Name", "First_Name", "Company", "Email", "Phone", "Lead_Source")
} | {"Lead_Status": CrmField(api_name="Lead_Status", data_type="picklist", picklist=STATUSES)}


def problems(template: str, data_type: str, **field: Any) -> list[FieldProblem]:
    """Map one line into a field of that type, and check it against Zoho's metadata."""
    known = CrmField(api_name="X", data_type=data_type, **field)
    mappings = FieldMappings(accepted_calls={"X": template}, missed_calls={"X": template})
    found = check_against_metadata(mappings, {**BASE, "X": known})
    assert {each.section for each in found} <= {"accepted_calls", "missed_calls"}
    return [each for each in found if each.section == "accepted_calls"]


@pytest.mark.parametrize(
    ("template", "data_type"),
    [
        ("${caller_name}", "integer"),
        ("${caller_name}", "date"),
        ("${caller_name}", "boolean"),
        ("${caller_number}", "integer"),
        ("${call_duration}", "boolean"),
        ("${call_duration}", "date"),
        ("${call_time}", "integer"),
        ("${call_time:date}", "datetime"),
        ("${call_duration} s", "integer"),
        ("${call_duration:uppercase}", "double"),
        ("${caller_company}", "userlookup"),
        ("${lead_owner_id}", "lookup"),
        ("${caller_name}", "email"),
        ("Last_Name", "currency"),
        ("a text", "integer"),
        ("${caller_name}", "fileupload"),
        ("a text", "subform"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_what_to_write(
    template: str, data_type: str
) -> None:
    (one,) = problems(template, data_type)
    assert one.fatal
    assert one.field == "X"


def test_the_message_says_what_fits() -> None:
    (one,) = problems("${caller_name}", "date")
    assert one.message == (
        "${caller_name} gives a name, and the field takes a day: write ${call_time:date}."
    )


@pytest.mark.parametrize(
    ("template", "data_type"),
    [
        ("${call_duration}", "integer"),
        ("${call_duration:minutes}", "double"),
        ("${call_duration:seconds:minutes}", "bigint"),
        ("${call_time}", "datetime"),
        ("${call_time:date}", "date"),
        ("${lead_owner_id}", "userlookup"),
        ("${lead_owner_id}", "ownerlookup"),
        ("${lead_owner_id}", "bigint"),
        ("${caller_name:uppercase}", "text"),
        ("${call_time} ${call_duration}", "textarea"),
        ("Phone", "phone"),
        ("${caller_number}", "phone"),
        ("Email", "email"),
        ("info@example.com", "email"),
        ("${extension_name}@example.com", "email"),
        ("true", "boolean"),
        ("2026-01-31", "date"),
        ("42", "integer"),
    ],
)
def test_a_value_of_the_right_kind_passes(template: str, data_type: str) -> None:
    assert problems(template, data_type) == []


def test_what_passes_is_what_a_call_can_fill() -> None:
    """The check and the mapping of a real call agree on every variable and type."""
    call, office = a_call(caller_name="ACME PLUMBING LLC", duration_seconds=214), an_office()
    lee = attribute(call, [office])
    for data_type in ("integer", "double", "boolean", "date", "datetime", "userlookup", "text"):
        for variable in (
            "caller_name", "caller_company", "call_time", "call_time:date", "call_duration",
            "call_duration:minutes", "extension_name", "caller_name:lowercase",
        ):  # fmt: skip
            template = f"${{{variable}}}"
            known = {**BASE, "X": CrmField(api_name="X", data_type=data_type)}
            _, found = map_fields({"X": template}, call, office, lee, "77", "New", known)
            refused = any(each.fatal for each in problems(template, data_type))
            filled = not any(each.fatal for each in found)
            # Seconds parse as a reference to a record; only the check knows they are none.
            if (variable.startswith("call_duration"), data_type) != (True, "userlookup"):
                assert refused != filled, (template, data_type, found)


@pytest.mark.parametrize(
    ("template", "data_type", "field", "words"),
    [
        ("${call_time}", "date", {}, "${call_time:date}"),
        ("${caller_name}", "picklist", {"picklist": ("A", "B")}, "values of its list"),
        ("${call_time}", "text", {"length": 20}, "25 characters or more and is cut to 20"),
        ("Called at ${call_time:date}", "text", {"length": 15}, "20 characters or more"),
        ("a long plain text", "text", {"length": 5}, "cut to 5"),
        ("${caller_company}", "text", {"mandatory": True}, "are parked"),
        ("Company", "text", {"mandatory": True}, "are parked"),
    ],
)
def test_what_hardly_does_what_it_seems_to_is_told(
    template: str, data_type: str, field: dict[str, Any], words: str
) -> None:
    (one,) = problems(template, data_type, **field)
    assert not one.fatal
    assert words in one.message


@pytest.mark.parametrize("template", ["${call_time}", "Phone", "by ${caller_name}", "a text"])
def test_a_mandatory_field_every_call_can_fill_is_fine(template: str) -> None:
    assert problems(template, "text", mandatory=True) == []


def test_a_mandatory_field_without_any_source_is_refused() -> None:
    (one,) = problems("Email", "text", mandatory=True)
    assert one.fatal
    unmapped = FieldMappings(accepted_calls={}, missed_calls={})
    demanded = {**BASE, "X": CrmField(api_name="X", data_type="text", mandatory=True)}
    found = check_against_metadata(unmapped, demanded)
    assert {(each.section, each.field) for each in found} == {
        ("accepted_calls", "X"),
        ("missed_calls", "X"),
    }


def test_a_picklist_takes_plain_text_that_is_in_it() -> None:
    assert problems("A", "picklist", picklist=("A", "B")) == []
    (one,) = problems("C", "picklist", picklist=("A", "B"))
    assert one.fatal


@pytest.mark.parametrize("key", ["new", "accepted_call", "missed_call"])
def test_every_lead_status_must_be_in_the_picklist(key: str) -> None:
    mappings = FieldMappings.model_validate({"lead_status": {key: "Nowhere"}})
    (one,) = check_against_metadata(mappings, BASE)
    assert (one.section, one.field, one.fatal) == ("lead_status", key, True)


def test_the_status_of_a_missed_call_with_voicemail_must_be_in_the_picklist() -> None:
    short = BASE["Lead_Status"].model_copy(update={"picklist": STATUSES[:3]})
    (one,) = check_against_metadata(FieldMappings(), {**BASE, "Lead_Status": short})
    assert (one.section, one.field) == ("lead_status", "missed_call_with_voicemail")


def test_kinds_follow_the_chain_of_transforms() -> None:
    assert kind_of("${caller_number:uppercase}") == "telephone number"
    assert kind_of("${caller_name:uppercase:lowercase}") == "text"
    assert kind_of("${call_time:date}") == "day"
    assert kind_of("${nothing}") is None
    assert kind_of("${caller_name:shout}") is None
    assert kind_of("plain") == "constant"
