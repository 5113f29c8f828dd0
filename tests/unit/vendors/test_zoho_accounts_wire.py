"""Zoho's token answers, whose errors come with HTTP 200."""

from __future__ import annotations

import httpx
import pytest

from switchboard.errors import OperatorError, TransientError
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.settings import RINGCENTRAL_HOSTS, ZOHO_API_HOSTS
from switchboard.vendors.zoho_accounts import wire

ACCOUNTS = "https://accounts.zoho.eu"
REQUEST = wire.refresh_request(ACCOUNTS, "c", "s", "r")


def answer(status: int, document: object, **headers: str) -> Answer:
    response = httpx.Response(status, json=document)
    return Answer(status, httpx.Headers(headers), response.content)


def test_a_token_brings_its_api_host() -> None:
    """The account's e-mail or a default never decides the host."""
    given = {"access_token": "t", "expires_in": 3600, "api_domain": "https://www.zohoapis.eu"}
    grant = wire.read_grant(answer(200, given), ACCOUNTS)
    assert (grant.base_url, grant.lifetime) == ("https://www.zohoapis.eu", 3600.0)


def test_milliseconds_are_recognised() -> None:
    """Old answers gave `expires_in` in milliseconds."""
    given = {"access_token": "t", "expires_in": 3_600_000, "api_domain": "https://www.zohoapis.eu"}
    assert wire.read_grant(answer(200, given), ACCOUNTS).lifetime == 3600.0


def test_a_missing_api_host_follows_from_the_data_centre() -> None:
    """Known accounts hosts have known API hosts; unknown ones are not guessed."""
    given = {"access_token": "t", "expires_in": 3600}
    assert wire.read_grant(answer(200, given), ACCOUNTS).base_url == "https://www.zohoapis.eu"
    canada = "https://accounts.zohocloud.ca"
    assert wire.read_grant(answer(200, given), canada).base_url == "https://www.zohoapis.ca"
    with pytest.raises(UnreadableError):
        wire.read_grant(answer(200, given), "https://accounts.zoho.new")


@pytest.mark.parametrize(
    "error", ["invalid_code", "invalid_client", "invalid_client_secret", "access_denied", "odd"]
)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_refusal_in_the_body_is_for_the_operator(error: str, status: int) -> None:
    """Asking again would only use up the ten tokens."""
    found = wire.judge(REQUEST, answer(status, {"error": error}))
    assert isinstance(found, OperatorError)
    assert found.code == "ZOHO-401"
    assert error in found.message


@pytest.mark.parametrize("status", [200, 400])
def test_the_throttle_is_waited_out(status: int) -> None:
    """A minute at first, ten minutes in the end."""
    throttled = answer(status, {"error": "Access Denied", "status": "failure"})
    assert isinstance(wire.judge(REQUEST, throttled), TransientError)
    assert wire.signals(REQUEST, throttled, 60.0, 1).pauses == {"zoho_accounts": 60.0}
    assert wire.signals(REQUEST, throttled, 60.0, 9).pauses == {"zoho_accounts": 600.0}


def test_trouble_at_the_accounts_server_is_tried_again() -> None:
    """An HTML page with HTTP 502 says nothing about the credentials."""
    broken = Answer(502, httpx.Headers(), b"<html>bad gateway</html>")
    assert isinstance(wire.judge(REQUEST, broken), TransientError)


def test_a_page_instead_of_a_token_is_unreadable() -> None:
    """A proxy's login page comes with HTTP 200."""
    page = Answer(200, httpx.Headers(), b"<html></html>")
    assert wire.judge(REQUEST, page) is None
    with pytest.raises(UnreadableError):
        wire.read_grant(page, ACCOUNTS)


@pytest.mark.parametrize(
    ("base_url", "accounts_url", "trusted"),
    [
        ("https://www.zohoapis.com", ACCOUNTS, True),
        ("https://www.zohoapis.com.au", ACCOUNTS, True),
        ("https://sandbox.zohoapis.in", ACCOUNTS, True),
        ("http://www.zohoapis.com", ACCOUNTS, False),
        ("https://www.zohoapis.com.evil.example", ACCOUNTS, False),
        ("https://evil.example", ACCOUNTS, False),
        ("https://www.zohoapis.com@evil.example", ACCOUNTS, False),
        ("http://127.0.0.1:8900/zoho-crm", ACCOUNTS, False),
        ("http://127.0.0.1:8900/zoho-crm", "http://127.0.0.1:8900/zoho-accounts", True),
        ("", ACCOUNTS, False),
    ],
)
def test_only_trusted_api_hosts_get_the_token(
    base_url: str, accounts_url: str, trusted: bool
) -> None:
    """This machine is trusted only when the accounts server is this machine as well."""
    allowed = ZOHO_API_HOSTS + RINGCENTRAL_HOSTS
    reason = wire.refused_api_domain(base_url, accounts_url, allowed, loopback=True)
    assert (reason is None) is trusted
