"""`calls simulate-assignment` on a company whose calls a run has read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.store.database import Database
from switchboard.store.tables import rotation

SPEED = 600.0
HOURS = ("--hours-back", "168")
HEADINGS = ("When", "Office", "Department", "Owner", "Leads", "Wanted", "Got")


def switchboard(home: Path, *words: str) -> Result:
    environment = {"NO_COLOR": "1", "COLUMNS": "80"}
    return CliRunner(env=environment).invoke(app, [*words, "--config-dir", str(home)])


def simulation(home: Path, *words: str) -> Any:
    result = switchboard(home, "calls", "simulate-assignment", *HOURS, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SimulatorServer, Path]]:
    home = tmp_path_factory.mktemp("company")
    with SimulatorServer(scenario="settled", seed=4, calls=60, speed=SPEED) as sim:
        write_config(sim.world, sim.base_url, home, speed=SPEED)
        before = simulation(home)
        assert (before["calls"], before["owners"]) == ([], [])
        assert "switchboard calls run" in before["warnings"][-1]
        assert switchboard(home, "calls", "run", "--all", "--json").exit_code in {0, 1}
        yield sim, home


def turns(home: Path) -> list[Any]:
    database = Database.open(f"sqlite:///{home}/data/switchboard.db")
    rows = database.run_sync(lambda conn: [tuple(row) for row in conn.execute(rotation.select())])
    database.close()
    return sorted(rows)


def test_from_an_empty_rotation_the_run_s_own_assignment_comes_out(
    company: tuple[SimulatorServer, Path],
) -> None:
    sim, home = company
    before = turns(home)
    result = simulation(home, "--fresh")
    replayed = Counter(each["owner_id"] for each in result["calls"])
    leads = httpx.get(f"{sim.base_url}/_sim/state/zoho_crm/leads").json()
    ours = [lead for lead in leads if lead.get("Lead_Source") == "RingCentral Integration"]
    assert replayed == Counter(lead["Owner"] for lead in ours)
    assert sum(each["leads"] for each in result["owners"]) == len(ours) > 0
    assert turns(home) == before != []


def test_a_change_of_the_rules_shows_before_any_run(company: tuple[SimulatorServer, Path]) -> None:
    _, home = company
    path = home / "sorted/philadelphia/lead_owners.json"
    right = path.read_text()
    document = json.loads(right)
    owner = document["lead_owners"][1]["id"]
    document["assignment_rules"]["department_specific"] = {
        "mappings": {"Philadelphia Sales": [owner], "philadelphia service": [owner]}
    }
    path.write_text(json.dumps(document))
    try:
        result = simulation(home, "--office", "philadelphia")
    finally:
        path.write_text(right)
    departments = {each["department"] for each in result["calls"]} - {None}
    assert departments
    assert departments <= {"Philadelphia Sales", "philadelphia service"}
    assert {each["owner_id"] for each in result["calls"] if each["department"]} == {owner}
    assert {each["office"] for each in result["calls"]} == {"philadelphia"}


def test_owners_are_checked_against_zoho_when_asked(
    company: tuple[SimulatorServer, Path],
) -> None:
    _, home = company
    path = home / "sorted/denver/lead_owners.json"
    right = path.read_text()
    path.write_text(right.replace('"active": false', '"active": true'))
    try:
        trusting = simulation(home, "--office", "denver", "--all-calls")
        asking = simulation(home, "--office", "denver", "--all-calls", "--check-owners")
    finally:
        path.write_text(right)
    assert "Ben Ashdown" in {each["owner"] for each in trusting["owners"]}
    assert "Ben Ashdown" not in {each["owner"] for each in asking["owners"]}
    assert "Ben Ashdown" in asking["warnings"][0]


def test_the_table_fits_a_terminal(company: tuple[SimulatorServer, Path]) -> None:
    _, home = company
    result = switchboard(home, "calls", "simulate-assignment", *HOURS, "--limit", "3")
    assert result.exit_code == 0
    for heading in HEADINGS:
        assert heading in result.stdout
    assert "next in the rotation" in result.stdout
    assert "earlier calls are not listed" in result.stdout
    assert "nothing was written" in result.stdout
    assert "█" in result.stdout


def test_a_look_back_must_be_above_zero(company: tuple[SimulatorServer, Path]) -> None:
    result = switchboard(company[1], "calls", "simulate-assignment", "--hours-back", "0")
    assert result.exit_code == 2
    assert "CLI-003" in result.stderr
