"""Say in words what a change of a JSON document does. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.config.secrets import is_secret_key, masked
from switchboard.redaction import MASK

_NAMES = ("name", "email", "id", "date")
_STEP = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
_LONGEST = 120
_MOST = 40  # More changes than this are read in the lines.
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that changes; None: it was not there, or is there no longer."""

    where: str
    before: str | None
    after: str | None


def described(before: str | None, after: str | None) -> tuple[Difference, ...]:
    """Return every value that differs; nothing where words would not help."""
    try:
        old = json.loads(before) if before is not None else {}
        new = json.loads(after) if after is not None else {}
    except (ValueError, RecursionError):
        return ()
    people = {**_people(old), **_people(new)}
    alike = len(set(people.values())) < len(people)  # Then only ids tell them apart.
    found = tuple(_compared(old, new, (), {} if alike else people))
    return found if len(found) <= _MOST else ()


def _people(document: Any) -> dict[str, str]:
    """Return the names of the owners a document lists, by the ids its rules name them by."""
    listed = document.get("lead_owners") if isinstance(document, dict) else None
    rows = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    known = [each for each in rows if each.get("id") and each.get("name")]
    return {str(each["id"]): str(each["name"]) for each in known}


def _compared(
    old: Any, new: Any, way: tuple[str, ...], people: Mapping[str, str]
) -> Iterator[Difference]:
    if old is new or (type(old) is type(new) and old == new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            pair = old.get(key, _NOTHING), new.get(key, _NOTHING)
            yield from _compared(*pair, (*way, key), people)
        return
    named = _named(old), _named(new)
    if named[0] is not None and named[1] is not None:
        for name in dict.fromkeys([*named[0], *named[1]]):
            pair = named[0].get(name, _NOTHING), named[1].get(name, _NOTHING)
            yield from _compared(*pair, (*way, name), people)
        if list(named[0]) != list(named[1]) and sorted(named[0]) == sorted(named[1]):
            yield Difference(_words(way), ", ".join(named[0]), ", ".join(named[1]))
        return
    if way and way[-1] != "id":
        old, new = _called(old, people), _called(new, people)
    yield Difference(_words(way), _shown(old, way), _shown(new, way))


def _called(value: Any, people: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_called(each, people) for each in value]
    return people.get(value, value) if isinstance(value, str) else value


def _named(value: Any) -> dict[str, Any] | None:
    """Return a list's entries by what people call them."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return None
    names = [
        next((str(each[key]) for key in _NAMES if each.get(key)), f"#{index}")
        for index, each in enumerate(value, 1)
    ]
    return dict(zip(names, value, strict=True)) if len(set(names)) == len(names) else None


def _words(way: tuple[str, ...]) -> str:
    return _STEP.join(each.replace("_", " ").strip() or "…" for each in way) or "The document"


def _shown(value: Any, way: tuple[str, ...]) -> str | None:
    if value is _NOTHING:
        return None
    if any(is_secret_key(each) for each in way):
        return MASK
    text = masked(_text(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, dict):
        pairs = (f"{key.replace('_', ' ')}: {_text(each)}" for key, each in value.items())
        return ", ".join(pairs) or "nothing"
    return str(value) or "empty"
