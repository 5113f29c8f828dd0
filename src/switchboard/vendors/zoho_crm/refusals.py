"""Know Zoho CRM's refusals: one table of its errors, per request and per item."""

from __future__ import annotations

import random
from typing import Any

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.allowances import ZOHO_CRM
from switchboard.vendors.exchange import Answer, Request, Signals, UnreadableError, Vendor

# The request as a whole cannot work until a person changes something.
OPERATOR_CODES = {
    "AUTHORIZATION_FAILED",
    "NO_PERMISSION",
    "FEATURE_NOT_ENABLED",
    "NOT_SUPPORTED",
}
# Status 413 comes with one of these, or alone from a gateway: zoho-crm.md §6.2.
TOO_LARGE_CODES = {
    "BODY_SIZE_REACHED",
    "FILE_SIZE_EXCEEDS",
    "FILE_SIZE_MORE_THAN_ALLOWED_SIZE",
}
SCOPE_MISSING = "OAUTH_SCOPE_MISMATCH"
# Zoho did not do it and says to come back.
TRANSIENT_CODES = {"DEPENDENT_SERVICE_ERROR", "ALREADY_MODIFIED", "TOO_MANY_REQUESTS"}
# Zoho failed on the way: it may have done it.
IN_DOUBT_CODES = {"INTERNAL_ERROR"}
DUPLICATE = "DUPLICATE_DATA"
_STALE_CODES = {"INVALID_TOKEN", "AUTHENTICATION_FAILURE", ""}
_CLIENT_ERROR, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_TIMED_OUT, _CHANGED, _TOO_LARGE, _TOO_MANY, _SERVER_ERROR = 408, 412, 413, 429, 500
_LONGEST_STRIKES = 6  # 1, 2, 4 … 64 seconds.


def judge(request: Request, answer: Answer) -> SwitchboardError | None:
    """Turn a status into what the caller does next; answers with items are read item by item."""
    status = answer.status
    if status < _CLIENT_ERROR or (status == _CLIENT_ERROR and request.write and has_items(answer)):
        return None
    code, text = error_of(answer)
    name, detail = code or f"HTTP {status}", answer.describe(f"{code} {text}")
    if status == _TOO_MANY or code == "TOO_MANY_REQUESTS":
        return TransientError(
            "ZOHO-429",
            f"Zoho CRM refused {request.operation}: too many requests or no credits left.",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if status >= _SERVER_ERROR or status == _TIMED_OUT or code in IN_DOUBT_CODES:
        kind = InDoubtError if request.write else TransientError
        return kind(
            "ZOHO-500",
            f"Zoho CRM failed at {request.operation} ({name}).",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if code in TRANSIENT_CODES or status == _CHANGED:
        return TransientError(
            "ZOHO-500", f"Zoho CRM put off {request.operation} ({name}).", detail=detail
        )
    return _for_the_operator(request, status, code, detail) or _rejected(request, answer, code)


def _rejected(request: Request, answer: Answer, code: str) -> RejectedError:
    status, detail = answer.status, answer.describe(" ".join(error_of(answer)))
    name = code or f"HTTP {status}"
    if status == _TOO_LARGE or code in TOO_LARGE_CODES:
        return RejectedError(
            "ZOHO-413",
            f"Zoho CRM refused {request.operation} ({name}): the file is larger than the "
            "organisation may attach.",
            detail=detail,
        )
    # An unknown id in the address is 400 with the place in the path, not 404: zoho-crm.md §2.3.
    gone = code == "INVALID_DATA" and (_details(answer).get("resource_path_index") or 0) > 0
    code_of_ours = "ZOHO-404" if gone or status == _NOT_FOUND else "ZOHO-422"
    return RejectedError(
        code_of_ours, f"Zoho CRM refused {request.operation} ({name}).", detail=detail
    )


def _for_the_operator(
    request: Request, status: int, code: str, detail: str
) -> OperatorError | None:
    name = code or f"HTTP {status}"
    if status == _UNAUTHORISED or code == SCOPE_MISSING:
        hint = (
            "the refresh token lacks a scope; create a new one with all scopes of the manual"
            if code == SCOPE_MISSING
            else "store new credentials with `switchboard credentials set`"
        )
        return OperatorError(
            "ZOHO-401", f"Zoho CRM refused {request.operation} ({name}): {hint}.", detail=detail
        )
    if status == _FORBIDDEN or code in OPERATOR_CODES:
        return OperatorError(
            "ZOHO-403",
            f"Zoho CRM does not let this user do {request.operation} ({name}): "
            "change the user's profile or the edition.",
            detail=detail,
        )
    return None


def signals(_request: Request, answer: Answer, window: float, strikes: int) -> Signals:
    """Pause after a refusal: as long as the vendor says, else longer each time, up to a minute."""
    if answer.status != _TOO_MANY:
        return Signals()
    pause = answer.retry_after()
    if pause is None:
        share = 2.0 ** min(max(strikes - 1, 0), _LONGEST_STRIKES) / 60.0
        pause = min(share, 1.0) * window * random.uniform(1.0, 1.25)  # noqa: S311 - no secret.
    return Signals({ZOHO_CRM: pause})


def stale(answer: Answer) -> bool:
    """Tell whether a new token can help: with a missing scope it cannot, and would cost one."""
    return answer.status == _UNAUTHORISED and error_of(answer)[0] in _STALE_CODES


def has_items(answer: Answer) -> bool:
    """Tell whether the answer says of each item what became of it."""
    try:
        document = answer.document
    except UnreadableError:
        return False
    items = document.get("data") if isinstance(document, dict) else None
    return isinstance(items, list) and bool(items)


def error_of(answer: Answer) -> tuple[str, str]:
    """Return code and message, from either of Zoho's two shapes, or blanks."""
    try:
        document = answer.document
    except UnreadableError:
        return "", ""
    if has_items(answer):
        document = document["data"][0]
    if not isinstance(document, dict):
        return "", ""
    code = document.get("code")
    if not isinstance(code, str):  # An older shape: {"code": 429, "error": "TOO_MANY_REQUESTS"}.
        code = document.get("error")
    return str(code or ""), _sentence(document)


def _details(answer: Answer) -> dict[str, Any]:
    document = answer.document.get("details") if isinstance(answer.document, dict) else None
    return document if isinstance(document, dict) else {}


def _sentence(document: dict[str, Any]) -> str:
    details = document.get("details")
    field = details.get("api_name") if isinstance(details, dict) else None
    text = str(document.get("message") or "")
    return f"{text} ({field})" if field else text


ZOHO_CRM_VENDOR = Vendor(
    name="zoho_crm", title="Zoho CRM", code="ZOHO", judge=judge, signals=signals, stale=stale
)
