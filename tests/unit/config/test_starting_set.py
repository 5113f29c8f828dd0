"""What `config init` writes is complete, explained, and passes its own check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.config_files import write

from switchboard.config.chat_documents import DeskConfig, SalesiqConfig
from switchboard.config.environment import read_dotenv
from switchboard.config.environment_check import check_dotenv
from switchboard.config.findings import ConfigError
from switchboard.config.load import inspect, load
from switchboard.config.reading import reader
from switchboard.config.settings import CallbackSettings, Settings
from switchboard.config.starter import starting_set
from switchboard.flows.chat_to_ticket.documents_check import check_chats


@pytest.mark.parametrize("offices", [[], ["philadelphia", "pittsburgh", "denver-2"]])
@pytest.mark.parametrize(("calls", "chats"), [(True, False), (True, True), (False, True)])
def test_the_starting_set_is_sound(
    tmp_path: Path, offices: list[str], *, calls: bool, chats: bool
) -> None:
    """And it switches nothing on that was not asked for."""
    write(tmp_path, starting_set(offices, timezone="America/Denver", calls=calls, chats=chats))
    configuration, findings = inspect(tmp_path)
    assert configuration is not None
    assert [each.code for each in findings] == ["CFG-025"]
    assert check_chats(configuration, reader(tmp_path)) == []
    assert (configuration.calls, configuration.chats) == (calls, chats)
    assert all(bool(each.extensions) is calls for each in configuration.offices)
    if not calls:
        assert all(each.owners.assignment_rules.office_hours for each in configuration.offices)
    assert [each.id for each in configuration.offices] == (offices or ["main"])
    assert {each.timezone for each in configuration.offices} == {"America/Denver"}


def test_every_document_explains_itself() -> None:
    documents = starting_set(["philadelphia"], timezone="UTC", chats=True)
    for name, text in documents.items():
        if name.endswith(".json"):
            assert json.loads(text)["_comment"], name
            assert f"`{name}`" in documents["data/README.md"]


def test_the_starting_settings_are_the_defaults(tmp_path: Path) -> None:
    """With one difference: whoever starts anew has missed callers called back."""
    write(tmp_path, starting_set(["philadelphia"], timezone="UTC", chats=True))
    settings = load(tmp_path).settings
    assert settings.callbacks == CallbackSettings(enabled=True)
    defaults = {"database_url": "", "callbacks": CallbackSettings()}
    assert settings.model_copy(update=defaults) == Settings()


def test_the_chat_documents_say_what_their_defaults_are(tmp_path: Path) -> None:
    """What stands in the starting set and what holds without it do not drift apart."""
    write(tmp_path, starting_set([], timezone="UTC", chats=True))
    configuration = load(tmp_path)
    assert configuration.desk == DeskConfig()
    assert configuration.salesiq == SalesiqConfig()


def test_the_example_of_variables_is_read_without_effect_until_it_is_filled_in(
    tmp_path: Path,
) -> None:
    text = starting_set([], timezone="UTC", chats=True)[".env.example"]
    write(tmp_path, {".env": text})
    assert read_dotenv(tmp_path).values == {}
    filled = text.replace("\n#ZOHO", "\nZOHO").replace("\n#SWITCH", "\nSWITCH")
    write(tmp_path, {".env": filled})
    read = read_dotenv(tmp_path)
    assert {"ZOHO_DESK_API_KEY", "SWITCHBOARD_SERVER__PORT"} <= set(read.values)
    assert list(check_dotenv(read, tmp_path)) == []


@pytest.mark.parametrize(
    ("offices", "timezone", "code"),
    [
        (["a"], "Mars/Olympus", "CFG-009"),
        (["../x"], "UTC", "CFG-007"),
        (["data"], "UTC", "CFG-007"),
        (["a", "a"], "UTC", "CFG-008"),
    ],
)
def test_a_bad_wish_is_refused(offices: list[str], timezone: str, code: str) -> None:
    with pytest.raises(ConfigError, match=code):
        starting_set(offices, timezone=timezone)
