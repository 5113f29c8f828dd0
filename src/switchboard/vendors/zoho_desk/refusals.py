"""Know Zoho Desk's refusals: one table of statuses and codes (zoho-desk.md §10)."""

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
from switchboard.vendors.allowances import ZOHO_DESK
from switchboard.vendors.exchange import Answer, Request, Signals, UnreadableError, Vendor

OPERATOR_CODES = {
    "SCOPE_MISMATCH": "the credentials lack a scope; grant all scopes of the manual",
    "OAUTH_ORG_MISMATCH": "the organisation id belongs to another portal than the credentials",
    "FORBIDDEN": "give the credentials' agent a profile that may do this",
    "LICENSE_ACCESS_LIMITED": "the portal's edition does not have this",
    "ONLY_LIVECHAT_USER": "the credentials' user is no agent of Zoho Desk; make it one",
}
CREDITS_SPENT = "THRESHOLD_EXCEEDED"  # Of the whole day; TOO_MANY_REQUESTS is about concurrency.
STALE_CODES = {"INVALID_OAUTH", "UNAUTHORIZED", ""}
WEIGHT_HEADER = "x-rate-limit-request-weight-v3"
_CLIENT_ERROR, _BAD, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 400, 400, 401, 403, 404
_TIMED_OUT, _TOO_LARGE, _TOO_MANY, _SERVER_ERROR = 408, 413, 429, 500
_DAY_SPENT_SECONDS = 900.0  # Where Desk does not say when credits come back.
_LONGEST_STRIKES = 6  # 1, 2, 4 … 64 seconds.
_SHOWN_FIELDS = 5


def judge(request: Request, answer: Answer) -> SwitchboardError | None:
    """Turn a status into what the caller does next."""
    status = answer.status
    if status < _CLIENT_ERROR:
        return None
    code, message = error_of(answer)
    name, detail = code or f"HTTP {status}", answer.describe(f"{code} {message}")
    if status == _TOO_MANY:
        what = "no credits left today" if code == CREDITS_SPENT else "too many requests at once"
        return TransientError(
            "DESK-429",
            f"Zoho Desk refused {request.operation}: {what}.",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if status >= _SERVER_ERROR or status == _TIMED_OUT:
        kind = InDoubtError if request.write else TransientError
        return kind(
            "DESK-500",
            f"Zoho Desk failed at {request.operation} ({name}).",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if status == _UNAUTHORISED and code not in OPERATOR_CODES:
        return OperatorError(
            "DESK-401",
            f"Zoho Desk refused {request.operation} ({name}): check the credentials and their "
            "data centre, `switchboard credentials test` tells more.",
            detail=detail,
        )
    if status == _FORBIDDEN or code in OPERATOR_CODES:
        hint = OPERATOR_CODES.get(code, "change the profile of the credentials' agent")
        return OperatorError(
            "DESK-403", f"Zoho Desk refused {request.operation} ({name}): {hint}.", detail=detail
        )
    return _rejected(request, answer, name, detail)


def _rejected(request: Request, answer: Answer, name: str, detail: str) -> RejectedError:
    status = answer.status
    if status == _NOT_FOUND:
        return RejectedError(
            "DESK-404",
            f"Zoho Desk does not have what {request.operation} is about ({name}): it was deleted, "
            "or is hidden from the credentials' agent.",
            detail=detail,
        )
    if status == _TOO_LARGE:
        return RejectedError(
            "DESK-413",
            f"Zoho Desk refused {request.operation} ({name}): the file is too large.",
            detail=detail,
        )
    wrong = fields_of(answer)
    if any(kind == "duplicate" for _, kind in wrong):
        return RejectedError(
            "DESK-409",
            f"Zoho Desk refused {request.operation} ({name}): the value exists already.",
            detail=detail,
        )
    shown = ", ".join(f"{field} {kind}".strip() for field, kind in wrong[:_SHOWN_FIELDS])
    refusal = RejectedError(
        "DESK-400" if status == _BAD else "DESK-422",
        f"Zoho Desk refused {request.operation} ({f'{name}: {shown}' if shown else name}).",
        detail=detail,
    )
    refusal.fields = tuple(field for field, _ in wrong if field)
    return refusal


def signals(_request: Request, answer: Answer, window: float, strikes: int) -> Signals:
    """Pause after a refusal: as long as Desk says; a second or two, then longer, if it does not."""
    if answer.status != _TOO_MANY:
        return Signals()
    pause = answer.retry_after()
    if pause is None and error_of(answer)[0] == CREDITS_SPENT:
        pause = _DAY_SPENT_SECONDS
    if pause is None:
        share = 2.0 ** min(max(strikes - 1, 0), _LONGEST_STRIKES) / 60.0
        pause = min(share, 1.0) * window * random.uniform(1.0, 2.0)  # noqa: S311 - no secret.
    return Signals({ZOHO_DESK: pause})


def stale(answer: Answer) -> bool:
    """Tell whether a new token can help: with a missing scope it cannot, and would cost one."""
    return answer.status == _UNAUTHORISED and error_of(answer)[0] in STALE_CODES


def weight(answer: Answer) -> float | None:
    """Return the credits Desk says it took."""
    value = answer.headers.get(WEIGHT_HEADER, "")
    return float(value) if value.isascii() and value.isdigit() else None


def error_of(answer: Answer) -> tuple[str, str]:
    """Return code and message, or blanks."""
    document = _document(answer)
    return str(document.get("errorCode") or ""), str(document.get("message") or "")


def fields_of(answer: Answer) -> list[tuple[str, str]]:
    """Return the fields Desk complains about, each with what is wrong: invalid, missing, ..."""
    errors = _document(answer).get("errors")
    found = []
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, dict):
            name = str(each.get("fieldName") or "").lstrip("/")
            found.append((name, str(each.get("errorType") or "")))
    return found


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = answer.document
    except UnreadableError:
        return {}
    return document if isinstance(document, dict) else {}


ZOHO_DESK_VENDOR = Vendor(
    name="zoho_desk",
    title="Zoho Desk",
    code="DESK",
    judge=judge,
    signals=signals,
    stale=stale,
    weight=weight,
)
