"""`switchboard attention` as whoever settles things without the console meets it."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.component.console.attention.trouble import CHAT, everything
from tests.component.store.sealers import a_sealer
from tests.config_files import a_company
from typer.testing import CliRunner

from switchboard.cli.app import app
from switchboard.store.database import Database


@pytest.fixture
def troubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SWITCHBOARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("SWITCHBOARD_CONFIG_DIR", str(tmp_path))
    root = a_company(tmp_path)
    db = Database.open(f"sqlite:///{root / 'data' / 'switchboard.db'}")
    db.run_sync(partial(everything, sealer=a_sealer(), at=time.time()))
    db.close()
    return root


def told(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    return done.stdout


def asked(*arguments: str, code: int = 0) -> Any:
    return json.loads(told(*arguments, "--json", code=code))


@pytest.mark.usefixtures("troubled")
def test_what_is_set_aside_is_listed_apart_until_it_is_brought_back() -> None:
    """The list ends with 1 while something has stopped, as other lists of parked things do."""
    waiting = asked("attention", "list", code=1)
    ids = [each["id"] for each in waiting if each["cause"] in {"DESK-422", "late-reply"}]
    assert sorted(ids) == ["SB-REFUSED", CHAT]
    told("attention", "set-aside", *ids, "--reason", "Answered by telephone.")
    assert (
        told("attention", "set-aside", "--cause", "SMTP-550")
        == "Mail run1:report:m1@example.com: set aside.\n"
    )
    left = asked("attention", "list", code=1)
    assert len(left) == len(waiting) - 3
    aside = asked("attention", "list", "--set-aside")
    reasons = {each["id"]: each["set_aside"]["reason"] for each in aside}
    said = "Answered by telephone."
    assert reasons == {"SB-REFUSED": said, CHAT: said, "run1:report:m1@example.com": ""}
    back = asked("attention", "bring-back", "SB-REFUSED")
    assert [each["id"] for each in back["brought_back"]] == ["SB-REFUSED"]
    trail = asked("audit", "list", "--subject", "SB-REFUSED")
    assert [each["action"] for each in trail] == ["ticket.bring_back", "ticket.set_aside"]


@pytest.mark.usefixtures("troubled")
def test_what_is_not_there_is_named() -> None:
    for arguments in (["set-aside", "call:700:3"], ["bring-back", "SB-REFUSED"]):
        done = CliRunner().invoke(app, ["attention", *arguments])
        assert done.exit_code == 2
        assert "CLI-002" in done.stderr
        assert arguments[1] in done.stderr
    assert CliRunner().invoke(app, ["attention", "set-aside"]).exit_code == 2
