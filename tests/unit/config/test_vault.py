"""Credentials are unreadable without the key, and the key can change at any moment."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from switchboard.config import files
from switchboard.config import vault as vault_module
from switchboard.config.findings import ConfigError
from switchboard.config.load import inspect
from switchboard.config.vault import Vault, VaultContents
from switchboard.vendors.credentials import RingCentralCredentials, ZohoCredentials

CONTENTS = VaultContents(
    ringcentral=RingCentralCredentials(
        client_id="rc-id", client_secret=SecretStr("rc-secret"), jwt=SecretStr("rc-jwt")
    ),
    zoho=ZohoCredentials(
        client_id="z-id", client_secret=SecretStr("z-secret"), refresh_token=SecretStr("z-refresh")
    ),
)


def a_vault(root: Path) -> Vault:
    vault = Vault.open(root, create=True)
    vault.save(CONTENTS)
    return vault


def test_what_was_stored_is_read_back(tmp_path: Path) -> None:
    a_vault(tmp_path)
    assert Vault.open(tmp_path).load() == CONTENTS
    assert Vault.open(tmp_path).require() == (CONTENTS.ringcentral, CONTENTS.zoho)


def test_nothing_of_it_can_be_read_from_the_files(tmp_path: Path) -> None:
    a_vault(tmp_path)
    for path in (tmp_path / "data").iterdir():
        content = path.read_bytes()
        assert b"secret" not in content
        assert b"rc-" not in content


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_key_and_vault_are_their_owners_alone(tmp_path: Path) -> None:
    a_vault(tmp_path).rotate()
    for path in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in (tmp_path / "data").iterdir()) == [
        "credentials.enc",
        "credentials.lock",
        "encryption.key",
    ]


def test_without_any_credentials_the_operator_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CFG-025") as caught:
        Vault.open(tmp_path)
    assert "credentials set" in caught.value.hint


def test_half_of_the_credentials_are_not_enough(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path, create=True)
    vault.save(VaultContents(zoho=CONTENTS.zoho))
    with pytest.raises(ConfigError, match="no credentials for ringcentral"):
        vault.require()


def test_a_lost_key_is_never_replaced_by_another(tmp_path: Path) -> None:
    """A new key beside old credentials would only hide that they are lost."""
    a_vault(tmp_path)
    (tmp_path / "data/encryption.key").unlink()
    with pytest.raises(ConfigError, match="CFG-026"):
        Vault.open(tmp_path, create=True)


def test_the_wrong_key_is_said_to_be_wrong(tmp_path: Path) -> None:
    a_vault(tmp_path)
    (tmp_path / "data/encryption.key").write_bytes(Fernet.generate_key())
    with pytest.raises(ConfigError, match="CFG-027"):
        Vault.open(tmp_path).load()


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "not a key", "ä" * 44])
def test_a_key_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    a_vault(tmp_path)
    (tmp_path / "data/encryption.key").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="CFG-026"):
        Vault.open(tmp_path)


def test_damaged_credentials_are_refused_without_showing_them(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    vault.path.write_bytes(vault.cipher.encrypt(b'{"ringcentral": {"jwt": "rc-jwt"}}'))
    with pytest.raises(ConfigError, match="CFG-027") as caught:
        vault.load()
    assert "rc-jwt" not in str(caught.value)


def test_the_key_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEY", Fernet.generate_key().decode())
    a_vault(tmp_path)
    assert Vault.open(tmp_path).load() == CONTENTS
    assert not (tmp_path / "data/encryption.key").exists()


def test_the_key_may_be_in_a_file_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEY_FILE", str(tmp_path / "usb/key"))
    a_vault(tmp_path / "config").rotate()
    assert (tmp_path / "usb/key").exists()
    assert not (tmp_path / "config/data/encryption.key").exists()
    assert Vault.open(tmp_path / "config").load() == CONTENTS


def test_a_key_file_of_dotenv_begins_at_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service manager starts us anywhere; what stands in a directory is meant from there."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config"
    config.mkdir()
    (config / ".env").write_text("SWITCHBOARD_ENCRYPTION_KEY_FILE=usb/key\n", "utf-8")
    a_vault(config)
    assert (config / "usb/key").exists()
    assert not (config / "data/encryption.key").exists()
    assert Vault.open(Path("config")).load() == CONTENTS
    (config / "usb/key").chmod(0o644)
    _, findings = inspect(config)
    assert ("CFG-019", "usb/key") in {(each.code, each.file) for each in findings}
    monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEY_FILE", "config/usb/key")
    assert Vault.open(config).load() == CONTENTS


def test_a_linked_key_file_stays_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "usb"
    elsewhere.mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data/encryption.key").symlink_to(elsewhere / "key")
    a_vault(tmp_path).rotate()
    assert (tmp_path / "data/encryption.key").is_symlink()
    assert Vault.open(tmp_path).load() == CONTENTS


def test_rotation_changes_the_key_and_keeps_the_credentials(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    old_key = vault.keys.lines[0]
    assert vault.rotate() == 2
    assert Vault.open(tmp_path).load() == CONTENTS
    with pytest.raises(InvalidToken):
        Fernet(old_key).decrypt(vault.path.read_bytes())


def test_rotation_keeps_one_old_key_and_drops_it_when_asked(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    first = vault.keys.lines[0]
    vault.rotate()
    assert first in vault.keys.lines
    vault.rotate()
    assert first not in vault.keys.lines
    assert vault.rotate() == 2
    assert vault.drop_old() == 1
    assert Vault.open(tmp_path).load() == CONTENTS


def test_a_running_process_follows_a_rotation(tmp_path: Path) -> None:
    """Its cipher meets a token under the new key, and reads the key file again."""
    running = a_vault(tmp_path).cipher
    other = Vault.open(tmp_path)
    before = running.encrypt(b"token")
    other.rotate()
    assert running.decrypt(other.cipher.encrypt(b"new token")) == b"new token"
    assert other.cipher.decrypt(before) == b"token"
    with pytest.raises(InvalidToken):
        running.decrypt(Fernet(Fernet.generate_key()).encrypt(b"foreign"))


def test_keys_of_the_environment_are_rotated_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator puts the new key first; rotating re-encrypts under it."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEY", old)
    a_vault(tmp_path)
    monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEY", f"{new},{old}")
    Vault.open(tmp_path).rotate()
    monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEY", new)
    assert Vault.open(tmp_path).load() == CONTENTS


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_rotation_cut_off_at_any_write_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    vault = a_vault(tmp_path)
    real = files.write_private
    done: list[Path] = []

    def cut_off(path: Path, content: bytes | str, *, overwrite: bool = True) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        real(path, content, overwrite=overwrite)

    monkeypatch.setattr(vault_module, "write_private", cut_off)
    with pytest.raises(KeyboardInterrupt):
        vault.rotate()
    assert Vault.open(tmp_path).load() == CONTENTS


def test_no_change_of_two_processes_at_once_is_lost(tmp_path: Path) -> None:
    """What the console stores and what a command stores at that moment are both kept."""
    a_vault(tmp_path)
    of_another = ZohoCredentials(
        client_id="other", client_secret=SecretStr("o-secret"), refresh_token=SecretStr("o-refresh")
    )
    program = (
        "import sys; from pathlib import Path\n"
        "from switchboard.config import locking\n"
        "from switchboard.config.vault import Vault\n"
        "locking.PATIENCE_SECONDS = 0.0\n"
        "Vault.open(Path(sys.argv[1])).update(lambda _: sys.exit('was let in'))\n"
    )

    def slowly(known: VaultContents) -> VaultContents:
        other = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "IO-001" in other.stderr, other.stderr
        assert "was let in" not in other.stderr
        return known.model_copy(update={"salesiq": of_another})

    Vault.open(tmp_path).update(slowly)
    Vault.open(tmp_path).update(lambda known: known.model_copy(update={"desk": None}))
    assert Vault.open(tmp_path).load() == CONTENTS.model_copy(update={"salesiq": of_another})


def test_a_change_that_fails_lets_the_next_one_in(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    with pytest.raises(ZeroDivisionError):
        vault.update(lambda _: 1 // 0)  # type: ignore[arg-type, return-value]
    assert vault.update(lambda known: known) == CONTENTS


def test_a_key_rotated_meanwhile_is_not_thrown_away(tmp_path: Path) -> None:
    """A process that read the keys before another one rotated them writes none of its own back."""
    stale = a_vault(tmp_path)
    other = Vault.open(tmp_path)
    other.rotate()
    stale.rotate()
    assert other.keys.lines[0] in stale.keys.lines


def test_secrets_do_not_show_in_representations(tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    shown = f"{vault.load()!r} {vault.keys!r} {vault.cipher!r}"
    assert "rc-secret" not in shown
    assert vault.keys.lines[0] not in shown
