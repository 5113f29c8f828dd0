"""`switchboard config` as a person and as a script meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.config_files import OWNERS, a_company, two_offices
from typer.testing import CliRunner

from switchboard.cli.app import app
from switchboard.config.vault import Vault, VaultContents

SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))


def run(*words: str, root: Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*words, "--config-dir", str(root)])
    return result.exit_code, result.stdout, result.stderr


def test_a_sound_configuration_passes(tmp_path: Path) -> None:
    code, shown, _ = run("config", "check", root=two_offices(tmp_path))
    assert code == 0
    assert "The configuration can be used (2 offices): 0 errors, 1 warning." in shown


def test_check_names_everything_and_ends_with_2(tmp_path: Path) -> None:
    root = a_company(tmp_path, extensions="{", lead_owners={"lead_ownerz": []})
    code, shown, _ = run("config", "check", root=root)
    assert code == 2
    assert "CFG-003  data/extensions.json:1" in shown
    assert 'lead_ownerz: is not a known key\n         → Did you mean "lead_owners"?' in shown
    assert shown.rstrip().endswith("2 errors, 1 warning.")


def test_check_speaks_json(tmp_path: Path) -> None:
    code, shown, _ = run("config", "check", "--json", root=a_company(tmp_path, extensions="{"))
    answer = json.loads(shown)
    assert code == 2
    assert answer["ok"] is False
    first = answer["findings"][0]
    assert (first["code"], first["file"], first["line"]) == ("CFG-003", "data/extensions.json", 1)
    assert first["hint"]


def test_a_pipe_gets_whole_lines_without_colour(tmp_path: Path) -> None:
    """`config check | grep CFG` works, however long a message is."""
    owners = {**OWNERS, "a_key_with_a_really_long_name_that_does_not_fit_into_eighty_columns": 1}
    a_company(tmp_path, lead_owners=owners)
    command = [SWITCHBOARD, "config", "check", "--config-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "\x1b" not in done.stdout
    assert "fit_into_eighty_columns: is not a known key" in done.stdout


def test_a_reader_that_had_enough_is_no_error(tmp_path: Path) -> None:
    a_company(tmp_path)
    command = f"{SWITCHBOARD} config show --config-dir {tmp_path} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("Offices\n", "")


def test_show_tells_what_takes_effect(tmp_path: Path) -> None:
    code, shown, _ = run("config", "show", root=two_offices(tmp_path))
    assert code == 0
    assert shown.index("pittsburgh") < shown.index("philadelphia")
    assert "America/New_York" in shown
    assert "missed_call_with_voicemail  Missed Call with Voicemail" in shown
    assert max(map(len, shown.replace(str(tmp_path), "").splitlines())) <= 80


def test_show_speaks_json_and_hides_the_stores_password(tmp_path: Path) -> None:
    root = two_offices(tmp_path)
    result = CliRunner().invoke(
        app,
        ["config", "show", "--json", "--config-dir", str(root)],
        env={"SWITCHBOARD_DATABASE_URL": "postgresql://me:hunter2@db/x"},
    )
    answer = json.loads(result.stdout)
    assert [each["id"] for each in answer["offices"]] == ["pittsburgh", "philadelphia"]
    assert answer["settings"]["database_url"] == "postgresql://me:***@db/x"
    assert "hunter2" not in result.output


def test_show_of_a_broken_configuration_says_what_is_broken(tmp_path: Path) -> None:
    code, shown, problems = run("config", "show", root=a_company(tmp_path, extensions="{"))
    assert (code, shown) == (2, "")
    assert "CFG-003" in problems


def test_the_directory_may_come_from_the_environment(tmp_path: Path) -> None:
    environment = {"SWITCHBOARD_CONFIG_DIR": str(two_offices(tmp_path))}
    result = CliRunner().invoke(app, ["config", "check"], env=environment)
    assert (result.exit_code, "2 offices" in result.stdout) == (0, True)


def test_init_then_check_passes(tmp_path: Path) -> None:
    root = tmp_path / "configs/production"
    code, shown, _ = run("config", "init", "--offices", "philadelphia, pittsburgh", root=root)
    assert code == 0
    assert "wrote sorted/data/offices.json" in shown
    assert run("config", "check", root=root)[0] == 0


def test_init_overwrites_nothing_unless_told_to(tmp_path: Path) -> None:
    """One document there: nothing is written at all, so that no half of a set appears."""
    own = '{"extensions": [{"id": "7"}]}'
    (tmp_path / "data").mkdir()
    (tmp_path / "data/extensions.json").write_text(own, "utf-8")
    code, _, problems = run("config", "init", root=tmp_path)
    assert code == 2
    assert "CFG-028  data/extensions.json" in problems
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["extensions.json"]
    assert run("config", "init", "--force", root=tmp_path)[0] == 0
    assert "Reception" in (tmp_path / "data/extensions.json").read_text("utf-8")


def test_chats_begin_only_where_they_are_wanted(tmp_path: Path) -> None:
    """Whoever works calls alone gets no document that would switch chats on."""
    run("config", "init", root=tmp_path / "calls")
    assert not list((tmp_path / "calls/data").glob("*desk*"))
    code, shown, _ = run("config", "init", "--chats", "--no-calls", root=tmp_path / "chats")
    assert code == 0
    assert "Fill in data/zoho_desk_config.json and data/salesiq_config.json." in shown
    assert "extensions" not in shown
    code, shown, _ = run("config", "check", root=tmp_path / "chats")
    assert code == 0
    assert "vendors were not asked" not in shown
    assert run("config", "init", "--no-calls", root=tmp_path / "none")[0] == 2


def test_show_tells_of_chats_and_hides_the_key(tmp_path: Path) -> None:
    """Which ids take effect, and where from; the key itself stays where it is."""
    run("config", "init", "--chats", root=tmp_path)
    lines = "ZOHO_DESK_API_KEY=id:hunter2\nZOHO_DESK_ORG_ID=700000001\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    code, shown, _ = run("config", "show", root=tmp_path)
    assert code == 0
    assert "hunter2" not in shown
    assert "700000001" in shown
    assert "AceBuddy" in shown
    answer = json.loads(run("config", "show", "--json", root=tmp_path)[1])
    assert (answer["calls"], answer["chats"]) == (True, True)
    assert answer["desk"]["ticket_source"] == "SalesIQ"
    assert answer["salesiq"]["public_keys"] == []
    assert answer["environment"]["ZOHO_DESK_API_KEY"] == "•••••••• (10 characters)"
    assert run("config", "show", root=a_company(tmp_path / "calls"))[1].count("SalesIQ") == 0


def test_a_desk_set_up_halfway_is_named_before_tickets_wait(tmp_path: Path) -> None:
    run("config", "init", "--chats", "--no-calls", root=tmp_path)
    Vault.open(tmp_path, create=True).save(VaultContents())
    (tmp_path / ".env").write_text("ZOHO_DESK_ORG_ID=700000001\n", "utf-8")
    (tmp_path / ".env").chmod(0o600)
    code, shown, _ = run("config", "check", "--json", root=tmp_path)
    (found,) = json.loads(shown)["findings"]
    assert (code, found["code"], found["severity"]) == (0, "CFG-043", "warning")
    assert "ZOHO_DESK_API_KEY" in found["message"]
    assert "ZOHO_DESK_ORG_ID" not in found["message"]
