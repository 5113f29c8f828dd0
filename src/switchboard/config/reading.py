"""Read a JSON document so that whatever is wrong with it can be named by line and key."""

from __future__ import annotations

import codecs
import functools
import json
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from switchboard.config.findings import Finding, finding

Place = tuple[str | int, ...]  # The way into a document: ("lead_owners", 0, "id").
_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_DEEPEST = 40  # No document of ours has more than eight levels.
_TOO_DEEP = "is nested too deeply to be a configuration"


@dataclass(frozen=True, slots=True)
class Raw:
    """A document as read: its value (None when unusable), its keys' lines, and what is wrong."""

    file: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    whole: bool = True  # False: values were refused, so that what is missing proves nothing.

    def line(self, place: Place) -> int | None:
        """The line of *place*, or of the nearest thing around it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


def read_document(path: Path, file: str) -> Raw:
    """Read *path*; the finding of a document that is not there is the caller's business."""
    data = b""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _bad(file, "CFG-002", "is UTF-16 text; save it again with the encoding UTF-8")
        return _bad(file, "CFG-002", f"is not UTF-8 text (byte {error.start + 1})")
    except OSError as error:
        return _bad(file, "CFG-002", f"cannot be read: {error.strerror or 'unknown reason'}")
    return _parse(text, file)


def reader(root: Path) -> Callable[[str], Raw]:
    """Return what reads a directory's documents, each once; a missing one is an empty one."""

    @functools.cache
    def read(file: str) -> Raw:
        path = root / file
        return read_document(path, file) if path.exists() else Raw(file)

    return read


def _parse(text: str, file: str) -> Raw:
    if not text.strip():
        return _bad(file, "CFG-003", "is empty; a JSON object is expected")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        keys = list(_Walk(text).keys(0, ()))
    except json.JSONDecodeError as error:
        message = f"line {error.lineno}, column {error.colno}: {_plain(error, text)}"
        return _bad(file, "CFG-003", message, line=error.lineno)
    except (ValueError, RecursionError) as error:
        message = _TOO_DEEP if isinstance(error, RecursionError) else str(error)
        return _bad(file, "CFG-003", message)
    if not isinstance(value, dict):
        return _bad(file, "CFG-005", "must be an object in braces", line=1)
    lines, twice = _lines(text, keys, file)
    return Raw(file, value, lines, tuple(twice))


def _lines(
    text: str, keys: list[tuple[Place, int]], file: str
) -> tuple[dict[Place, int], list[Finding]]:
    """Give every key its line, and name those that stand twice."""
    lines: dict[Place, int] = {}
    twice: dict[Place, Finding] = {}
    breaks = [offset for offset, char in enumerate(text) if char == "\n"]
    for place, offset in keys:
        line = bisect_left(breaks, offset) + 1
        # What lies inside the second one repeats as well; that says nothing new.
        if place in lines and not any(place[:size] in twice for size in range(len(place))):
            message = f"stands twice (first in line {lines[place]}); only one can count"
            twice[place] = finding("CFG-020", file, message, key=key_text(place), line=line)
        lines[place] = line
    return lines, list(twice.values())


def key_text(place: Place) -> str:
    """Write a place as people do: `lead_owners[0].id`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _bad(file: str, code: str, message: str, *, line: int | None = None) -> Raw:
    return Raw(file, findings=(finding(code, file, message, line=line),))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value


def _plain(error: json.JSONDecodeError, text: str) -> str:
    """Say what JSON's parser means, in words for a person who edits by hand."""
    before = text[: error.pos].rstrip()
    near = text[error.pos : error.pos + 1]
    if error.msg.startswith("Illegal trailing comma") or (before.endswith(",") and near in "}]"):
        return "a comma before the closing bracket; remove it"
    if near == "'":
        return 'text must stand in double quotes ("), not single ones'
    if text[error.pos : error.pos + 2] in {"//", "/*"}:
        return 'JSON has no comments; use a key such as "_comment" instead'
    if not near:
        return "the document ends too early; a closing bracket or quote is missing"
    words = {
        "Expecting ',' delimiter": "a comma is missing before this place",
        "Expecting ':' delimiter": "a colon is missing after the key",
        "Expecting property name enclosed in double quotes": "a key in double quotes is expected",
        "Expecting value": "a value is expected",
        "Extra data": "something follows the end of the document",
        "Invalid control character at": "a line break or tab inside a text; is a quote missing?",
        "Unterminated string starting at": "this text has no closing quote",
    }
    return words.get(error.msg, error.msg)


class _Walk:
    """Walk valid JSON once more to find where every key and list entry begins."""

    def __init__(self, text: str) -> None:
        self.text, self.end = text, 0

    def keys(self, at: int, place: Place) -> Iterator[tuple[Place, int]]:
        at = self._skip(at)
        if self.text[at] not in "{[":
            _, self.end = _DECODER.raw_decode(self.text, at)
            return
        is_object, index = self.text[at] == "{", 0
        at = self._skip(at + 1)
        while self.text[at] not in "}]":
            begin = at
            if is_object:
                name, after = _DECODER.raw_decode(self.text, at)
                inner: Place = (*place, name)
                at = self._skip(after) + 1
            else:
                inner, index = (*place, index), index + 1
            if len(inner) > _DEEPEST:
                raise ValueError(_TOO_DEEP)
            yield inner, begin
            yield from self.keys(at, inner)
            at = self._skip(self.end)
            if self.text[at] == ",":
                at = self._skip(at + 1)
        self.end = at + 1

    def _skip(self, at: int) -> int:
        while self.text[at : at + 1] in _SPACE and at < len(self.text):
            at += 1
        return at
