"""Say what went wrong as RFC 9457 has it: with our code, and what can be done about it.

Whoever reads a problem learns what they can act on; what only an operator should know (a vendor's
words, a traceback) stays in the log, under the same request id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from switchboard.error_reference import about
from switchboard.errors import OperatorError, RejectedError, SwitchboardError, TransientError

MEDIA_TYPE = "application/problem+json"
DEFECT = "SB-000"
_OWN = {"API-003": 503, "API-004": 503}
# What a vendor's code ends with and means the same of a request to us.
_ALIKE = ("404", "409", "413")
_CODES = {
    400: "API-400",
    401: "API-401",
    403: "API-403",
    404: "API-404",
    405: "API-405",
    408: "API-408",
    413: "API-413",
    415: "API-415",
    422: "API-422",
    429: "API-429",
}
_LONGEST_WORDS = 300


class Wrong(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="The place in the request.", examples=["metadata.priority"])
    what: str = Field(description="What is wrong there.")


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:switchboard:error:API-422",
                "title": "A request lacks something, or a value has the wrong form",
                "status": 422,
                "detail": "The request cannot be used as it is.",
                "instance": "urn:switchboard:request:5d1f0c7e9b3a4c52",
                "code": "API-422",
                "what_to_do": "Correct what `errors` names; /docs shows an example of each request",
                "errors": [
                    {
                        "where": "metadata.priority",
                        "what": "Input should be 'High', 'Medium' or 'Low'",
                    }
                ],
            }
        }
    )

    type: str = Field(description="A name for this kind of problem.")
    title: str = Field(description="What the code means, always in the same words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time.")
    instance: str = Field(description="The request, as it is called in our log.")
    code: str = Field(description="Our error code: `switchboard explain CODE` says more.")
    what_to_do: str = Field(description="What can be done about it.")
    errors: list[Wrong] | None = Field(None, description="All that is wrong, place by place.")


class RequestError(RejectedError):
    """A request we refuse ourselves."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        wrong: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code or _CODES[status], message)
        self.status, self.wrong, self.headers = status, tuple(wrong), dict(headers or {})


def status_of(error: SwitchboardError) -> int:
    """Return the status for an error of any part: whose fault, and does trying again help?"""
    if isinstance(error, RequestError):
        return error.status
    if error.code in _OWN:
        return _OWN[error.code]
    family, _, number = error.code.partition("-")
    if family == "API" and number.isdigit() and number.startswith("4"):
        return int(number)
    if isinstance(error, TransientError | OperatorError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, RejectedError):
        return int(number) if number in _ALIKE else HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(error: SwitchboardError, request_id: str) -> JSONResponse:
    """Answer with what a part of ours raised on purpose."""
    headers = dict(error.headers) if isinstance(error, RequestError) else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    wrong = error.wrong if isinstance(error, RequestError) else ()
    status = status_of(error)
    return problem(status, error.code, error.message, request_id, wrong=wrong, headers=headers)


def problem_of_status(
    status: int, request_id: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer with a status that the framework chose: an unknown path, a wrong method."""
    code = _CODES.get(status, DEFECT if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "API-400")
    return problem(status, code, f"{HTTPStatus(status).phrase}.", request_id, headers=headers)


def problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    *,
    wrong: Sequence[Wrong] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    known = about(code)
    body = Problem(
        type=f"urn:switchboard:error:{code}",
        title=known.meaning if known else HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=f"urn:switchboard:request:{request_id}",
        code=code,
        what_to_do=known.you if known else "",
        errors=list(wrong) or None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status, dict(headers or {}), media_type=MEDIA_TYPE
    )


def wrong_of(errors: Sequence[Mapping[str, Any]]) -> list[Wrong]:
    """Turn pydantic's findings into ours; what was sent is never repeated."""
    return [
        Wrong(where=_place(each["loc"]), what=str(each["msg"])[:_LONGEST_WORDS]) for each in errors
    ]


def _place(loc: Sequence[object]) -> str:
    """Name a place: `metadata.priority` of the body, `path: ticket_id` elsewhere.

    A key of the sender's own may stand in it: it is shortened, and printed plainly.
    """
    source, *rest = [str(part) for part in loc] or ["body"]
    words = ".".join(part if part.isprintable() else repr(part) for part in rest)[:_LONGEST_WORDS]
    if source == "body":
        return words or "body"
    return f"{source}: {words}"
