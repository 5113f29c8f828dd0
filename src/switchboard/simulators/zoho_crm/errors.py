"""The CRM's refusals: flat for a whole request, the same object inside `data[]` for one item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

Body = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator.
    """Ends a request with a flat error."""

    def __init__(
        self, status: int, code: str, message: str, details: Body | None = None, **headers: str
    ) -> None:
        super().__init__(code)
        self.status, self.headers = status, headers
        self.body = item(code, message, details)

    def response(self) -> Response:
        return JSONResponse(self.body, status_code=self.status, headers=self.headers)


class ItemRefusal(Exception):  # noqa: N818 - as above, for one item of a batch.
    """Ends one item of a write; the rest of the batch goes on."""

    def __init__(self, code: str, message: str, details: Body | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.body = item(code, message, details)


def item(code: str, message: str, details: Body | None = None) -> Body:
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


def rate_limited(world: World) -> Response:
    """429; the cause stands in the message only, and no Retry-After comes with it."""
    del world
    return too_many_requests("concurrency").response()


def expired_token(world: World) -> Response:
    del world
    return invalid_token().response()


def too_many_requests(cause: str) -> Refusal:
    messages = {
        "credits": "You have exceeded the credits available for your organization in 24 hours.",
        "concurrency": "You have exceeded the number of API calls your organization may make at"
        " the same time.",
        "sub-concurrency": "You have exceeded the number of sub-concurrent API calls of your"
        " organization.",
    }
    return Refusal(429, "TOO_MANY_REQUESTS", messages[cause])


def no_authentication() -> Refusal:
    return Refusal(401, "AUTHENTICATION_FAILURE", "Authentication failed")


def invalid_token() -> Refusal:
    return Refusal(401, "INVALID_TOKEN", "invalid oauth token")


def scope_mismatch() -> Refusal:
    return Refusal(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")


def no_permission(permission: str) -> Refusal:
    return Refusal(403, "NO_PERMISSION", "permission denied", {"permissions": [permission]})


def invalid_url() -> Refusal:
    return Refusal(
        404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"
    )


def invalid_method() -> Refusal:
    return Refusal(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")


def invalid_module() -> Refusal:
    return Refusal(
        400,
        "INVALID_MODULE",
        "the module name given seems to be invalid",
        {"resource_path_index": 0},
    )


def param_missing(name: str) -> Refusal:
    return Refusal(
        400,
        "REQUIRED_PARAM_MISSING",
        "One of the expected parameter is missing",
        {"param_name": name},
    )


def invalid_param(name: str, expected: str = "") -> Refusal:
    details = {"param_name": name}
    if expected:
        details["expected_data_type"] = expected
    return Refusal(400, "INVALID_DATA", "invalid data provided", details)


def limit_exceeded(name: str, limit: int) -> Refusal:
    return Refusal(400, "LIMIT_EXCEEDED", "limit exceeded", {"param_name": name, "limit": limit})


def too_many_items(name: str, limit: int) -> Refusal:
    details = {"maximum_length": limit, "api_name": name, "json_path": f"$.{name}"}
    return Refusal(400, "INVALID_DATA", "maximum length exceeded", details)


def body_missing(name: str) -> Refusal:
    details = {"api_name": name, "json_path": f"$.{name}"}
    return Refusal(400, "MANDATORY_NOT_FOUND", "required field not found", details)


def wrong_type(name: str, expected: str) -> Refusal:
    details = {"expected_data_type": expected, "api_name": name, "json_path": f"$.{name}"}
    return Refusal(400, "INVALID_DATA", "invalid data", details)


def not_imitated(what: str) -> Refusal:
    """501 for what the vendor has and this simulator has not; never a polite 200."""
    return Refusal(501, "NOT_IMITATED", f"The simulator of Zoho CRM does not imitate {what}.")


# -- one item of a write ------------------------------------------------------------------------


def invalid_item(index: int, api_name: str, **why: Any) -> ItemRefusal:
    details = {"api_name": api_name, "json_path": f"$.data[{index}].{api_name}", **why}
    return ItemRefusal("INVALID_DATA", "invalid data", details)


def invalid_id(index: int | None) -> ItemRefusal:
    path = "$.id" if index is None else f"$.data[{index}].id"
    return ItemRefusal(
        "INVALID_DATA", "the id given seems to be invalid", {"api_name": "id", "json_path": path}
    )


def mandatory(index: int, api_name: str) -> ItemRefusal:
    details = {"api_name": api_name, "json_path": f"$.data[{index}].{api_name}"}
    return ItemRefusal("MANDATORY_NOT_FOUND", "required field not found", details)


def already_converted(record_id: str) -> ItemRefusal:
    return ItemRefusal("ID_ALREADY_CONVERTED", "id already converted", {"id": record_id})


def several(refusals: list[ItemRefusal]) -> Body:
    if len(refusals) == 1:
        return refusals[0].body
    return {
        "code": "MULTIPLE_OR_MULTI_ERRORS",
        "errors": [r.body for r in refusals],
        "details": {},
        "message": "multiple errors have occurred",
        "status": "error",
    }
