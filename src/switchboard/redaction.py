"""Take personal data and secrets out of what is logged, whatever key or text they hide in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

MASK = "***"
_DEEPEST = 12  # Nobody logs deeper; a structure that contains itself would never end.
_SHOWN_DIGITS = 2

_SECRET_KEY = re.compile(
    r"(?:password|passwd|secret|token|jwt|authorization|cookie|credential|assertion|api_?key"
    r"|encryption_?key|private_?key|signature)s?$",
    re.IGNORECASE,
)
_NAME_KEY = re.compile(r"^(?:caller|full|first|last|contact)_?name$", re.IGNORECASE)
_PHONE_KEY = re.compile(
    r"(?:^|_)(?:phones?|mobile|caller|callee|person|persons|e164|from|to|called_number|number)$",
    re.IGNORECASE,
)
# Ids are long digits as well; in these keys only what is written like a phone number is one.
_ID_KEY = re.compile(
    r"(?:^|_)(?:id|ids|call|calls|run|media|interaction|session|sessions|account|key|keys|file|path"
    r"|at|fence|digest|hash|pid|port)$",
    re.IGNORECASE,
)

_SECRET_TEXT = (
    (re.compile(r"\b(Bearer|Basic|Zoho-oauthtoken)\s+[^\s\"',;]+", re.IGNORECASE), rf"\1 {MASK}"),
    (
        re.compile(
            r"(\b[\w-]*(?:password|passwd|secret|token|jwt|assertion|api_?key)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!\*\*\*)[^\s\"'&,;}]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\b1000\.[0-9a-fA-F]{16,}\.[0-9a-fA-F]{16,}\b"), MASK),
    (re.compile(r"\bgAAAA[\w-]{20,}={0,2}"), MASK),
    (re.compile(r"(?<![\w-])[\w-]{43}=(?![\w=])"), MASK),  # a Fernet key
    (re.compile(r"\b(sbk_[0-9a-f]{12}_)[\w-]+"), rf"\1{MASK}"),  # a key of our API
    (re.compile(r"(://[^\s:/@]+):[^\s@/]+@"), rf"\1:{MASK}@"),
)
_MAIL = re.compile(r"\b([\w.%+-])[\w.%+-]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})")
_PHONE = re.compile(r"(?<![\w.:/-])(?:\+|%2B|00)?\(?\d[\d\s().\-\u2010-\u2015]{5,}\d(?![\w-])")
_MARKED_PHONE = re.compile(r"(?<![\w.])(?:\+|%2B)\d[\d\s().\-]{5,}\d")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}\b|^\d{4}\.\d{2}\.\d{2}\b")
_ADDRESS = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")
# An id, or a time in seconds, that stands alone among other numbers.
_LONG_NUMBER = re.compile(r"((?<!\S)(?:\d{16,}|\d{9,}\.\d{6,})(?!\S))")
_SHORTEST, _LONGEST = 7, 15  # Digits of a phone number (ITU E.164).


def redact(value: Any, key: str = "", depth: int = 0) -> Any:
    """Return *value* fit for a log; containers are copied, never changed."""
    if depth > _DEEPEST or isinstance(value, SecretStr | SecretBytes):
        return MASK
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {
            redact_text(str(name)): redact(each, str(name), depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(each, key, depth + 1) for each in value]
    return _scalar(value, key)


def _scalar(value: Any, key: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_KEY.search(key) and not isinstance(value, int | float):
        return MASK if value else value
    if isinstance(value, int | float):
        return _phone(str(value)) if _PHONE_KEY.search(key) and isinstance(value, int) else value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if _NAME_KEY.search(key):
        return initials(text)
    return redact_text(text, ids=bool(_ID_KEY.search(key)))


def redact_text(text: str, *, ids: bool = False) -> str:
    """Mask what looks like a secret, an e-mail address or a phone number in free text."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    text = _MAIL.sub(r"\1***@\2", text)
    if ids:
        return _MARKED_PHONE.sub(lambda found: _phone(found[0]), text)
    return _PHONE.sub(lambda found: _phone(found[0]), text)


def initials(name: str) -> str:
    """Keep the first letter of each word: enough to follow a call, too little to know a person."""
    return " ".join(f"{word[0]}." for word in name.split())


def _phone(text: str) -> str:
    """Mask one run of digits and separators; it may hold several numbers, dates and ids."""
    date = _DATE.match(text)
    if date:
        return date[0] + _PHONE.sub(lambda found: _phone(found[0]), text[date.end() :])
    if _ADDRESS.match(text):
        return text
    digits = _digits(text)
    if len(digits) < _SHORTEST:
        return text
    if len(digits) > _LONGEST and not _marked(text):
        # Longer than any phone number: ids stand among them, and numbers side by side.
        parts = _LONG_NUMBER.split(text)
        rest = [_masked(each) if len(_digits(each)) >= _SHORTEST else each for each in parts[::2]]
        parts[::2] = rest
        return "".join(parts)
    if text.isdigit() and len(digits) < _LONGEST - 5:
        return text  # A count or an amount; numbers without any mark have at least ten digits.
    return _masked(text)


def _masked(text: str) -> str:
    end = len(text.rstrip())
    shown = _digits(text)[-_SHOWN_DIGITS:]
    start = len(text) - len(text.lstrip())
    return f"{text[:start]}{'+' if _marked(text) else ''}{MASK}{shown}{text[end:]}"


def _marked(text: str) -> bool:
    return text.startswith(("+", "%2B"))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text.removeprefix("%2B")).removeprefix("00")
