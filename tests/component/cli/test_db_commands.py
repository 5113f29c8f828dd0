"""`switchboard db` tells what the store holds and brings it up to date, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.component.store.makers import an_effect, an_interaction
from tests.config_files import a_company
from tests.postgres import backend, database_url, new_database_url, postgres_server
from typer.testing import CliRunner

from switchboard.cli.db_commands import db_app
from switchboard.errors import OperatorError
from switchboard.store import journal, ledger, schema
from switchboard.store.database import Database

__all__ = ["backend", "database_url", "new_database_url", "postgres_server"]


def db(*arguments: str) -> str:
    done = CliRunner().invoke(db_app, [*arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_empty_store_has_no_revision_until_it_is_upgraded(database_url: str) -> None:
    before = json.loads(db("status", "--database", database_url, "--json"))
    assert before["revision"] is None
    assert "creates the tables" in db("status", "--database", database_url)
    assert "up to date" in db("upgrade", "--database", database_url)
    after = json.loads(db("status", "--database", database_url, "--json"))
    assert after["revision"] == after["newest"] == schema.head_revision()


def test_looking_does_not_create_a_store(tmp_path: Path) -> None:
    db("status", "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


def test_the_status_counts_fates_and_effects(database_url: str) -> None:
    store = Database.open(database_url)
    rows = [an_interaction(1), an_interaction(2, fate="done"), an_interaction(3, fate="done")]
    store.run_sync(lambda conn: ledger.upsert(conn, rows))
    store.run_sync(lambda conn: journal.intend(conn, [an_effect(1)]))
    store.close()
    shown = db("status", "--database", database_url)
    assert "2 done, 1 waiting" in shown
    assert "1 intended" in shown
    found = json.loads(db("status", "--database", database_url, "--json"))
    assert found["interactions"] == {"done": 2, "waiting": 1}
    assert json.loads(db("upgrade", "--database", database_url, "--json"))["revision"]


def test_dotenv_names_the_store_too(tmp_path: Path) -> None:
    """Where the documents are broken, a server's address in `.env` still leads to the store."""
    lines = "SWITCHBOARD_DATABASE_URL=postgresql://u:secret@/db?host=/nowhere\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    command = ["upgrade", "--config-dir", str(tmp_path)]
    with pytest.raises(OperatorError, match="DB-001") as refused:
        CliRunner().invoke(db_app, command, catch_exceptions=False)
    assert "secret" not in str(refused.value)


def test_dotenv_names_an_embedded_store_beside_the_documents(tmp_path: Path) -> None:
    a_company(tmp_path)
    (tmp_path / ".env").write_text("SWITCHBOARD_DATABASE_URL=sqlite:///other.db\n", "utf-8")
    db("upgrade", "--config-dir", str(tmp_path))
    assert (tmp_path / "other.db").is_file()


def test_the_environment_names_the_store_whatever_the_documents_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", "postgresql://u:secret@/db?host=/nowhere")
    with pytest.raises(OperatorError, match="DB-001") as refused:
        CliRunner().invoke(
            db_app, ["upgrade", "--config-dir", str(tmp_path)], catch_exceptions=False
        )
    assert "secret" not in str(refused.value)
