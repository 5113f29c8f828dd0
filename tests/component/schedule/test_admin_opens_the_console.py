"""`switchboard admin` and the launcher lead to the console, whether or not it runs already."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.config_files import a_company
from typer.testing import CliRunner, Result

from switchboard.cli import admin_command, serve_command
from switchboard.cli.app import app
from switchboard.config.load import Configuration


class _Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"status": "alive"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Something answers there as the service does."""
    with HTTPServer(("127.0.0.1", 0), _Alive) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a browser was opened with; a person sits before the terminal."""
    found: list[str] = []
    monkeypatch.setattr("webbrowser.open", found.append)
    monkeypatch.setattr(admin_command, "seen_by_a_person", lambda: True)
    return found


def start(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["admin", *words, "--config-dir", str(root)])


def listening_at(tmp_path: Path, port: int) -> Path:
    root = a_company(tmp_path)
    settings = root / "data/settings.json"
    document = json.loads(settings.read_text()) if settings.exists() else {}
    settings.write_text(json.dumps({**document, "server": {"port": port}}))
    return root


def test_a_running_console_is_opened(tmp_path: Path, port: int, opened: list[str]) -> None:
    shown = start(listening_at(tmp_path, port))
    assert shown.exit_code == 0, shown.output
    assert opened == [f"http://127.0.0.1:{port}/console/"]
    assert opened[0] in shown.stdout


def test_no_browser_is_opened_for_who_wants_none(
    tmp_path: Path, port: int, opened: list[str]
) -> None:
    assert start(listening_at(tmp_path, port), "--no-browser").exit_code == 0
    assert opened == []


def test_a_program_gets_the_address_and_no_browser(
    tmp_path: Path, port: int, opened: list[str]
) -> None:
    shown = start(listening_at(tmp_path, port), "--json")
    assert json.loads(shown.stdout)["console"] == {
        "address": f"http://127.0.0.1:{port}/console/",
        "running": True,
    }
    assert opened == []


def test_what_does_not_run_is_said_with_the_command_that_helps(
    tmp_path: Path, opened: list[str]
) -> None:
    shown = start(a_company(tmp_path))
    assert "Not running. Start it: switchboard serve" in shown.stdout
    assert opened == []


def test_the_launcher_starts_what_does_not_run(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--start`, as launch_admin has it: the service begins here, and its console is opened."""
    served: list[Path] = []

    def serving(configuration: Configuration, *, shown: object) -> None:
        served.append(configuration.root)
        assert callable(shown)
        shown("http://127.0.0.1:1/console/")

    monkeypatch.setattr(serve_command, "keep_serving", serving)
    root = a_company(tmp_path)
    assert start(root, "--start").exit_code == 0
    assert (served, opened) == ([root], ["http://127.0.0.1:1/console/"])
