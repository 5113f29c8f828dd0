"""Environment variables win over the document, and their mistakes are named as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.config_files import a_company

from switchboard.config.load import inspect, load


def test_defaults_are_the_manuals(tmp_path: Path) -> None:
    settings = load(a_company(tmp_path)).settings
    assert settings.vendors.budgets.ringcentral_per_minute == 60
    assert settings.vendors.budgets.zoho_crm_credits_per_minute == 100
    assert settings.calls.settle_minutes == 3.0
    assert settings.database_url == f"sqlite:///{tmp_path / 'data/switchboard.db'}"


def test_the_environment_wins_over_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_VENDORS__BUDGETS__HEAVY", "7")
    monkeypatch.setenv("SWITCHBOARD_CALLS__SETTLE_MINUTES", "0.5")
    monkeypatch.setenv("SWITCHBOARD_PROCESSING__DEFAULT_HOURS_BACK", "4")
    document = {
        "calls": {"settle_minutes": 9, "include_internal": True},
        "vendors": {"budgets": {"heavy": 3, "light": 4}},
    }
    configuration = load(a_company(tmp_path, settings=document))
    settings = configuration.settings
    assert settings.vendors.budgets.heavy == 7
    assert settings.vendors.budgets.light == 4
    assert settings.calls.settle_minutes == 0.5
    assert settings.calls.include_internal
    assert configuration.processing.default_hours_back == 4


def test_the_database_comes_from_one_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", "postgresql://me:secret@db/x")
    assert load(a_company(tmp_path)).settings.database_url == "postgresql://me:secret@db/x"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///data/x.db", "sqlite:///{root}/data/x.db"),
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://db/x"),
    ],
)
def test_a_relative_store_begins_at_the_configuration(
    tmp_path: Path, url: str, expected: str
) -> None:
    configuration = load(a_company(tmp_path, settings={"database_url": url}))
    assert configuration.settings.database_url == expected.format(root=tmp_path)


def test_an_unusable_database_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", "mysql://me:hunter2@db/x")
    configuration, found = inspect(a_company(tmp_path))
    assert configuration is None
    assert (found[0].code, found[0].key) == ("CFG-032", "SWITCHBOARD_DATABASE_URL")
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SWITCHBOARD_CALLS__SETTLE_MINUTES", "soon", "CFG-007"),
        ("SWITCHBOARD_CALLS__SETLE_MINUTES", "1", "CFG-004"),
        ("SWITCHBOARD_CALLS", "{bad", "CFG-007"),
        ("SWITCHBOARD_VENDORS__ZOHO_ACCOUNTS_URL", "http://example.com", "CFG-017"),
        ("SWITCHBOARD_DATABSE_URL", "x", "CFG-030"),
    ],
)
def test_a_mistake_in_a_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    found = next(each for each in inspect(a_company(tmp_path))[1] if each.code != "CFG-025")
    assert (found.code, found.file) == (code, "environment")
    assert value not in found.message or value == "x"


def test_variables_of_others_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHBOARD_SOAK", "1")
    monkeypatch.setenv("SWITCHBOARD_RINGCENTRAL_JWT", "x")
    assert [each.code for each in inspect(a_company(tmp_path))[1]] == ["CFG-025"]
