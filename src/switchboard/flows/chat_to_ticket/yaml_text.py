"""Read YAML that people write, and refuse what was made to break its reader.

A few lines of aliases can stand for more values than a machine has memory, and a value inside
itself has no end. So the text is looked through event by event before anything is built from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from switchboard.config.findings import Finding, finding

LARGEST_FILE = 256 * 1024  # A document of a hundred questions has a tenth of that.
DEEPEST = 20  # An option's other name lies seven deep.
MOST_VALUES = 20_000  # With every alias counted as what it stands for.
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_NOT_YAML = "not YAML"


@dataclass(frozen=True, slots=True)
class Written:
    """A document as values, and where each of them stands."""

    value: Any = None
    root: Node | None = None

    def line(self, key: str) -> int | None:
        """Return the line of `steps[2].options`, or of the innermost part of it that is there."""
        node, found = self.root, None
        for number, name in _STEP.findall(key):
            below = _item(node, int(number)) if number else _member(node, name)
            if below is None:
                break
            node, found = below
        return found


@lru_cache(maxsize=32)  # Pages and checks read the same documents over and over.
def read_yaml(text: str, file: str) -> tuple[Written, Finding | None]:
    """Return what a text says, or why it cannot be read: CHAT-101. Nobody changes the values."""
    if len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        return Written(), finding("CHAT-101", file, "it is far too large for a workflow")
    reader = YAML(typ="safe", pure=True)
    try:
        problem = _hostile(reader, text, file)
        if problem is not None:
            return Written(), problem
        root = reader.compose(text)
        value = None if root is None else reader.constructor.construct_document(root)
        return Written(value, root), None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        return Written(), finding("CHAT-101", file, _plain(error.problem), line=line)
    except (YAMLError, ValueError, RecursionError) as error:
        words = f"it cannot be read: {type(error).__name__}"
        return Written(), finding("CHAT-101", file, words)


def with_lines(findings: list[Finding], written: Written) -> list[Finding]:
    """Return the findings with the line of the key they name, where they had none."""
    return [
        each if each.line or not each.key else _at(each, written.line(each.key))
        for each in findings
    ]


def _at(one: Finding, line: int | None) -> Finding:
    return Finding(one.code, one.file, one.key, one.message, one.hint, one.severity, line)


def _hostile(reader: YAML, text: str, file: str) -> Finding | None:
    """Find what would cost more to build than any document of a person."""
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []  # Anchor and number of values before it.
    values = 0
    for event in reader.parse(text):
        line = event.start_mark.line + 1
        if isinstance(event, CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = values - before
        elif isinstance(event, NodeEvent):
            if isinstance(event, AliasEvent) and event.anchor not in sizes:
                message = f"*{event.anchor} stands for itself, or for nothing"
                return finding("CHAT-101", file, message, line=line)
            values += sizes[event.anchor] if isinstance(event, AliasEvent) else 1
            if isinstance(event, ScalarEvent) and event.anchor:
                sizes[event.anchor] = 1
            if isinstance(event, CollectionStartEvent):
                open_.append((event.anchor, values - 1))
            if len(open_) > DEEPEST:
                return finding("CHAT-101", file, "it is nested far too deep", line=line)
            if values > MOST_VALUES:
                message = f"it stands for more than {MOST_VALUES} values"
                return finding("CHAT-101", file, message, line=line)
    return None


def _plain(problem: str | None) -> str:
    """Leave out what the reader's own words say about Python and about itself."""
    if not problem:
        return _NOT_YAML
    if "constructor for the tag" in problem:
        return "a tag (a word after an exclamation mark) is not allowed here"
    return " ".join(problem.split())


def _item(node: Node | None, at: int) -> tuple[Node, int] | None:
    if not isinstance(node, SequenceNode) or at >= len(node.value):
        return None
    found = node.value[at]
    return found, found.start_mark.line + 1


def _member(node: Node | None, name: str) -> tuple[Node, int] | None:
    if not isinstance(node, MappingNode):
        return None
    for key, value in node.value:
        if isinstance(key, ScalarNode) and key.value == name:
            return value, key.start_mark.line + 1
    return None
