"""The commands as a person types them, on the simulators: what is printed, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.config.vault import Vault
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer

SPEED = 600.0


@pytest.fixture
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="settled", seed=4, calls=60, speed=SPEED) as running:
        yield running


@pytest.fixture
def home(sim: SimulatorServer, tmp_path: Path) -> Path:
    write_config(sim.world, sim.base_url, tmp_path, speed=SPEED)
    return tmp_path


def switchboard(home: Path | None, *words: str) -> Result:
    arguments = [*words, *(("--config-dir", str(home)) if home else ())]
    return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "100"}).invoke(app, arguments)


def document(home: Path | None, *words: str) -> Any:
    result = switchboard(home, *words, "--json")
    assert result.exit_code in {0, 1}, result.output
    return json.loads(result.stdout)


def state(sim: SimulatorServer, collection: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = httpx.get(
        f"{sim.base_url}/_sim/state/zoho_crm/{collection}"
    ).json()
    return rows


@pytest.mark.slow  # All the visitors of a demo talk at their own pace.
def test_the_demo_proves_itself_at_the_vendors_side(tmp_path: Path) -> None:
    result = document(
        None, "demo", "--once", "--calls", "80", "--seed", "9", "--home", str(tmp_path)
    )
    assert set(result) == {"offices", "calls", "crm", "requests", "accounted_for", "chats"}
    chats = result["chats"]
    assert chats["accounted_for"] is True
    assert chats["duplicate_tickets"] == 0
    assert chats["abandoned"] == 1  # Who means to leave in the middle, and nobody else.
    assert chats["conversations"] == chats["tickets_created"] + chats["escalated"] + 2
    assert len(chats["workflows"]) >= 13
    assert set(result["calls"]) == {"seen", "done", "skipped", "parked", "waiting"}
    assert result["accounted_for"] is True
    kinds = ("leads", "notes", "tasks", "attachments")
    assert [result["crm"][f"duplicate_{kind}"] for kind in kinds] == [0, 0, 0, 0]
    assert result["crm"]["media_attached"] > 0
    assert result["crm"]["callbacks_opened"] > 0
    assert result["crm"]["leads_created"] > 0
    assert result["crm"]["contacts_matched"] > 0
    assert set(result["requests"]["ringcentral"]) == {"auth", "light", "medium", "heavy"}
    assert [office["office"] for office in result["offices"]][:3] == [
        "philadelphia",
        "pittsburgh",
        "denver",
    ]
    assert (tmp_path / "logs").is_dir()


def test_a_second_run_over_all_offices_writes_nothing(sim: SimulatorServer, home: Path) -> None:
    first = document(home, "calls", "run", "--all", "--hours-back", "168")
    noted = len(state(sim, "notes"))
    second = document(home, "calls", "run", "--all", "--hours-back", "168")
    assert first["crm"]["notes_created"] == noted
    assert second["crm"]["leads_created"] == 0
    assert len(state(sim, "notes")) == noted + second["crm"]["notes_created"]  # Calls that settled.
    assert second["calls"]["seen"] >= first["calls"]["seen"]


def test_a_dry_run_foretells_tasks_and_recordings(sim: SimulatorServer, home: Path) -> None:
    """What the plan says of call-backs and media is what a run then does."""
    words = ("calls", "run", "--all", "--hours-back", "168", "--no-email")
    plan = document(home, *words, "--dry-run")["plan"]
    assert state(sim, "tasks") == []
    document(home, *words)
    asked = {line["call"].rpartition(":")[2] for line in plan if line.get("task")}
    made = {task["Subject"].rpartition("[rc:")[2].rstrip("]") for task in state(sim, "tasks")}
    assert asked == made != set()
    assert sum(line.get("media", 0) for line in plan) == len(state(sim, "attachments")) > 0
    again = document(home, *words, "--dry-run")
    assert not [line for line in again["plan"] if line.get("task")]


def test_no_email_makes_the_report_and_mails_nobody(sim: SimulatorServer, home: Path) -> None:
    """The manual's --no-email; the next run mails its own report again."""
    mailbox = f"{sim.base_url}/_sim/state/mail/messages"
    run = ("calls", "run", "--all", "--hours-back", "168", "--no-media")
    quiet = document(home, *run, "--no-email")
    assert (home / quiet["report_path"]).is_file()
    assert httpx.get(mailbox).json() == []
    httpx.post(f"{sim.base_url}/_sim/calls", json={"kind": "missed", "office": "philadelphia"})
    told = document(home, *run)
    assert told["mails"] == {"sent": 2}
    assert len(httpx.get(mailbox).json()) == 2


def test_a_dry_run_writes_nothing_and_says_why_each_line_would(
    sim: SimulatorServer, home: Path
) -> None:
    leads = len(state(sim, "leads"))
    result = switchboard(
        home, "calls", "run", "--office", "denver", "--dry-run", "--hours-back", "168"
    )
    assert result.exit_code == 0
    assert "create lead + note" in result.stdout
    assert "next in the rotation" in " ".join(result.stdout.split())
    assert len(state(sim, "leads")) == leads
    assert document(home, "calls", "list") == []


def test_a_call_tells_its_story(sim: SimulatorServer, home: Path) -> None:
    document(home, "calls", "run", "--all", "--hours-back", "168")
    rows = document(home, "calls", "list", "--fate", "done", "--limit", "100")
    created = next(row for row in rows if "rotation" in row["why"])
    story = document(home, "calls", "show", created["session"])
    assert {write["kind"] for write in story["writes"]} == {"lead", "note"}
    assert all(write["state"] == "settled" and write["zoho_id"] for write in story["writes"])
    text = switchboard(home, "calls", "show", created["session"]).stdout
    for word in ("Caller", "Match", "Owner", "Wrote lead", "Fate", "done"):
        assert word in text
    by_number = switchboard(home, "calls", "show", created["caller"])
    assert created["session"] in by_number.stdout


def test_refused_leads_are_parked_and_a_retry_after_the_repair_writes_them(
    sim: SimulatorServer, home: Path
) -> None:
    """An owner who left, and we may not read the users: Zoho refuses; the manager corrects."""
    scope = {"code": "OAUTH_SCOPE_MISMATCH", "message": "invalid oauth scope", "status": "error"}
    fault = {"vendor": "zoho_crm", "match": "/users", "kind": "error", "status": 401, "body": scope}
    httpx.post(f"{sim.base_url}/_sim/faults", json=[{**fault, "times": 9}])
    owners = home / "sorted/denver/lead_owners.json"
    right = owners.read_text()
    wrong = json.loads(right)
    wrong["lead_owners"] = [{"id": "999", "name": "Gone"}]
    wrong["assignment_rules"] = {"round_robin": True}
    owners.write_text(json.dumps(wrong))
    run = switchboard(home, "calls", "run", "--office", "denver", "--hours-back", "168", "--json")
    assert run.exit_code == 1
    broken = json.loads(run.stdout)
    assert broken["calls"]["parked"] > 0
    assert broken["accounted_for"] is True
    assert "owners were not checked against Zoho CRM" in broken["warnings"][0]
    parked = document(home, "calls", "list", "--fate", "parked", "--limit", "100")
    assert {row["error_code"] for row in parked} == {"ZOHO-422"}
    assert "Owner" in parked[0]["why"]

    owners.write_text(right)
    httpx.delete(f"{sim.base_url}/_sim/faults")
    repaired = document(home, "calls", "retry", "--all-parked")
    assert repaired["reopened"] == len(parked)
    assert repaired["calls"]["done"] == len(parked)
    assert document(home, "calls", "list", "--fate", "parked") == []
    phones = [lead["Phone"] for lead in state(sim, "leads") if "Phone" in lead]
    assert len([each for each in phones if phones.count(each) > 1]) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("calls", "run", "--all", "--office", "denver"), "CLI-001"),
        (("calls", "run", "--office", "danver"), "CFG-029"),
        (("calls", "run", "--all", "--hours-back", "1000"), "CLI-003"),
        (("calls", "run", "--all", "--hours-back", "0"), "CLI-003"),
        (("calls", "show", "nothing-like-it"), "CLI-002"),
        (("calls", "retry"), "CLI-001"),
    ],
)
def test_bad_usage_is_named_with_its_code(home: Path, words: tuple[str, ...], code: str) -> None:
    result = switchboard(home, *words)
    assert result.exit_code == 2
    assert code in result.stderr
    assert "Traceback" not in result.output


def test_a_mapping_zoho_does_not_know_stops_before_anything_is_written(
    sim: SimulatorServer, home: Path
) -> None:
    path = home / "data/zoho_field_mappings.json"
    mappings = json.loads(path.read_text())
    mappings["accepted_calls"]["No_Such_Field"] = "${caller_name}"
    path.write_text(json.dumps(mappings))
    result = switchboard(home, "calls", "run", "--all")
    assert result.exit_code == 2
    assert "CFG-035" in result.stderr
    assert "No_Such_Field" in result.stderr
    assert state(sim, "notes") == []


def test_vendors_that_are_down_are_reported_and_nothing_is_lost(
    sim: SimulatorServer, home: Path
) -> None:
    """RingCentral answers 500 to everything: exit code 3, and the next run does the work."""
    fault = {"vendor": "ringcentral", "match": "call-log", "kind": "error", "status": 500}
    httpx.post(f"{sim.base_url}/_sim/faults", json=[{**fault, "times": 1000}])
    settings = home / "data/settings.json"
    content = json.loads(settings.read_text())
    content["vendors"] |= {"read_attempts": 1, "breaker_seconds": 0.2, "retry_wait_seconds": 0.0}
    settings.write_text(json.dumps(content))
    down = switchboard(home, "calls", "run", "--all")
    assert down.exit_code == 3
    assert "RC-500" in down.stderr
    httpx.delete(f"{sim.base_url}/_sim/faults")
    up = document(home, "calls", "run", "--all")
    assert up["accounted_for"] is True


def test_connections_are_checked_for_real(sim: SimulatorServer, home: Path) -> None:
    works = switchboard(home, "credentials", "test")
    assert works.exit_code == 0, works.output
    assert "Connected to the account" in works.stdout


def test_a_self_client_s_code_becomes_credentials_once(sim: SimulatorServer, home: Path) -> None:
    """No secret stands on the command line; a code that was used is refused with what to do."""
    client_id = "sim-zoho-client"
    client = sim.world.accounts.clients[client_id]
    sim.world.accounts.add_code("1000.a.code", client_id)
    given = {"client_id": client_id, "client_secret": client.client_secret, "code": "1000.a.code"}
    command = ["credentials", "zoho-code", "--stdin", "--config-dir", str(home)]
    stored = CliRunner().invoke(app, command, input=json.dumps(given))
    assert stored.exit_code == 0, stored.output
    token = Vault.open(home).load().zoho
    assert token is not None
    assert token.refresh_token.get_secret_value() in sim.world.accounts.refresh_tokens
    assert token.refresh_token.get_secret_value() not in stored.output
    assert switchboard(home, "credentials", "test").exit_code == 0
    again = CliRunner().invoke(app, command, input=json.dumps(given))
    assert again.exit_code == 3
    assert "ZOHO-401" in again.stderr
    assert "Generate a new one" in again.stderr
    lacking = CliRunner().invoke(app, command, input='{"client_id": "x"}')
    assert lacking.exit_code == 2
    assert "client_secret, code" in lacking.stderr
