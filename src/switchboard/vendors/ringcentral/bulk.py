"""Read answers about several ids at once, part by part (ringcentral.md §7.4)."""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from switchboard.errors import OperatorError, RejectedError, SwitchboardError, TransientError
from switchboard.vendors.exchange import Answer, UnreadableError

T = TypeVar("T")
_OK, _CLIENT_ERROR, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 200, 400, 401, 403, 404
_TOO_MANY, _SERVER_ERROR = 429, 500


def read(
    answer: Answer, ids: Sequence[str], read_one: Callable[[Any], tuple[str, T] | None], thing: str
) -> dict[str, T | SwitchboardError]:
    """Return for each id what *read_one* made of its part, or why there is nothing."""
    found: dict[str, T | SwitchboardError] = {}
    for position, (status, body, href) in enumerate(_parts(answer)):
        one = read_one(body) if status < _CLIENT_ERROR else None
        if one is not None:
            found[one[0]] = one[1]
            continue
        wanted = next((each for each in ids if each in href), None)
        if wanted is None and position < len(ids):
            wanted = ids[position]
        if wanted is not None:
            found.setdefault(wanted, _part_error(status, thing))
    for each in ids:
        found.setdefault(
            each, TransientError("RC-500", f"RingCentral's answer left out a {thing}.")
        )
    return {each: found[each] for each in ids}


def _parts(answer: Answer) -> list[tuple[int, Any, str]]:
    """Return (status, body, address) of every part of a bulk answer."""
    kind = answer.headers.get("content-type", "")
    if kind.lower().startswith("multipart/"):
        return _multipart(answer.content, kind)
    document = answer.document
    if isinstance(document, dict) and isinstance(document.get("records"), list):
        document = document["records"]
    if isinstance(document, dict):
        return [(_OK, document, "")]
    if not isinstance(document, list):
        raise UnreadableError("The answer is neither records nor parts.")
    parts = []
    for item in document:
        if not isinstance(item, dict):
            raise UnreadableError("A part of the answer is not an object.")
        if "body" in item or "resourceId" in item:
            parts.append(
                (_status(item.get("status")), item.get("body"), str(item.get("resourceId", "")))
            )
        else:
            parts.append((_OK, item, ""))
    return parts


def _multipart(content: bytes, kind: str) -> list[tuple[int, Any, str]]:
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + content)
    bodies = []
    for part in message.iter_parts():
        payload = part.get_payload(decode=True)
        try:
            bodies.append(json.loads(payload if isinstance(payload, bytes) else b""))
        except ValueError as error:
            raise UnreadableError("A part of the answer is not JSON.") from error
    head = bodies[0].get("response") if bodies and isinstance(bodies[0], dict) else None
    if not isinstance(head, list) or len(head) != len(bodies) - 1:
        raise UnreadableError("The parts of the answer do not match its list of statuses.")
    return [
        (_status(entry.get("status")), body, str(entry.get("href", "")))
        for entry, body in zip(head, bodies[1:], strict=True)
    ]


def _part_error(status: int, thing: str) -> SwitchboardError:
    if status == _NOT_FOUND:
        return RejectedError("RC-404", f"RingCentral no longer has this {thing}.")
    if status in {_UNAUTHORISED, _FORBIDDEN}:
        return OperatorError(f"RC-{status}", f"RingCentral does not let us read this {thing}.")
    if status == _TOO_MANY:
        return TransientError("RC-429", f"RingCentral put off this {thing}.")
    if _CLIENT_ERROR <= status < _SERVER_ERROR:
        return RejectedError("RC-400", f"RingCentral refused to read this {thing}.")
    return TransientError("RC-500", f"RingCentral failed at this {thing}.")


def _status(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return _SERVER_ERROR
