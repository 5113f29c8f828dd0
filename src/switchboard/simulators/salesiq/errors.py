"""The portal's refusals: most of them with HTTP 200 and an `error` in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

UNAUTHORISED = 401


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator.
    """Ends a request with an error."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def response(self) -> Response:
        error = {"code": self.code, "message": self.message}
        return JSONResponse({"error": error}, status_code=self.status)


def rate_limited(world: World) -> Response:
    del world
    return locked().response()


def expired_token(world: World) -> Response:
    """Answer 401, as clients met it; a token refused from the start comes with HTTP 200."""
    del world
    return Refusal(1008, "Invalid OAuth token", status=UNAUTHORISED).response()


def locked() -> Refusal:
    return Refusal(1023, "Too many requests, this address is locked for a while")


def invalid_token() -> Refusal:
    return Refusal(1008, "Invalid OAuth token")


def no_token() -> Refusal:
    return Refusal(1002, "The authorization header is invalid")


def scope_missing() -> Refusal:
    return Refusal(1009, "Invalid OAuth scope")


def wrong_portal() -> Refusal:
    return Refusal(1005, "Invalid portal name")


def wrong_method() -> Refusal:
    return Refusal(1004, "Invalid method")


def wrong_body() -> Refusal:
    return Refusal(1015, "Invalid body")


def too_little() -> Refusal:
    return Refusal(1031, "Too little data")


def no_such(code: int = 1019) -> Refusal:
    return Refusal(code, "No such resource")


def not_imitated(what: str) -> Response:
    """501 for what the vendor has and this simulator has not; never a polite 200."""
    message = f"The simulator of SalesIQ does not imitate {what}."
    return Refusal(0, message, status=501).response()
