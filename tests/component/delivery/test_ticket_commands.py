"""What an operator asks of chats and tickets on the command line, and what they are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from tests.component.conversing.chat_stage import ANNA, ChatStage, a_chat
from tests.component.delivery.delivery_stage import delivering, settled
from tests.desk_stage import desk_client, desk_of
from typer.testing import CliRunner, Result

from switchboard.bootstrap import ChatSession
from switchboard.cli import chat_retry
from switchboard.cli.app import app
from switchboard.config.load import Configuration
from switchboard.config.vault import Vault
from switchboard.flows.chat_to_ticket.detector import detector
from switchboard.flows.chat_to_ticket.models import Classify
from switchboard.flows.chat_to_ticket.state import Chat
from switchboard.simulators.server import SimulatorServer
from switchboard.store import audit, tickets
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer
from switchboard.vendors.transport import Transport

STORE = "data/switchboard.db"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SWITCHBOARD_DATABASE_URL", "SWITCHBOARD_ENCRYPTION_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SWITCHBOARD_CONFIG_DIR", str(tmp_path))

    def learned(*_: Any) -> None:
        raise AssertionError("these commands need no detector")

    monkeypatch.setattr(detector.Detector, "__init__", learned)


def told(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["chat", *arguments])
    assert done.exit_code == code, done.output
    return done


def told_json(*arguments: str, code: int = 0) -> Any:
    return json.loads(told(*arguments, "--json", code=code).stdout)


def with_vault(stage: ChatStage, root: Path) -> None:
    vault = Vault.open(root, create=True)
    stage.change(sealer=Sealer(vault.cipher, vault.keys))


async def test_a_raised_ticket_is_told_from_the_wish_to_the_vendors_ids(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """What was asked for, each write with its id, the mails; people are masked throughout."""
    (tmp_path / "data").mkdir(exist_ok=True)
    async with delivering(simulator, tmp_path, store=STORE) as stage:
        with_vault(stage, tmp_path)
        await stage.to_stage("raised")
        row = await settled(stage)
    story = told_json("tickets", "show", row.number or "")
    assert story["reference"] == row.reference
    assert story["desk"]["id"] == row.desk_id
    assert story["desk"]["web_url"].startswith("http")
    kinds = [(each["what"], each["state"]) for each in story["writes"]]
    assert kinds[:3] == [("contact", "settled"), ("ticket", "settled"), ("comment", "settled")]
    assert [each["kind"] for each in story["mails"]] == ["ticket"]
    assert story["asked_for"]["subject"]
    shown = json.dumps(story) + told("tickets", "show", row.reference).stdout
    shown += told("tickets", "list").stdout + json.dumps(told_json("tickets", "list"))
    for personal in ("Anna", "Lee", "anna@example.com", "555-0147", "2125550147"):
        assert personal not in shown
    told("tickets", "show", "no-such", code=2)


async def test_a_chat_is_shown_word_for_word_to_who_asks_for_it(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """By its id, its session, or its ticket; the list names nobody."""
    (tmp_path / "data").mkdir(exist_ok=True)
    async with delivering(simulator, tmp_path, store=STORE) as stage:
        with_vault(stage, tmp_path)
        await stage.to_stage("raised")
        await stage.say("my password is hunter22")
        row = await settled(stage)
    story = told_json("show", a_chat().id)
    assert story["visitor"]["email"] == "anna@example.com"
    assert story["tickets"][0]["number"] == row.number
    said = [each["text"] for each in story["transcript"] if each["from"] == "visitor"]
    assert said[0] == "I forgot my password"
    for name in ("s1", row.number or "", row.reference):
        assert told_json("show", name)["id"] == a_chat().id
    shown = told("show", a_chat().id).stdout
    assert "Visitor: I forgot my password" in shown
    assert "hunter22" not in shown + json.dumps(story)
    (line,) = told_json("list")
    assert (line["id"], line["tickets"]) == (a_chat().id, [row.desk_id])
    assert "anna" not in (told("list").stdout + json.dumps(line)).lower()
    told("show", "chat:acme:none", code=2)


async def test_a_refused_ticket_is_explained_and_taken_up_again(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    """The list tells the code, the story the solution; retry only puts it back to work."""
    (tmp_path / "data").mkdir(exist_ok=True)
    async with delivering(simulator, tmp_path, store=STORE) as stage:
        with_vault(stage, tmp_path)
        stage.change(department_id="999")
        await stage.to_stage("raised")
        row = await settled(stage)
        story = told_json("tickets", "show", row.reference)
        assert (story["state"], story["error_code"]) == ("refused", "DESK-422")
        assert story["solution"]
        assert "DESK-422" in told("tickets", "list", "--state", "stopped").stdout
        assert told_json("tickets", "list", "--state", "raised") == []
        again = told_json("retry", "--all")
        assert [each["state"] for each in again["tickets"]] == ["wanted"]
        assert told_json("retry", "--all")["reopened"] == 0
        assert told_json("retry", a_chat().id)["reopened"] == 0
        stage.change(department_id=next(iter(desk_of(simulator).departments)))
        assert (await settled(stage)).state == "raised"
        trail = await stage.do(lambda conn: audit.entries(conn, limit=100))
    assert "ticket.retry" in {each.action for each in trail}
    told("retry", code=2)
    told("retry", "no-such", code=2)


async def test_retry_can_send_at_once(
    simulator: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--now` does what the service would, and tells what came of it."""
    (tmp_path / "data").mkdir(exist_ok=True)
    async with delivering(simulator, tmp_path, store=STORE) as stage:
        with_vault(stage, tmp_path)
        good = stage.tools.department_id
        stage.change(department_id="999")
        await stage.to_stage("raised")
        row = await settled(stage)

        @asynccontextmanager
        async def opened(
            configuration: Configuration, db: Database, *, detector: Classify
        ) -> AsyncIterator[ChatSession]:
            assert configuration.root == tmp_path
            tools = replace(stage.tools, db=db, worker="cli", classify=detector)
            async with desk_client(simulator, db) as desk:
                yield ChatSession(replace(tools, desk=desk), cast("Transport", None))

        monkeypatch.setattr(chat_retry, "open_chats", opened)
        again = await asyncio.to_thread(told_json, "retry", row.reference, "--now", code=1)
        assert [each["error_code"] for each in again["tickets"]] == ["DESK-422"]
        stage.change(department_id=good)
        again = await asyncio.to_thread(told_json, "retry", "--all", "--now")
        assert [each["state"] for each in again["tickets"]] == ["raised"]
    assert len(desk_of(simulator).tickets) == 1


async def test_only_what_is_asked_for_is_listed(simulator: SimulatorServer, tmp_path: Path) -> None:
    """`--days` looks back so far; `--open` leaves out closed chats."""
    (tmp_path / "data").mkdir(exist_ok=True)
    chats: list[Chat] = [a_chat(), a_chat("s2", visitor=ANNA.model_copy(update={"id": "v2"}))]
    async with delivering(simulator, tmp_path, store=STORE) as stage:
        with_vault(stage, tmp_path)
        for chat in chats:
            await stage.to_stage("raised", chat)
        names = await stage.tickets()
        now = await stage.db.now()

        def dated(days: float) -> Callable[[Any], None]:
            return lambda conn: tickets.update(conn, names[0], wanted_at=now - days * 86_400)

        await stage.do(dated(9))
        await stage.do(lambda conn: tickets.update(conn, names[1], wanted_at=now))
    assert len(told_json("tickets", "list")) == 2
    assert [each["reference"] for each in told_json("tickets", "list", "--days", "2")] == names[1:]
    assert len(told_json("list", "--open")) == 2
    assert told_json("list", "--days", "0.5") == []  # The stage's clock stands in the past.
