"""The addresses of RingCentral's platform and media hosts; everything else is a loud 501."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.requests import origin
from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral import account, call_log, call_sync, media, messages, oauth
from switchboard.simulators.ringcentral.errors import unknown_path
from switchboard.simulators.ringcentral.gate import PLATFORM, route

_EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


def routes(world: World) -> list[BaseRoute]:
    """The platform host."""
    endpoints = (
        *account.ENDPOINTS,
        *call_log.ENDPOINTS,
        *call_sync.ENDPOINTS,
        *media.ENDPOINTS,
        *messages.ENDPOINTS,
    )
    known = [route(world, endpoint) for endpoint in endpoints]
    return [Route("/restapi", _versions), *oauth.routes(world), *known, _rest()]


def media_routes(world: World) -> list[BaseRoute]:
    """The media host: content only."""
    return [*(route(world, endpoint) for endpoint in media.MEDIA_ENDPOINTS), _rest()]


async def _versions(request: Request) -> Response:
    uri = f"{origin(request)}{PLATFORM}/restapi"
    version = {
        "uri": f"{uri}/v1.0",
        "versionString": "1.0.58",
        "releaseDate": "2026-08-01T00:00:00.000Z",
        "uriString": "v1.0",
    }
    return JSONResponse(
        {"uri": uri, "apiVersions": [version], "serverVersion": "sim", "serverRevision": "sim"}
    )


def _rest() -> Route:
    async def unknown(request: Request) -> Response:
        return unknown_path(request.method, request.url.path)

    return Route("/{path:path}", unknown, methods=_EVERY_METHOD)
