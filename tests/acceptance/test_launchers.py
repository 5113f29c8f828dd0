"""The manual's commands, as a person and as cron start them, against invented vendors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.acceptance.harness import SWITCHBOARD, Product, Sandbox, clean_environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installation(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The launchers in a folder with blanks, with the configuration of three offices beside."""
    here = tmp_path / "my switchboard (new)"
    Product.fresh(sandbox, here)
    for script in ROOT.glob("*.sh"):
        shutil.copy2(script, here)
    (here / "scripts").mkdir()
    shutil.copy2(ROOT / "scripts/launch", here / "scripts")
    (here / ".venv/bin").mkdir(parents=True)
    (here / ".venv/bin/switchboard").symlink_to(SWITCHBOARD)
    return here


def start(
    launcher: Path, *words: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(launcher), *words],
        cwd=cwd,
        env=environment or clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_manual_s_commands_do_what_it_says(
    installation: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Dry run, one office's missed calls, then all of all offices; from another folder."""
    tried = start(
        installation / "run_accepted_calls.sh",
        *("--office", "philadelphia", "--hours-back", "48", "--dry-run"),
        cwd=tmp_path,
    )
    assert tried.returncode == 0, tried.stderr
    assert "would be written" in tried.stdout
    assert sandbox.outcome().new_leads == {}

    missed = start(
        installation / "run_missed_calls.sh",
        *("--office", "pittsburgh", "--hours-back", "168", "--no-email", "--json"),
        cwd=tmp_path,
    )
    assert missed.returncode in {0, 1}, missed.stderr
    document = json.loads(missed.stdout)
    assert [each["office"] for each in document["offices"]] == ["pittsburgh"]
    assert document["types"] == ["missed"]

    every = start(
        installation / "run_multi_location_all_calls_with_report_ordered.sh",
        *("--hours-back", "168", "--json"),
        cwd=tmp_path,
    )
    assert every.returncode in {0, 1}, every.stderr
    document = json.loads(every.stdout)
    offices = [each["office"] for each in document["offices"] if each["name"][0] != "("]
    assert offices == ["philadelphia", "pittsburgh", "denver"]
    assert document["accounted_for"]
    assert sandbox.outcome().new_leads
    assert sandbox.duplicates() == []


def test_an_office_nobody_knows_is_answered_with_those_there_are(
    installation: Path, tmp_path: Path
) -> None:
    asked = start(installation / "run_accepted_calls.sh", "--office", "boston", cwd=tmp_path)
    assert asked.returncode == 2
    assert "philadelphia, pittsburgh, denver" in asked.stderr


def test_the_user_s_own_config_dir_wins_and_begins_where_the_user_is(
    installation: Path, tmp_path: Path
) -> None:
    (tmp_path / "configs").mkdir()
    shutil.move(installation / "data", tmp_path / "configs/data")
    shutil.move(installation / "sorted", tmp_path / "configs/sorted")
    shown = start(
        installation / "launch_admin.sh", "--json", "--config-dir", "configs", cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert document["config_dir"] == str(tmp_path / "configs")
    assert all(each["set"] for each in document["credentials"].values())


def test_cron_s_bare_environment_is_enough(
    installation: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    """No HOME, no locale, the shortest PATH, and a link in place of the file."""
    link = tmp_path / "nightly"
    link.symlink_to(installation / "run_multi_location_all_calls_with_report_ordered.sh")
    done = start(link, "--dry-run", cwd=Path("/"), PATH="/usr/bin:/bin")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def overdue(installation: Path) -> dict[str, str]:
    """The environment of an installation whose run came due an hour ago, while it was off."""
    (installation / "data/schedule.json").write_text(
        json.dumps({"runs": [{"name": "hourly", "cron": "0 * * * *"}]})
    )
    environment = {**clean_environment(), "SWITCHBOARD_CONFIG_DIR": str(installation)}
    first = once(environment)
    assert first.returncode == 0, first.stderr
    assert "No run of the timetable is due." in first.stdout
    _make_due(installation / "data/switchboard.db")
    return environment


def once(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SWITCHBOARD, "serve", "--once"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def serve(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SWITCHBOARD, "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_serve_makes_up_for_a_missed_run_and_stops_in_order(
    overdue: dict[str, str], sandbox: Sandbox
) -> None:
    process = serve(overdue)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "hourly: done" in line or "hourly: parked" in line:
            break
    process.terminate()
    rest, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    assert any("hourly: started for all offices" in line for line in said)
    assert "Stopped." in rest
    assert sandbox.outcome().new_leads
    assert sandbox.duplicates() == []


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_cut_off_is_taken_up_at_the_next_start(
    way: signal.Signals, overdue: dict[str, str], sandbox: Sandbox
) -> None:
    """Killed, or stopped in order: the run is there again, and nothing is written twice."""
    process = serve(overdue)
    deadline = time.monotonic() + 180
    while not any(row["method"] == "POST" for row in sandbox.requests("zoho_crm")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(way)
    output, errors = process.communicate(timeout=180)
    assert process.returncode == (0 if way == signal.SIGTERM else -signal.SIGKILL), errors
    assert "hourly: done" not in output
    again = once(overdue)
    assert again.returncode in {0, 1}, again.stdout + again.stderr
    word = "started" if way == signal.SIGTERM else "started again"
    assert f"hourly: {word} for all offices" in again.stdout
    assert sandbox.outcome().new_leads
    assert sandbox.duplicates() == []
    assert once(overdue).stdout.count("hourly: started") == 0


def _make_due(store: Path) -> None:
    """As if this installation had been switched off for an hour."""
    code = (
        "import sqlite3, sys, time; db = sqlite3.connect(sys.argv[1]);"
        "db.execute('UPDATE schedule SET next_at = ?', (time.time() - 3600,)); db.commit()"
    )
    subprocess.run([sys.executable, "-c", code, str(store)], check=True, env=dict(os.environ))
