"""The token endpoint: JWT and refresh grants, revocation, five requests a minute."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.requests import row_of
from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral import errors
from switchboard.simulators.ringcentral.sessions import (
    ACCESS_SECONDS,
    REFRESH_SECONDS,
    Session,
    TokenError,
)
from switchboard.simulators.ringcentral.state import CLIENT_ID, CLIENT_SECRET, JWT

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def routes(world: World) -> list[BaseRoute]:
    """Both endpoints live in the Auth group, counted per application."""

    def endpoint(path: str, act: Callable[[World, FormData], Response]) -> Route:
        async def answer(request: Request) -> Response:
            row_of(request).group = "auth"
            group = world.ringcentral.limits.group("Auth", CLIENT_ID)
            wait = group.take()
            if wait:
                response = errors.too_many_requests().response()
                response.headers["Retry-After"] = errors.retry_after(world, wait)
            else:
                response = _refused(request) or act(world, await request.form())
            response.headers.update(group.headers())
            return response

        return Route(path, answer, methods=["POST"])

    return [endpoint("/restapi/oauth/token", _token), endpoint("/restapi/oauth/revoke", _revoke)]


def _refused(request: Request) -> Response | None:
    """The answer to a request that is no form, or whose client is not who it says."""
    form = "application/x-www-form-urlencoded"
    if not request.headers.get("content-type", "").startswith(form):
        return errors.oauth_error(
            415, "invalid_request", "OAU-250", "Content type must be form-urlencoded"
        )
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return errors.oauth_error(
            400, "invalid_client", "OAU-123", "Client authentication is required"
        )
    try:
        client, _, secret = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client, secret = "", ""
    if (client, secret) != (CLIENT_ID, CLIENT_SECRET):
        return errors.oauth_error(400, "invalid_client", "OAU-153", "Invalid client authentication")
    return None


def _token(world: World, form: FormData) -> Response:
    grant = str(form.get("grant_type", ""))
    if grant == JWT_GRANT:
        return _log_in(world, form)
    if grant == "refresh_token":
        return _refresh(world, form)
    if grant in ("password", "authorization_code"):
        return errors.oauth_error(
            400, "unauthorized_client", "OAU-251", "Unauthorized for this grant type"
        )
    return errors.oauth_error(400, "unsupported_grant_type", "OAU-250", "Unsupported grant type")


def _log_in(world: World, form: FormData) -> Response:
    if form.get("assertion") != JWT:
        return errors.oauth_error(400, "invalid_grant", "OAU-140", "Invalid JWT assertion")
    lifetimes = _lifetimes(form)
    if lifetimes is None:
        return errors.oauth_error(400, "invalid_request", "OAU-109", "Token lifetime out of range")
    return _issued(world, world.ringcentral.sessions.log_in(world.ringcentral.owner, *lifetimes))


def _refresh(world: World, form: FormData) -> Response:
    try:
        session = world.ringcentral.sessions.refresh(str(form.get("refresh_token", "")))
    except TokenError as error:
        words = {"OAU-210": "Token expired"}.get(error.code, "Token not found")
        return errors.oauth_error(400, "invalid_grant", error.code, words)
    return _issued(world, session)


def _lifetimes(form: FormData) -> tuple[int, int] | None:
    access = str(form.get("access_token_ttl", ACCESS_SECONDS))
    refresh = str(form.get("refresh_token_ttl", REFRESH_SECONDS))
    if not (access.isdigit() and refresh.isdigit()) or int(access) < 600:
        return None
    return min(int(access), ACCESS_SECONDS), min(int(refresh), 2_592_000)


def _issued(world: World, session: Session) -> Response:
    body: dict[str, object] = {
        "access_token": session.access,
        "token_type": "bearer",
        "expires_in": session.access_seconds,
        "scope": " ".join(sorted(world.ringcentral.app_permissions)),
        "owner_id": session.owner,
        "endpoint_id": f"ep-{session.id}",
        "session_id": session.id,
    }
    if world.ringcentral.issue_refresh_tokens:
        body["refresh_token"] = session.refresh
        body["refresh_token_expires_in"] = session.refresh_seconds
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _revoke(world: World, form: FormData) -> Response:
    """End the whole session; a token nobody knows is no error."""
    world.ringcentral.sessions.revoke(str(form.get("token", "")))
    return Response(status_code=200)
