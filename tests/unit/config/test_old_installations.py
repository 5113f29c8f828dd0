"""A folder of the scripts people come from: it works, or says what to change and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from tests.config_files import EXTENSIONS, OWNERS, a_company, two_offices, write

from switchboard.config.findings import Finding
from switchboard.config.load import inspect, load
from switchboard.config.vault import Vault

OTHER_FILES = {
    "core/accepted_calls.py": "import requests\n",
    "core/missed_calls.py": "import requests\n",
    "run_accepted_calls.bat": "python core\\accepted_calls.py %*\r\n",
    "requirements.txt": "requests\n",
    "logs/accepted_calls_20240509.log": "2024-05-09 08:00:01 INFO 12 calls\n",
    "logs/2024-05-09/philadelphia/raw_logs/raw_call_logs_20240509_080000.json": "[]",
    "reports/report_20240509.html": "<html></html>",
    "data/processed_calls.json": "{}",
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Two offices as in the manual, with everything that lay around them."""
    root = two_offices(tmp_path / "old", OTHER_FILES)
    mappings = {
        "accepted_calls": {"Phone": "Phone", "Custom_Field": "${caller_company}"},
        "missed_calls": {"Phone": "Phone", "Last_Name": "Last_Name"},
        "lead_status": {"new": "New", "accepted_call": "Accepted Call"},
    }
    email = {
        "smtp_server": "smtp.example.com",
        "smtp_port": 587,
        "use_tls": True,
        "sender_email": "integration@example.com",
        "sender_name": "RC-Zoho Integration",
        "recipients": [{"name": "Admin", "email": "admin@example.com", "receive_daily": True}],
    }
    documents = {"data/zoho_field_mappings.json": mappings, "data/email_config.json": email}
    return write(root, documents)


def errors(root: Path) -> list[Finding]:
    return [each for each in inspect(root)[1] if each.severity == "error"]


def every_document(root: Path) -> list[Path]:
    found = [*root.glob("data/*.json"), *root.glob("sorted/*/*.json")]
    return [path for path in found if path.name != "processed_calls.json"]


def test_an_old_folder_is_used_as_it_stands(old: Path) -> None:
    configuration = load(old)
    assert [office.id for office in configuration.offices] == ["pittsburgh", "philadelphia"]
    assert configuration.email is not None


def test_what_lay_around_is_left_alone(old: Path) -> None:
    before = {name: (old / name).read_bytes() for name in OTHER_FILES}
    load(old)
    assert {name: (old / name).read_bytes() for name in OTHER_FILES} == before


def test_documents_saved_by_windows_programs_are_read(old: Path) -> None:
    """With a mark before the first character, and two characters at each line's end."""
    for path in every_document(old):
        text = path.read_text("utf-8").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert errors(old) == []


def test_a_document_in_utf_16_is_named(old: Path) -> None:
    path = old / "sorted/philadelphia/extensions.json"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    (found,) = errors(old)
    assert (found.code, found.file) == ("CFG-002", "sorted/philadelphia/extensions.json")
    assert "UTF-16" in found.message
    assert "encoding UTF-8" in found.message


def test_ids_written_as_numbers_are_named_one_by_one(tmp_path: Path) -> None:
    extensions: dict[str, Any] = json.loads(json.dumps(EXTENSIONS))
    extensions["extensions"][0] |= {"id": 101, "number": 1001}
    owners: dict[str, Any] = json.loads(json.dumps(OWNERS))
    owners["lead_owners"][1]["id"] = 6789012345
    found = errors(a_company(tmp_path, extensions=extensions, lead_owners=owners))
    assert [(each.file, each.key) for each in found if each.code == "CFG-005"] == [
        ("data/extensions.json", "extensions[0].id"),
        ("data/extensions.json", "extensions[0].number"),
        ("data/lead_owners.json", "lead_owners[1].id"),
    ]
    assert found[0].message == 'must be text in double quotes, such as "101", not 101'


def test_a_password_in_a_document_is_named_and_not_repeated(old: Path) -> None:
    path = old / "data/email_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "smtp_password": "hunter2"}))
    (found,) = errors(old)
    assert (found.code, found.file, found.key) == (
        "CFG-018",
        "data/email_config.json",
        "smtp_password",
    )
    assert "hunter2" not in f"{found} {found.hint}"


def test_keys_of_other_versions_are_named_with_what_is_known(old: Path) -> None:
    path = old / "sorted/pittsburgh/extensions.json"
    path.write_text(json.dumps({"extensions": [{"id": "301", "process_call": True}]}))
    (found,) = [each for each in errors(old) if each.code == "CFG-004"]
    assert found.key == "extensions[0].process_call"
    assert found.hint == 'Did you mean "process_calls"?'


def test_documents_and_credentials_of_an_old_folder_work_together(old: Path) -> None:
    key = Fernet.generate_key()
    names = ("rc_client_id", "rc_client_secret", "rc_jwt_token")
    zoho = ("zoho_client_id", "zoho_client_secret", "zoho_refresh_token")
    plain = json.dumps({name: f"value of {name}" for name in (*names, *zoho)}).encode()
    (old / "data/encryption.key").write_bytes(key)
    (old / "data/credentials.enc").write_bytes(Fernet(key).encrypt(plain))
    assert errors(old) == []
    ringcentral, _ = Vault.open(old).require()
    assert ringcentral.client_id == "value of rc_client_id"
