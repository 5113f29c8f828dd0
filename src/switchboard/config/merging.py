"""Put somebody's change on top of somebody else's: both began with the same document. Pure."""

from __future__ import annotations

import difflib
import json
from typing import Any

from switchboard.config.json_text import rewritten

_NOTHING = object()
_NAMES = ("id", "name", "email")


def merged(base: str | None, mine: str | None, theirs: str | None) -> str | None:
    """Return *theirs* with what *mine* changed in *base*; where both changed a thing, mine counts.

    None, as a document, is one that is not there; as the answer, that the two cannot be joined.
    """
    if base is None or mine is None or theirs is None:
        return None
    try:
        values = [json.loads(each) for each in (base, mine, theirs)]
    except (ValueError, RecursionError):
        return _lines(base, mine, theirs)
    return rewritten(theirs, _merged(*values))


def _merged(base: Any, mine: Any, theirs: Any) -> Any:
    if mine == base and type(mine) is type(base):
        return theirs
    if theirs == base and type(theirs) is type(base):
        return mine
    if all(isinstance(each, dict) for each in (base, mine, theirs)):
        return _objects(base, mine, theirs)
    named = [_by_name(each) for each in (base, mine, theirs)]
    if all(each is not None for each in named):
        found = _objects(*named)  # type: ignore[arg-type]
        order = [*_names(mine), *found]
        return [found[name] for name in dict.fromkeys(order) if name in found]
    return mine


def _objects(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    result = {}
    for key in dict.fromkeys([*theirs, *mine]):
        trio = [each.get(key, _NOTHING) for each in (base, mine, theirs)]
        value = _merged(*trio)
        if value is not _NOTHING:
            result[key] = value
    return result


def _by_name(value: Any) -> dict[str, Any] | None:
    """Return a list's entries by their names, None when they have none of their own."""
    if not isinstance(value, list):
        return None
    names = _names(value)
    if None in names or len(set(names)) != len(names):
        return None
    return dict(zip(names, value, strict=True))


def _names(value: list[Any]) -> list[str]:
    return [_name(each) for each in value]  # type: ignore[misc]


def _name(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    return next((f"{key} {entry[key]}" for key in _NAMES if entry.get(key)), None)


def _lines(base: str, mine: str, theirs: str) -> str | None:
    """Join two changes of a text that are in different places; None where they meet."""
    old = base.splitlines(keepends=True)
    changes = []
    for new in (mine.splitlines(keepends=True), theirs.splitlines(keepends=True)):
        codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        changes += [(i1, i2, new[j1:j2]) for tag, i1, i2, j1, j2 in codes if tag != "equal"]
    result, at = [], 0
    last: tuple[int, int, list[str]] | None = None
    for change in sorted(changes, key=lambda each: each[:2]):
        if change == last:
            continue  # Both did the same.
        start, end, lines = change
        if last is not None and start <= last[1]:
            return None
        result += [*old[at:start], *lines]
        at, last = end, change
    return "".join([*result, *old[at:]])
