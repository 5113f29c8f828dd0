"""Name what we refuse at the door, and turn SalesIQ's own refusals into what to do next."""

from __future__ import annotations

from typing import Any

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.allowances import ZOHO_SALESIQ
from switchboard.vendors.exchange import Answer, Request, Signals, UnreadableError, Vendor

# The door: a code of ours and the HTTP status it is answered with. Never 410, which switches a
# bot off at once: zoho-salesiq.md §2.
SIGNATURE_REFUSED = "SIQ-441"
UNREADABLE = "SIQ-442"
TOO_LARGE = "SIQ-443"
INCOMPLETE = "SIQ-444"
KEY_UNREADABLE = "SIQ-445"
DOOR_STATUS = {SIGNATURE_REFUSED: 401, UNREADABLE: 400, TOO_LARGE: 413, INCOMPLETE: 422}

# The REST API: zoho-salesiq.md §8.
TOKEN_CODES = {1002, 1008}
OPERATOR_CODES = {1009, 1016, 1017, 1021}
SETTING_CODES = {1004, 1005, 1006, 1010}
LOCKED = 1023
GONE_CODES = {1019, 1020, 1024, 1025}
SERVER_CODES = {1001}
LOCKED_SECONDS = 900.0  # "Locked for a while": nobody says for how long.
_MOST_DIGITS = 9
_CLIENT_ERROR, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_TIMED_OUT, _TOO_MANY, _SERVER_ERROR = 408, 429, 500


def judge(request: Request, answer: Answer) -> SwitchboardError | None:
    """Say what to do about an answer: its status first, then `error`, which comes with 200 too."""
    code, text = error_of(answer)
    status = answer.status
    if status < _CLIENT_ERROR and not code:
        return None
    name = str(code or f"HTTP {status}")
    detail = answer.describe(f"{code or ''} {text}")
    if code == LOCKED or status == _TOO_MANY:
        return TransientError(
            "SIQ-429",
            f"SalesIQ has locked our address ({name}); nothing is sent to it for a while.",
            detail=detail,
            retry_after=answer.retry_after() or LOCKED_SECONDS,
        )
    if code in SERVER_CODES or status >= _SERVER_ERROR or status == _TIMED_OUT:
        kind = InDoubtError if request.write else TransientError
        return kind("SIQ-500", f"SalesIQ failed at {request.operation} ({name}).", detail=detail)
    return _for_the_operator(request, status, code, detail) or _rejected(
        request, status, code, detail
    )


def _for_the_operator(
    request: Request, status: int, code: int, detail: str
) -> OperatorError | None:
    name = str(code or f"HTTP {status}")
    if code in TOKEN_CODES or (not code and status == _UNAUTHORISED):
        return OperatorError(
            "SIQ-401",
            f"SalesIQ refused our token at {request.operation} ({name}): store new credentials "
            "with `switchboard credentials set`.",
            detail=detail,
        )
    if code in OPERATOR_CODES or (not code and status == _FORBIDDEN):
        return OperatorError(
            "SIQ-403",
            f"SalesIQ does not let us do {request.operation} ({name}): a scope, a permission or "
            "the plan is missing.",
            detail=detail,
        )
    if code in SETTING_CODES:
        return OperatorError(
            "SIQ-400",
            f"SalesIQ does not know the address of {request.operation} ({name}): check the "
            "portal's screen name and data centre.",
            detail=detail,
        )
    return None


def _rejected(request: Request, status: int, code: int, detail: str) -> RejectedError:
    name = str(code or f"HTTP {status}")
    if code in GONE_CODES or (not code and status == _NOT_FOUND):
        return RejectedError(
            "SIQ-404",
            f"SalesIQ has no such conversation, request, operator or department for "
            f"{request.operation} ({name}).",
            detail=detail,
        )
    return RejectedError("SIQ-422", f"SalesIQ refused {request.operation} ({name}).", detail=detail)


def signals(_request: Request, answer: Answer, _window: float, _strikes: int) -> Signals:
    """Leave SalesIQ alone after 1023: every early call would keep the address locked."""
    if error_of(answer)[0] != LOCKED and answer.status != _TOO_MANY:
        return Signals()
    return Signals({ZOHO_SALESIQ: answer.retry_after() or LOCKED_SECONDS})


def stale(answer: Answer) -> bool:
    """Tell whether a new token can help; a scope that is missing would stay missing."""
    code, _ = error_of(answer)
    return code in TOKEN_CODES or (not code and answer.status == _UNAUTHORISED)


def error_of(answer: Answer) -> tuple[int, str]:
    """Return code and message of `error`, or 0 and a blank."""
    try:
        document: Any = answer.document
    except (UnreadableError, RecursionError):
        return 0, ""
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return 0, ""
    code, text = error.get("code"), str(error.get("message") or "")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) <= _MOST_DIGITS:
        code = int(code)
    # An error without a number is an error all the same: it must not pass for a success.
    return (code if isinstance(code, int) and code else -1), text


ZOHO_SALESIQ_VENDOR = Vendor(
    name="zoho_salesiq",
    title="Zoho SalesIQ",
    code="SIQ",
    judge=judge,
    signals=signals,
    stale=stale,
)
