"""`switchboard keys` and `switchboard audit` as an operator meets them."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest
from tests.config_files import a_company
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.store import api_keys
from switchboard.store.database import Database


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SWITCHBOARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("SWITCHBOARD_CONFIG_DIR", str(tmp_path))
    return a_company(tmp_path)


def switchboard(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == code, done.output
    return done


def test_a_key_is_printed_once_and_works(root: Path) -> None:
    """Only the key goes to standard output, so that a script can take it from there."""
    made = switchboard("keys", "create", "site", "--scope", "chat:write", "--scope", "chat:read")
    secret = made.stdout.strip()
    db = Database.open(f"sqlite:///{root / 'data' / 'switchboard.db'}")
    found = db.run_sync(lambda c: api_keys.check(c, secret, time.time()))
    db.close()
    assert found is not None
    assert found.scopes == ("chat:read", "chat:write")
    shown = switchboard("keys", "list").output + switchboard("keys", "list", "--json").output
    assert found.id in shown
    assert secret not in shown
    assert secret not in switchboard("audit", "list", "--json").output


def test_a_revoked_key_is_shown_as_such(root: Path) -> None:
    switchboard("keys", "create", "site", "--scope", "metrics:read", "--expires", "30", "--json")
    switchboard("keys", "revoke", "site")
    (listed,) = json.loads(switchboard("keys", "list", "--json").output)
    assert listed["state"] == "revoked"
    assert listed["expires_at"] == pytest.approx(time.time() + 30 * 86400, abs=60)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "x", "--scope", "everything"), "everything is unknown"),
        (("create", "", "--scope", "chat:read"), "a name has"),
        (("create", "x"), "--scope"),
        (("revoke", "nobody"), "DATA-003"),
    ],
)
def test_mistakes_are_refused_in_words(root: Path, arguments: list[str], words: str) -> None:
    assert words in switchboard("keys", *arguments, code=2).stderr
    assert switchboard("audit", "list", "--json").output.strip() == "[]"


def test_what_changes_keys_is_in_the_trail(root: Path) -> None:
    switchboard("keys", "create", "site", "--scope", "metrics:read")
    switchboard("keys", "revoke", "site")
    rows = json.loads(switchboard("audit", "list", "--json").output)
    assert [(row["action"], row["subject"]) for row in rows] == [
        ("key.revoke", "key:site"),
        ("key.create", "key:site"),
    ]
    assert rows[1]["detail"]["scopes"] == ["metrics:read"]
    assert "key.create" in switchboard("audit", "list", "--since", "2020-01-01").output
    assert "key.create" not in switchboard("audit", "list", "--since", "2999-01-01").output


def test_a_broken_chain_ends_with_1_and_names_the_row(root: Path) -> None:
    for name in "abc":
        switchboard("keys", "create", name, "--scope", "metrics:read")
    anchor = switchboard("audit", "anchor").output.strip()
    assert "is sound" in switchboard("audit", "verify", "--anchor", anchor).output
    store = sqlite3.connect(root / "data" / "switchboard.db")
    with store:
        store.execute("DROP TRIGGER audit_no_delete")
        store.execute("DELETE FROM audit WHERE seq = 3")
    assert json.loads(switchboard("audit", "verify", "--json").output)["sound"] is True
    found = json.loads(switchboard("audit", "verify", "--anchor", anchor, "--json", code=1).output)
    assert [each["seq"] for each in found["problems"]] == [3]
    with store:
        store.execute("DELETE FROM audit WHERE seq = 1")
    store.close()
    told = switchboard("audit", "verify", code=1)
    assert "DATA-004  Row 1 is missing." in told.stderr


def test_an_anchor_that_is_none_is_refused(root: Path) -> None:
    switchboard("audit", "verify", "--anchor", "nonsense", code=2)
