"""Read somebody else's JSON loosely: whatever stands there, a clean text or nothing comes out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from switchboard.errors import RejectedError
from switchboard.vendors.zoho_salesiq.refusals import TOO_LARGE, UNREADABLE

MOST_BYTES = 256 * 1024  # A delivery holds one message, and never the history: §1.
MOST_DEPTH = 24
MOST_FIELDS = 200  # Of a form.
_FORM_TYPE = "application/x-www-form-urlencoded"
# Nothing a person types: it would break logs, stores (NUL) or the order of letters (bidi marks).
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_UNUSUAL = re.compile(r"[^\w.:@+/=-]", re.ASCII)
LONGEST_ID = 128


def read_object(raw: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the body as an object; raises RejectedError SIQ-442 or SIQ-443."""
    if len(raw) > MOST_BYTES:
        raise RejectedError(TOO_LARGE, f"The delivery is larger than {MOST_BYTES // 1024} KB.")
    try:
        text = raw.decode("utf-8-sig")
        if header(headers, "content-type").lower().startswith(_FORM_TYPE):
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RejectedError(UNREADABLE, "The delivery is not JSON in UTF-8.") from error
    if not isinstance(document, dict):
        raise RejectedError(UNREADABLE, "The delivery is JSON, but not an object.")
    if _too_deep(document):
        raise RejectedError(UNREADABLE, f"The delivery is nested deeper than {MOST_DEPTH} levels.")
    return document


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header in whichever case it was sent."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def text_of(value: Any, longest: int) -> str:
    """Return a text or number without what cannot be seen; anything else is blank."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # A whole number of more than 4,300 digits.
        return ""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()[:longest].strip()


def id_of(value: Any) -> str:
    """Return an id fit for keys; of an unusual one a digest, since it still tells two apart."""
    text = text_of(value, MOST_BYTES)
    if len(text) > LONGEST_ID or _UNUSUAL.search(text):
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    return text


def object_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def first_id(*values: Any) -> str:
    return next((found for value in values if (found := id_of(value))), "")


def first_text(longest: int, *values: Any) -> str:
    return next((found for value in values if (found := text_of(value, longest))), "")


def _too_deep(document: Any) -> bool:
    level: list[Any] = [document]
    for _ in range(MOST_DEPTH):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
