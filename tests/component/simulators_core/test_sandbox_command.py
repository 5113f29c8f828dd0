"""`switchboard sandbox` as the process it is."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from switchboard.cli.app import app
from switchboard.config.load import load
from switchboard.config.vault import Vault

COMMAND = [sys.executable, "-c", "from switchboard.cli.app import main; main()", "sandbox"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def test_the_sandbox_serves_writes_a_configuration_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    options = [
        "--port",
        str(port),
        "--smtp-port",
        "0",
        "--seed",
        "5",
        "--calls",
        "30",
        "--speed",
        "60",
    ]
    with subprocess.Popen(
        [*COMMAND, *options, "--write-config", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            health = until_it_answers(f"http://127.0.0.1:{port}/_sim/health", process)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (health["seed"], health["calls"], health["speed"]) == (5, 30, 60)
    assert process.returncode == 0
    for path in ("zoho-crm", "zoho-desk", "salesiq", "chat"):
        assert f"http://127.0.0.1:{port}/{path}" in output
    assert "http://127.0.0.1:8000/webhook/salesiq" in output
    assert "switchboard serve --config-dir" in output
    assert "Traceback" not in output
    configuration = load(tmp_path)
    assert [office.id for office in configuration.offices] == [
        "philadelphia",
        "pittsburgh",
        "denver",
    ]
    assert configuration.settings.vendors.budgets.window_seconds == 1
    ringcentral, zoho = Vault.open(tmp_path).require()
    assert (ringcentral.client_id, zoho.client_id) == ("sim-rc-client", "sim-zoho-client")


def test_an_unknown_scenario_is_refused_before_anything_is_served() -> None:
    outcome = CliRunner().invoke(app, ["sandbox", "--scenario", "nonsense"])
    assert outcome.exit_code != 0
    assert "benchmark" in str(outcome.exception) + outcome.output


def test_a_port_in_use_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = CliRunner().invoke(app, ["sandbox", "--port", str(port), "--calls", "1"])
    assert f"Port {port} cannot be used" in str(outcome.exception) + outcome.output


def until_it_answers(url: str, process: "subprocess.Popen[str]") -> dict[str, object]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            health: dict[str, object] = json.loads(httpx.get(url).content)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return health
    pytest.fail("The sandbox did not answer.")
