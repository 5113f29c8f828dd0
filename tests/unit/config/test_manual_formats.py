"""Every format the manual shows is understood, in the places the manual names."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from tests.config_files import OWNERS, a_company, two_offices, write

from switchboard.config.load import MAIN_OFFICE, load

MANUAL = Path(__file__).parents[3].parent / "shared/mission/ringcentral-zoho-crm-user-manual.md"
ADVANCED_OWNERS = {
    "weighted": {
        "assignment_rules": {"round_robin": True, "respect_weights": True},
        "lead_owners": [
            {"id": "123456", "assignment_weight": 2.0},
            {"id": "789012", "assignment_weight": 1.0},
        ],
    },
    "department": {
        "assignment_rules": {
            "department_specific": {
                "enabled": True,
                "mappings": {
                    "Sales": ["owner1_id", "owner2_id"],
                    "Support": ["owner3_id", "owner4_id"],
                },
            }
        }
    },
    "office hours": {
        "assignment_rules": {
            "office_hours_only": True,
            "office_hours": {
                "start": "09:00",
                "end": "17:00",
                "timezone": "America/New_York",
                "days": [1, 2, 3, 4, 5],
            },
            "after_hours_owner_id": "emergency_owner_id",
        }
    },
}


def manual_examples() -> list[dict[str, Any]]:
    if not MANUAL.exists():
        return []
    blocks = re.findall(
        r"^ *```json\n(.*?)^ *```", MANUAL.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [json.loads(textwrap.dedent(block)) for block in blocks]


def test_a_single_company_is_one_office(tmp_path: Path) -> None:
    """Without sorted/data/offices.json the documents of data/ are the whole company."""
    configuration = load(a_company(tmp_path))
    (office,) = configuration.offices
    assert office.id == MAIN_OFFICE
    assert not configuration.several_offices
    assert [each.id for each in office.extensions] == ["101", "201"]
    assert office.owners.lead_owners[0].assignment_weight == 2.0
    assert office.owners.assignment_rules.fallback_owner_id == "5678901234"
    assert configuration.processing.default_hours_back == 24
    assert configuration.processing.max_hours_back == 168


def test_offices_come_in_their_processing_order(tmp_path: Path) -> None:
    """The manual's launcher runs the offices "ordered"."""
    configuration = load(two_offices(tmp_path))
    assert configuration.several_offices
    assert [each.id for each in configuration.offices] == ["pittsburgh", "philadelphia"]
    assert configuration.office("philadelphia").name == "Philadelphia Office"


def test_an_office_without_a_time_zone_has_the_default_one(tmp_path: Path) -> None:
    """`global_config.default_timezone` fills what an office leaves out."""
    documents = {
        "sorted/data/offices.json": {
            "offices": {"philadelphia": {}, "pittsburgh": {"timezone": "America/Denver"}},
            "global_config": {"default_timezone": "America/Chicago"},
        }
    }
    offices = load(two_offices(tmp_path, documents)).offices
    assert [(each.timezone, each.name, each.processing_order) for each in offices] == [
        ("America/Chicago", "Philadelphia", 1),
        ("America/Denver", "Pittsburgh", 2),
    ]


@pytest.mark.parametrize("name", ADVANCED_OWNERS)
def test_each_advanced_assignment_example_loads(tmp_path: Path, name: str) -> None:
    """The manual's examples leave out names, mail addresses and even the owners."""
    owners = load(a_company(tmp_path, lead_owners=ADVANCED_OWNERS[name])).offices[0].owners
    rules = owners.assignment_rules
    if name == "weighted":
        assert [each.assignment_weight for each in owners.lead_owners] == [2.0, 1.0]
        assert all(each.active for each in owners.lead_owners)
    elif name == "department":
        assert rules.department_specific is not None
        assert rules.department_specific.mappings["Support"] == ("owner3_id", "owner4_id")
    else:
        assert rules.office_hours is not None
        assert rules.office_hours.days == (1, 2, 3, 4, 5)
        assert rules.after_hours_owner_id == "emergency_owner_id"


def test_custom_fields_and_transforms_load(tmp_path: Path) -> None:
    """A mapping may hold only the section somebody changes; the rest is the manual's example."""
    mapping = {"accepted_calls": {"Phone": "Phone", "Minutes": "${call_duration:minutes}"}}
    mappings = load(a_company(tmp_path, zoho_field_mappings=mapping)).mappings
    assert mappings.accepted_calls == mapping["accepted_calls"]
    assert mappings.missed_calls["Last_Name"] == "Last_Name"
    assert mappings.lead_status.missed_call_with_voicemail == "Missed Call with Voicemail"


def test_environments_are_directories_beside_each_other(tmp_path: Path) -> None:
    """`--config-dir configs/production` and `configs/development` share nothing."""
    production = load(two_offices(tmp_path / "configs/production"))
    development = load(a_company(tmp_path / "configs/development"))
    assert production.settings.database_url != development.settings.database_url
    assert production.settings.database_url.endswith("production/data/switchboard.db")


def test_comment_keys_are_allowed_everywhere(tmp_path: Path) -> None:
    """JSON has no comments; `_comment` keys stand in for them."""
    owners = {**OWNERS, "_comment": "ours", "assignment_rules": {"_comment_2": ["a", "b"]}}
    mapping = {"accepted_calls": {"_comment": "${nonsense", "Phone": "Phone"}}
    configuration = load(a_company(tmp_path, lead_owners=owners, zoho_field_mappings=mapping))
    assert configuration.mappings.accepted_calls == {"Phone": "Phone"}


@pytest.mark.skipif(not MANUAL.exists(), reason="the manual is not beside this checkout")
def test_every_json_example_of_the_manual_loads(tmp_path: Path) -> None:
    """Copied from the manual as it stands, each example is a usable document."""
    home = {
        "offices": "sorted/data/offices.json",
        "extensions": "data/extensions.json",
        "lead_owners": "data/lead_owners.json",
        "assignment_rules": "data/lead_owners.json",
        "accepted_calls": "data/zoho_field_mappings.json",
        "smtp_server": "data/email_config.json",
    }
    examples = manual_examples()
    assert len(examples) >= 11
    for number, example in enumerate(examples):
        place = next(path for key, path in home.items() if key in example)
        root = tmp_path / str(number)
        if place.startswith("sorted"):
            two_offices(root)
        else:
            a_company(root)
        assert load(write(root, {place: example})).offices
