"""One spelling for a telephone number, so that formatting never hides a person.

Everything that compares numbers compares E.164. A number that cannot be brought into that form
without guessing (withheld, masked, internal, local without an area code) is no number at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

MIN_DIGITS = 7  # Shorter ones are extensions and service numbers: nobody can be found by them.

# RingCentral masks the last digits as +1855201XXXX; other exports use stars. A single x is the
# usual sign for an extension ("x12"), so it only counts as a mask at the very end.
_MASKED = re.compile(r"[xX*#•]{2,}|\d[xX*•]\s*$")
_EXTENSION = re.compile(
    r"\s*[,;]?\s*(?:\bext(?:ension|n)?\.?|(?<=\d|\s)x|(?<=\s)#|;ext=)\s*[:.]?\s*\d{1,7}\s*$",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(r"\s*(?:/|,|;|\||\bor\b|\n)\s*", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z][A-Za-z.:]*")
# North America: area codes start with 2-9. Carriers send +10000000000 for "withheld".
_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{9}")


@lru_cache(maxsize=65_536)
def to_e164(raw: str | None, region: str | None = "US") -> str | None:
    """Return *raw* as +<country><number>, or None when it names no single outside line.

    *region* (ISO 3166, the office's) decides what a number without a country code means; without
    a region only numbers that bring their country code are understood.
    """
    if not raw or _MASKED.search(raw):
        return None
    text = raw.strip().removeprefix("tel:").removeprefix("TEL:")
    whole = _parse(_EXTENSION.sub("", text), region)
    if whole is not None:
        return whole
    # People type two numbers, or a word such as "home", into one field: the first number counts.
    for part in _ALTERNATIVES.split(_EXTENSION.sub("", text)):
        found = _parse(_EXTENSION.sub("", _WORDS.sub(" ", part)), region)
        if found is not None:
            return found
    return None


def _parse(text: str, region: str | None) -> str | None:
    text = text.strip()
    digits = sum(character.isdigit() for character in text)
    if not digits >= MIN_DIGITS:
        return None
    if text.startswith("00"):  # The international prefix of most of the world.
        text = "+" + text[2:]
    found = _e164(text, region)
    if found is None and not text.startswith("+"):
        # RingCentral may send 18662345678: a country code without its plus sign. As this is a
        # guess, the outcome has to be a number that the country's plan really has.
        guess = _e164("+" + text, None)
        if guess and phonenumbers.is_valid_number(phonenumbers.parse(guess)):
            found = guess
    return found


def _e164(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # Possible, not valid: numbering plans gain area codes faster than libraries are updated, and
    # a customer must not be lost for that. Local-only numbers (no area code) are not enough.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    formatted = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if formatted.startswith("+1") and not _NORTH_AMERICAN.fullmatch(formatted):
        return None
    return formatted


def readable(number: str, region: str = "US") -> str:
    """Return an E.164 number as people of *region* write it: (215) 555-0100, +44 20 7946 0958."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.country_code_for_region(region)
    style = (
        PhoneNumberFormat.NATIONAL
        if parsed.country_code == home
        else PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def international(number: str) -> str:
    """Return an E.164 number with its country code, spaced: +1 215-555-0100."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
