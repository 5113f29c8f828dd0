"""The mail settings are refused when reports or a password would travel unprotected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.config_files import a_company, write

from switchboard.config.load import inspect, load

EMAIL = {"smtp_server": "smtp.example.com", "sender_email": "integration@example.com"}


def codes(root: Path, **changes: Any) -> list[tuple[str, str]]:
    write(root, {"data/email_config.json": {**EMAIL, **changes}})
    return [(each.code, each.key) for each in inspect(root)[1] if each.code != "CFG-025"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    a_company(tmp_path)
    return tmp_path


def test_mail_without_tls_is_for_this_machine_only(root: Path) -> None:
    """A mail server elsewhere has to be reached under TLS."""
    assert codes(root) == []
    assert codes(root, use_tls=False) == [("CFG-037", "use_tls")]
    assert codes(root, use_tls=False, smtp_server="localhost") == []
    assert codes(root, use_tls=False, smtp_server="127.0.0.1") == []


def test_a_password_in_the_document_is_refused_and_says_where_it_belongs(root: Path) -> None:
    """Passwords live in the vault."""
    assert codes(root, smtp_password="hunter2") == [("CFG-018", "smtp_password")]
    found = next(each for each in inspect(root)[1] if each.code == "CFG-018")
    assert "switchboard credentials set smtp" in found.hint
    assert "hunter2" not in f"{found} {found.hint}"


def test_the_companys_own_authority_has_to_be_a_readable_certificate(root: Path) -> None:
    """A misspelt path is told before a mail is."""
    assert codes(root, tls_ca_file="data/ca.pem") == [("CFG-007", "tls_ca_file")]
    (root / "data/ca.pem").write_text("not a certificate")
    assert codes(root, tls_ca_file="data/ca.pem") == [("CFG-007", "tls_ca_file")]


def test_a_recipient_listed_twice_is_a_warning(root: Path) -> None:
    """Everybody gets a mail once."""
    twice = [{"email": "a@example.com"}, {"email": "A@example.com"}]
    assert codes(root, recipients=twice) == [("CFG-008", "recipients[1].email")]
    assert load(root).email is not None


@pytest.mark.parametrize("address", ["a@b", "a b@x.com", "a@x..com", "a\n@x.com", "<a@x.com>"])
def test_an_address_no_mail_could_go_to_is_refused(root: Path, address: str) -> None:
    assert ("CFG-007", "sender_email") in codes(root, sender_email=address)
