"""The accounts server's refusals: not CRM-shaped, and most of them with HTTP 200."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World


def refused(error: str) -> Response:
    """Answer HTTP 200 with an `error`: a client that reads only the status is fooled."""
    return JSONResponse({"error": error})


def rate_limited(world: World) -> Response:
    """Answer as the token throttle does: HTTP 400, "Access Denied"."""
    del world
    return JSONResponse(
        {
            "error_description": (
                "You have made too many requests continuously. Please try again after some time."
            ),
            "error": "Access Denied",
            "status": "failure",
        },
        status_code=400,
    )


def expired_token(world: World) -> Response:
    """Answer as if the refresh token had been revoked or pushed out."""
    del world
    return refused("invalid_code")


def not_imitated(path: str) -> Response:
    """Say loudly that this simulator does not know *path*."""
    return JSONResponse(
        {
            "error": "not_imitated",
            "error_description": f"The simulator of Zoho accounts does not imitate {path}.",
        },
        status_code=501,
    )
