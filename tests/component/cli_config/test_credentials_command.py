"""`switchboard credentials`: secrets go in unseen and never come out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.config_files import a_company, write
from typer.testing import CliRunner, Result

from switchboard.cli import credentials_commands
from switchboard.cli.app import app
from switchboard.config.credentials import revealed
from switchboard.config.vault import Vault
from switchboard.doctor.connection_checks import ConnectionCheck
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer

SECRETS = {
    "ringcentral": {"client_id": "rc-client-id", "client_secret": "hunter2-rc", "jwt": "hunter2-j"},
    "zoho": {
        "client_id": "zoho-client-id",
        "client_secret": "hunter2-zs",
        "refresh_token": "hunter2-zr",
    },
}


def run(root: Path, *words: str, **options: Any) -> Result:
    command = ["credentials", *words, "--config-dir", str(root)]
    result = CliRunner().invoke(app, command, **options)
    assert "hunter2" not in result.output
    return result


def stored(root: Path) -> dict[str, dict[str, str]]:
    return revealed(Vault.open(root).load())


def test_a_script_hands_them_over_on_standard_input(tmp_path: Path) -> None:
    assert run(tmp_path, "set", "--stdin", input=json.dumps(SECRETS)).exit_code == 0
    assert stored(tmp_path) == SECRETS


def test_a_script_hands_them_over_in_the_environment(tmp_path: Path) -> None:
    environment = {
        f"SWITCHBOARD_{vendor}_{field}".upper(): value
        for vendor, fields in SECRETS.items()
        for field, value in fields.items()
    }
    assert run(tmp_path, "set", "--from-env", env=environment).exit_code == 0
    assert stored(tmp_path) == SECRETS


def test_one_vendor_can_be_changed_alone(tmp_path: Path) -> None:
    run(tmp_path, "set", "--stdin", input=json.dumps(SECRETS))
    change = {"SWITCHBOARD_ZOHO_CLIENT_ID": "new", "SWITCHBOARD_ZOHO_CLIENT_SECRET": "hunter2-new"}
    result = run(tmp_path, "set", "zoho", "--from-env", env=change)
    assert result.exit_code == 2
    assert "lacks SWITCHBOARD_ZOHO_REFRESH_TOKEN" in result.stderr
    part = {"zoho": {"client_secret": "hunter2-new"}}
    assert run(tmp_path, "set", "zoho", "--stdin", input=json.dumps(part)).exit_code == 0
    assert stored(tmp_path)["zoho"] == {**SECRETS["zoho"], "client_secret": "hunter2-new"}
    assert stored(tmp_path)["ringcentral"] == SECRETS["ringcentral"]


def test_a_person_is_asked_and_keeps_what_is_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials_commands, "_interactive", lambda: True)
    answers = "\n".join(value for fields in SECRETS.values() for value in fields.values())
    assert run(tmp_path, "set", input=f"{answers}\n").exit_code == 0
    assert stored(tmp_path) == SECRETS
    result = run(tmp_path, "set", "ringcentral", input="\nhunter2-second\n\n")
    assert result.exit_code == 0
    assert stored(tmp_path)["ringcentral"] == {
        **SECRETS["ringcentral"],
        "client_secret": "hunter2-second",
    }


def test_without_a_terminal_nobody_is_asked(tmp_path: Path) -> None:
    result = run(tmp_path, "set")
    assert result.exit_code == 2
    assert "--from-env" in result.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ('{"zoho": "hunter2', "CFG-003"),
        ('["hunter2"]', "CFG-005"),
        ('{"zohoo": {"jwt": "hunter2"}}', "CFG-004"),
        ("{}", "CFG-004"),
        ('{"zoho": {"client_id": "a"}}', "CFG-025"),
        ('{"zoho": {"client_id": 5, "client_secret": "hunter2", "refresh_token": ""}}', "CFG-025"),
        ('{"zoho": {"jwt": "hunter2"}}', "CFG-025"),
    ],
)
def test_a_mistake_on_standard_input_is_named_but_not_repeated(
    tmp_path: Path, given: str, code: str
) -> None:
    result = run(tmp_path, "set", "--stdin", input=given)
    assert result.exit_code == 2
    assert code in result.stderr


def test_show_masks(tmp_path: Path) -> None:
    run(tmp_path, "set", "zoho", "--stdin", input=json.dumps({"zoho": SECRETS["zoho"]}))
    shown = run(tmp_path, "show").stdout
    assert "zoho…id" in shown
    assert "(10 characters)" in shown
    assert "not set" in shown
    answer = json.loads(run(tmp_path, "show", "--json").stdout)
    assert answer["credentials"]["ringcentral"] is None
    assert answer["key"] == "data/encryption.key"


def test_show_before_set_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path, "show")
    assert result.exit_code == 2
    assert "CFG-025" in result.stderr
    assert "credentials set" in result.stderr


def test_rotating_the_key_keeps_the_credentials(tmp_path: Path) -> None:
    run(tmp_path, "set", "--stdin", input=json.dumps(SECRETS))
    key = (tmp_path / "data/encryption.key").read_text("utf-8").strip()
    result = run(tmp_path, "rotate-key")
    assert result.exit_code == 0
    assert key not in result.output
    assert stored(tmp_path) == SECRETS
    assert run(tmp_path, "rotate-key", "--drop-old").exit_code == 0
    assert key not in (tmp_path / "data/encryption.key").read_text("utf-8")
    assert stored(tmp_path) == SECRETS


def test_there_is_nothing_to_rotate_before_set(tmp_path: Path) -> None:
    assert run(tmp_path, "rotate-key").exit_code == 2


@pytest.mark.parametrize(("zoho_works", "exit_code"), [(True, 0), (False, 3)])
def test_test_reports_what_each_vendor_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zoho_works: bool, exit_code: int
) -> None:
    async def check_connections(configuration: object) -> list[ConnectionCheck]:
        zoho = ConnectionCheck("Zoho CRM", zoho_works, "refused", "" if zoho_works else "ZOHO-401")
        return [ConnectionCheck("RingCentral", ok=True, message="account 7"), zoho]

    monkeypatch.setattr("switchboard.doctor.connection_checks.check_connections", check_connections)
    a_company(tmp_path)
    result = run(tmp_path, "test")
    assert result.exit_code == exit_code
    assert "works    RingCentral\n         account 7\n" in result.stdout
    assert ("ZOHO-401  refused" in result.stdout) is not zoho_works
    answer = json.loads(run(tmp_path, "test", "--json").stdout)
    assert answer["ok"] is zoho_works


MAIL = {"smtp": {"username": "reports@example.com", "password": "hunter2-mail"}}


def with_mail_settings(root: Path) -> None:
    email = {"smtp_server": "smtp.example.com", "sender_email": "reports@example.com"}
    write(root, {"data/email_config.json": email})


def test_the_mail_server_is_asked_about_only_where_mail_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends no mail is not bothered; whoever does may answer that no sign-in is needed."""
    monkeypatch.setattr(credentials_commands, "_interactive", lambda: True)
    answers = "\n".join(value for fields in SECRETS.values() for value in fields.values())
    with_mail_settings(tmp_path)
    result = run(tmp_path, "set", input=f"{answers}\n\n")
    assert result.exit_code == 0
    assert "Mail is sent without signing in." in result.stdout
    assert stored(tmp_path) == SECRETS
    assert run(tmp_path, "set", "smtp", input="reports@example.com\nhunter2-mail\n").exit_code == 0
    assert stored(tmp_path) == {**SECRETS, **MAIL}
    assert run(tmp_path, "set", "smtp", input="\nhunter2-new\n").exit_code == 0
    assert stored(tmp_path)["smtp"] == {**MAIL["smtp"], "password": "hunter2-new"}
    assert run(tmp_path, "set", "smtp", input="-\n").exit_code == 0
    assert "smtp" not in stored(tmp_path)


def test_the_mail_servers_password_comes_from_a_script_too(tmp_path: Path) -> None:
    """Environment and standard input know it by the name smtp."""
    assert run(tmp_path, "set", "--stdin", input=json.dumps(MAIL)).exit_code == 0
    assert stored(tmp_path) == MAIL
    half = {"SWITCHBOARD_SMTP_USERNAME": "other@example.com"}
    result = run(tmp_path, "set", "smtp", "--from-env", env=half)
    assert result.exit_code == 2
    assert "lacks SWITCHBOARD_SMTP_PASSWORD" in result.stderr
    both = {**half, "SWITCHBOARD_SMTP_PASSWORD": "hunter2-other"}
    assert run(tmp_path, "set", "--from-env", env=both).exit_code == 0
    assert stored(tmp_path)["smtp"]["username"] == "other@example.com"
    shown = run(tmp_path, "show").stdout
    assert "Mail server" in shown
    assert "other@example.com" not in shown


def test_missing_mail_credentials_are_no_finding(tmp_path: Path) -> None:
    """Many a mail server asks for none."""
    run(tmp_path, "set", "--stdin", input=json.dumps(SECRETS))
    assert Vault.open(tmp_path).load().missing() == ()


def test_the_mail_server_is_tried_and_a_mail_sent_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`credentials test` says whether mail would go out, and proves it when asked."""
    monkeypatch.setenv("COLUMNS", "200")
    with SimulatorServer(scenario="settled", calls=1) as simulators:
        write_config(simulators.world, simulators.base_url, tmp_path)
        result = run(tmp_path, "test", "--send-test-mail", "admin@keystone.example")
        assert result.exit_code == 0, result.output
        assert "works    Mail server" in result.stdout
        assert "over TLSv1" in result.stdout
        assert "It took the test mail to admin@keystone.example." in result.stdout
        (mail,) = simulators.world.mail.messages
        assert mail.recipients == ("admin@keystone.example",)
        assert run(tmp_path, "test").exit_code == 0
        assert len(simulators.world.mail.messages) == 1
        wrong = {"smtp": {**MAIL["smtp"], "password": "hunter2-wrong"}}
        run(tmp_path, "set", "--stdin", input=json.dumps(wrong))
        result = run(tmp_path, "test")
        assert result.exit_code == 3
        assert "fails    Mail server\n         SMTP-401" in result.stdout
    assert run(tmp_path, "test", "--send-test-mail", "nobody").exit_code == 2
