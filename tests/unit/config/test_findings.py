"""Whatever is wrong is named with file, line, key and cure, and all of it at once."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.config_files import EXTENSIONS, OFFICES, OWNERS, a_company, two_offices, write

from switchboard.config.findings import CODES, ConfigError, Finding
from switchboard.config.load import inspect, load
from switchboard.config.mapping_check import SOURCES, TRANSFORMS, VARIABLES
from switchboard.flows.call_to_lead.variables import TRANSFORMS as FLOW_TRANSFORMS
from switchboard.flows.call_to_lead.variables import Value, fill

A_JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"


def findings(root: Path) -> list[Finding]:
    """Everything but the credentials no test directory has."""
    return [each for each in inspect(root)[1] if each.code != "CFG-025"]


def only(root: Path) -> Finding:
    (found,) = findings(root)
    return found


def owners_with(**changes: Any) -> dict[str, Any]:
    first, second = OWNERS["lead_owners"]
    return {**OWNERS, "lead_owners": [{**first, **changes}, second]}


def test_a_sound_configuration_has_no_findings(tmp_path: Path) -> None:
    assert findings(two_offices(tmp_path)) == []


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    """An operator repairs everything in one go, never one message at a time."""
    root = two_offices(
        tmp_path,
        {
            "sorted/philadelphia/lead_owners.json": {
                "lead_owners": [
                    {"id": "1", "assignment_weight": 0, "activ": True},
                    {"id": "1", "active": "yes"},
                    {"email": "nobody"},
                ]
            },
            "sorted/pittsburgh/extensions.json": '{"extensions": [,]}',
            "data/zoho_field_mappings.json": {"accepted_calls": {"A": "${caler_name:minuts}"}},
            "data/email_config.json": {"smtp_server": "s", "smtp_port": "587"},
        },
    )
    with pytest.raises(ConfigError) as caught:
        load(root)
    codes = sorted(each.code for each in caught.value.errors)
    assert codes == [
        "CFG-003",
        "CFG-004",
        "CFG-005",
        "CFG-005",
        "CFG-006",
        "CFG-006",
        "CFG-007",
        "CFG-008",
        "CFG-010",
        "CFG-014",
        "CFG-015",
    ]
    assert all(each.hint and each.file for each in caught.value.findings)


def test_bad_json_is_named_by_line_and_column(tmp_path: Path) -> None:
    root = a_company(tmp_path, extensions='{\n  "extensions": [\n    {"id" "101"}\n  ]\n}')
    found = only(root)
    assert (found.code, found.line) == ("CFG-003", 3)
    assert "line 3, column 11: a colon is missing after the key" in found.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,}', "a comma before the closing bracket"),
        ("{'a': 1}", "double quotes"),
        ('{"a": 1 // note\n}', "JSON has no comments"),
        ('{"a": 1', "ends too early"),
        ('{"a": 1} x', "something follows the end"),
        ('{"a": "b\nc"}', "is a quote missing"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ("", "is empty"),
        ("[" * 100_000, ""),
    ],
)
def test_what_people_mistype_in_json_is_explained(tmp_path: Path, text: str, words: str) -> None:
    found = only(a_company(tmp_path, extensions=text))
    assert found.code == "CFG-003"
    assert words in found.message


def test_a_document_that_is_no_object_is_refused(tmp_path: Path) -> None:
    found = only(a_company(tmp_path, extensions=[]))
    assert found.code == "CFG-005"


def test_a_key_that_stands_twice_is_found(tmp_path: Path) -> None:
    """JSON parsers silently keep the last one: an office would vanish."""
    text = '{\n"extensions": [{"id": "1"}],\n"extensions": [{"id": "2"}]\n}'
    found = only(a_company(tmp_path, extensions=text))
    assert (found.code, found.key, found.line) == ("CFG-020", "extensions", 3)


def test_an_unknown_key_comes_with_the_one_that_was_meant(tmp_path: Path) -> None:
    extension = {**EXTENSIONS["extensions"][0], "proces_calls": True}
    found = only(a_company(tmp_path, extensions={"extensions": [extension]}))
    assert (found.code, found.key) == ("CFG-004", "extensions[0].proces_calls")
    assert found.hint == 'Did you mean "process_calls"?'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"active": "yes"}, "true or false"),
        ({"id": 5678901234}, "text in double quotes"),
        ({"assignment_weight": "2.0"}, "a number, without quotes"),
    ],
)
def test_a_value_is_never_bent_into_another_type(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    found = findings(a_company(tmp_path, lead_owners=owners_with(**change)))[0]
    assert found.code == "CFG-005"
    assert words in found.message
    assert found.line is not None


@pytest.mark.parametrize("weight", [0, -1, -0.5])
def test_a_weight_must_be_above_zero(tmp_path: Path, weight: float) -> None:
    found = findings(a_company(tmp_path, lead_owners=owners_with(assignment_weight=weight)))[0]
    assert (found.code, found.key) == ("CFG-010", "lead_owners[0].assignment_weight")


def test_two_owners_with_one_id_are_refused(tmp_path: Path) -> None:
    found = findings(a_company(tmp_path, lead_owners=owners_with(id="6789012345")))
    errors = [each for each in found if each.severity == "error"]
    assert [(each.code, each.key) for each in errors] == [("CFG-008", "lead_owners[1].id")]


def test_an_extension_belongs_to_one_office(tmp_path: Path) -> None:
    """A call to an extension of two offices could become a lead in either."""
    root = two_offices(tmp_path, {"sorted/pittsburgh/extensions.json": EXTENSIONS})
    errors = [each for each in findings(root) if each.severity == "error"]
    assert [(each.code, each.key, each.file) for each in errors] == [
        ("CFG-008", "extensions[0].id", "sorted/pittsburgh/extensions.json"),
        ("CFG-008", "extensions[1].id", "sorted/pittsburgh/extensions.json"),
    ]
    assert "philadelphia" in errors[0].message


def test_the_same_owner_may_work_for_two_offices(tmp_path: Path) -> None:
    assert load(two_offices(tmp_path)).offices[0].owners == load(tmp_path).offices[1].owners


@pytest.mark.parametrize(
    ("zone", "suggestion"),
    [
        ("America/New York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("Europe/Belrin", "Europe/Berlin"),
        ("EST5PDT9", None),
        ("../etc/passwd", None),
        ("America", None),
    ],
)
def test_an_unknown_time_zone_is_refused(tmp_path: Path, zone: str, suggestion: str | None) -> None:
    offices = {**OFFICES, "global_config": {"default_timezone": zone}}
    found = only(two_offices(tmp_path, {"sorted/data/offices.json": offices}))
    assert (found.code, found.key) == ("CFG-009", "global_config.default_timezone")
    if suggestion:
        assert f'did you mean "{suggestion}"?' in found.message


def test_a_missing_document_names_the_misspelt_one_beside_it(tmp_path: Path) -> None:
    a_company(tmp_path)
    (tmp_path / "data/extensions.json").rename(tmp_path / "data/extension.json")
    found = only(tmp_path)
    assert (found.code, found.file) == ("CFG-001", "data/extensions.json")
    assert "data/extension.json" in found.hint


def test_a_missing_directory_is_one_finding(tmp_path: Path) -> None:
    found = only(tmp_path / "nowhere")
    assert found.code == "CFG-001"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user without powers")
def test_an_unreadable_document_is_named(tmp_path: Path) -> None:
    a_company(tmp_path)
    (tmp_path / "data/extensions.json").chmod(0)
    assert only(tmp_path).code == "CFG-002"


def test_a_directory_in_place_of_a_document_is_named(tmp_path: Path) -> None:
    a_company(tmp_path)
    (tmp_path / "data/zoho_field_mappings.json").mkdir()
    assert only(tmp_path).code == "CFG-002"


def test_a_document_in_another_encoding_is_named(tmp_path: Path) -> None:
    a_company(tmp_path)
    (tmp_path / "data/extensions.json").write_bytes('{"a": "é"}'.encode("latin-1"))
    assert "UTF-8" in only(tmp_path).message


def test_windows_editors_may_leave_their_mark(tmp_path: Path) -> None:
    """Notepad writes a byte order mark; it is no reason to refuse a document."""
    root = a_company(tmp_path)
    path = root / "data/extensions.json"
    path.write_text("\ufeff" + path.read_text("utf-8"), "utf-8")
    assert findings(root) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_secret_files_others_can_read_are_a_warning(tmp_path: Path) -> None:
    root = write(a_company(tmp_path), {"data/encryption.key": "k", "data/credentials.enc": "c"})
    (root / "data/encryption.key").chmod(0o644)
    (root / "data/credentials.enc").chmod(0o600)
    found = only(root)
    assert (found.code, found.severity, found.file) == ("CFG-019", "warning", "data/encryption.key")
    assert load(root).warnings == (found,)


def test_a_fallback_owner_who_is_not_listed_is_only_a_warning(tmp_path: Path) -> None:
    owners = {**OWNERS, "assignment_rules": {"fallback_owner_id": "42"}}
    found = only(a_company(tmp_path, lead_owners=owners))
    assert (found.code, found.severity) == ("CFG-012", "warning")
    assert load(tmp_path).offices


def test_somebody_must_be_there_to_own_leads(tmp_path: Path) -> None:
    idle = [{**each, "active": False} for each in OWNERS["lead_owners"]]
    found = only(a_company(tmp_path, lead_owners={"lead_owners": idle}))
    assert (found.code, found.severity) == ("CFG-011", "error")


def test_some_extension_must_be_processed(tmp_path: Path) -> None:
    quiet = [{**each, "process_calls": False} for each in EXTENSIONS["extensions"]]
    assert only(a_company(tmp_path, extensions={"extensions": quiet})).code == "CFG-013"


@pytest.mark.parametrize(
    ("expression", "code", "hint"),
    [
        ("${caler_name}", "CFG-014", 'Did you mean "caller_name"?'),
        ("Hello ${caller_name", "CFG-014", "${caller_name}"),
        ("${}", "CFG-014", "Known: "),
        ("${call_duration:minuts}", "CFG-015", 'Did you mean "minutes"?'),
        ("${caller_name:minutes}", "CFG-015", "${call_duration:minutes}"),
        ("${call_time:uppercase:date}", "CFG-015", "${call_time:date}"),
    ],
)
def test_a_mapping_that_could_never_be_filled_is_refused(
    tmp_path: Path, expression: str, code: str, hint: str
) -> None:
    """Found here, it costs a minute; found in a run, it parks every call."""
    mapping = {"missed_calls": {"Custom": expression}}
    found = only(a_company(tmp_path, zoho_field_mappings=mapping))
    assert (found.code, found.key) == (code, "missed_calls.Custom")
    assert hint in found.hint


@pytest.mark.parametrize(
    "expression",
    [
        "${call_time:date}",
        "${ call_duration : minutes }",
        "${caller_name:lowercase:uppercase}",
        "Call of ${call_time} to ${extension_name}",
        "RingCentral",
    ],
)
def test_a_sound_mapping_passes(tmp_path: Path, expression: str) -> None:
    mapping = {"accepted_calls": {"Custom": expression}}
    assert findings(a_company(tmp_path, zoho_field_mappings=mapping)) == []


@pytest.mark.parametrize(
    ("field", "source", "hint"),
    [
        ("Company", "Compnay", 'Did you mean "Company"?'),
        ("Industry", "Industry", "Known: Phone"),
        ("Lead_Status", "New", "Remove"),
        ("Owner", "5678901234", "Remove"),
        ("Phone", "${caller_name}", '"Phone": "Phone"'),
        ("Description", " ", "Remove"),
    ],
)
def test_a_mapping_that_hardly_does_what_was_meant_is_a_warning(
    tmp_path: Path, field: str, source: str, hint: str
) -> None:
    mapping = {"accepted_calls": {field: source}}
    found = only(a_company(tmp_path, zoho_field_mappings=mapping))
    assert (found.code, found.severity) == ("CFG-034", "warning")
    assert hint in found.hint
    assert load(tmp_path).mappings.accepted_calls == mapping["accepted_calls"]


def test_the_flow_knows_the_same_words(tmp_path: Path) -> None:
    """What passes here can be filled there, for every variable and transform."""
    assert set(TRANSFORMS) == set(FLOW_TRANSFORMS)
    sources = {name: name for name in SOURCES}
    variables = {f"Field_{name}": f"${{{name}}}" for name in VARIABLES}
    transforms = {
        f"Field_{name}": example or f"${{caller_name:{name}}}"
        for name, (_, _, example) in TRANSFORMS.items()
    }
    mapping = {"accepted_calls": {**sources, **variables, **transforms}}
    assert findings(a_company(tmp_path, zoho_field_mappings=mapping)) == []
    example: dict[str, Value] = {"call_duration": 61, "call_time": datetime.now(UTC)}
    values = {name: example.get(name, "text") for name in VARIABLES}
    assert all(fill(source, values) for source in (variables | transforms).values())


def test_a_lease_outlasts_every_request(tmp_path: Path) -> None:
    """Else a second worker takes over a call the first is still writing."""
    settings = {"journal": {"lease_seconds": 20}}
    found = only(a_company(tmp_path, settings=settings))
    assert (found.code, found.key) == ("CFG-033", "journal.lease_seconds")


def test_the_usual_look_back_fits_into_the_longest(tmp_path: Path) -> None:
    processing = {"default_hours_back": 200, "max_hours_back": 168}
    offices = {**OFFICES, "global_config": {"processing": processing}}
    found = only(two_offices(tmp_path, {"sorted/data/offices.json": offices}))
    assert (found.code, found.key) == ("CFG-016", "global_config.processing.default_hours_back")


def test_a_token_never_travels_in_the_clear(tmp_path: Path) -> None:
    """http:// is for simulators on this machine; every such address is named."""
    vendors = {
        "ringcentral_base_url": "http://platform.ringcentral.com",
        "ringcentral_media_url": "http://127.0.0.1:8900/ringcentral-media",
        "zoho_accounts_url": "http://accounts.zoho.com",
    }
    root = a_company(tmp_path, settings={"vendors": vendors})
    assert [(each.code, each.key) for each in findings(root)] == [
        ("CFG-017", "vendors.ringcentral_base_url"),
        ("CFG-017", "vendors.zoho_accounts_url"),
    ]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"vendors": {"client_secret": "hunter2-hunter2"}}, "vendors.client_secret"),
        ({"jwt": "hunter2-hunter2"}, "jwt"),
        ({"company": {"name": A_JWT}}, "company.name"),
        ({"calls": {"block_list": [f"1000.{'a' * 32}.{'b' * 32}"]}}, "calls.block_list[0]"),
        ({"database_url": "postgresql://me:hunter2-hunter2@db/x"}, "database_url"),
    ],
)
def test_a_secret_in_a_plain_document_is_named_but_never_repeated(
    tmp_path: Path, settings: dict[str, Any], key: str
) -> None:
    found = only(a_company(tmp_path, settings=settings))
    assert (found.code, found.key) == ("CFG-018", key)
    words = f"{found} {found.hint}"
    assert "hunter2" not in words
    assert "eyJ" not in words
    assert "aaaa" not in words


def test_office_hours_need_hours(tmp_path: Path) -> None:
    owners = {**OWNERS, "assignment_rules": {"office_hours_only": True}}
    assert only(a_company(tmp_path, lead_owners=owners)).code == "CFG-022"


@pytest.mark.parametrize("office_id", ["../up", "a/b", "data", "", ".."])
def test_an_office_id_cannot_leave_its_folder(tmp_path: Path, office_id: str) -> None:
    offices = {"offices": {**OFFICES["offices"], office_id: {}}}
    root = two_offices(tmp_path, {"sorted/data/offices.json": offices})
    errors = [each for each in findings(root) if each.severity == "error"]
    assert [(each.code, each.line is not None) for each in errors] == [("CFG-007", True)]


def test_no_offices_at_all_are_an_error(tmp_path: Path) -> None:
    root = write(tmp_path, {"sorted/data/offices.json": {"offices": {}}})
    assert only(root).code == "CFG-031"


def test_what_nobody_reads_is_a_warning(tmp_path: Path) -> None:
    """A folder without an office, single-company documents beside several offices."""
    root = two_offices(tmp_path, {"sorted/boston/extensions.json": EXTENSIONS})
    a_company(root)
    assert sorted((each.code, each.file) for each in findings(root)) == [
        ("CFG-023", "data/extensions.json"),
        ("CFG-023", "data/lead_owners.json"),
        ("CFG-023", "sorted/boston/"),
    ]


def test_two_offices_with_one_order_are_a_warning(tmp_path: Path) -> None:
    offices = {"offices": {name: {"processing_order": 1} for name in OFFICES["offices"]}}
    found = only(two_offices(tmp_path, {"sorted/data/offices.json": offices}))
    assert (found.code, found.severity) == ("CFG-024", "warning")


def test_an_unknown_office_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    configuration = load(two_offices(tmp_path))
    with pytest.raises(ConfigError, match="CFG-029") as caught:
        configuration.office("pitsburgh")
    assert caught.value.hint == 'Did you mean "pittsburgh"?'


def test_every_code_is_in_the_table_once_and_complete() -> None:
    assert all(re.fullmatch(r"(CFG|CHAT)-\d{3}", code) for code in CODES)
    own = [int(code.removeprefix("CFG-")) for code in CODES if code.startswith("CFG-")]
    assert own == list(range(1, 1 + len(own)))
    chats = [code for code in CODES if code.startswith("CHAT-")]
    assert chats == sorted(chats)  # Those below 101 are the detector's.
    assert chats[0] == "CHAT-101"
    assert all(row.meaning and row.solution for row in CODES.values())
