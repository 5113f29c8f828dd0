"""What the chat's documents say is compared with keys, offices and workflows there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.config_files import a_company, two_offices, write

from switchboard.config.findings import Finding
from switchboard.config.load import inspect, load
from switchboard.config.reading import reader
from switchboard.flows.chat_to_ticket.documents_check import check_chats

WORKFLOW = """\
id: phone_trouble
title: Phone trouble
description: The telephone does not work
priority: Low
handling_minutes: 10
ticket:
  subject: Phone trouble
  department: Telephony
steps:
  - use: name
  - use: email
"""


@pytest.fixture(scope="module")
def public_key() -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def _found(root: Path) -> list[Finding]:
    return [each for each in inspect(root)[1] if each.code != "CFG-025"]


def test_keys_of_the_bot_are_loaded_at_once(tmp_path: Path, public_key: str) -> None:
    """A wrong key would refuse every delivery: it is told before the first."""
    keys = [public_key, public_key.replace("\n", "\\n")]
    assert _found(a_company(tmp_path, salesiq_config={"public_keys": keys})) == []
    keys = [public_key, public_key[:200]]
    [found] = _found(a_company(tmp_path, salesiq_config={"public_keys": keys}))
    assert (found.code, found.key, found.severity) == ("SIQ-445", "public_keys[1]", "error")
    assert found.line is not None
    assert public_key[60:120] not in found.message
    assert "Secure your webhook" in found.hint


@pytest.mark.parametrize("document", ["zoho_desk_config", "salesiq_config"])
def test_secrets_do_not_belong_into_these_documents(tmp_path: Path, document: str) -> None:
    secret = f"1000.{'a' * 32}.{'b' * 32}"
    written: dict[str, Any] = {document: {"refresh_token": secret}}
    found = _found(a_company(tmp_path, **written))
    assert {each.code for each in found} >= {"CFG-018"}
    assert secret not in str(found)


def test_chats_go_by_the_hours_of_an_office_that_exists(tmp_path: Path) -> None:
    settings = {"data/settings.json": {"chat": {"office": "pitsburgh"}}}
    [found] = _found(two_offices(tmp_path, settings))
    assert (found.code, found.key) == ("CFG-029", "chat.office")
    assert found.hint == 'Did you mean "pittsburgh"?'
    settings = {"data/settings.json": {"chat": {"office": "pittsburgh"}}}
    assert _found(two_offices(tmp_path, settings)) == []


def _chats(root: Path) -> list[tuple[str, str, str]]:
    found = check_chats(load(root), reader(root))
    return [(each.code, each.key, each.hint) for each in found]


def test_priorities_are_of_workflows_there_are(tmp_path: Path) -> None:
    desk = {"priorities": {"password_reset": "High", "pasword_reset": "High"}}
    root = a_company(tmp_path, zoho_desk_config=desk)
    hint = 'Did you mean "password_reset"?'
    assert _chats(root) == [("CFG-046", "priorities.pasword_reset", hint)]


def test_departments_are_those_of_workflows(tmp_path: Path) -> None:
    """A workflow's department without an id sends its tickets elsewhere: that is told."""
    root = a_company(tmp_path, zoho_desk_config={"departments": {"Telephones": "8"}})
    write(root, {"chat/workflows/phone.yaml": WORKFLOW})
    assert _chats(root) == [
        ("CFG-046", "departments.Telephones", 'Did you mean "Telephony"?'),
        ("CFG-046", "departments", 'Did you mean "Telephones"?'),
    ]
    a_company(tmp_path, zoho_desk_config={"departments": {"Telephony": "8"}})
    assert _chats(root) == []


def test_what_chat_lint_finds_is_found_here_too(tmp_path: Path) -> None:
    root = a_company(tmp_path)
    assert _chats(root) == []
    broken = WORKFLOW.replace("priority: Low", "priority: Lowest")
    write(root, {"chat/workflows/phone.yaml": broken, "chat/examples/own.yaml": "id: [\n"})
    assert {code for code, _, _ in _chats(root)} == {"CHAT-107", "CHAT-001"}
