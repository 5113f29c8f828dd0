"""Call-backs through the real clients, on simulated vendors, with every fault on every write."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.simulated_vendors import plan
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer

SPEED = 600.0
HOURS = "3"


@pytest.fixture
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="settled", seed=11, calls=1, speed=SPEED) as running:
        yield running


@pytest.fixture
def home(sim: SimulatorServer, tmp_path: Path) -> Path:
    write_config(sim.world, sim.base_url, tmp_path, speed=SPEED)
    settings = tmp_path / "data" / "settings.json"
    document = json.loads(settings.read_text())
    document["callbacks"] = {"enabled": True}
    document["media"] = {"enabled": False}
    document["vendors"]["read_timeout_seconds"] = 1.0
    settings.write_text(json.dumps(document))
    return tmp_path


def switchboard(home: Path, *words: str) -> Result:
    arguments = [*words, "--config-dir", str(home)]
    return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "160"}).invoke(app, arguments)


def run(home: Path) -> dict[str, Any]:
    result = switchboard(home, "calls", "run", "--all", "--hours-back", HOURS, "--json")
    assert result.exit_code in {0, 3}, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def call(sim: SimulatorServer, **order: Any) -> dict[str, Any]:
    wanted = {"office": "philadelphia", "seconds_ago": 3000} | order
    reply = httpx.post(f"{sim.base_url}/_sim/calls", json=wanted)
    reply.raise_for_status()
    (made,) = reply.json()
    return dict(made)


def tasks(sim: SimulatorServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{sim.base_url}/_sim/state/zoho_crm/tasks").json()
    return found


def waiting(home: Path, *words: str) -> list[dict[str, Any]]:
    result = switchboard(home, "calls", "callbacks", "--json", *words)
    assert result.exit_code == 0, result.output
    listed: list[dict[str, Any]] = json.loads(result.stdout)["callbacks"]
    return listed


ANN, BEN = "+12155550171", "+12155550172"


def test_a_missed_call_is_listed_and_done_when_we_called_back(
    sim: SimulatorServer, home: Path
) -> None:
    """The whole way: missed, task in the list, called back from a desk, completed."""
    call(sim, kind="missed", caller=ANN)
    assert run(home)["crm"]["callbacks_opened"] >= 1
    (line,) = [each for each in waiting(home) if each["caller"] == ANN]
    assert line["state"] == "open"
    (task,) = [each for each in tasks(sim) if each["id"] == line["task_id"]]
    assert task["Status"] == "Not Started"
    assert task["Owner"] == line["owner_id"]
    assert ANN in switchboard(home, "calls", "callbacks").stdout
    assert "Call back" in switchboard(home, "calls", "show", ANN).stdout
    call(sim, kind="outbound", caller=ANN, seconds_ago=1200, talk_seconds=90)
    assert run(home)["crm"]["callbacks_closed"] == 1
    (task,) = [each for each in tasks(sim) if each["id"] == line["task_id"]]
    assert task["Status"] == "Completed"
    assert "the customer was called back on" in task["Description"]
    assert ANN not in [each["caller"] for each in waiting(home)]


@pytest.mark.parametrize(
    "kind",
    [
        "done_but_lost",
        *(
            pytest.param(kind, marks=pytest.mark.slow)
            for kind in ("timeout", "error", "rate_limit", "garbage")
        ),
    ],
)
def test_every_fault_on_every_write_of_a_task_leaves_one(
    sim: SimulatorServer, home: Path, kind: str
) -> None:
    """Opened once and completed once, whether or not Zoho had done it."""
    details = {"delay_s": 0.2} if kind == "timeout" else {}
    for caller in (ANN, BEN):
        call(sim, kind="missed", caller=caller)
    for method in ("POST", "PUT"):
        plan(sim, vendor="zoho_crm", match=f"{method} /crm/v8/Tasks", kind=kind, **details)
    run(home)
    call(sim, kind="accepted", caller=ANN, seconds_ago=1200)
    run(home)
    faults = httpx.get(f"{sim.base_url}/_sim/faults").json()
    assert [fault["struck"] for fault in faults] == [1, 1]
    mine = [t for t in tasks(sim) if "555-0171" in t["Subject"] or "555-0172" in t["Subject"]]
    assert Counter(task["Status"] for task in mine) == {"Completed": 1, "Not Started": 1}
    (open_one,) = (task for task in mine if task["Status"] == "Not Started")
    assert "555-0172" in open_one["Subject"]


def test_a_parked_call_back_is_sent_again_when_asked_to(sim: SimulatorServer, home: Path) -> None:
    """A mandatory field of the customer's own; the call itself is done all the while."""
    refused = {
        "data": [
            {
                "code": "MANDATORY_NOT_FOUND",
                "status": "error",
                "message": "required field not found",
                "details": {"api_name": "Region"},
            }
        ]
    }
    plan(sim, vendor="zoho_crm", match="POST /crm/v8/Tasks", kind="error", status=400, body=refused)
    call(sim, kind="missed", caller=ANN)
    report = run(home)
    assert report["calls"]["parked"] == 0
    (line,) = waiting(home, "--state", "parked")
    assert line["error_code"] == "ZOHO-422"
    assert "Region" in line["why"]
    said = switchboard(home, "calls", "callbacks")
    assert (said.exit_code, "--retry" in said.stdout) == (0, True)
    again = switchboard(home, "calls", "callbacks", "--retry", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["reopened"] == 1
    assert waiting(home, "--state", "parked") == []
    assert len([t for t in tasks(sim) if "555-0171" in t["Subject"]]) == 1
