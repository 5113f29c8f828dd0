"""The little language of the field mapping: ${variables}, their transforms, and plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

Value = str | int | datetime | date | None

_TEMPLATE = re.compile(r"\$\{([^${}]*)\}")


class BadTemplateError(ValueError):
    """A value of the mapping cannot be understood; the message says which part and why."""


class Placeholder(NamedTuple):
    """One ${variable:transform:...} of a value."""

    variable: str
    transforms: tuple[str, ...]


def parse(template: str) -> list[str | Placeholder]:
    """Split a value into plain text and placeholders."""
    parts: list[str | Placeholder] = []
    end = 0
    for found in _TEMPLATE.finditer(template):
        parts.append(template[end : found.start()])
        variable, *transforms = (part.strip() for part in found.group(1).split(":"))
        parts.append(Placeholder(variable, tuple(transforms)))
        end = found.end()
    parts.append(template[end:])
    if any("${" in part for part in parts if isinstance(part, str)):
        raise BadTemplateError(f'"{template}" opens a placeholder that is never closed.')
    return [part for part in parts if part != ""]


def fill(template: str, values: Mapping[str, Value]) -> Value:
    """Return a value with its placeholders filled; one placeholder alone keeps its type.

    None when every placeholder is empty: a text of which only the frame is left says nothing.
    """
    parts = parse(template)
    results = [part if isinstance(part, str) else _one(part, values) for part in parts]
    placeholders = [
        result for part, result in zip(parts, results, strict=True) if isinstance(part, Placeholder)
    ]
    if placeholders and all(result is None for result in placeholders):
        return None
    if len(results) == 1:
        return results[0]
    return "".join("" if result is None else as_text(result) for result in results)


def as_text(value: Value) -> str:
    """Write a value the way Zoho CRM expects it in text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _one(part: Placeholder, values: Mapping[str, Value]) -> Value:
    if part.variable not in values:
        known = ", ".join(sorted(values))
        raise BadTemplateError(f"There is no variable ${{{part.variable}}}; known: {known}.")
    value = values[part.variable]
    for name in part.transforms:
        if name not in TRANSFORMS:
            known = ", ".join(sorted(TRANSFORMS))
            raise BadTemplateError(f'There is no transform ":{name}"; known: {known}.')
        if value is not None:
            value = TRANSFORMS[name](value)
    return value


def _uppercase(value: Value) -> Value:
    return as_text(value).upper()


def _lowercase(value: Value) -> Value:
    return as_text(value).lower()


def _minutes(value: Value) -> Value:
    # Whole minutes, half a minute and more counting as one: what a number field can hold.
    return (_number(value, "minutes") + 30) // 60


def _seconds(value: Value) -> Value:
    return _number(value, "seconds")


def _date(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise BadTemplateError('The transform ":date" needs a time, such as ${call_time}.')


def _number(value: Value, transform: str) -> int:
    if isinstance(value, int):
        return value
    raise BadTemplateError(f'The transform ":{transform}" needs a number of seconds.')


TRANSFORMS: dict[str, Callable[[Value], Value]] = {
    "uppercase": _uppercase,
    "lowercase": _lowercase,
    "minutes": _minutes,
    "seconds": _seconds,
    "date": _date,
}
