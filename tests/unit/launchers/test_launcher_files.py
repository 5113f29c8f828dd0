"""The manual's commands stand in the root, twice, and mean the same on both systems."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LAUNCHERS = {
    "run_accepted_calls": "calls run --type accepted",
    "run_missed_calls": "calls run --type missed",
    "run_single_company_all_calls_with_report": "calls run --type all",
    "run_multi_location_all_calls_with_report_ordered": "calls run --all",
    "run_setup_credentials": "credentials set",
    "launch_admin": "admin --start",
    "setup_integration_improved": "setup",
}
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
BATCHES = [*(f"{name}.bat" for name in LAUNCHERS), "scripts/launch.bat"]

# Says what it was started with, one word a line.
PROGRAM = """#!/bin/sh
printf '%s\\n' "$SWITCHBOARD_CONFIG_DIR" "$@"
exit 7
"""


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A copy with blanks in its path, whose `switchboard` only says what it was asked."""
    here = tmp_path / "the in$tallation (1)"
    (here / "scripts").mkdir(parents=True)
    for name in LAUNCHERS:
        shutil.copy2(ROOT / f"{name}.sh", here)
    shutil.copy2(ROOT / "scripts/launch", here / "scripts")
    (here / "scripts/setup").write_text("#!/bin/sh\n")
    program = here / ".venv/bin/switchboard"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM)
    program.chmod(0o755)
    return here


def start(
    *words: str | Path, cwd: Path | str = "/", **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        list(map(str, words)), cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("name", "command"), LAUNCHERS.items())
def test_a_launcher_starts_its_command_from_anywhere(
    name: str, command: str, installation: Path
) -> None:
    """Its words, then those it was given, one by one; its folder is the configuration."""
    done = start(installation / f"{name}.sh", "--office", "two words", "")
    assert done.stdout.splitlines() == [
        str(installation),
        *command.split(),
        *("--office", "two words", ""),
    ]
    assert done.returncode == 7, done.stderr


def test_a_launcher_can_be_linked_to(installation: Path, tmp_path: Path) -> None:
    """As in /usr/local/bin or /etc/cron.daily; a link to a link too."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/first").symlink_to("../the in$tallation (1)/run_missed_calls.sh")
    (tmp_path / "bin/second").symlink_to("first")
    done = start(tmp_path / "bin/second", cwd=tmp_path)
    assert done.stdout.splitlines()[0] == str(installation)


def test_the_variable_wins_over_the_folder(installation: Path) -> None:
    done = start(installation / "run_missed_calls.sh", SWITCHBOARD_CONFIG_DIR="configs/x")
    assert done.stdout.splitlines()[0] == "configs/x"


@pytest.mark.parametrize("shell", SHELLS)
def test_any_shell_will_do(shell: str, installation: Path) -> None:
    words = ["busybox", "sh"] if shell == "busybox" else [shell]
    done = start(*words, installation / "run_accepted_calls.sh", CDPATH="/")
    assert (done.returncode, done.stderr) == (7, "")
    for script in [*installation.glob("*.sh"), installation / "scripts/launch"]:
        assert start(*words, "-n", script).returncode == 0


def test_an_installation_that_is_none_yet_says_what_to_run(installation: Path) -> None:
    shutil.rmtree(installation / ".venv")
    done = start(installation / "run_accepted_calls.sh")
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith(f"{installation}/setup_integration_improved.sh")


@pytest.mark.parametrize("name", LAUNCHERS)
def test_both_systems_are_given_the_same_words(name: str) -> None:
    shell, batch = (ROOT / f"{name}.sh").read_text(), (ROOT / f"{name}.bat").read_text()
    after_sh = re.search(r'scripts/launch" (.*) "\$@"$', shell, re.MULTILINE)
    after_bat = re.search(r'^call "%.*scripts\\launch\.bat" (.*) %\*$', batch, re.MULTILINE)
    assert after_sh
    assert after_bat
    assert after_sh[1] == after_bat[1] == LAUNCHERS[name]


@pytest.mark.parametrize("name", LAUNCHERS)
def test_git_keeps_who_may_run_it(name: str) -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-s", f"{name}.sh"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode or not listed.stdout:
        pytest.skip("not a git checkout")
    assert listed.stdout.startswith("100755 ")


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_file_is_one_windows_can_run(name: str) -> None:
    raw = (ROOT / name).read_bytes()
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") > 0
    text = raw.decode()
    assert text.startswith("@echo off")
    for line in text.splitlines():
        # Outside of quotes a blank in the installation's path would cut it in two.
        bare = re.sub(r'"[^"]*"', "", line)
        assert "%~dp0" not in bare, line
        assert "%here%" not in bare, line
        assert "%python%" not in bare, line
    assert set(re.findall(r"goto (\w+)", text)) == set(re.findall(r"^:(\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", [*(f"{name}.bat" for name in LAUNCHERS), "scripts/launch.bat"])
def test_a_batch_file_hands_the_exit_code_on(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    started = next(n for n, line in enumerate(lines) if line.endswith(" %*"))
    assert lines[started + 1] == "exit /b %ERRORLEVEL%"


def test_git_gives_windows_files_their_line_ends() -> None:
    rules = (ROOT / ".gitattributes").read_text()
    assert "*.bat text eol=crlf" in rules
    assert "*.sh text eol=lf" in rules
