"""What identifies a person or opens a door never reaches a log."""

from __future__ import annotations

import logging

import pytest

from switchboard.vendors.exchange import Request
from switchboard.vendors.keeper import Access, Grant
from switchboard.vendors.redaction import quiet_libraries, redact
from switchboard.vendors.zoho_accounts.wire import ZOHO_ACCOUNTS_VENDOR, refresh_request


@pytest.mark.parametrize(
    "number", ["+12155550100", "(215) 555-0100", "215.555.0100", "1 215 555 0100"]
)
def test_a_phone_number_keeps_two_digits_at_most(number: str) -> None:
    """Support can tell two callers apart; nobody can call them."""
    assert redact(f"invalid data {number} given") in {
        "invalid data ***00 given",
        "invalid data (***00 given",
    }


def test_a_record_id_stays_readable() -> None:
    """Ids are how a person finds the record."""
    assert redact("id 5843105000001000108 is locked") == "id 5843105000001000108 is locked"


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer abcdef.ghi",
        "Zoho-oauthtoken 1000.abc.def",
        "Basic cmM6c2VjcmV0",
        "1000.8cb99d4c61cc8e2e1b1d4a3f7c5d9e0b.7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_a_token_is_masked_whole(secret: str) -> None:
    """Whatever the vendor echoes, our logs do not."""
    assert secret.rsplit(maxsplit=1)[-1] not in redact(f"refused: {secret}")


def test_a_mail_address_is_masked() -> None:
    """Addresses are personal data."""
    assert redact("owner lee@example.com is inactive") == "owner ***@*** is inactive"


def test_long_texts_are_cut() -> None:
    """A vendor's page of HTML does not fill the log."""
    assert len(redact("x " * 1000)) < 310


def test_no_repr_shows_a_secret() -> None:
    """A traceback or a debugger's print is a log as well."""
    request = refresh_request("https://accounts.zoho.com", "the-client", "the-secret", "the-token")
    grant = Grant("the-token", 3600.0, "https://www.zohoapis.com", refresh_token="the-token")
    access = Access("the-token", "https://www.zohoapis.com", (), 0.0, "the-token")
    plain = Request(
        vendor=ZOHO_ACCOUNTS_VENDOR, operation="x", method="GET", url="/x?phone=the-secret"
    )
    for shown in (repr(request), repr(grant), repr(access), repr(plain)):
        assert "the-" not in shown


def test_the_http_libraries_log_no_addresses() -> None:
    """At INFO httpx would write every address, with ids and numbers."""
    quiet_libraries()
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpcore").isEnabledFor(logging.DEBUG)
