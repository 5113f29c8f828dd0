"""Desk's refusals: errorCode, message, and the fields that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator.
    """Ends a request; *wrong* are (JSON pointer, errorType, errorMessage) of fields."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        wrong: list[tuple[str, str, str]] | None = None,
        **headers: str,
    ) -> None:
        super().__init__(code)
        self.status, self.headers = status, headers
        self.body: dict[str, Any] = {"errorCode": code, "message": message}
        if wrong:
            self.body["errors"] = [
                {"fieldName": name, "errorType": kind, "errorMessage": text}
                for name, kind, text in wrong
            ]

    def response(self) -> Response:
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        return JSONResponse(self.body, self.status, headers=headers)


def rate_limited(world: World) -> Response:
    """Answer as for too many requests at once: no Retry-After comes with it."""
    del world
    return too_many_at_once().response()


def expired_token(world: World) -> Response:
    del world
    return invalid_token().response()


def too_many_at_once() -> Refusal:
    return Refusal(429, "TOO_MANY_REQUESTS", "You have exceeded the number of concurrent calls.")


def credits_gone(seconds: float) -> Refusal:
    return Refusal(
        429,
        "THRESHOLD_EXCEEDED",
        "You have used up the API credits of your portal for today.",
        Retry_After=str(max(1, round(seconds))),
    )


def unauthorized() -> Refusal:
    return Refusal(401, "UNAUTHORIZED", "You are not authenticated to perform this operation.")


def invalid_token() -> Refusal:
    return Refusal(401, "INVALID_OAUTH", "The OAuth Token you provided is invalid.")


def scope_mismatch() -> Refusal:
    return Refusal(403, "SCOPE_MISMATCH", "The OAuth Token does not have the scope for this.")


def org_mismatch() -> Refusal:
    return Refusal(403, "OAUTH_ORG_MISMATCH", "The OAuth Token belongs to another organization.")


def forbidden(message: str = "You do not have the permission to do this.") -> Refusal:
    return Refusal(403, "FORBIDDEN", message)


def licence(feature: str, edition: str) -> Refusal:
    refusal = Refusal(403, "LICENSE_ACCESS_LIMITED", "Your edition does not have this.")
    refusal.body |= {"feature": feature, "editionType": edition}
    return refusal


def not_found() -> Refusal:
    return Refusal(404, "URL_NOT_FOUND", "The URL you provided is not found.")


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BAD_REQUEST", message)


def unsupported_media() -> Refusal:
    return Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The content type is not supported.")


def too_large() -> Refusal:
    return Refusal(413, "RESOURCE_SIZE_EXCEEDED", "The resource is larger than allowed.")


def empty_payload() -> Refusal:
    return Refusal(422, "EMPTY_PAYLOAD", "The payload is empty.")


def unprocessable(message: str) -> Refusal:
    return Refusal(422, "UNPROCESSABLE_ENTITY", message)


def extra_query(name: str) -> Refusal:
    return unprocessable(f"Extra query parameter '{name}' is present in the input.")


def invalid(*wrong: tuple[str, str, str]) -> Refusal:
    """Refuse fields, each (name, errorType, errorMessage)."""
    fields = [(f"/{name}", kind, text) for name, kind, text in wrong]
    return Refusal(422, "INVALID_DATA", "The data is invalid due to validation errors.", fields)


def not_imitated(what: str) -> Refusal:
    """501 for what the vendor has and this simulator has not; never a polite 200."""
    return Refusal(501, "NOT_IMITATED", f"The simulator of Zoho Desk does not imitate {what}.")
