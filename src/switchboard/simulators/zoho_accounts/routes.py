"""The accounts server's HTTP side: token, revoke, and the same behind another data centre."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.zoho_accounts import errors
from switchboard.simulators.zoho_accounts.state import AccessToken, OAuthClient
from switchboard.simulators.zoho_desk import scopes as desk_scopes

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

HOME = "us"  # The data centre whose accounts host is the bare mount; others are `/<location>/…`.


def routes(world: World) -> list[BaseRoute]:
    """Return the endpoints; *world* is asked anew on each request, so a reset is seen."""

    async def token(request: Request) -> Response:
        return _token(world, request, await _parameters(request))

    async def revoke(request: Request) -> Response:
        given = await _parameters(request)
        if world.accounts.revoke(given.get("token", "")):
            return JSONResponse({"status": "success"})
        return errors.refused("invalid_token")

    async def elsewhere(request: Request) -> Response:
        return errors.not_imitated(request.url.path)

    return [
        Route("/oauth/v2/token", token, methods=["POST"]),
        Route("/oauth/v2/token/revoke", revoke, methods=["POST"]),
        Route("/{location}/oauth/v2/token", token, methods=["POST"]),
        Route("/{location}/oauth/v2/token/revoke", revoke, methods=["POST"]),
        Route("/{path:path}", elsewhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


def _token(world: World, request: Request, given: Mapping[str, str]) -> Response:
    state = world.accounts
    location = request.path_params.get("location", HOME)
    client = state.clients.get(given.get("client_id", ""))
    if client is None or client.location != location:
        return errors.refused("invalid_client")
    if client.client_secret != given.get("client_secret"):
        return errors.refused("invalid_client_secret")
    grants = {
        "refresh_token": _refresh,
        "authorization_code": _exchange,
        "client_credentials": _client_credentials,
    }
    grant = grants.get(given.get("grant_type", ""))
    if grant is None:
        return errors.refused("unsupported_grant_type")
    return grant(world, request, given, client)


def _exchange(
    world: World, request: Request, given: Mapping[str, str], client: OAuthClient
) -> Response:
    state = world.accounts
    refresh = state.redeem(given.get("code", ""), client.client_id)
    if refresh is None:
        return errors.refused("invalid_code")
    state.throttled(refresh)  # The exchange hands out the first of the ten tokens.
    return _answer(world, request, state.issue(refresh.scopes, refresh), refresh.token)


def _refresh(
    world: World, request: Request, given: Mapping[str, str], client: OAuthClient
) -> Response:
    state = world.accounts
    refresh = state.refresh_tokens.get(given.get("refresh_token", ""))
    if refresh is None or refresh.revoked or refresh.client_id != client.client_id:
        return errors.refused("invalid_code")
    if state.throttled(refresh):
        return errors.rate_limited(world)
    return _answer(world, request, state.issue(refresh.scopes, refresh))


def _client_credentials(
    world: World, request: Request, given: Mapping[str, str], client: OAuthClient
) -> Response:
    wanted = tuple(s for s in given.get("scope", "").replace(" ", ",").split(",") if s)
    refusal = "invalid_scope" if not wanted else _wrong_product(world, given.get("soid", ""))
    if refusal is None and not _grantable(client.scopes, wanted):
        refusal = "invalid_scope"
    if refusal is not None:
        return errors.refused(refusal)
    return _answer(world, request, world.accounts.issue(wanted, None))


def _wrong_product(world: World, soid: str) -> str | None:
    """Say what is wrong with `ZohoCRM.<organisation>` or `ZohoDesk.<organisation>`."""
    product, _, organisation = soid.partition(".")
    if product == "ZohoDesk" and organisation != world.desk.org_id:
        return "invalid_soid" if organisation else "missing_org_info"
    return None if product in {"ZohoCRM", "ZohoDesk"} else "invalid_soid"


def _grantable(own: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return all(any(desk_scopes.covers(each, one) for each in own) for one in wanted)


def _answer(
    world: World, request: Request, access: AccessToken, refresh_token: str | None = None
) -> Response:
    url = request.url
    body: dict[str, object] = {
        "access_token": access.token,
        "scope": " ".join(access.scopes),
        "api_domain": world.accounts.api_domain or f"{url.scheme}://{url.netloc}/zoho-crm",
        "token_type": "Bearer",
        "expires_in": int(world.accounts.token_life_s),
    }
    if refresh_token is not None:
        body["refresh_token"] = refresh_token
    return JSONResponse(body)


async def _parameters(request: Request) -> dict[str, str]:
    """Read the query and the form body alike; Zoho takes either."""
    body = (await request.body()).decode("utf-8", "replace")
    return {**dict(request.query_params), **dict(parse_qsl(body, keep_blank_values=True))}
