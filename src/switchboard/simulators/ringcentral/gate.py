"""What every endpoint has in common: token, permissions, rate group, error bodies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from switchboard.simulators.core.requests import origin, row_of
from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral import errors
from switchboard.simulators.ringcentral.company import Company
from switchboard.simulators.ringcentral.errors import ApiError
from switchboard.simulators.ringcentral.query import Query
from switchboard.simulators.ringcentral.records import RecordWriter
from switchboard.simulators.ringcentral.sessions import TokenError
from switchboard.simulators.ringcentral.state import RingCentralState

ACCOUNT = "/restapi/v1.0/account/{account}"
EXTENSION = ACCOUNT + "/extension/{extension}"
PLATFORM, MEDIA = "/ringcentral", "/ringcentral-media"


class Visit:
    """One authorised request."""

    def __init__(self, world: World, request: Request, owner: str) -> None:
        self.world, self.request, self.owner = world, request, owner
        self.query = Query(request)

    @property
    def state(self) -> RingCentralState:
        return self.world.ringcentral

    @property
    def company(self) -> Company:
        return self.state.company

    @property
    def account_uri(self) -> str:
        return f"{origin(self.request)}{PLATFORM}/restapi/v1.0/account/{self.company.id}"

    @property
    def media_uri(self) -> str:
        return f"{origin(self.request)}{MEDIA}/restapi/v1.0/account/{self.company.id}"

    def extension_id(self) -> str:
        """The extension named in the path; `~` is the caller's own."""
        wanted: str = self.request.path_params["extension"]
        found = self.owner if wanted == "~" else wanted
        if found not in self.company.extensions:
            raise errors.not_found("extensionId")
        return found

    def writer(self) -> RecordWriter:
        return RecordWriter(
            self.company,
            uri=self.account_uri,
            media_uri=self.media_uri,
            now=self.world.clock.now(),
            elapsed=self.world.clock.elapsed(),
        )


Handler = Callable[[Visit], Awaitable[Response | dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    path: str
    group: str
    app_permission: str
    user_permission: str | None
    handler: Handler


def route(world: World, endpoint: Endpoint) -> Route:
    async def answer(request: Request) -> Response:
        row = row_of(request)
        row.group = endpoint.group.lower()
        try:
            owner = _owner(world, request)
        except ApiError as error:
            return error.response()
        group = world.ringcentral.limits.group(endpoint.group, owner)
        wait = group.take()
        if wait:
            response = errors.too_many_requests().response()
            response.headers["Retry-After"] = errors.retry_after(world, wait)
        else:
            response = await _carried_out(world, request, owner, endpoint)
        response.headers.update(group.headers())
        response.headers["RCRequestId"] = f"sim-{world.requests.total}"
        return response

    return Route(endpoint.path, answer, methods=["GET"])


async def _carried_out(world: World, request: Request, owner: str, endpoint: Endpoint) -> Response:
    try:
        _check_rights(world.ringcentral, endpoint)
        if request.path_params.get("account", "~") not in ("~", world.ringcentral.company.id):
            return errors.not_found("accountId").response()
        found = await endpoint.handler(Visit(world, request, owner))
    except ApiError as error:
        return error.response()
    return found if isinstance(found, Response) else JSONResponse(found)


def _owner(world: World, request: Request) -> str:
    header = request.headers.get("authorization")
    token = request.query_params.get("access_token")
    if header is None and token is None:
        raise ApiError(401, "AGW-401", "Authorization header is not specified")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ApiError(401, "AGW-402", "Invalid Authorization header")
    try:
        return world.ringcentral.sessions.check(token or "").owner
    except TokenError as error:
        if error.code == "OAU-128":
            raise errors.token_expired() from None
        raise errors.token_invalid(error.code) from None


def _check_rights(state: RingCentralState, endpoint: Endpoint) -> None:
    granted = set(state.app_permissions)
    if "ReadCallRecording" in granted:
        granted.add("ReadCallLog")  # ringcentral.md §9: the one includes the other.
    if endpoint.app_permission not in granted:
        raise errors.no_app_permission(endpoint.app_permission)
    wanted = endpoint.user_permission
    if wanted is not None and wanted not in state.user_permissions:
        raise errors.no_user_permission(wanted)
