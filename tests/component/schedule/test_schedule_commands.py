"""`switchboard schedule` with a crontab and a systemd that belong to the test."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.config_files import two_offices
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.jobs.installed.installers import (
    Answer,
    CronInstaller,
    SystemdInstaller,
    WindowsInstaller,
    same_clock,
)
from switchboard.jobs.installed.times import Job

RUNS: list[dict[str, Any]] = [
    {"name": "weekdays", "cron": "0 8,14 * * 1-5"},
    {
        "name": "missed",
        "cron": "0 */4 * * *",
        "offices": ["pittsburgh"],
        "type": "missed",
        "hours_back": 4.0,
        "no_email": True,
    },
    {"name": "never mind", "cron": "0 1 * * *", "enabled": False},
]

# Keeps its table in a file beside it, and speaks as the real one does.
CRONTAB = """#!/bin/sh
table="$(dirname "$0")/table"
case "$1" in
-l) cat "$table" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; } ;;
-) cat >"$table" ;;
*) exit 2 ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$(dirname "$0")/systemctl.log"
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of invented crontab and systemctl, first on the PATH; the clock is UTC."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, text in {"crontab": CRONTAB, "systemctl": SYSTEMCTL}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    for name in [name for name in os.environ if name.startswith("SWITCHBOARD_")]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return a_home(tmp_path / "con fig", timezone=machine_zone())


def machine_zone() -> str:
    """A zone that this machine's clock follows."""
    return next(zone for zone in ("UTC", "America/New_York", "Europe/Berlin") if same_clock(zone))


def a_home(root: Path, runs: Sequence[dict[str, Any]] = RUNS, **rest: Any) -> Path:
    return two_offices(root, {"data/schedule.json": {"runs": list(runs), **rest}})


def schedule(*words: str, root: Path) -> Result:
    return CliRunner().invoke(app, ["schedule", *words, "--config-dir", str(root)])


def test_install_and_remove_change_no_line_of_others(programs: Path, home: Path) -> None:
    table, others = programs / "table", "PATH=/usr/bin\n0 2 * * * backup\n"
    table.write_text(others)
    for _ in range(2):
        done = schedule("install", "--cron", "--yes", root=home)
        assert done.exit_code == 0, done.output
    text = table.read_text()
    assert text.startswith(others)
    assert text.count("# BEGIN switchboard") == 1
    assert "calls run --office pittsburgh --type missed --hours-back 4 --no-email" in text
    assert f"calls run --all --config-dir '{home}'" in text
    assert "never mind" not in text
    assert schedule("remove", "--yes", root=home).exit_code == 0
    assert table.read_text() == others


def test_a_user_without_a_crontab_gets_one(programs: Path, home: Path) -> None:
    assert schedule("install", "--cron", "--yes", root=home).exit_code == 0
    assert (programs / "table").read_text().startswith("# BEGIN switchboard")


def test_a_crontab_that_cannot_be_read_is_never_overwritten(programs: Path, home: Path) -> None:
    """A refusal is not an empty table."""
    asked: list[Sequence[str]] = []

    def refuse(words: Sequence[str], given: str) -> Answer:
        asked.append(words)
        return Answer(1, "", "You (me) are not allowed to use this program (crontab)")

    with pytest.raises(Exception, match="not allowed to use this program"):
        CronInstaller("/x", refuse).install([Job("a", "0 8 * * *", "UTC", ("/run",))])
    assert asked == [("crontab", "-l")]


def test_print_writes_nothing(programs: Path, home: Path) -> None:
    shown = schedule("install", "--cron", "--print", root=home)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"# BEGIN switchboard {home}\n")
    assert shown.stdout.endswith(f"# END switchboard {home}\n")
    assert not (programs / "table").exists()


def test_nothing_is_written_without_a_yes(programs: Path, home: Path) -> None:
    refused = schedule("install", "--cron", root=home)
    assert refused.exit_code == 2
    assert "--yes or --print" in refused.stderr
    assert not (programs / "table").exists()


def test_a_launcher_is_started_in_place_of_the_command(programs: Path, home: Path) -> None:
    launcher = home / "run_all.sh"
    launcher.write_text("#!/bin/sh\n")
    shown = schedule("install", "--cron", "--print", "--command", str(launcher), root=home)
    assert f"0 8,14 * * 1-5 '{launcher}' --config-dir '{home}' >/dev/null" in shown.stdout


def test_cron_is_refused_where_the_machine_s_clock_is_another(
    programs: Path, tmp_path: Path
) -> None:
    home = a_home(tmp_path / "away", timezone="Asia/Kathmandu")
    refused = schedule("install", "--cron", "--yes", root=home)
    assert (refused.exit_code, (programs / "table").exists()) == (2, False)
    assert refused.stderr.startswith("SCH-004")
    assert schedule("install", "--systemd", "--yes", root=home).exit_code == 0


def test_timers_are_written_enabled_replaced_and_removed(programs: Path, tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    folder, log = tmp_path / "xdg/systemd/user", programs / "systemctl.log"
    folder.mkdir(parents=True)
    (folder / "switchboard-other.timer").write_text("[Timer]\n")
    assert schedule("install", "--systemd", "--yes", root=home).exit_code == 0
    assert len(list(folder.glob("switchboard-*.timer"))) == 3
    a_home(home, RUNS[:1])
    assert schedule("install", "--systemd", "--yes", root=home).exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 3
    said = log.read_text()
    assert "--user disable --now switchboard-missed-" in said
    assert said.count("--user daemon-reload") == 2
    assert said.rstrip().splitlines()[-1].startswith("--user enable --now switchboard-weekdays-")
    assert schedule("remove", "--systemd", "--yes", root=home).exit_code == 0
    assert [path.name for path in folder.iterdir()] == ["switchboard-other.timer"]


def test_systemd_without_a_session_is_said_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(words: Sequence[str], given: str) -> Answer:
        return Answer(1, "", "Failed to connect to bus: No medium found")

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(Exception, match="Failed to connect to bus: No medium found"):
        SystemdInstaller(str(tmp_path), run=refuse).install(
            [Job("a", "0 8 * * *", "UTC", ("/run",))]
        )


def test_windows_is_given_the_script_on_its_standard_input() -> None:
    given: list[tuple[Sequence[str], str]] = []

    def powershell(words: Sequence[str], text: str) -> Answer:
        given.append((words, text))
        return Answer(0, "", "")

    WindowsInstaller("C:\\sb", powershell).install([Job("a", "0 8 * * *", "UTC", ("C:\\r.bat",))])
    ((words, text),) = given
    assert words[0] == "powershell"
    assert "Unregister-ScheduledTask" in text
    assert "Register-ScheduledTask -TaskName 'a " in text


def test_show_tells_the_next_times_and_what_is_installed(programs: Path, home: Path) -> None:
    schedule("install", "--cron", "--yes", root=home)
    document = json.loads(schedule("show", "--json", root=home).stdout)
    assert [run["name"] for run in document["runs"]] == ["weekdays", "missed", "never mind"]
    assert [len(run["next"]) for run in document["runs"]] == [3, 3, 0]
    assert "# weekdays" in document["installed"]["cron"]
    shown = schedule("show", root=home).stdout
    assert "pittsburgh, missed calls only" in shown
    assert "never mind  (off)" in shown
    assert "Installed with cron:" in shown


def test_without_runs_show_says_how_one_is_written(programs: Path, tmp_path: Path) -> None:
    home = two_offices(tmp_path / "empty")
    shown = schedule("show", root=home)
    assert shown.exit_code == 0
    assert '"cron": "0 8 * * *"' in shown.stdout
    refused = schedule("install", "--cron", "--yes", root=home)
    assert (refused.exit_code, refused.stderr[:7]) == (2, "SCH-001")
