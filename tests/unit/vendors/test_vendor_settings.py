"""A token is sent only where the settings may send it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from switchboard.vendors.credentials import ZohoCredentials
from switchboard.vendors.settings import ZOHO_DATA_CENTRES, BudgetSettings, VendorSettings


@pytest.mark.parametrize("url", ["http://127.0.0.1:8900/x", "http://localhost:1", "http://[::1]:2"])
def test_http_is_accepted_for_this_machine(url: str) -> None:
    """The simulators speak plain HTTP."""
    assert VendorSettings(zoho_accounts_url=url).zoho_accounts_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://accounts.zoho.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ftp://accounts.zoho.com",
        "https://user:secret@accounts.zoho.com",
        "https://accounts.zoho.com?x=1",
        "accounts.zoho.com",
        "",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """No secret travels in the clear, and none hides in an address."""
    with pytest.raises(ValidationError, match="zoho_accounts_url"):
        VendorSettings(zoho_accounts_url=url)


def test_loopback_http_can_be_switched_off() -> None:
    """Where policy wants https everywhere, it is https everywhere."""
    with pytest.raises(ValidationError):
        VendorSettings(ringcentral_base_url="http://127.0.0.1:1", allow_insecure_loopback=False)


def test_every_data_centre_may_be_named_by_a_token_answer() -> None:
    """US, EU, India, Australia, Japan, Canada, Saudi Arabia, China and the UK."""
    allowed = VendorSettings().allowed_api_domains
    assert len(ZOHO_DATA_CENTRES) == 9
    for _, domain in ZOHO_DATA_CENTRES.values():
        assert {f"www.{domain}", f"sandbox.{domain}", f"developer.{domain}"} <= set(allowed)


def test_an_unknown_key_is_refused() -> None:
    """A misspelt budget would otherwise mean no budget."""
    with pytest.raises(ValidationError):
        BudgetSettings(heavyy=1)  # type: ignore[call-arg]


def test_the_breaker_rests_half_a_vendors_minute_by_default() -> None:
    """Shortening the vendors' minute shortens everything that goes with it."""
    assert VendorSettings().rest_seconds == 30.0
    assert VendorSettings(budgets=BudgetSettings(window_seconds=2.0)).rest_seconds == 1.0
    assert VendorSettings(breaker_seconds=7.0).rest_seconds == 7.0


def test_credentials_are_masked_and_never_empty() -> None:
    """Printing them shows nothing; leaving one out is noticed at once."""
    credentials = ZohoCredentials.model_validate(
        {"client_id": "c", "client_secret": "s3cret", "refresh_token": "r3fresh"}
    )
    assert "s3cret" not in repr(credentials)
    assert "r3fresh" not in str(credentials.model_dump())
    with pytest.raises(ValidationError):
        ZohoCredentials.model_validate(
            {"client_id": "", "client_secret": "s", "refresh_token": "r"}
        )
