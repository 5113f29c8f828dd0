"""Tell a caller's name from what carriers and queues put in its place.

On inbound calls RingCentral's `from.name` is the carrier's caller-ID text: often a city
("SAN FRANCSCO CA"), a kind of line ("WIRELESS CALLER") or, on queue calls, the name behind the
queue's own ("Support Queue - LEE SMITH"). A lead called "Wireless Caller" helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import NamedTuple


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.strip("|").split("|"))


_FILLERS = _listed(
    "|anonymous|anonymous caller|blocked|blocked caller|business caller|caller"
    "|caller id unavailable|caller unknown|cell phone|cellphone|cellular"
    "|cellular call|cellular caller|conference call|customer|international"
    "|international call|landline|mobile|mobile caller|mobile phone|n/a"
    "|name unavailable|no caller id|no name|no number|none|not available"
    "|not provided|null|out of area|out of service area|outofarea|potential spam"
    "|private|private caller|private name|private number|restricted"
    "|restricted caller|restricted number|scam likely|spam|spam likely|spam risk"
    "|telemarketer|test call|toll free|toll free call|toll free caller"
    "|toll free number|tollfree caller|unassigned|unavailable|undefined|unknown"
    "|unknown caller|unknown name|unknown number|voip call|voip caller|wireless"
    "|wireless call|wireless caller|wireless phone|withheld"
)
_STATES = _listed(
    "|AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO"
    "|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|VI|WA|WV|WI"
    "|WY"
    "|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT"
)
_COMPANY = re.compile(
    r"\b(?:inc|llc|llp|ltd|limited|corp|corporation|co|company|gmbh|plc|pllc|pc|lp|group|services|"
    r"associates|partners|holdings|bank|clinic|hospital|university|school|dept|insurance)\.?$",
    re.IGNORECASE,
)
# V12151030340022 and the like: the codes some carriers send for calls of diallers.
_CODE = re.compile(r"[A-Z]?\d[\dXx*\s().+-]*")
_SPACE = re.compile(r"\s+")
_SEPARATOR = " - "
_CITY_LIKENESS = 0.8  # Caller-ID cities are cut and misspelt: "SAN FRANCSCO" for San Francisco.
_CALLER_ID_WIDTH = 15  # Characters carriers keep: a city's name may end in the middle of a word.
_LONGEST = 100


class PersonName(NamedTuple):
    """A name in the CRM's two fields."""

    first: str | None
    last: str


def clean_caller_name(
    raw: str | None,
    *,
    queue_names: Iterable[str] = (),
    is_queue_call: bool = False,
    location: str | None = None,
) -> str | None:
    """Return the caller's name, or None where *raw* names a place, a line or nobody."""
    name = _tidy(raw)
    name = _without_queue(name, [_tidy(queue) for queue in queue_names], is_queue_call)
    if not name or name.casefold().rstrip(".") in _FILLERS or _CODE.fullmatch(name):
        return None
    if not any(character.isalpha() for character in name):
        return None
    if _is_place(name, _tidy(location)):
        return None
    return name[:_LONGEST]


def split_name(name: str) -> PersonName:
    """Split a name at its comma ("SMITH, JOHN") or before its last word ("John Q Smith")."""
    name = _tidy(name)
    if is_company(name):
        return PersonName(None, name)
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
        return PersonName(first or None, last) if last else PersonName(None, first or name)
    first, _, last = name.rpartition(" ")
    return PersonName(first or None, last)


def is_company(name: str) -> bool:
    """Say whether a name ends as companies' names do (Inc, LLC, Insurance, ...)."""
    return " " in name and _COMPANY.search(name) is not None


def _tidy(text: str | None) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return _SPACE.sub(" ", printable).strip(" ,;-\"'")


def _without_queue(name: str, queue_names: list[str], is_queue_call: bool) -> str:  # noqa: FBT001
    for queue in sorted(filter(None, queue_names), key=len, reverse=True):
        if name.casefold() == queue.casefold():
            return ""
        prefix = queue + _SEPARATOR
        if name.casefold().startswith(prefix.casefold()):
            return _tidy(name[len(prefix) :])
    if is_queue_call and _SEPARATOR in name:
        return _tidy(name.partition(_SEPARATOR)[2])
    return name


def _is_place(name: str, location: str) -> bool:
    words = name.replace(",", " ").split()
    state = words[-1].upper() if len(words) > 1 and words[-1].upper() in _STATES else None
    city_of_name = _letters(" ".join(words[:-1]) if state else name)
    city, _, state_of_location = (part.strip() for part in location.partition(","))
    city_of_location = _letters(re.sub(r"\(.*?\)", "", city))
    if city_of_location and _alike(city_of_name, city_of_location, cut=len(name)):
        return True
    if state is None:
        return False
    # "KENT WA" without a location to compare is a place; Yo-Yo MA calling from New York is not.
    shouted = name.upper() == name
    return shouted and (not state_of_location or state_of_location.upper() == state)


def _alike(name: str, city: str, cut: int) -> bool:
    if cut >= _CALLER_ID_WIDTH - 1 and city.startswith(name):
        return True
    return SequenceMatcher(None, name, city).ratio() >= _CITY_LIKENESS


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())
