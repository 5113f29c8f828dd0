"""Put other values into a JSON text and leave the rest of it as somebody wrote it. Pure.

What did not change keeps its own characters: order, indents, and what fits on one line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_INDENT = "  "
_NAMES = ("id", "name", "email", "date", "cron")  # What tells the entries of a list apart.


@dataclass(slots=True)
class _Node:
    """A value of the text, where it stands, and what it is made of."""

    value: Any
    start: int
    end: int
    parts: dict[str | int, _Node] = field(default_factory=dict)


def rewritten(text: str, value: Any) -> str:
    """Return *text* holding *value*; a text that is no JSON is written anew."""
    source = text.replace("\r\n", "\n").lstrip("\ufeff")
    try:
        root = _node(source, _skip(source, 0))
    except (ValueError, IndexError, RecursionError):
        return written(value)
    if _same(value, root.value):
        return text
    body = _Writer(source, _unit(source)).emit(value, root, 0)
    made = f"{source[: root.start]}{body}{source[root.end :]}"
    return made.replace("\n", "\r\n") if "\r\n" in text else made


def written(value: Any) -> str:
    """Return a new document's text."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Writer:
    source: str
    unit: str

    def emit(self, value: Any, old: _Node | None, depth: int) -> str:
        if old is not None and _same(value, old.value):
            return self.source[old.start : old.end]
        if isinstance(value, dict):
            before = old.parts if old is not None and isinstance(old.value, dict) else {}
            entries = [
                f"{_text(key)}: {self.emit(each, before.get(key), depth + 1)}"
                for key, each in value.items()
            ]
            return self._joined("{}", entries, old if before else None, depth)
        if isinstance(value, list):
            is_list = old is not None and isinstance(old.value, list)
            pairs = _paired(value, old.parts if old is not None and is_list else {})
            beside = next((node for _, node in pairs if node is not None and node.parts), None)
            short = beside is not None and self._on_one_line(beside)
            entries = [
                _text(each) if node is None and short else self.emit(each, node, depth + 1)
                for each, node in pairs
            ]
            plain = all(not isinstance(each, dict | list) for each in value)
            return self._joined("[]", entries, old if is_list else None, depth, plain=plain)
        return _text(value)

    def _joined(
        self,
        brackets: str,
        entries: list[str],
        old: _Node | None,
        depth: int,
        *,
        plain: bool = False,
    ) -> str:
        opening, closing = brackets[0], brackets[1]
        if not entries:
            return brackets
        one_line = plain
        if old is not None and old.parts:
            one_line = self._on_one_line(old)
        if one_line and not any("\n" in each for each in entries):
            return f"{opening}{', '.join(entries)}{closing}"
        inner, outer = self.unit * (depth + 1), self.unit * depth
        return f"{opening}\n{inner}" + f",\n{inner}".join(entries) + f"\n{outer}{closing}"

    def _on_one_line(self, node: _Node) -> bool:
        return "\n" not in self.source[node.start : node.end]


def _paired(values: list[Any], parts: dict[str | int, _Node]) -> list[tuple[Any, _Node | None]]:
    """Find each entry's place before: the same entry, else one of the same name."""
    left = list(parts.values())
    found: dict[int, _Node] = {}
    for alike in (_same, _same_name):
        for index, value in enumerate(values):
            if index in found:
                continue
            node = next((each for each in left if alike(value, each.value)), None)
            if node is not None:
                found[index] = node
                left.remove(node)
    return [(value, found.get(index)) for index, value in enumerate(values)]


def _same_name(one: Any, other: Any) -> bool:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    return any(one.get(name) is not None and one.get(name) == other.get(name) for name in _NAMES)


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: 1 is not true, 1.0 is 1, and the order of keys counts."""
    numbers = all(isinstance(each, int | float) for each in (one, other))
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if type(one) is not type(other) and not numbers:
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _unit(source: str) -> str:
    """Return what the text is indented with."""
    for line in source.splitlines()[1:]:
        indent = line[: len(line) - len(line.lstrip())]
        if indent:
            return indent
    return _INDENT


def _node(text: str, at: int) -> _Node:
    if text[at] not in "{[":
        value, end = _DECODER.raw_decode(text, at)
        return _Node(value, at, end)
    is_object, start = text[at] == "{", at
    made = _Node({} if is_object else [], start, start)
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        if is_object:
            name, after = _DECODER.raw_decode(text, at)
            inner = _node(text, _skip(text, _skip(text, after) + 1))
            made.value[name] = inner.value
            made.parts[name] = inner
        else:
            inner = _node(text, at)
            made.parts[len(made.value)] = inner
            made.value.append(inner.value)
        at = _skip(text, inner.end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    made.end = at + 1
    return made


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
