"""Who is asked for a second opinion is the operator's decision; its key stands in no document."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.component.second_opinion.fake_model import FakeModel
from tests.config_files import a_company
from tests.trained_detector import CACHE, shipped_detector
from typer.testing import CliRunner, Result

from switchboard.api.metrics import Metrics
from switchboard.bootstrap import open_adviser
from switchboard.cli.app import app
from switchboard.cli.serve_chats import Chats
from switchboard.config.load import inspect, load
from switchboard.config.vault import Vault, VaultContents
from switchboard.flows.chat_to_ticket.consulting import consulted
from switchboard.flows.chat_to_ticket.models import Event, Visitor
from switchboard.flows.chat_to_ticket.state import Chat
from switchboard.jobs.chores import Diary
from switchboard.store.database import Database

UNCLEAR = "nothing on the big screen since lunch"


def classify(root: Path, text: str, *options: str) -> Result:
    command = ["chat", "classify", text, *options, "--config-dir", str(root)]
    return CliRunner().invoke(app, command)


def configured(root: Path, **opinion: Any) -> Path:
    """Set a model up, and spare each test the training of the detector."""
    shipped_detector()
    cache = root / "data" / "cache"
    cache.mkdir(parents=True)
    for each in CACHE.rglob("detector-*.npz"):
        shutil.copy2(each, cache)
    return a_company(root, settings={"chat": {"second_opinion": opinion}})


async def test_nobody_is_asked_unless_an_address_is_set(tmp_path: Path) -> None:
    async with open_adviser(load(a_company(tmp_path))) as adviser:
        assert adviser is None


@pytest.mark.parametrize(
    ("opinion", "words"),
    [
        ({"url": "http://llm.example.com/v1", "model": "m"}, "https://"),
        ({"url": "https://user@llm.example.com/v1", "model": "m"}, "without user"),
        ({"url": "https://llm.example.com/v1?key=secret", "model": "m"}, "query"),
        ({"url": "llm.example.com", "model": "m"}, "address"),
        ({"url": "https://llm.example.com/v1"}, "is missing"),
        ({"url": "https://llm.example.com/v1", "model": "m", "timeout_seconds": 30}, "3"),
    ],
)
def test_what_could_not_work_or_would_tell_secrets_is_an_error(
    tmp_path: Path, opinion: dict[str, Any], words: str
) -> None:
    found = inspect(configured(tmp_path, **opinion))[1]
    errors = [each for each in found if each.severity == "error"]
    assert len(errors) == 1
    assert errors[0].key.startswith("chat.second_opinion")
    assert words in errors[0].message
    assert "secret" not in errors[0].message


async def test_the_key_comes_from_dotenv_and_goes_nowhere_but_to_the_model(
    tmp_path: Path, model: FakeModel
) -> None:
    root = configured(tmp_path, url=f"{model.url}/", model="small")
    (root / ".env").write_text("SWITCHBOARD_SECOND_OPINION_KEY=sk-very-secret\n")
    assert not [each for each in inspect(root)[1] if each.code == "CFG-030"]
    async with open_adviser(load(root)) as adviser:
        assert adviser is not None
        assert "sk-very-secret" not in repr(adviser)
        await adviser.ask({"model": "small"}, 2.0)
    assert model.keys == ["Bearer sk-very-secret"]


def test_an_operator_can_try_it(tmp_path: Path, model: FakeModel) -> None:
    root = configured(tmp_path, url=model.url, model="small")
    local = classify(root, UNCLEAR)
    model.think(workflow="quickbooks_mfa", sure=True)
    result = classify(root, UNCLEAR, "--second-opinion")
    assert "Most like: quickbooks_mfa" not in local.stdout
    assert result.exit_code == 0
    assert "Most like: quickbooks_mfa" in result.stdout
    assert "changed the verdict" in result.stderr
    assert model.keys == [None]


def test_trying_it_says_what_went_wrong(tmp_path: Path, model: FakeModel) -> None:
    model.status = 401
    result = classify(configured(tmp_path, url=model.url, model="x"), UNCLEAR, "--second-opinion")
    assert result.exit_code == 0
    assert "refused" in result.stderr


def test_what_is_clear_is_not_asked_about(tmp_path: Path, model: FakeModel) -> None:
    root = configured(tmp_path, url=model.url, model="small")
    result = classify(root, "I forgot my password", "--second-opinion")
    assert "Would start: password_reset" in result.stdout
    assert "not asked" in result.stderr
    assert not model.asked


def test_with_nobody_to_ask_that_is_said(tmp_path: Path) -> None:
    result = classify(configured(tmp_path), UNCLEAR, "--second-opinion")
    assert result.exit_code != 0
    assert "CLI-001" in str(result.exception) + result.output


async def test_the_service_asks_it_and_counts_what_came_of_it(
    tmp_path: Path, model: FakeModel
) -> None:
    """From the settings to the figures: what `switchboard serve` joins."""
    root = configured(tmp_path, url=model.url, model="small")
    Vault.open(root, create=True).save(VaultContents())
    (root / "data" / "zoho_desk_config.json").write_text("{}")
    metrics, configuration = Metrics(Diary()), load(root)
    model.think(workflow="monitor_setup", sure=True)
    database = Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    chats = Chats(lambda: configuration, database, wake=lambda _: None, advised=metrics.advised)
    async with chats.kept():
        tools = await chats.tools(patience=20)
        event = Event(kind="said", at=tools.now(), text=UNCLEAR)
        chat = Chat(id="chat:1:LD_1", session="LD_1", visitor=Visitor(id="v1"))
        advised = await consulted(tools, chat, event, delivery="d1", seconds=2.0)
    await database.aclose()
    assert advised.classify(UNCLEAR).labels[0] == "monitor_setup"
    assert advised.classify("I forgot my password") == tools.classify("I forgot my password")
    page = metrics.page([]).decode()
    assert 'switchboard_second_opinions_total{outcome="changed"} 1.0' in page
