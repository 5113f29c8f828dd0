"""Find secrets where they must not be: in the documents people copy, mail and commit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from switchboard.config.findings import Finding, finding
from switchboard.config.places import EMAIL
from switchboard.config.reading import Place, Raw, key_text
from switchboard.redaction import MASK

_KEY = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|secret|jwt|token|api_?key|authorization|private_?key)$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}"  # a JSON Web Token
    r"|\b1000\.[0-9a-f]{32}\.[0-9a-f]{32}\b"  # a Zoho token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\bgAAAA[\w-]{60,}"  # a Fernet token
)
_JSON_TEXT = re.compile(r'("([^"\\\n]+)"\s*:\s*)("(?:[^"\\]|\\.)*")')
_PASSWORD = re.compile(r"(://[^\s:/@\"]+:)[^\s@/\"]+@")

_MAIL_HINT = (
    "Remove it here and store it with `switchboard credentials set smtp`, which asks for the"
    " mail server's user name and password."
)


def is_secret_key(key: str) -> bool:
    """Tell whether a key of this name holds a secret."""
    return _KEY.search(key) is not None


def find_secrets(raw: Raw) -> list[Finding]:
    """Name every place of a document that holds a secret; the secret itself is never repeated."""
    found = []
    for place, value in _texts(raw.value, ()):
        is_mapping = len(place) > 1 and place[0] in {"accepted_calls", "missed_calls"}
        named = not is_mapping and isinstance(place[-1], str) and is_secret_key(place[-1])
        if value and (named or _VALUE.search(value)):
            found.append(_secret(raw, place, "holds a secret; plain documents must not"))
        elif "://" in value and _has_password(value):
            found.append(_secret(raw, place, "holds a password; set SWITCHBOARD_DATABASE_URL"))
    return found


def masked(text: str) -> str:
    """Return a document's text without the secrets somebody wrote into it, for people to see."""
    text = _JSON_TEXT.sub(lambda each: _hidden(each) if is_secret_key(each[2]) else each[0], text)
    return _PASSWORD.sub(rf"\1{MASK}@", _VALUE.sub(MASK, text))


def _hidden(found: re.Match[str]) -> str:
    return f'{found[1]}"{MASK}"' if found[3] != '""' else found[0]


def _secret(raw: Raw, place: Place, message: str) -> Finding:
    hint = _MAIL_HINT if raw.file == EMAIL else ""
    return finding(
        "CFG-018", raw.file, message, key=key_text(place), hint=hint, line=raw.line(place)
    )


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, (*place, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*place, index))
    elif isinstance(value, str) and place:
        yield place, value
