"""`switchboard serve` as a process: where it listens, what it says, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.config_files import two_offices
from typer.testing import CliRunner

from switchboard.cli.app import app

WAIT_SECONDS = 60


def test_a_taken_port_ends_with_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, and the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("SWITCHBOARD_SERVER__PORT", str(taken.getsockname()[1]))
        done = CliRunner().invoke(app, ["serve", "--config-dir", str(two_offices(tmp_path))])
    assert done.exit_code == 2, done.output
    assert "API-001" in done.output


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_it_serves_calls_alone_and_ends_when_the_service_manager_says_so(tmp_path: Path) -> None:
    """No chats are set up here: the door is open, healthy, and says so; SIGTERM ends it well."""
    env = {**os.environ, "SWITCHBOARD_SERVER__PORT": "0", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "switchboard.cli.app", "serve"]
    with subprocess.Popen(
        [*command, "--config-dir", str(two_offices(tmp_path))],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            assert "Listening on http://127.0.0.1:" in first, first
            address = first.split()[-1]
            answer = httpx.get(f"{address}/readyz", timeout=WAIT_SECONDS)
            assert answer.json()["checks"][1]["code"] in {"API-003", "API-004"}
            assert httpx.head(f"{address}/webhook/salesiq").status_code == 200
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=WAIT_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0, rest
    assert "Stopped." in rest
