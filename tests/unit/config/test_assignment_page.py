"""The examples of the page on assignment are documents one can copy."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.config_files import write

from switchboard.config.load import inspect
from switchboard.flows.call_to_lead.owners import OFF_AT_ZOHO, OFF_HERE, UNKNOWN

PAGE = (Path(__file__).parents[3] / "docs/assignment.md").read_text("utf-8")
EXAMPLES = [
    json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
]
COMPANY = {
    "extensions": [
        {"id": "101", "name": "Sales", "type": "Department", "number": "1001"},
        {"id": "102", "name": "Support", "type": "Department", "number": "1002"},
        {"id": "201", "name": "John Smith", "number": "2001"},
    ]
}


def test_the_page_has_an_example_of_every_rule() -> None:
    rules = {key for example in EXAMPLES for key in example["assignment_rules"]}
    assert {"round_robin", "department_specific", "office_hours", "after_hours_owner_id"} <= rules


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_passes_the_check(tmp_path: Path, number: int) -> None:
    documents = {"data/extensions.json": COMPANY, "data/lead_owners.json": EXAMPLES[number]}
    configuration, findings = inspect(write(tmp_path, documents))
    assert [each for each in findings if each.code != "CFG-025"] == []
    assert configuration is not None
    assert configuration.offices[0].owners.lead_owners


def test_the_warnings_it_explains_are_those_a_run_gives() -> None:
    for words in (OFF_HERE, UNKNOWN, OFF_AT_ZOHO):
        assert f"| {words} |" in PAGE
