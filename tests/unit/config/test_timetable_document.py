"""What `config check` says about data/schedule.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.config_files import two_offices

from switchboard.config.cron import cron_fault
from switchboard.config.findings import Finding
from switchboard.config.load import inspect, load


def errors(root: Path, *runs: dict[str, Any], **rest: Any) -> list[Finding]:
    two_offices(root, {"data/schedule.json": {"runs": list(runs), **rest}})
    return [each for each in inspect(root)[1] if each.severity == "error"]


@pytest.mark.parametrize(
    "expression",
    ["0 8 * * *", "0 8,14 * * 1-5", "0 */4 * * *", "*/15 7-19 * * MON-FRI", "0 6 29 2 MON"],
)
def test_the_manuals_times_and_their_like_are_accepted(expression: str) -> None:
    assert cron_fault(expression) is None


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("61 8 * * *", 'the field minute is "61"'),
        ("0 24 * * *", 'the field hour is "24"'),
        ("0 8 32 * *", 'the field day of month is "32"'),
        ("0 8 * 13 *", 'the field month is "13"'),
        ("0 8 * * 5-1", 'the field day of week is "5-1"'),
        ("0 8 * *", "has 4 fields, not five"),
        ("0 0 8 * * *", "has 6 fields, not five"),
        ("@daily", "has 1 field, not five"),
        ("0 8 30 2 *", "never comes"),
    ],
)
def test_a_time_that_cannot_be_used_names_the_field(
    expression: str, words: str, tmp_path: Path
) -> None:
    (found,) = errors(tmp_path, {"name": "Morning", "cron": expression})
    assert (found.code, found.key, found.file) == ("CFG-036", "runs[0].cron", "data/schedule.json")
    assert words in found.message
    assert found.line


def test_an_unknown_office_is_named_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    (found,) = errors(tmp_path, {"name": "P", "cron": "0 8 * * *", "offices": ["pittsburg"]})
    assert (found.code, found.key) == ("CFG-029", "runs[0].offices[0]")
    assert found.hint == 'Did you mean "pittsburgh"?'


def test_two_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    """The name is what the store remembers a run by."""
    run = {"name": "Morning", "cron": "0 8 * * *"}
    (found,) = errors(tmp_path, run, run)
    assert (found.code, found.key) == ("CFG-008", "runs[1].name")


def test_a_look_back_no_run_would_accept_is_refused_now_and_not_at_eight(tmp_path: Path) -> None:
    (found,) = errors(tmp_path, {"name": "Morning", "cron": "0 8 * * *", "hours_back": 999.0})
    assert (found.code, found.key) == ("CFG-007", "runs[0].hours_back")


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    (found,) = errors(tmp_path, timezone="America/Philadelphia")
    assert found.code == "CFG-009"


def test_without_a_timetable_nothing_is_scheduled(tmp_path: Path) -> None:
    assert load(two_offices(tmp_path)).schedule.runs == ()
