"""Know RingCentral's refusals: one table of its errors, and what its headers say about pace."""

from __future__ import annotations

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.allowances import RINGCENTRAL, group_bucket
from switchboard.vendors.exchange import Answer, Limit, Request, Signals, UnreadableError, Vendor

_CLIENT_ERROR, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_TIMED_OUT, _NO_RANGE, _TOO_MANY, _SERVER_ERROR, _UNAVAILABLE = 408, 416, 429, 500, 503
_GLOBAL_LIMIT = "CMN-310"  # Per address, not per group.

# Which permission or setting a person has to change, by the vendor's code.
_OPERATOR_HINTS = {
    "CMN-401": "the app lacks the permission {permission}; add it in the developer console",
    "CMN-408": "the user of the JWT lacks the permission {permission}; change the user's role",
    "CMN-403": "the user of the JWT may not see this; give it an administrator's role",
    "CMN-404": "the user of the JWT may not see other mailboxes; give it an administrator's role",
    "CMN-402": "the user of the JWT has to be an administrator",
    "OAU-251": "the app does not allow the JWT grant; enable it in the developer console",
}

# What an operation needs, where the answer does not say (ringcentral.md §9).
_PERMISSIONS = {
    "download_recording": "ReadCallRecording",
    "download_voicemail": "ReadMessages",
    "read_transcript": "ReadMessages",
    "read_messages": "ReadMessages",
    "read_recording_retention": "ReadAccounts",
}
_MEDIA = {"download_recording", "download_voicemail", "read_transcript"}


def judge(request: Request, answer: Answer) -> SwitchboardError | None:
    """Turn a status into what the caller does next: the one table of RingCentral's errors."""
    status = answer.status
    if status < _CLIENT_ERROR:
        return None
    code, permission, text = error_of(answer)
    detail = answer.describe(f"{code} {text}")
    if status == _TOO_MANY:
        return TransientError(
            "RC-429",
            f"RingCentral refused {request.operation}: too many requests of its group.",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if status >= _SERVER_ERROR or status == _TIMED_OUT:
        kind = InDoubtError if request.write else TransientError
        return kind(
            "RC-500",
            f"RingCentral failed at {request.operation} (HTTP {status}).",
            detail=detail,
            retry_after=answer.retry_after(),
        )
    if request.operation == "token" or status in {_UNAUTHORISED, _FORBIDDEN}:
        name = "RC-403" if status == _FORBIDDEN else "RC-401"
        needed = permission or _PERMISSIONS.get(request.operation, "it needs")
        other = "check client id, client secret and JWT"
        if status == _FORBIDDEN and request.operation in _PERMISSIONS:
            other = "app and user of the JWT need the permission {permission}"
        hint = _OPERATOR_HINTS.get(code, other).format(permission=needed)
        return OperatorError(
            name, f"RingCentral refused {request.operation} ({code}): {hint}.", detail=detail
        )
    return _about_the_item(request, status, code, detail)


def _about_the_item(request: Request, status: int, code: str, detail: str) -> SwitchboardError:
    if status == _NO_RANGE:
        return TransientError(
            "RC-416",
            f"RingCentral has no rest of the file {request.operation} asked for; it has to be read "
            "again from the beginning.",
            detail=detail,
        )
    if status == _NOT_FOUND and request.operation in _MEDIA:
        return RejectedError(
            "RC-404",
            f"RingCentral does not have the file yet, or no more ({request.operation}, {code}).",
            detail=detail,
        )
    name = "RC-404" if status == _NOT_FOUND else "RC-400"
    return RejectedError(name, f"RingCentral refused {request.operation} ({code}).", detail=detail)


def signals(request: Request, answer: Answer, window: float, _strikes: int) -> Signals:
    """Read the pace out of an answer: the group's limit, and whether it is closed for a while."""
    named = answer.headers.get("x-rate-limit-group", "").strip()
    own = [bucket for bucket in request.costs if bucket != RINGCENTRAL]
    buckets = {group_bucket(named)} if named else set(own)
    stated = _number(answer.headers.get("x-rate-limit-window"))
    limits = []
    count = _number(answer.headers.get("x-rate-limit-limit"))
    if named and count is not None:
        limits.append(Limit(group_bucket(named), count, stated or window))
    pauses: dict[str, float] = {}
    if answer.status == _TOO_MANY:
        pause = answer.retry_after()
        if pause is None:
            pause = stated or window
        code, _, _ = error_of(answer)
        # What was charged is closed too: had the vendor moved it, asking again would be early.
        closed = {RINGCENTRAL} if code == _GLOBAL_LIMIT else buckets | set(own)
        pauses = dict.fromkeys(sorted(closed), pause)
    elif answer.status == _UNAVAILABLE and (pause := answer.retry_after()) is not None:
        pauses = {RINGCENTRAL: pause}
    elif answer.headers.get("x-rate-limit-remaining", "").strip() == "0":
        pauses = dict.fromkeys(sorted(buckets), stated or window)
    return Signals(pauses, tuple(limits))


def error_of(answer: Answer) -> tuple[str, str, str]:
    """Return the vendor's code, the permission it names and its text, as far as there are any."""
    try:
        document = answer.document
    except UnreadableError:
        return f"HTTP {answer.status}", "", ""
    if not isinstance(document, dict):
        return f"HTTP {answer.status}", "", ""
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    inner = first if isinstance(first, dict) else {}
    code = inner.get("errorCode") or document.get("errorCode") or document.get("error")
    permission = inner.get("permissionName") or document.get("permissionName") or ""
    text = inner.get("message") or document.get("message") or document.get("error_description")
    return str(code or f"HTTP {answer.status}"), str(permission), str(text or "")


def stale(answer: Answer) -> bool:
    """Treat every 401 alike: which one a merely expired token gets is not documented."""
    return answer.status == _UNAUTHORISED


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


RINGCENTRAL_VENDOR = Vendor(
    name="ringcentral", title="RingCentral", code="RC", judge=judge, signals=signals, stale=stale
)
