"""The CRM's HTTP side: tokens, scopes, limits and credits around every operation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.requests import row_of
from switchboard.simulators.zoho_crm import attachments, errors, scopes
from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.operations import ELSEWHERE, PATHS, Operation

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World
    from switchboard.simulators.zoho_crm.state import CrmState

BASE = "/crm/v8"
BODY_BYTES = 100 * 1024 * 1024
FORM_BYTES = 64 * 1024  # What a form needs around its one file, at most.
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(world: World) -> list[BaseRoute]:
    """Return the endpoints under /crm/v8; *world* is asked anew on each request."""
    early = ELSEWHERE[:3]
    found: list[BaseRoute] = []
    for path, operations in PATHS.items():
        if path == "/Notes":  # All fixed paths are above, those of any module below.
            found += [_elsewhere(each) for each in early]
        found.append(Route(BASE + path, _endpoint(world, operations), methods=METHODS))
    found += [_elsewhere(each) for each in ELSEWHERE[len(early) :]]
    found.append(Route("/crm/{version}/{rest:path}", _unknown, methods=METHODS))
    found.append(Route("/{rest:path}", _unknown, methods=METHODS))
    return found


def _endpoint(world: World, operations: dict[str, Operation]) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        operation = operations.get(request.method)
        if operation is None:
            return errors.invalid_method().response()
        try:
            with world.crm.limits.slot():
                return await _answer(world, operation, request)
        except errors.Refusal as refusal:
            return refusal.response()

    return endpoint


async def _answer(world: World, operation: Operation, request: Request) -> Response:
    crm, row = world.crm, row_of(request)
    row.group, row.cost = operation.group, 0  # Refused before it was begun: nothing is charged.
    granted = _authenticated(world, request)
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    _check_size(crm, request, operation, multipart=multipart)
    form = await request.form() if multipart else None  # Not beside a copy of it in memory.
    raw = b"" if multipart else await request.body()
    if len(raw) > BODY_BYTES:
        raise _body_too_large()
    call = Call(
        crm,
        request.path_params,
        request.query_params,
        request.headers,
        raw=raw,
        form=form,
        extra_lag_s=row.index_lag,
    )
    try:
        response = await _carried_out(call, operation, granted)
    finally:
        row.cost = call.charged
        if form is not None:
            await form.close()
    response.headers.update(crm.limits.headers())
    return response


def _check_size(crm: CrmState, request: Request, operation: Operation, *, multipart: bool) -> None:
    """Refuse what says that it is too large before any of it is read."""
    announced = request.headers.get("content-length", "")
    length = int(announced) if announced.isdigit() else 0
    if length > BODY_BYTES:
        raise _body_too_large()
    attaching = multipart and operation.handle is attachments.upload
    if attaching and length > crm.rules.attachment_bytes + FORM_BYTES:
        raise attachments.too_large(413)


def _body_too_large() -> errors.Refusal:
    return errors.Refusal(
        413, "BODY_SIZE_REACHED", "Request body size exceeds the maximum limit of 100MB"
    )


async def _carried_out(call: Call, operation: Operation, granted: tuple[str, ...]) -> Response:
    crm = call.crm
    if scopes.missing(granted, operation.scopes(call)):
        raise errors.scope_mismatch()
    call.cost = operation.cost(call)
    crm.limits.afford(call.cost)
    with crm.limits.heavy_slot(needed=operation.heavy(call)):
        if crm.rules.latency_s:
            await asyncio.sleep(crm.rules.latency_s)
        try:
            return operation.handle(call)
        finally:
            call.charged = call.cost
            crm.limits.charge(call.cost)


def _authenticated(world: World, request: Request) -> tuple[str, ...]:
    """The scopes of the token in the Authorization header."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind not in {"Zoho-oauthtoken", "Bearer"} or not token:
        raise errors.no_authentication()
    access = world.accounts.check(token.strip())
    if access is None:
        raise errors.invalid_token()
    return access.scopes


def _elsewhere(path: str) -> BaseRoute:
    async def endpoint(request: Request) -> Response:
        row_of(request).group = "not imitated"
        return errors.not_imitated(f"{request.method} {request.url.path}").response()

    return Route(BASE + path, endpoint, methods=METHODS)


async def _unknown(request: Request) -> Response:
    version = request.path_params.get("version")
    if version is not None and version != "v8":
        return errors.not_imitated(f"version {version} of the API").response()
    return errors.invalid_url().response()
