"""`calls skip` and `calls reassign` through the real clients, on simulated vendors."""

from __future__ import annotations

import json
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
ANN = "+12155550171"
LEADS = "/crm/v8/Leads"


@pytest.fixture
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="settled", seed=11, calls=1, speed=SPEED) as running:
        yield running


@pytest.fixture
def home(sim: SimulatorServer, tmp_path: Path) -> Path:
    write_config(sim.world, sim.base_url, tmp_path, speed=SPEED)
    settings = tmp_path / "data" / "settings.json"
    document = json.loads(settings.read_text())
    document["media"] = {"enabled": False}
    document["journal"] = {"reconcile_after_seconds": 0.1}
    document["vendors"]["read_timeout_seconds"] = 1.0
    settings.write_text(json.dumps(document))
    order = {"office": "philadelphia", "seconds_ago": 3000, "kind": "missed", "caller": ANN}
    httpx.post(f"{sim.base_url}/_sim/calls", json=order).raise_for_status()
    return tmp_path


def switchboard(home: Path, *words: str) -> Result:
    arguments = [*words, "--config-dir", str(home)]
    return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "160"}).invoke(app, arguments)


def told(home: Path, *words: str) -> dict[str, Any]:
    result = switchboard(home, *words, "--json")
    assert result.exit_code in {0, 1, 3}, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def run(home: Path) -> dict[str, Any]:
    return told(home, "calls", "run", "--all", "--hours-back", "3")


def owner(sim: SimulatorServer) -> str:
    leads = httpx.get(f"{sim.base_url}/_sim/state/zoho_crm/leads").json()
    (lead,) = [each for each in leads if each.get("Phone") == ANN]
    found = lead["Owner"]
    return str(found["id"] if isinstance(found, dict) else found)


def sent(sim: SimulatorServer) -> int:
    """Return how often leads were changed."""
    rows = httpx.get(f"{sim.base_url}/_sim/requests").json()
    rows = rows.get("requests", rows) if isinstance(rows, dict) else rows
    return sum(r["method"] == "PUT" and str(r["path"]).endswith(LEADS) for r in rows)


def another(home: Path, sim: SimulatorServer) -> str:
    """Return an owner of the office other than the lead's."""
    document = json.loads((home / "sorted/philadelphia/lead_owners.json").read_text())
    usable = [str(each["id"]) for each in document["lead_owners"] if each.get("active", True)]
    now = owner(sim)
    return next(each for each in usable if each != now)


@pytest.mark.parametrize(
    ("kind", "requests"),
    [
        ("done_but_lost", 1),
        pytest.param("error", 2, marks=pytest.mark.slow),
        pytest.param("garbage", 1, marks=pytest.mark.slow),
    ],
)
def test_a_lost_answer_gives_the_lead_away_once(
    sim: SimulatorServer, home: Path, kind: str, requests: int
) -> None:
    """What Zoho did is looked up, never sent again; what it did not do is."""
    run(home)
    before, new = sent(sim), another(home, sim)
    plan(sim, vendor="zoho_crm", match=f"PUT {LEADS}", kind=kind)
    first = told(home, "calls", "reassign", ANN, "--owner", new)
    assert first["how"] == "wanted"
    for _ in range(2):
        run(home)
    assert owner(sim) == new
    assert sent(sim) - before == requests
    (change,) = [w for w in told(home, "calls", "show", ANN)["writes"] if w["kind"] == "owner"]
    assert change["state"] == "settled"


def test_a_lead_is_given_away_and_told(sim: SimulatorServer, home: Path) -> None:
    run(home)
    new = another(home, sim)
    said = switchboard(home, "calls", "reassign", ANN, "--owner", new)
    assert (said.exit_code, "owns the lead now." in said.stdout) == (0, True)
    assert owner(sim) == new
    refused = switchboard(home, "calls", "reassign", ANN, "--owner", "Nobody At All")
    assert (refused.exit_code, "CALL-003" in refused.output) == (2, True)


def test_a_parked_call_is_skipped(sim: SimulatorServer, home: Path) -> None:
    refusal = {"data": [{"code": "INVALID_DATA", "status": "error", "message": "invalid data",
                         "details": {"api_name": "Company"}}]}  # fmt: skip
    plan(sim, vendor="zoho_crm", match=f"POST {LEADS}", kind="error", status=400, body=refusal)
    run(home)
    assert told(home, "calls", "show", ANN)["fate"] == "parked"
    done = told(home, "calls", "skip", ANN, "--reason", "Our own supplier")
    assert (done["fate"], done["reason"]) == ("skipped", "by_hand")
    assert done["why"].endswith("skipped it: Our own supplier")
    assert run(home)["calls"]["skipped"] >= 1
    assert told(home, "calls", "show", ANN)["fate"] == "skipped"
