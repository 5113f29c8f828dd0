"""Check what a visitor typed as SalesIQ itself would, before the bot hears of it."""

from __future__ import annotations

import re
from typing import Any

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9 ()./-]{6,20}")
_URL = re.compile(r"(https?://)?[^\s/.]+(\.[^\s/.]+)+(/\S*)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_RANGE = re.compile(r"(number|string)\((\d+)-(\d+)\)")
_OF_CARD = {"email": "email", "tel": "phoneno", "url": "website"}
_WORDS = {
    "email": "Please enter a valid e-mail address.",
    "phoneno": "Please enter a valid phone number.",
    "website": "Please enter a valid address.",
}


def complaint(text: str, card: dict[str, Any] | None, validate: dict[str, Any] | None) -> str:
    """Return what SalesIQ says to a wrong answer, or a blank to a right one."""
    if card is not None and card["type"] in _OF_CARD:
        form, errors = _OF_CARD[card["type"]], card.get("error")
    elif validate:
        form, errors = str(validate.get("format") or ""), validate.get("error")
    else:
        return ""
    if _fits(text.strip(), form):
        return ""
    listed = [str(each) for each in errors] if isinstance(errors, list) else []
    return listed[0] if listed else _WORDS.get(form, "Please check what you entered.")


def _fits(text: str, form: str) -> bool:
    ranged = _RANGE.fullmatch(form)
    if ranged:
        kind, least, most = ranged[1], int(ranged[2]), int(ranged[3])
        if kind == "string":
            return least <= len(text) <= most
        return _NUMBER.fullmatch(text) is not None and least <= float(text) <= most
    patterns = {"email": _EMAIL, "phoneno": _PHONE, "website": _URL, "number": _NUMBER}
    pattern = patterns.get(form)
    return pattern is None or pattern.fullmatch(text) is not None
