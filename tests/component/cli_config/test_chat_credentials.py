"""Zoho Desk and SalesIQ: stored like the others, tried for real, and missed by nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.config_files import a_company, write
from typer.testing import CliRunner, Result

from switchboard.cli import credentials_commands
from switchboard.cli.app import app
from switchboard.config.credentials import revealed
from switchboard.config.vault import Vault, VaultContents
from switchboard.simulators.scenario.configuration import config_documents, credentials
from switchboard.simulators.server import SimulatorServer

DESK_FILE, SALESIQ_FILE = "data/zoho_desk_config.json", "data/salesiq_config.json"
SALESIQ = {"client_id": "siq-client-id", "client_secret": "hunter2-q", "refresh_token": "hunter2-r"}


def run(root: Path, *words: str, **options: Any) -> Result:
    command = ["credentials", *words, "--config-dir", str(root)]
    result = CliRunner().invoke(app, command, **options)
    assert "hunter2" not in result.output
    return result


def stored(root: Path) -> dict[str, dict[str, str]]:
    return revealed(Vault.open(root).load())


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"key": "c:hunter2"}, "c:hunter2"),
        ({"client_id": "c", "client_secret": "hunter2"}, "c:hunter2"),
        (
            {"client_id": "c", "client_secret": "hunter2", "refresh_token": "hunter2-r"},
            "c:hunter2:hunter2-r",
        ),
    ],
)
def test_a_script_gives_desks_key_whole_or_in_parts(
    tmp_path: Path, given: dict[str, str], key: str
) -> None:
    assert run(tmp_path, "set", "--stdin", input=json.dumps({"desk": given})).exit_code == 0
    assert stored(tmp_path) == {"desk": {"key": key}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"key": "hunter2"}, "client_id:client_secret"),
        ({"key": "a:b:c:hunter2"}, "client_id:client_secret"),
        ({"client_id": "a"}, "desk.client_secret is missing"),
        ({"client_id": "a", "client_secret": "hunter2", "token": "x"}, "desk.token is not a known"),
    ],
)
def test_a_key_zoho_cannot_know_is_refused_before_it_is_stored(
    tmp_path: Path, given: dict[str, str], words: str
) -> None:
    result = run(tmp_path, "set", "--stdin", input=json.dumps({"desk": given}))
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert not (tmp_path / "data/credentials.enc").exists()


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ("c:hunter2\n", "c:hunter2"),
        ("c\nhunter2\n\n", "c:hunter2"),
        ("c\nhunter2\nhunter2-r\n", "c:hunter2:hunter2-r"),
    ],
)
def test_a_person_is_asked_for_desks_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: str, key: str
) -> None:
    """Whoever has the whole key is asked nothing more; who presses Enter keeps what is there."""
    monkeypatch.setattr(credentials_commands, "_interactive", lambda: True)
    assert run(tmp_path, "set", "desk", input=answers).exit_code == 0
    assert run(tmp_path, "set", "desk", input="\n").exit_code == 0
    assert stored(tmp_path) == {"desk": {"key": key}}


def test_only_what_is_used_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats alone: neither telephony nor CRM; SalesIQ's and Desk's may be left out."""
    monkeypatch.setattr(credentials_commands, "_interactive", lambda: True)
    write(tmp_path, {DESK_FILE: {}, SALESIQ_FILE: {}})
    result = run(tmp_path, "set", input="c:hunter2\n\n")
    assert result.exit_code == 0
    assert "RingCentral" not in result.output
    assert stored(tmp_path) == {"desk": {"key": "c:hunter2"}}
    answers = "\n".join(["", *SALESIQ.values()])
    assert run(tmp_path, "set", input=f"{answers}\n").exit_code == 0
    assert stored(tmp_path) == {"desk": {"key": "c:hunter2"}, "salesiq": SALESIQ}
    assert run(tmp_path, "set", "salesiq", input="-\n").exit_code == 0
    assert "salesiq" not in stored(tmp_path)


def test_variables_may_stand_in_dotenv(tmp_path: Path) -> None:
    write(tmp_path, {".env": "SWITCHBOARD_DESK_KEY=c:hunter2\n"})
    environment = {f"SWITCHBOARD_SALESIQ_{name}".upper(): value for name, value in SALESIQ.items()}
    assert run(tmp_path, "set", "--from-env", env=environment).exit_code == 0
    assert stored(tmp_path) == {"desk": {"key": "c:hunter2"}, "salesiq": SALESIQ}
    shown = run(tmp_path, "show").stdout
    assert "Zoho Desk" in shown
    assert "siq-…id" in shown


@pytest.fixture(scope="module")
def sim() -> Iterator[SimulatorServer]:
    with SimulatorServer(scenario="empty", seed=6, speed=600.0) as running:
        yield running


@pytest.fixture
def chats(sim: SimulatorServer, tmp_path: Path) -> Path:
    """A customer who leads chats alone."""
    documents = config_documents(sim.world, sim.base_url, 600.0)
    names = (DESK_FILE, SALESIQ_FILE, "data/settings.json")
    write(tmp_path, {name: documents[name] for name in names})
    known = credentials()
    contents = {"desk": known["desk"], "salesiq": known["salesiq"]}
    Vault.open(tmp_path, create=True).save(VaultContents.model_validate(contents))
    return tmp_path


def tried(root: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    result = run(root, "test", "--json")
    found = json.loads(result.stdout)["connections"]
    return result.exit_code, {each["name"]: each for each in found}


def edit(root: Path, **values: Any) -> None:
    document = json.loads((root / DESK_FILE).read_text("utf-8"))
    write(root, {DESK_FILE: document | values})


def test_chats_alone_are_tried_without_calls(chats: Path) -> None:
    """What nobody needs is said to be unused, and is no failure."""
    status, found = tried(chats)
    assert status == 0
    assert {name for name, each in found.items() if not each["set_up"]} == {
        "RingCentral", "Zoho CRM"
    }  # fmt: skip
    message = found["Zoho Desk"]["message"]
    assert "Keystone Hosting (ENTERPRISE)" in message
    assert "IT Support" in message
    assert found["SalesIQ"]["ok"]


def test_departments_and_agents_are_listed_with_their_ids(
    chats: Path, sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever fills the document in copies them from here."""
    monkeypatch.setenv("COLUMNS", "200")
    _, found = tried(chats)
    desk = found["Zoho Desk"]
    assert {each["id"] for each in desk["departments"]} == set(sim.world.desk.departments)
    assert {each["id"] for each in desk["agents"]} == set(sim.world.desk.agents)
    shown = run(chats, "test").stdout
    assert "unused   RingCentral" in shown
    assert all(each["id"] in shown for each in desk["departments"] + desk["agents"])


def test_missing_ids_are_named_beside_those_there_are(chats: Path, sim: SimulatorServer) -> None:
    """A refresh token leads to the organisation, the organisation to its departments."""
    edit(chats, department_id=None)
    status, found = tried(chats)
    assert (status, found["Zoho Desk"]["code"]) == (2, "CFG-043")
    assert found["Zoho Desk"]["departments"]
    edit(chats, department_id=None, org_id=None)
    status, found = tried(chats)
    assert (status, found["Zoho Desk"]["code"]) == (2, "CFG-043")
    assert [each["id"] for each in found["Zoho Desk"]["organisations"]] == [sim.world.desk.org_id]
    key = {"desk": {"key": "sim-desk-client:sim-desk-secret"}}
    run(chats, "set", "--stdin", input=json.dumps(key))
    assert "Developer Space" in tried(chats)[1]["Zoho Desk"]["message"]


def test_a_department_that_is_none_fails(chats: Path) -> None:
    edit(chats, department_id="4711")
    status, found = tried(chats)
    assert (status, found["Zoho Desk"]["code"]) == (3, "DESK-404")


def test_what_is_refused_is_told_for_each(chats: Path) -> None:
    wrong = {"desk": {"key": "c:hunter2:hunter2"}, "salesiq": SALESIQ}
    run(chats, "set", "--stdin", input=json.dumps(wrong))
    status, found = tried(chats)
    assert status == 3
    assert not found["Zoho Desk"]["ok"]
    assert not found["SalesIQ"]["ok"]


def test_calls_without_credentials_fail_though_chats_work(chats: Path) -> None:
    """Whoever lists extensions wants calls worked."""
    a_company(chats)
    status, found = tried(chats)
    assert status == 2
    assert found["RingCentral"]["code"] == found["Zoho CRM"]["code"] == "CFG-025"
    assert found["Zoho Desk"]["ok"]


@pytest.mark.parametrize("product", ["desk", "salesiq"])
def test_a_self_clients_code_serves_desk_and_salesiq_too(
    chats: Path, sim: SimulatorServer, product: str
) -> None:
    client_id = f"sim-{product}-client"
    secret = sim.world.accounts.clients[client_id].client_secret
    code = f"1000.code.{product}"
    sim.world.accounts.add_code(code, client_id)
    given = json.dumps({"client_id": client_id, "client_secret": secret, "code": code})
    before = stored(chats)
    result = run(chats, "zoho-code", "--for", product, "--stdin", input=given)
    assert result.exit_code == 0, result.output
    after = stored(chats)
    assert after[product] != before[product]
    assert {each for each in before if before[each] != after[each]} == {product}
    token = (
        after["desk"]["key"].split(":")[2] if product == "desk" else after[product]["refresh_token"]
    )
    assert token in sim.world.accounts.refresh_tokens
