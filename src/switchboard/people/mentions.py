"""Find a person's number or address in any text, however it is spelled. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

_BETWEEN = r"[\s().\-/\u00a0\u2010-\u2015]{0,3}"
_SURE_DIGITS = 4  # People group the last digits of a number together.


@dataclass(frozen=True, slots=True)
class Mentions:
    """How a person is mentioned; `hints` are texts of which one is in every mention."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]

    def within(self, text: str) -> bool:
        return self.pattern.search(text) is not None

    def replaced(self, text: str, by: str) -> str:
        return self.pattern.sub(lambda _: by, text)


def mentions_of(phone: str | None, email: str | None) -> Mentions:
    """Return how an E.164 number, an address, or both are found; one of them is needed."""
    patterns, hints = [], []
    if phone:
        number = phonenumbers.parse(phone)
        national = phonenumbers.national_significant_number(number)
        country = str(number.country_code)
        digits = _BETWEEN.join(national)
        prefix = rf"(?:(?:\+|%2B|00)?{country}{_BETWEEN})?(?:\(0\))?\(?0?"
        patterns.append(rf"(?<!\d){prefix}{digits}(?!\d)")
        hints.append(national[-_SURE_DIGITS:])
    if email:
        patterns.append(rf"(?<![\w.+-]){re.escape(email)}(?![\w-])")
        hints.append(email.lower())
    return Mentions(re.compile("|".join(patterns), re.IGNORECASE), tuple(hints))
