"""Take a visitor's text as it comes: cleaned, shortened, and folded for comparison."""

from __future__ import annotations

import re
import unicodedata

LONGEST_MESSAGE = 4000  # A visitor's longest story; the rest of a pasted log is cut.
_QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc`", "'"))
_AROUND = " .,;:!?\"'()[]*_-\u2013\u2014\u2026\u201c\u201d"
# Not "my password is wrong": what follows has to look like one.
_SECRET = re.compile(
    r"(\b(?:password|passwort|passcode|pass code|pwd|pw|pin)\b"
    r"(?:,? it)?(?:'s| was| is)?\s*[:=]?\s*[\"']?)"
    r"(?=\S*[\d!#$%^&*+=~])(?=\S{4,})\S+",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|well|um+|so|please|pls|just|oh|sorry|thanks|thank you)[ ,.!]+)+"
    r"|(?:[ ,]+(?:please|pls|thanks|thank you|thx))+[ .!]*$"
)


def clean(text: str) -> str:
    """Return *text* without control characters and outer blanks, at a length we can hold."""
    cut = unicodedata.normalize("NFC", text[: LONGEST_MESSAGE * 2])
    kept = (each if each in "\n\t" or unicodedata.category(each)[0] != "C" else " " for each in cut)
    # A word joiner or a lone surrogate would not survive JSON and mails.
    return "".join(kept).strip()[:LONGEST_MESSAGE].strip()


def hide_passwords(text: str) -> str:
    """Return *text* without a password or code given away in it: a ticket is read by many."""
    return _SECRET.sub(lambda found: f"{found[1]}[removed]", text)


def fold(text: str) -> str:
    """Return what is compared: lower case, plain quotes, no punctuation around, single blanks."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = plain.translate(_QUOTES)
    return " ".join(plain.split()).strip(_AROUND)


def bare(text: str) -> str:
    """Return the folded text without the politeness around it; never nothing."""
    folded = fold(text)
    return _POLITE.sub("", folded).strip(" .,;:!?") or folded


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['.-][^\W_]+)*", fold(text))


def shorten(text: str, limit: int) -> str:
    """Return *text* on one line, cut at a blank where there is one."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    head = cut.rsplit(" ", 1)[0]
    return (head if len(head) > limit // 2 else cut) + "…"


def fill(template: str, **values: str) -> str:
    """Put *values* into {placeholders}; whatever else is in braces stays as it is.

    Not str.format: a visitor's or an operator's braces must neither fail nor reach attributes.
    """
    return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda found: values.get(found[1], found[0]), template)
