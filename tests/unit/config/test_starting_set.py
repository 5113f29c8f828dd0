"""What `config init` writes is complete, explained, and passes its own check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.config_files import write

from switchboard.config.findings import ConfigError
from switchboard.config.load import inspect, load
from switchboard.config.settings import CallbackSettings, Settings
from switchboard.config.starter import starting_set


@pytest.mark.parametrize("offices", [[], ["philadelphia", "pittsburgh", "denver-2"]])
def test_the_starting_set_is_sound(tmp_path: Path, offices: list[str]) -> None:
    write(tmp_path, starting_set(offices, timezone="America/Denver"))
    configuration, findings = inspect(tmp_path)
    assert configuration is not None
    assert [each.code for each in findings] == ["CFG-025"]
    assert [each.id for each in configuration.offices] == (offices or ["main"])
    assert {each.timezone for each in configuration.offices} == {"America/Denver"}


def test_every_document_explains_itself() -> None:
    documents = starting_set(["philadelphia"], timezone="UTC")
    for name, text in documents.items():
        if name.endswith(".json"):
            assert json.loads(text)["_comment"], name
            assert f"`{name}`" in documents["data/README.md"]


def test_the_starting_settings_are_the_defaults(tmp_path: Path) -> None:
    """With one difference: whoever starts anew has missed callers called back."""
    write(tmp_path, starting_set(["philadelphia"], timezone="UTC"))
    settings = load(tmp_path).settings
    assert settings.callbacks == CallbackSettings(enabled=True)
    defaults = {"database_url": "", "callbacks": CallbackSettings()}
    assert settings.model_copy(update=defaults) == Settings()


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
