"""The accounts server: refusals with HTTP 200, the throttle, the eleventh token."""

from __future__ import annotations

import pytest
from tests.zoho_rig import TOKEN, ZohoRig


async def test_a_refresh_answers_a_token_and_the_simulators_own_address(zoho: ZohoRig) -> None:
    reply = await zoho.token()
    body = reply.json()
    assert reply.status_code == 200
    assert body["api_domain"] == "http://zoho.test/zoho-crm"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert "refresh_token" not in body


async def test_parameters_in_the_query_are_read_as_well(zoho: ZohoRig) -> None:
    reply = await zoho.http.post(
        TOKEN,
        params={
            "grant_type": "refresh_token",
            "client_id": "sim-zoho-client",
            "client_secret": "sim-zoho-secret",
            "refresh_token": "sim-zoho-refresh",
        },
    )
    assert "access_token" in reply.json()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"refresh_token": "nobody's"}, "invalid_code"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"grant_type": "wish"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "used"}, "invalid_code"),
        ({"grant_type": "client_credentials", "scope": "ZohoCRM.org.READ"}, "invalid_soid"),
    ],
)
async def test_refusals_come_with_http_200(
    zoho: ZohoRig, changed: dict[str, str], error: str
) -> None:
    reply = await zoho.token(**changed)
    assert (reply.status_code, reply.json()) == (200, {"error": error})


async def test_the_right_client_on_another_data_centre_is_unknown(zoho: ZohoRig) -> None:
    reply = await zoho.token("/zoho-accounts/eu/oauth/v2/token")
    assert reply.json() == {"error": "invalid_client"}
    zoho.world.accounts.clients["sim-zoho-client"].location = "eu"
    assert "access_token" in (await zoho.token("/zoho-accounts/eu/oauth/v2/token")).json()


async def test_the_eleventh_request_in_ten_minutes_is_throttled(zoho: ZohoRig) -> None:
    for _ in range(9):  # Signing in was the first of the ten.
        assert (await zoho.token()).status_code == 200
    refused = await zoho.token()
    assert (refused.status_code, refused.json()["error"]) == (400, "Access Denied")
    zoho.advance(601)
    assert "access_token" in (await zoho.token()).json()


async def test_the_eleventh_token_kills_the_oldest(zoho: ZohoRig) -> None:
    for _ in range(10):
        zoho.advance(61)
        assert "access_token" in (await zoho.token()).json()
    reply = await zoho.get("/org")
    assert (reply.status_code, reply.json()["code"]) == (401, "INVALID_TOKEN")


async def test_a_grant_code_is_exchanged_once(zoho: ZohoRig) -> None:
    zoho.world.accounts.add_code("code-1", "sim-zoho-client", ["ZohoCRM.org.READ"])
    first = await zoho.token(grant_type="authorization_code", code="code-1")
    assert first.json()["scope"] == "ZohoCRM.org.READ"
    refreshed = await zoho.token(refresh_token=first.json()["refresh_token"])
    assert "access_token" in refreshed.json()
    second = await zoho.token(grant_type="authorization_code", code="code-1")
    assert second.json() == {"error": "invalid_code"}


async def test_a_grant_code_lives_three_minutes(zoho: ZohoRig) -> None:
    zoho.world.accounts.add_code("code-1", "sim-zoho-client")
    zoho.advance(181)
    reply = await zoho.token(grant_type="authorization_code", code="code-1")
    assert reply.json() == {"error": "invalid_code"}


async def test_client_credentials_carry_only_the_scopes_asked_for(zoho: ZohoRig) -> None:
    asked = {"grant_type": "client_credentials", "soid": "ZohoCRM.700000007"}
    reply = await zoho.token(**asked, scope="ZohoCRM.org.READ")
    assert reply.json()["scope"] == "ZohoCRM.org.READ"
    assert "refresh_token" not in reply.json()
    assert (await zoho.token(**asked)).json() == {"error": "invalid_scope"}
    assert (await zoho.token(**asked, scope="ZohoMail.ALL")).json() == {"error": "invalid_scope"}


async def test_revoking_a_refresh_token_ends_its_access_tokens(zoho: ZohoRig) -> None:
    path = "/zoho-accounts/oauth/v2/token/revoke"
    reply = await zoho.http.post(path, data={"token": "sim-zoho-refresh"})
    assert reply.json() == {"status": "success"}
    assert (await zoho.get("/org")).json()["code"] == "INVALID_TOKEN"
    assert (await zoho.token()).json() == {"error": "invalid_code"}
    assert (await zoho.http.post(path, data={"token": "sim-zoho-refresh"})).json() == {
        "error": "invalid_token"
    }


async def test_a_clients_twenty_first_refresh_token_drops_its_oldest(zoho: ZohoRig) -> None:
    for number in range(20):
        zoho.world.accounts.add_refresh_token(f"refresh-{number}", "sim-zoho-client")
    assert (await zoho.token()).json() == {"error": "invalid_code"}


async def test_unknown_paths_are_answered_loudly(zoho: ZohoRig) -> None:
    assert (await zoho.http.get("/zoho-accounts/oauth/v2/auth")).status_code == 501


async def test_the_state_shows_no_secret(zoho: ZohoRig) -> None:
    shown = {name: rows() for name, rows in zoho.world.accounts.collections().items()}
    assert shown["refresh_tokens"][0]["alive"] == 1
    assert "sim-zoho-secret" not in str(shown)
    assert "sim-zoho-refresh" not in str(shown)
