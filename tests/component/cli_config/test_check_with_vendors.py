"""`config check` asks Zoho CRM and RingCentral what no document can know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from switchboard.cli.app import app
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer

OWNERS = "sorted/denver/lead_owners.json"
MAPPINGS = "data/zoho_field_mappings.json"
SETTINGS = "data/settings.json"
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="empty", seed=5, speed=600.0) as running:
        yield running


@pytest.fixture
def home(sim: SimulatorServer, tmp_path: Path) -> Path:
    httpx.delete(f"{sim.base_url}/_sim/faults")
    write_config(sim.world, sim.base_url, tmp_path, speed=600.0)
    return tmp_path


def check(home: Path, *words: str) -> tuple[int, dict[str, Any]]:
    arguments = ["config", "check", "--json", *words, "--config-dir", str(home)]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, json.loads(result.stdout)


def edit(home: Path, name: str, change: Edit) -> None:
    document = json.loads((home / name).read_text())
    change(document)
    (home / name).write_text(json.dumps(document, indent=2))


def codes(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["key"]) for each in report["findings"]]


def test_a_configuration_that_fits_has_no_findings(home: Path) -> None:
    status, report = check(home)
    assert (status, report["ok"], report["vendors_asked"], report["findings"]) == (
        0,
        True,
        True,
        [],
    )


def test_owners_zoho_does_not_know_are_named_with_the_id_that_was_meant(home: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        kevin, _, ben = document["lead_owners"]
        right, kevin["id"], ben["active"] = kevin["id"], "999", True
        document["assignment_rules"] = {
            "fallback_owner_id": "888",
            "office_hours_only": True,
            "office_hours": {"start": "09:00", "end": "17:00"},
            "after_hours_owner_id": right,
        }

    edit(home, OWNERS, change)
    status, report = check(home)
    assert status == 0  # A run passes these owners over; it does not stop.
    assert codes(report) == [
        ("CFG-039", "lead_owners[0].id"),
        ("CFG-039", "lead_owners[2].id"),
        ("CFG-039", "assignment_rules.fallback_owner_id"),
    ]
    unknown, left, fallback = report["findings"]
    assert "kevin.strand@keystone.example" in unknown["hint"]
    assert "is not active in Zoho CRM" in left["message"]
    assert '"888" is not a user of Zoho CRM' in fallback["message"]
    assert all(each["file"] == OWNERS and each["line"] for each in report["findings"])


def test_an_office_without_any_usable_owner_is_told(home: Path) -> None:
    edit(home, OWNERS, lambda it: it.update(lead_owners=[{"id": "9"}], assignment_rules={}))
    _, report = check(home)
    assert codes(report) == [("CFG-039", "lead_owners[0].id"), ("CFG-039", "lead_owners")]


def test_a_department_is_looked_for_at_ringcentral_as_well(home: Path) -> None:
    """A queue of another office is known there; a misspelt one nowhere."""

    def change(document: dict[str, Any]) -> None:
        owner = document["lead_owners"][0]["id"]
        names = ("denver sales", "Philadelphia Service", "Sales", "Nobody's Queue")
        document["assignment_rules"]["department_specific"] = {
            "mappings": {name: [owner] for name in names}
        }

    edit(home, OWNERS, change)
    _, report = check(home)
    place = "assignment_rules.department_specific.mappings."
    assert codes(report) == [("CFG-038", f"{place}Sales"), ("CFG-038", f"{place}Nobody's Queue")]
    assert report["findings"][0]["hint"] == 'Did you mean "Denver Sales"?'


def test_fields_and_statuses_that_do_not_fit_are_errors(home: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["accepted_calls"] |= {"No_Such": "x", "Annual_Revenue": "${caller_name}"}
        document["missed_calls"]["Industry"] = "${extension_name}"
        document["lead_status"]["missed_call_with_voicemail"] = "Voice Mail"

    edit(home, MAPPINGS, change)
    edit(home, SETTINGS, lambda it: it["calls"].update(protected_statuses=["Qualifed"]))
    status, report = check(home)
    assert (status, report["ok"]) == (2, False)
    errors = [each["key"] for each in report["findings"] if each["severity"] == "error"]
    assert sorted(errors) == [
        "accepted_calls.Annual_Revenue",
        "accepted_calls.No_Such",
        "lead_status.missed_call_with_voicemail",
    ]
    warnings = [each["key"] for each in report["findings"] if each["severity"] == "warning"]
    assert warnings == ["missed_calls.Industry", "calls.protected_statuses[0]"]
    assert all(each["line"] for each in report["findings"])


def test_offline_no_vendor_is_asked(sim: SimulatorServer, home: Path) -> None:
    before = len(httpx.get(f"{sim.base_url}/_sim/requests").json())
    edit(home, MAPPINGS, lambda it: it["accepted_calls"].update(No_Such="x"))
    status, report = check(home, "--offline")
    assert (status, report["vendors_asked"], report["findings"]) == (0, False, [])
    assert len(httpx.get(f"{sim.base_url}/_sim/requests").json()) == before


def test_what_a_missing_permission_hides_is_named(sim: SimulatorServer, home: Path) -> None:
    scope = {"code": "OAUTH_SCOPE_MISMATCH", "message": "invalid oauth scope", "status": "error"}
    fault = {"vendor": "zoho_crm", "match": "/users", "kind": "error", "status": 401, "body": scope}
    httpx.post(f"{sim.base_url}/_sim/faults", json=[{**fault, "times": 9}])
    edit(home, MAPPINGS, lambda it: it["accepted_calls"].update(No_Such="x"))
    status, report = check(home)
    assert status == 2  # What could be asked still counts.
    assert [each["code"] for each in report["findings"]] == ["CFG-035", "CFG-041"]
    assert "lead owners were not checked" in report["findings"][1]["message"]


def test_a_vendor_out_of_reach_is_a_warning(home: Path) -> None:
    """The check tells what was not checked, and does not fail for it."""

    def change(document: dict[str, Any]) -> None:
        nobody = "http://127.0.0.1:9"
        document["vendors"] |= {
            "ringcentral_base_url": nobody,
            "zoho_accounts_url": nobody,
            "read_attempts": 1,
            "retry_wait_seconds": 0.0,
        }

    edit(home, SETTINGS, change)
    status, report = check(home)
    assert (status, report["ok"]) == (0, True)
    assert {each["code"] for each in report["findings"]} == {"CFG-041"}
    told = " ".join(each["message"] for each in report["findings"])
    for what in ("fields and picklists", "lead owners", "names of queues and extensions"):
        assert f"{what} were not checked" in told
