"""Desk's HTTP side: tokens, the portal's id, scopes, limits and credits around every operation."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.requests import origin, row_of
from switchboard.simulators.zoho_desk import errors, scopes
from switchboard.simulators.zoho_desk.call import LAST_RECORD, Call
from switchboard.simulators.zoho_desk.operations import LIST, PATHS, Operation

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

BASE = "/api/v1"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
FORM_BYTES = 64 * 1024  # What a form needs around its one file, at most.
JSON_BYTES = 1024 * 1024
DEEP, DEEPER = 2_000, 10_000  # Lists cost more from these offsets on.


def routes(world: World) -> list[BaseRoute]:
    """Return the endpoints; *world* is asked anew on each request."""

    async def keys(_: Request) -> Response:
        return JSONResponse(world.desk.webhooks.keys())

    async def elsewhere(request: Request) -> Response:
        row_of(request).group = "not imitated"
        return errors.not_imitated(f"{request.method} {request.url.path}").response()

    found: list[BaseRoute] = [Route("/.well-known/jwks.json", keys)]
    for path, operations in PATHS.items():
        found.append(Route(BASE + path, _endpoint(world, operations), methods=METHODS))
    found.append(Route("/{rest:path}", elsewhere, methods=METHODS))
    return found


def _endpoint(
    world: World, operations: dict[str, Operation]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        operation = operations.get(request.method)
        if operation is None:
            return errors.not_imitated(f"{request.method} {request.url.path}").response()
        try:
            with world.desk.limits.slot():
                return await _answer(world, operation, request)
        except errors.Refusal as refusal:
            return refusal.response()

    return endpoint


async def _answer(world: World, operation: Operation, request: Request) -> Response:
    desk, row = world.desk, row_of(request)
    row.cost = 0  # Refused before it was begun: nothing is charged.
    granted = _authenticated(world, request)
    if operation.with_org:
        _check_org(desk.org_id, request)
    if scopes.missing(granted, operation.scopes):
        raise errors.scope_mismatch()
    for name in request.query_params:
        if name not in operation.query and name != "orgId":
            raise errors.extra_query(name)
    call = await _read(world, operation, request)
    cost = _cost(world, operation, request)
    desk.limits.charge(cost)
    row.cost = cost
    try:
        if desk.rules.latency_s:
            await asyncio.sleep(desk.rules.latency_s)
        answer = operation.handle(call)
        response = await answer if inspect.isawaitable(answer) else answer
    except errors.Refusal as refusal:
        response = refusal.response()
    finally:
        if call.form is not None:
            await call.form.close()
    response.headers.update(desk.limits.headers(cost))
    return response


async def _read(world: World, operation: Operation, request: Request) -> Call:
    """Read the body, unless it says itself that it is too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    announced = request.headers.get("content-length", "")
    most = world.desk.rules.attachment_bytes + FORM_BYTES if operation.form else JSON_BYTES
    if announced.isdigit() and int(announced) > most:
        raise errors.too_large()
    form, raw = None, b""
    if operation.form:
        if kind != "multipart/form-data":
            raise errors.unsupported_media()
        form = await request.form()
    elif operation.write and request.method != "DELETE":
        raw = await request.body()
        if raw and kind != "application/json":
            raise errors.unsupported_media()
    return Call(
        world.desk,
        request.path_params,
        request.query_params,
        origin(request) + request.scope.get("root_path", "") + BASE,
        raw=raw,
        form=form,
        extra_lag_s=row_of(request).index_lag,
    )


def _cost(world: World, operation: Operation, request: Request) -> float:
    if operation.write:
        return world.desk.rules.create_cost
    start = request.query_params.get("from", "0")
    if operation.cost < LIST or not start.isdigit() or int(start) <= min(DEEP, LAST_RECORD):
        return operation.cost
    return 5.0 if int(start) <= DEEPER else 10.0


def _authenticated(world: World, request: Request) -> tuple[str, ...]:
    """The scopes of the token in the Authorization header."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "Zoho-oauthtoken" or not token:
        raise errors.unauthorized()
    access = world.accounts.check(token.strip())
    if access is None:
        raise errors.invalid_token()
    return access.scopes


def _check_org(org_id: str, request: Request) -> None:
    """Clients send a header; Desk's own description has it in the query."""
    given = request.headers.get("orgid") or request.query_params.get("orgId")
    if given is None:
        raise errors.unprocessable("The orgId is missing.")
    if given != org_id:
        raise errors.org_mismatch()
