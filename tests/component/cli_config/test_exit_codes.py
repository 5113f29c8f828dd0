"""Every end of a command is a code a scheduler can act on, and words a person can."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tests.config_files import a_company
from typer.testing import CliRunner

from switchboard.cli import app as app_module
from switchboard.cli.app import PARTS, app
from switchboard.errors import OperatorError, RejectedError, TransientError

SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))


def end(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> tuple[int, str]:
    """Let `config check` end with *error*."""

    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(app_module, "_part", broken)
    result = CliRunner().invoke(app, ["config", "check"])
    assert "Traceback" not in result.output
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OperatorError("CFG-999", "a setting is wrong"), 2, "CFG-999  a setting is wrong"),
        (OperatorError("IO-001", "no space"), 2, "IO-001  no space"),
        (OperatorError("RC-401", "RingCentral unauthorized"), 3, "RC-401"),
        (RejectedError("ZOHO-422", "Invalid lead data"), 3, "ZOHO-422"),
        (TransientError("RC-429", "busy", retry_after=30.0), 3, "Try again in 30 seconds"),
        (PermissionError(13, "Permission denied", "data/x"), 2, "IO-001  Failed to read or write"),
        (OSError(28, "No space left on device"), 2, "Check file permissions and free disk space"),
        (OSError("of no file"), 70, "SB-000"),
        (KeyboardInterrupt(), 4, "Nothing is lost"),
        (typer.Abort(), 4, "Interrupted"),
        (RuntimeError("lead of +12155550100"), 70, "SB-000"),
        (typer.Exit(1), 1, ""),
    ],
)
def test_an_error_becomes_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    ended, shown = end(monkeypatch, error)
    assert ended == code
    assert words in shown
    assert "2155550100" not in shown


@pytest.mark.parametrize(
    "words", [["nonsense"], ["config", "chek"], ["config", "check", "--nonsense"], ["config"]]
)
def test_bad_usage_is_2(words: list[str]) -> None:
    assert CliRunner().invoke(app, words).exit_code == 2


def test_a_mistyped_command_has_a_code_and_a_way_to_its_help() -> None:
    """Every error a person meets has a code, a typing mistake too."""
    shown = CliRunner().invoke(app, ["config", "check", "--nonsense"]).stderr
    assert "CLI-000" in shown
    assert "--nonsense" in shown
    assert "switchboard config check --help" in shown


def test_a_misspelt_command_is_recognised() -> None:
    result = CliRunner().invoke(app, ["confg"])
    assert "Did you mean 'config'?" in result.stderr


def test_help_lists_every_part_and_fits_80_columns() -> None:
    shown = CliRunner().invoke(app, ["--help"], terminal_width=80).stdout
    shown_ones = PARTS.keys()
    there = [name for name in shown_ones if importlib.util.find_spec(PARTS[name].split(":")[0])]
    assert {"config", "credentials"} <= set(there)
    assert all(f" {name} " in shown for name in there)
    assert max(map(len, shown.splitlines())) <= 80


def test_a_command_loads_only_its_own_part(tmp_path: Path) -> None:
    """`config check` in a cron job does not wait for web servers and simulators to load."""
    code = (
        "import sys\n"
        "from switchboard.cli.app import app\n"
        f"app(['config', 'check', '--config-dir', {str(a_company(tmp_path))!r}],"
        " standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'starlette', 'uvicorn', 'httpx'} & set(sys.modules)\n"
        "print('loaded', sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("loaded []\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_from_outside_is_4(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl+C and a service manager's stop end alike."""
    code = (
        "import os, signal, sys, time\n"
        # Whoever starts the tests in the background may have it ignored, which is inherited.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from switchboard.cli import app\n"
        "from switchboard.flows import configuration_check\n"
        "def stopped(*_):\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "    while True: time.sleep(0.01)\n"  # Whichever thread the signal came to.
        "configuration_check.check_all = stopped\n"
        "sys.argv = ['switchboard', 'config', 'check']\n"
        "app.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "Interrupted" in done.stderr


def test_the_version_is_told() -> None:
    done = subprocess.run([SWITCHBOARD, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("switchboard ")
