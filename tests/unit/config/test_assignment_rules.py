"""Assignment rules that could never work, or do less than they seem to, are found before a run."""

from __future__ import annotations

import calendar
from pathlib import Path
from typing import Any

import pytest
from tests.config_files import OWNERS, a_company

from switchboard.config.findings import Finding
from switchboard.config.load import inspect

DAVID = OWNERS["lead_owners"][1]["id"]
HOURS = {"start": "09:00", "end": "17:00"}
EVERY_DAY = [
    f"{month:02}-{day:02}"
    for month in range(1, 13)
    for day in range(1, calendar.monthrange(2028, month)[1] + 1)
]


def found(root: Path, **rules: Any) -> list[Finding]:
    company = a_company(root, lead_owners={**OWNERS, "assignment_rules": rules})
    return [each for each in inspect(company)[1] if each.code != "CFG-025"]


def only(root: Path, **rules: Any) -> Finding:
    (one,) = found(root, **rules)
    return one


@pytest.mark.parametrize(
    "hours",
    [
        HOURS,
        {"start": "22:00", "end": "06:00", "days": [5, 6]},
        {"start": "00:00", "end": "24:00", "days": [1, 2, 3, 4, 5, 6, 7]},
        {"periods": [{"start": "09:00", "end": "12:00"}, {**HOURS, "days": [6]}]},
        {**HOURS, "holidays": ["12-25", "02-29", {"date": "2026-11-26", "name": "Thanksgiving"}]},
        {**HOURS, "_comment": "ours", "holidays": EVERY_DAY[1:]},
    ],
)
def test_sound_office_hours_pass(tmp_path: Path, hours: dict[str, Any]) -> None:
    assert found(tmp_path, office_hours=hours) == []


@pytest.mark.parametrize(
    ("hours", "key", "words"),
    [
        ({}, "office_hours", "neither start and end, nor periods"),
        ({"holidays": ["12-25"]}, "office_hours", "neither start and end, nor periods"),
        ({"start": "09:00"}, "office_hours", "end is missing"),
        ({"start": "09:00", "end": "09:00"}, "office_hours", "at the same time"),
        ({**HOURS, "days": []}, "office_hours", "no day"),
        (
            {"periods": [HOURS, {"start": "10:00", "end": "10:00"}]},
            "office_hours.periods[1]",
            "at the same time",
        ),
        ({**HOURS, "holidays": EVERY_DAY}, "office_hours.holidays", "no day"),
    ],
)
def test_an_office_that_could_never_open_is_refused(
    tmp_path: Path, hours: dict[str, Any], key: str, words: str
) -> None:
    one = only(tmp_path, office_hours=hours)
    assert (one.code, one.severity, one.key) == ("CFG-022", "error", f"assignment_rules.{key}")
    assert words in one.message
    assert one.line is not None


@pytest.mark.parametrize(
    ("hours", "key"),
    [
        ({**HOURS, "holidays": ["25-12"]}, "holidays[0].date"),
        ({**HOURS, "holidays": ["2026-02-30"]}, "holidays[0].date"),
        ({**HOURS, "holidays": [{"date": "2026-W53-1"}]}, "holidays[0].date"),
        ({**HOURS, "end": "24:30"}, "end"),
        ({"start": "24:00", "end": "06:00"}, "start"),
        ({**HOURS, "days": [0]}, "days[0]"),
        ({"periods": [{"start": "9:00", "end": "12:00"}]}, "periods[0].start"),
    ],
)
def test_times_and_days_must_exist(tmp_path: Path, hours: dict[str, Any], key: str) -> None:
    one = only(tmp_path, office_hours=hours)
    assert (one.code, one.key) == ("CFG-007", f"assignment_rules.office_hours.{key}")


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ({"office_hours_only": True, "office_hours": HOURS}, "office_hours_only"),
        ({"office_hours": HOURS, "after_hours_owner_id": DAVID}, "after_hours_owner_id"),
        ({"department_specific": {"mappings": {}}}, "department_specific"),
        (
            {"department_specific": {"mappings": {"reception": []}}},
            "department_specific.mappings.reception",
        ),
        (
            {"department_specific": {"mappings": {"Reception": [DAVID], "reception": [DAVID]}}},
            "department_specific.mappings.reception",
        ),
    ],
)
def test_a_rule_without_effect_is_a_warning(
    tmp_path: Path, rules: dict[str, Any], key: str
) -> None:
    one = only(tmp_path, **rules)
    assert (one.code, one.severity) == ("CFG-040", "warning")
    assert one.key == f"assignment_rules.{key}"


def test_a_department_nobody_can_call_is_a_warning_with_the_name_that_was_meant(
    tmp_path: Path,
) -> None:
    one = only(tmp_path, department_specific={"mappings": {"Receptoin": [DAVID]}})
    assert (one.code, one.severity) == ("CFG-038", "warning")
    assert one.hint == 'Did you mean "Reception"?'


@pytest.mark.parametrize("name", ["RECEPTION", "1001", "101"])
def test_a_department_may_be_a_name_a_number_or_an_id(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, department_specific={"mappings": {name: [DAVID]}}) == []


def test_departments_that_are_off_are_not_judged(tmp_path: Path) -> None:
    off = {"enabled": False, "mappings": {"Nobody": ["no owner"]}}
    assert found(tmp_path, department_specific=off) == []
