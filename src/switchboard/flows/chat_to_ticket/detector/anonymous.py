"""Take people out of a message before it becomes an example for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterable

from switchboard.flows.chat_to_ticket.dialogue.text import hide_passwords, shorten

# The detector reads what stands in their places as what it replaces: some address, some number.
MAIL, NUMBER = "someone@example.com", "5550100"
_LONGEST = 500
_LEAST_OF_A_NAME = 2
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,300}", re.IGNORECASE)
# Telephone and account numbers; error codes, updates (KB...) and sizes are what examples are for.
_NUMBER = re.compile(r"(?<![\w.-])(?<!kb )\+?\(?\d(?:[ ()./-]{0,3}\d){6,}(?!\w)", re.IGNORECASE)
_CALLED = re.compile(
    r"(?i:\b(?:my name is|name's|this is|i am|i'm)\s+)((?:[A-Z][\w'-]{1,30}\s?){1,3})"
)


def anonymous(text: str, names: Iterable[str] = ()) -> str:
    """Return a message without names, addresses, long numbers and passwords; a person reads it too.

    *names*: of the visitor, as far as they are known.
    """
    text = hide_passwords(shorten(text, _LONGEST))
    text = _ADDRESS.sub("", _MAIL.sub(MAIL, text))
    text = _NUMBER.sub(NUMBER, text)
    text = _CALLED.sub("", text)
    parts = {part for name in names for part in re.findall(r"[^\W\d_]+", name)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _LEAST_OF_A_NAME:
            text = re.sub(rf"\b{re.escape(part)}\b(?:'s)?", "", text, flags=re.IGNORECASE)
    tidy = re.sub(r"\s+([,.!?])", r"\1", " ".join(text.split()))
    return re.sub(r",{2,}", ",", tidy).strip(" ,;-")
