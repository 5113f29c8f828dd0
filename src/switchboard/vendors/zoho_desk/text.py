"""Make visitors' text harmless and short enough for Zoho Desk. Pure.

Lengths are counted in UTF-16 units, the harsher of the two readings of "characters".
"""

from __future__ import annotations

import html
import re
import unicodedata

from switchboard.errors import RejectedError

SUBJECT_LENGTH = 255  # 1000 in Desk's files, 255 in its older documentation: zoho-desk.md §5.
DESCRIPTION_LENGTH = 65_535
COMMENT_LENGTH = 32_000
FIELD_LENGTH = 255  # Text in a custom field.
FIRST_NAME_LENGTH, LAST_NAME_LENGTH = 40, 200
PHONE_LENGTH = 50
EMAIL_LENGTH = 100  # Desk cuts longer ones, and what is cut can double: zoho-desk.md §7.
CUT = " […]"

_KEPT = "\n\t\u200c\u200d"
_MENTION = re.compile(r"zsu\[", re.IGNORECASE)  # zsu[@user:1]zsu mentions an agent: §8.
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\]+")
_WHITE = re.compile(r"\s+")


def units(text: str) -> int:
    """Return the length of clean *text* as Desk may count it."""
    return len(text.encode("utf-16-le")) // 2


def clean(text: str) -> str:
    """Return *text* without control characters, half surrogates and mentions of agents."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    whole = whole.replace("\r\n", "\n").replace("\r", "\n")
    # Cf holds the marks that turn the direction of writing, but also what joins or parts letters.
    kept = (
        sign for sign in whole if sign in _KEPT or unicodedata.category(sign) not in {"Cc", "Cf"}
    )
    return _MENTION.sub(lambda found: f"{found.group()[:3]} [", "".join(kept))


def one_line(text: str) -> str:
    return _WHITE.sub(" ", clean(text)).strip()


def fit(text: str, length: int) -> str:
    """Shorten clean *text* visibly, never in the middle of a character."""
    if units(text) <= length:
        return text
    return _head(text, length - units(CUT)) + CUT


def subject(text: str, marker: str = "") -> str:
    """Return one line of at most 255 characters that ends with *marker* in brackets."""
    ending = f" [{one_line(marker)}]" if marker else ""
    return (fit(one_line(text), SUBJECT_LENGTH - units(ending)) + ending).strip()


def description(text: str) -> str:
    """Return *text* as HTML that shows exactly what was typed, within Desk's limit."""
    kept = clean(text)
    written = _as_html(kept)
    if units(written) <= DESCRIPTION_LENGTH:
        return written
    low, high = 0, len(kept)  # The longest beginning whose HTML fits, the sign of the cut included.
    while low < high:
        middle = (low + high + 1) // 2
        if units(_as_html(kept[:middle] + CUT)) <= DESCRIPTION_LENGTH:
            low = middle
        else:
            high = middle - 1
    return _as_html(kept[:low] + CUT)


def comment_parts(text: str, length: int = COMMENT_LENGTH) -> list[str]:
    """Split *text* into plain comments Desk accepts, between lines and words where that works.

    Nothing is lost: the parts joined are the cleaned text.
    """
    rest, parts = clean(text), []
    while units(rest) > length:
        head = _head(rest, length)
        for sign in ("\n", " "):
            place = head.rfind(sign) + 1
            if place > len(head) // 2:
                head = head[:place]
                break
        parts.append(head)
        rest = rest[len(head) :]
    if rest:
        parts.append(rest)
    return parts


def email(text: str) -> str:
    """Return an address Desk keeps as it is, or raise RejectedError DESK-422."""
    address = clean(text).strip()
    if units(address) > EMAIL_LENGTH or not _EMAIL.fullmatch(address):
        raise RejectedError(
            "DESK-422",
            "Zoho Desk keeps e-mail addresses of at most 100 characters, and this is not one.",
        )
    return address


def _as_html(text: str) -> str:
    return html.escape(text, quote=True).replace("\n", "<br>")


def _head(text: str, length: int) -> str:
    """Return as much of *text* as fits into *length* units."""
    # Half a pair at the end is left out.
    return text.encode("utf-16-le")[: max(length, 0) * 2].decode("utf-16-le", "ignore")
