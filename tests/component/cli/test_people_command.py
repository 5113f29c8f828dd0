"""`switchboard people` as whoever answers a privacy request meets it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.component.store.makers import an_interaction
from tests.config_files import a_company
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.config.vault import Vault
from switchboard.store import conversations, ledger
from switchboard.store.conversations import StoredConversation
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer

PHONE, EMAIL = "+12155550177", "ada@example.com"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SWITCHBOARD_DATABASE_URL", "SWITCHBOARD_ENCRYPTION_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SWITCHBOARD_CONFIG_DIR", str(tmp_path))
    return a_company(tmp_path)


@pytest.fixture
def known(root: Path) -> Path:
    """One caller who has also chatted."""
    vault = Vault.open(root, create=True)
    sealer = Sealer(vault.cipher, vault.keys)
    chat = StoredConversation(
        id="chat:acme:1", opened_at=1.0, updated_at=1.0, visitor={"email": EMAIL}, state="secret"
    )
    db = Database.open(f"sqlite:///{root / 'data' / 'switchboard.db'}")
    db.run_sync(lambda c: ledger.upsert(c, [an_interaction(1, person=PHONE, fate="done")]))
    db.run_sync(lambda c: conversations.save(c, sealer, chat))
    db.close()
    return root


def people(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["people", *arguments])
    assert done.exit_code == code, done.output
    return done


def trail() -> list[dict[str, str]]:
    shown = CliRunner().invoke(app, ["audit", "list", "--json"]).stdout
    rows: list[dict[str, str]] = json.loads(shown)
    return rows


def test_an_export_is_for_its_owner_alone(known: Path, tmp_path: Path) -> None:
    file = tmp_path / "out" / "ada.json"
    told = people("export", "(215) 555-0177", "--to", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text("utf-8"))
    assert document["person"] == {"phone": PHONE, "email": None}
    assert [row["id"] for row in document["interactions"]] == ["call:700:1"]
    assert "Zoho" in told.stderr
    people("export", " ADA@Example.com ", "--to", str(file), "--json")
    document = json.loads(file.read_text("utf-8"))
    assert [each["id"] for each in document["conversations"]] == ["chat:acme:1"]
    assert {row["action"] for row in trail()} == {"people.export"}
    assert not any("0177" in row["subject"] or "ada" in row["subject"] for row in trail())


def test_forgetting_asks_first_and_counts(known: Path) -> None:
    assert "use --yes" in people("forget", PHONE, code=2).stderr
    told = people("forget", PHONE, "--dry-run")
    assert "Nothing was changed" in told.stdout
    assert trail() == []
    done = json.loads(people("forget", "215-555-0177", "--yes", "--json").stdout)
    assert (done["forgotten"], done["calls"]) == (True, 1)
    (row,) = trail()
    assert row["action"] == "people.forget"
    assert row["subject"].startswith("forgotten:")
    again = json.loads(people("forget", PHONE, "--dry-run", "--json").stdout)
    assert (again["forgotten"], again["calls"]) == (False, 0)


def test_a_forgotten_call_can_still_be_listed_and_shown(known: Path) -> None:
    people("forget", PHONE, "--yes")
    for words in (["calls", "list"], ["calls", "show", "call:700:1"]):
        shown = CliRunner().invoke(app, words)
        assert shown.exit_code == 0, shown.output
        assert "forgotten" in shown.stdout.lower()
        assert "0177" not in shown.stdout


def test_a_visitor_is_forgotten_by_address(known: Path) -> None:
    done = json.loads(people("forget", EMAIL, "--yes", "--json").stdout)
    assert (done["conversations"], done["calls"]) == (1, 0)


def test_chats_are_not_looked_for_without_the_key(known: Path) -> None:
    """A lost key must not look as if nothing were stored."""
    (known / "data" / "encryption.key").unlink()
    assert "CFG-025" in people("export", EMAIL, "--to", "x.json", code=2).stderr


@pytest.mark.parametrize("identifier", ["0177", "nobody", "ada@", "+1215XXXXXXX", ""])
def test_what_is_no_person_is_refused(root: Path, identifier: str) -> None:
    assert "CLI-005" in people("forget", identifier, "--yes", code=2).stderr


@pytest.mark.parametrize("last", [["rotate-key"], ["rotate-key", "--drop-old"]])
def test_chats_outlive_every_rotation_of_the_key(known: Path, last: list[str]) -> None:
    """A rotation forgets the oldest key; what it had sealed must have moved by then."""
    secrets = {"zoho": {"client_id": "i", "client_secret": "s", "refresh_token": "r"}}
    words = ["credentials", "set", "zoho", "--stdin"]
    assert CliRunner().invoke(app, words, input=json.dumps(secrets)).exit_code == 0
    for arguments in (["rotate-key"], ["rotate-key"], last):
        done = CliRunner().invoke(app, ["credentials", *arguments])
        assert done.exit_code == 0, done.output
    found = json.loads(people("forget", EMAIL, "--dry-run", "--json").stdout)
    assert found["conversations"] == 1
