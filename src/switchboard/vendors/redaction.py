"""Keep numbers, addresses, names of people and secrets out of logs and messages."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"(?i)\b(bearer|basic|zoho-oauthtoken)\s+\S+")
_TOKEN = re.compile(r"\b(?:1000\.[0-9a-f.]{20,}|eyJ[\w-]+(?:\.[\w-]+)*|[A-Za-z0-9_-]{40,})")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+?\d[\d\s().\u00a0-]{5,}\d")
_PHONE_DIGITS = range(7, 16)  # E.164 allows 15; longer runs are the vendors' record ids.
_LONGEST = 300


def redact(text: str) -> str:
    """Return *text* with what identifies a person or opens a door masked."""
    text = _SECRET.sub(r"\1 ***", text)
    text = _TOKEN.sub("***", text)
    text = _EMAIL.sub("***@***", text)
    text = _PHONE.sub(_mask, text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def quiet_libraries() -> None:
    """Stop httpx and httpcore from logging addresses, which may hold numbers and ids."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _mask(match: re.Match[str]) -> str:
    digits = [character for character in match.group() if character.isdigit()]
    if len(digits) not in _PHONE_DIGITS:
        return match.group()
    return "***" + "".join(digits[-2:])
