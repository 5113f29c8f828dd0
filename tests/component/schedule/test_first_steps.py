"""`switchboard setup` and `switchboard admin`: the first things a person sees."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.fernet import Fernet
from tests.config_files import a_company, two_offices
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.config.load import load
from switchboard.store import runs
from switchboard.store.database import Database


def start(*words: str, root: Path) -> Result:
    return CliRunner().invoke(app, [*words, "--config-dir", str(root)])


def test_setup_writes_a_configuration_that_passes_and_says_what_comes_next(tmp_path: Path) -> None:
    done = start("setup", "--offices", "philadelphia, pittsburgh", root=tmp_path / "new")
    assert done.exit_code == 0, done.output
    assert len(load(tmp_path / "new").offices) == 2
    assert "run_setup_credentials.sh" in done.stdout
    assert "run_multi_location_all_calls_with_report_ordered.sh --dry-run" in done.stdout


def test_setup_without_offices_is_for_a_single_company(tmp_path: Path) -> None:
    done = start("setup", "--timezone", "Europe/Berlin", root=tmp_path)
    assert done.exit_code == 0, done.output
    assert load(tmp_path).offices[0].timezone == "Europe/Berlin"
    assert "run_single_company_all_calls_with_report.sh --dry-run" in done.stdout


def test_setup_keeps_what_is_there(tmp_path: Path) -> None:
    root = two_offices(tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*.json")}
    done = start("setup", root=root)
    assert done.exit_code == 0, done.output
    assert "is kept as it is" in done.stdout
    assert {path: path.read_bytes() for path in root.rglob("*.json")} == before


def test_setup_names_what_is_wrong_with_an_old_configuration(tmp_path: Path) -> None:
    done = start("setup", root=a_company(tmp_path, extensions="{"))
    assert done.exit_code == 2
    assert "CFG-003" in done.stdout
    assert "1. Correct what is named above" in done.stdout


def test_setup_refuses_a_time_zone_nobody_knows(tmp_path: Path) -> None:
    done = start("setup", "--timezone", "Berlin", root=tmp_path)
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_the_dashboard_of_a_new_installation(tmp_path: Path) -> None:
    shown = start("admin", root=a_company(tmp_path))
    assert shown.exit_code == 0, shown.output
    assert "RingCentral  not set" in shown.stdout
    assert "None yet." in shown.stdout
    assert "Nothing is scheduled." in shown.stdout
    assert f"switchboard calls run --dry-run --config-dir {tmp_path}" in " ".join(
        shown.stdout.split()
    )


def test_the_dashboard_tells_credentials_runs_and_offices(tmp_path: Path) -> None:
    root = two_offices(tmp_path)
    (root / "data").mkdir(exist_ok=True)
    key = Fernet.generate_key()
    secrets = {"ringcentral": {"client_id": "i", "client_secret": "hush", "jwt": "hush"}}
    (root / "data/encryption.key").write_bytes(key)
    (root / "data/credentials.enc").write_bytes(Fernet(key).encrypt(json.dumps(secrets).encode()))
    summary = {"offices": [{"seen": 5, "done": 4, "parked": 1, "leads_created": 2}]}
    run = runs.Run(id="r1", kind="calls", started_at=1_767_272_400.0)
    db = Database.open(f"sqlite:///{root / 'data/switchboard.db'}")
    db.run_sync(lambda conn: runs.start(conn, run))
    db.run_sync(
        lambda conn: runs.finish(
            conn, "r1", outcome="done", summary=json.dumps(summary), finished_at=1_767_272_460.0
        )
    )
    db.close()
    shown = start("admin", "--json", root=root)
    assert shown.exit_code == 0, shown.output
    document = json.loads(shown.stdout)
    assert document["credentials"]["ringcentral"]["set"] is True
    assert document["credentials"]["zoho"]["set"] is False
    assert [office["id"] for office in document["offices"]] == ["pittsburgh", "philadelphia"]
    (seen,) = document["runs"]
    assert (seen["seen"], seen["parked"], seen["leads_created"], seen["seconds"]) == (5, 1, 2, 60.0)
    assert "hush" not in shown.stdout + start("admin", root=root).stdout
