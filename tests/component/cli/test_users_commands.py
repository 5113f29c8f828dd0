"""`switchboard users` as an operator meets it: the way into the console, and back into it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from tests.config_files import a_company
from typer.testing import CliRunner, Result

from switchboard.cli.app import app
from switchboard.store import accounts, setup_links
from switchboard.store.database import Database

T = TypeVar("T")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SWITCHBOARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("SWITCHBOARD_CONFIG_DIR", str(tmp_path))
    return a_company(tmp_path)


def users(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["users", *arguments])
    assert done.exit_code == code, done.output
    return done


def in_store(root: Path, fn: Callable[[sa.Connection], T]) -> T:
    db = Database.open(f"sqlite:///{root / 'data' / 'switchboard.db'}")
    try:
        return db.run_sync(fn)
    finally:
        db.close()


def test_the_printed_link_lets_its_owner_choose_a_password(root: Path) -> None:
    """Only the link goes to standard output, so that a script can send it on."""
    link = users("add", "Ana", "--role", "administrator").stdout.strip()
    assert link.startswith("http://127.0.0.1:8000/console/setup/")
    token = link.rpartition("/")[2]
    in_store(root, lambda c: setup_links.use(c, token, "hash", time.time()))
    (listed,) = json.loads(users("list", "--json").output)
    assert (listed["name"], listed["role"], listed["state"]) == ("ana", "administrator", "active")
    shown = CliRunner().invoke(app, ["audit", "list", "--json"]).output
    assert "account.create" in shown
    assert token not in shown


def test_a_reset_lets_even_the_last_administrator_in_again(root: Path) -> None:
    """A lost phone and a forgotten password are no reason to edit the database."""
    token = users("add", "ana", "--role", "administrator").stdout.strip().rpartition("/")[2]
    in_store(root, lambda c: setup_links.use(c, token, "hash", time.time()))
    document = json.loads(users("reset", "ana", "--json").output)
    assert document["state"] == "invited"
    again = document["link"].rpartition("/")[2]
    in_store(root, lambda c: setup_links.use(c, again, "new hash", time.time()))
    found = in_store(root, lambda c: accounts.named(c, "ana"))
    assert found.password_hash == "new hash"


def test_who_is_disabled_is_shown_as_such(root: Path) -> None:
    users("add", "ben", "--role", "viewer")
    assert "cannot sign in" in users("disable", "BEN").output
    assert "disabled" in users("list").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "no good", "--role", "viewer"), "CON-004"),
        (("add", "ana", "--role", "king"), "king"),
        (("reset", "nobody"), "CON-002"),
        (("disable", "nobody"), "CON-002"),
    ],
)
def test_mistakes_with_accounts_are_refused_in_words(
    root: Path, arguments: list[str], words: str
) -> None:
    assert words in users(*arguments, code=2).stderr


def test_a_name_is_used_once(root: Path) -> None:
    users("add", "ana", "--role", "viewer")
    assert "CON-001" in users("add", "ANA", "--role", "viewer", code=2).stderr
