"""The mapping document decides a lead's fields; Zoho's metadata is asked before Zoho is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.flows.call_to_lead.makers import CUSTOMER, a_call, an_office

from switchboard.config import mapping_check
from switchboard.config.documents import FieldMappings
from switchboard.flows.call_to_lead.map import (
    check_against_metadata,
    map_fields,
)
from switchboard.flows.call_to_lead.models import Call, FieldProblem
from switchboard.flows.call_to_lead.select import attribute
from switchboard.flows.call_to_lead.variables import TRANSFORMS, BadTemplateError, fill, parse
from switchboard.vendors.zoho_crm.models import CrmField

OFFICE = an_office()
NAMED = a_call(caller_name="Pat Q Jones", duration_seconds=214)
STATUSES = ("New", "Accepted Call", "Missed Call", "Missed Call with Voicemail")


def a_field(name: str, kind: str = "text", **changes: Any) -> CrmField:
    values: dict[str, Any] = {"api_name": name, "data_type": kind, "length": 255}
    return CrmField(**(values | changes))


LEADS = {
    field.api_name: field
    for field in (
        a_field("Phone", "phone", length=30),
        a_field("Last_Name", mandatory=True, length=80),
        a_field("First_Name", length=40),
        a_field("Company", length=100),
        a_field("Email", "email", length=100),
        a_field("Lead_Source", "picklist", picklist=("Web",)),
        a_field("Lead_Status", "picklist", picklist=STATUSES),
        a_field("Owner", "ownerlookup", mandatory=True),
        a_field("Minutes__c", "integer"),
        a_field("Called_On__c", "date"),
        a_field("Called_At__c", "datetime"),
        a_field("Kind__c", "picklist", picklist=("Phone Lead", "Web Lead")),
        a_field("Short__c", length=5),
        a_field("Formula__c", read_only=True),
    )
}


def mapped(
    mapping: dict[str, str], call: Call = NAMED, metadata: dict[str, CrmField] | None = None
) -> tuple[dict[str, Any], list[FieldProblem]]:
    return map_fields(mapping, call, OFFICE, attribute(call, [OFFICE]), "77", "New", metadata)


def test_the_manual_s_example_makes_a_lead() -> None:
    fields, problems = mapped(FieldMappings().accepted_calls)
    assert problems == []
    assert fields == {
        "Lead_Source": "RingCentral Integration",
        "Lead_Status": "New",
        "Phone": CUSTOMER,
        "First_Name": "Pat Q",
        "Last_Name": "Jones",
        "Owner": {"id": "77"},
    }


def test_a_caller_without_a_name_gets_a_placeholder_that_says_who_it_is() -> None:
    fields, problems = mapped(FieldMappings().missed_calls, a_call(), LEADS)
    assert (fields["Last_Name"], problems) == ("Caller +1 215-555-0142", [])
    assert "First_Name" not in fields
    assert "Company" not in fields


def test_a_company_is_filled_in_where_zoho_demands_one() -> None:
    strict = LEADS | {"Company": a_field("Company", mandatory=True)}
    assert mapped({}, a_call(), strict)[0]["Company"] == "Unknown"
    company = a_call(caller_name="ACME PLUMBING LLC")
    fields, _ = mapped(FieldMappings().missed_calls, company, strict)
    assert (fields["Company"], fields["Last_Name"]) == ("ACME PLUMBING LLC", "ACME PLUMBING LLC")


def test_without_an_owner_zoho_chooses() -> None:
    fields, problems = map_fields({}, NAMED, OFFICE, None, None, "New", LEADS)
    assert "Owner" not in fields
    assert problems == []


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("${caller_name}", "Pat Q Jones"),
        ("${caller_number}", CUSTOMER),
        ("${call_time}", "2026-11-03T10:04:05-05:00"),
        ("${call_time:date}", "2026-11-03"),
        ("${call_duration}", 214),
        ("${call_duration:seconds}", 214),
        ("${call_duration:minutes}", 4),
        ("${extension_name}", "Lee Example"),
        ("${lead_owner_id}", "77"),
        ("${caller_name:uppercase}", "PAT Q JONES"),
        ("${caller_name:uppercase:lowercase}", "pat q jones"),
        ("${ caller_name : uppercase }", "PAT Q JONES"),
        (
            "Called ${extension_name} for ${call_duration:minutes} min",
            "Called Lee Example for 4 min",
        ),
        ("Phone Lead", "Phone Lead"),
        ("Phone", CUSTOMER),
        ("Last_Name", "Jones"),
    ],
)
def test_values_are_sources_variables_with_transforms_or_plain_text(
    template: str, value: object
) -> None:
    fields, problems = mapped({"Custom__c": template})
    assert (fields["Custom__c"], problems) == (value, [])


def test_a_value_with_nothing_to_say_is_left_out() -> None:
    fields, problems = mapped(
        {"A__c": "${caller_company}", "B__c": "Company: ${caller_company}", "C__c": "Email"}
    )
    assert problems == []
    assert not fields.keys() & {"A__c", "B__c", "C__c"}


@pytest.mark.parametrize(
    ("field", "template", "value"),
    [
        ("Minutes__c", "${call_duration:minutes}", 4),
        ("Minutes__c", "12", 12),
        ("Called_On__c", "${call_time}", "2026-11-03"),
        ("Called_At__c", "${call_time}", "2026-11-03T10:04:05-05:00"),
        ("Kind__c", "Phone Lead", "Phone Lead"),
    ],
)
def test_values_take_the_form_of_their_field(field: str, template: str, value: object) -> None:
    fields, problems = mapped({field: template}, NAMED, LEADS)
    assert (fields[field], problems) == (value, [])


@pytest.mark.parametrize(
    ("field", "template"),
    [
        ("Nowhere__c", "${caller_name}"),
        ("Formula__c", "${caller_name}"),
        ("Kind__c", "Telephone"),
        ("Minutes__c", "${caller_name}"),
        ("Called_On__c", "tomorrow"),
        ("Called_At__c", "2026-11-03T10:04:05"),
        ("First_Name", "${nobody}"),
        ("First_Name", "${caller_name:reversed}"),
    ],
)
def test_what_zoho_would_refuse_is_not_sent(field: str, template: str) -> None:
    fields, problems = mapped({field: template}, NAMED, LEADS)
    assert field not in fields
    assert [(each.field, each.fatal) for each in problems] == [(field, True)]


def test_a_text_that_is_too_long_is_cut_and_the_cut_is_told() -> None:
    fields, problems = mapped({"Short__c": "${caller_name}"}, NAMED, LEADS)
    assert fields["Short__c"] == "Pat Q"
    assert [(each.field, each.fatal) for each in problems] == [("Short__c", False)]


def test_an_e_mail_address_is_never_cut() -> None:
    fields, problems = mapped({"Email": "a" * 101}, NAMED, LEADS)
    assert "Email" not in fields
    assert problems[0].fatal


def test_a_status_zoho_does_not_have_is_a_problem_but_our_lead_source_is_not() -> None:
    _, problems = map_fields({}, NAMED, OFFICE, None, None, "Fresh", LEADS)
    assert [each.field for each in problems] == ["Lead_Status"]


def test_a_mandatory_field_nobody_fills_is_a_problem() -> None:
    strict = LEADS | {"Region__c": a_field("Region__c", mandatory=True)}
    _, problems = mapped({}, NAMED, strict)
    assert [(each.field, each.fatal) for each in problems] == [("Region__c", True)]


def test_the_number_and_the_status_are_not_the_mapping_s_to_change() -> None:
    fields, _ = mapped({"Phone": "none", "Lead_Status": "Junk", "Owner": "1"})
    assert (fields["Phone"], fields["Lead_Status"], fields["Owner"]) == (
        CUSTOMER,
        "New",
        {"id": "77"},
    )


def test_the_manual_s_mapping_has_no_problems() -> None:
    assert check_against_metadata(FieldMappings(), LEADS) == []


def test_the_configuration_s_check_knows_the_same_language() -> None:
    """`config check` may not accept what a run cannot fill, nor refuse what it can."""
    for variable in mapping_check.VARIABLES:
        assert mapped({"A__c": f"${{{variable}}}"})[1] == []
    assert set(mapping_check.TRANSFORMS) == set(TRANSFORMS)
    for _, _, example in mapping_check.TRANSFORMS.values():
        assert mapped({"A__c": example})[1] == []
    named = a_call(caller_name="ACME PLUMBING LLC")
    for source in mapping_check.SOURCES:
        assert mapped({"A__c": source}, named)[0].get("A__c") != source
    problem = mapped({"A__c": "${nothing}"})[1][0]
    assert problem.message.endswith(", ".join(sorted(mapping_check.VARIABLES)) + ".")


def test_the_document_is_checked_against_zoho_s_fields() -> None:
    mappings = FieldMappings.model_validate(
        {
            "accepted_calls": {"Nowhere__c": "x", "Kind__c": "Fax Lead", "Formula__c": "y"},
            "missed_calls": {"Kind__c": "${caller_name}"},
            "lead_status": {"missed_call": "Lost Call"},
        }
    )
    fields = LEADS | {"Region__c": a_field("Region__c", mandatory=True)}
    found = check_against_metadata(mappings, fields)
    told = {(each.section, each.field) for each in found if not each.fatal}
    assert told == {("missed_calls", "Kind__c")}
    assert {(each.section, each.field) for each in found if each.fatal} == {
        ("accepted_calls", "Nowhere__c"),
        ("accepted_calls", "Kind__c"),
        ("accepted_calls", "Formula__c"),
        ("lead_status", "missed_call"),
        ("accepted_calls", "Region__c"),
        ("missed_calls", "Region__c"),
    }


@given(st.text(alphabet="ab${}: ", max_size=30))
def test_any_template_is_filled_or_refused_with_a_reason(template: str) -> None:
    values = {"a": "1", "b": None}
    with suppress(BadTemplateError):
        parse(template)
        fill(template, values)


@given(st.text(max_size=20), st.lists(st.sampled_from(["uppercase", "lowercase"]), max_size=4))
def test_chained_transforms_apply_in_order(text: str, chain: list[str]) -> None:
    expected: Any = text
    for name in chain:
        expected = TRANSFORMS[name](expected)
    assert fill("${" + ":".join(["name", *chain]) + "}", {"name": text}) == expected
