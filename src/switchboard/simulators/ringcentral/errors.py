"""RingCentral's refusals, word for shape as clients meet them (ringcentral.md §1.3)."""

from __future__ import annotations

from math import ceil
from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.core.world import World

WINDOW_SECONDS = 60.0


class ApiError(Exception):
    """Ends a request with the vendor's error body."""

    def __init__(
        self, status: int, code: str, message: str, *, top: str | None = None, **extra: str
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.top, self.extra = top or code, extra

    def body(self) -> dict[str, Any]:
        inner = {"errorCode": self.code, "message": self.message, **self.extra}
        return {"errorCode": self.top, "message": self.message, "errors": [inner], **self.extra}

    def response(self) -> Response:
        return JSONResponse(self.body(), self.status)


def bad_parameter(name: str, value: str | None = None) -> ApiError:
    extra = {"parameterName": name} | ({} if value is None else {"parameterValue": value})
    return ApiError(
        400, "CMN-101", f"Parameter [{name}] value is invalid", top="InvalidParameter", **extra
    )


def not_found(name: str) -> ApiError:
    message = f"Resource for parameter [{name}] is not found"
    return ApiError(404, "CMN-102", message, parameterName=name)


def no_app_permission(permission: str) -> ApiError:
    message = (
        f"In order to call this API endpoint, application needs to have [{permission}] permission"
    )
    return ApiError(
        403, "CMN-401", message, top="InsufficientPermissions", permissionName=permission
    )


def no_user_permission(permission: str) -> ApiError:
    message = f"In order to call this API endpoint, user needs to have [{permission}] permission"
    return ApiError(
        403, "CMN-408", message, top="InsufficientPermissions", permissionName=permission
    )


def token_invalid(code: str = "OAU-213") -> ApiError:
    words = {"OAU-213": "Token not found", "OAU-149": "Unparsable access token"}
    return ApiError(401, code, words.get(code, "Token invalid"), top="TokenInvalid")


def token_expired() -> ApiError:
    return ApiError(401, "OAU-128", "Access token expired", top="TokenExpired")


def too_many_requests() -> ApiError:
    return ApiError(429, "CMN-301", "Request rate exceeded")


def sync_token_unusable(code: str, message: str) -> ApiError:
    return ApiError(400, code, message, parameterName="syncToken")


def unknown_path(method: str, path: str) -> Response:
    """Loud, and nothing RingCentral would ever say: the stand-in does not know this."""
    message = f"The RingCentral simulator does not imitate {method} {path}."
    return ApiError(501, "SIM-501", message).response()


def oauth_error(
    status: int, error: str, code: str, description: str, headers: dict[str, str] | None = None
) -> Response:
    body = {
        "error": error,
        "error_description": description,
        "errors": [{"errorCode": code, "message": description}],
    }
    return JSONResponse(body, status, headers)


def retry_after(world: World, simulated_seconds: float) -> str:
    return str(max(1, ceil(world.clock.real(simulated_seconds))))


def rate_limited(world: World) -> Response:
    """A 429 of the vendor's own making, for the fault of that name."""
    response = too_many_requests().response()
    response.headers["Retry-After"] = retry_after(world, WINDOW_SECONDS)
    return response


def expired_token(world: World) -> Response:
    """End every session, as an administrator would, and say so."""
    world.ringcentral.sessions.expire_all()
    return token_expired().response()
