"""`.env` of the configuration directory is read before anything else, and below the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from tests.config_files import a_company

from switchboard.config.environment import environment, read_dotenv
from switchboard.config.findings import ConfigError, Finding
from switchboard.config.load import inspect, load, load_settings
from switchboard.config.vault import Vault, VaultContents


def _company(root: Path, text: str, *, mode: int = 0o600) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    a_company(root)
    (root / ".env").write_text(text, encoding="utf-8")
    (root / ".env").chmod(mode)
    return root


def _of_dotenv(root: Path) -> list[Finding]:
    return [each for each in inspect(root)[1] if each.file == ".env"]


def test_a_setting_may_stand_in_dotenv(tmp_path: Path) -> None:
    """What may be a variable of the environment may be a line of .env."""
    text = '# ours\nexport SWITCHBOARD_SERVER__PORT=8123\nSWITCHBOARD_CHAT__BOT_NAME="Ace Two"\n'
    root = _company(tmp_path, text)
    settings = load(root).settings
    assert (settings.server.port, settings.chat.bot_name) == (8123, "Ace Two")
    assert load_settings(root).server.port == 8123
    assert _of_dotenv(root) == []


def test_a_real_variable_wins_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _company(tmp_path, "SWITCHBOARD_SERVER__PORT=8123\nSWITCHBOARD_CHAT__BOT_NAME=Ace\n")
    monkeypatch.setenv("SWITCHBOARD_SERVER__PORT", "8200")
    settings = load(root).settings
    assert (settings.server.port, settings.chat.bot_name) == (8200, "Ace")


def test_dotenv_wins_over_the_document(tmp_path: Path) -> None:
    root = _company(tmp_path, "SWITCHBOARD_SERVER__PORT=8123\n")
    a_company(root, settings={"server": {"port": 8300, "host": "127.0.0.2"}})
    server = load(root).settings.server
    assert (server.port, server.host) == (8123, "127.0.0.2")


def test_two_directories_of_one_process_stay_apart(tmp_path: Path) -> None:
    """One directory's .env changes neither the other's settings nor the process."""
    before = dict(os.environ)
    first = _company(tmp_path / "one", "SWITCHBOARD_SERVER__PORT=8101\nZOHO_DESK_ORG_ID=7\n")
    second = _company(tmp_path / "two", "")
    assert load(first).settings.server.port == 8101
    assert load(second).settings.server.port == 8000
    assert "ZOHO_DESK_ORG_ID" not in environment(second)
    assert dict(os.environ) == before


def test_the_key_of_the_vault_may_stand_in_dotenv(tmp_path: Path) -> None:
    root = _company(tmp_path, f"SWITCHBOARD_ENCRYPTION_KEY={Fernet.generate_key().decode()}\n")
    vault = Vault.open(root)
    assert vault.keys.source == "SWITCHBOARD_ENCRYPTION_KEY"
    vault.save(VaultContents())
    assert not (root / "data/encryption.key").exists()
    assert Vault.open(root).load() == VaultContents()


def test_a_value_is_taken_as_it_stands(tmp_path: Path) -> None:
    """A secret may hold what shells replace."""
    root = _company(tmp_path, "ZOHO_DESK_API_KEY=1000.A:b${HOME}c\n")
    assert environment(root)["ZOHO_DESK_API_KEY"] == "1000.A:b${HOME}c"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\n\n\nthis is no assignment\n", 4),
        ("A=1\nZOHO_DESK_API_KEY\n", 2),
        ('A=1\nB="never closed\n', 2),
    ],
)
def test_a_line_that_is_none_is_named_and_not_repeated(
    tmp_path: Path, text: str, line: int
) -> None:
    root = _company(tmp_path, text)
    configuration, _ = inspect(root)
    [finding] = _of_dotenv(root)
    assert configuration is None
    assert (finding.code, finding.line) == ("CFG-042", line)
    assert "closed" not in finding.message
    assert "assignment" not in finding.message


def test_no_half_of_a_file_is_used(tmp_path: Path) -> None:
    root = _company(tmp_path, "SWITCHBOARD_SERVER__PORT=8123\nnonsense\n")
    with pytest.raises(ConfigError, match=r"\.env"):
        environment(root)
    with pytest.raises(ConfigError, match=r"\.env"):
        Vault.open(root, create=True)
    with pytest.raises(ConfigError, match=r"\.env"):
        load_settings(root)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    [finding] = _of_dotenv(_company(tmp_path, "ZOHO_DESK_ORG_ID=1\nA=2\nZOHO_DESK_ORG_ID=3\n"))
    assert (finding.code, finding.key, finding.line) == ("CFG-020", "ZOHO_DESK_ORG_ID", 3)
    assert "line 1" in finding.message


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SWITCHBOARD_SERVRE__PORT", "SWITCHBOARD_SERVER"),
        ("ZOHO_DESK_APIKEY", "ZOHO_DESK_API_KEY"),
        ("SWITCHBOARD_PINEAPPLE", ""),
    ],
)
def test_a_name_nobody_reads_is_told(tmp_path: Path, name: str, meant: str) -> None:
    """In our own file every unknown name of ours is a mistake, near misses get a suggestion."""
    [finding] = _of_dotenv(_company(tmp_path, f"PATH_TO_ME=x\n{name}=1\n"))
    assert (finding.code, finding.key, finding.line) == ("CFG-030", name, 2)
    assert meant in finding.hint


def test_other_programs_names_and_those_of_credentials_are_left_alone(tmp_path: Path) -> None:
    text = "COMPOSE_PROJECT_NAME=x\nSWITCHBOARD_ZOHO_CLIENT_ID=y\nSWITCHBOARD_DESK_KEY=z\n"
    assert _of_dotenv(_company(tmp_path, text)) == []


def test_the_directory_cannot_be_named_inside_itself(tmp_path: Path) -> None:
    [finding] = _of_dotenv(_company(tmp_path, "SWITCHBOARD_CONFIG_DIR=/elsewhere\n"))
    assert (finding.code, "too late" in finding.message) == ("CFG-030", True)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_others_must_not_read_it(tmp_path: Path) -> None:
    [finding] = _of_dotenv(_company(tmp_path, "A=1\n", mode=0o644))
    assert finding.code == "CFG-019"
    assert "644" in finding.message


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    root = _company(tmp_path, "")
    (root / ".env").write_bytes(b"A=\xff\xfe\n")
    assert [each.code for each in _of_dotenv(root)] == ["CFG-002"]


def test_a_secret_of_it_is_never_printed(tmp_path: Path) -> None:
    read = read_dotenv(_company(tmp_path, "ZOHO_DESK_API_KEY=very-secret\n"))
    assert "very-secret" not in repr(read)
