"""Every workflow with where it comes from: ours, an operator's in its place, or one more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from switchboard.config.editing import is_document, read
from switchboard.config.findings import Finding, finding
from switchboard.flows.chat_to_ticket.library import (
    OPERATORS,
    SHARED,
    SHIPPED,
    read_workflow,
    shared_of,
)
from switchboard.flows.chat_to_ticket.reading import Raw
from switchboard.flows.chat_to_ticket.workflow import Workflow

State = Literal["shipped", "changed", "own", "off", "broken"]
_ID = re.compile(r"^id:[ \t]*[\"']?([a-z][a-z0-9_]{0,39})[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow: `own` is the operator's document at `place`, `workflow` what is in force."""

    id: str
    place: str
    shipped: str | None
    own: str | None
    workflow: Workflow | None
    findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """The document as it stands: the operator's, or ours."""
        return self.own if self.own is not None else self.shipped or ""

    @property
    def broken(self) -> bool:
        return any(each.severity == "error" for each in self.findings)

    @property
    def state(self) -> State:
        if self.broken:
            return "broken"
        if self.own is None:
            return "shipped"
        if self.workflow and not self.workflow.detected:
            return "off"
        return "own" if self.shipped is None else "changed"


def catalogue(root: Path) -> list[Entry]:
    """Return every workflow there is, in the order of their ids, those of an operator last."""
    shared = shared_of(root)
    theirs = dict(_operators(root))
    entries = [
        _entry(name, theirs.pop(name, (place_of(name), None)), text, shared)
        for name, text in _shipped().items()
    ]
    return entries + [_entry(name, own, None, shared) for name, own in sorted(theirs.items())]


def entry(root: Path, name: str) -> Entry | None:
    """Return one workflow, None where neither we nor the operator have it."""
    ours = _shipped().get(name) if _NAME.fullmatch(name) else None
    own = dict(_operators(root)).get(name, (place_of(name), None))
    if ours is None and own[1] is None:
        return None
    return _entry(name, own, ours, shared_of(root))


def place_of(name: str) -> str:
    """Return where an operator's document of that id belongs."""
    return f"{OPERATORS.as_posix()}/{name}.yaml"


def is_name(name: str) -> bool:
    """Tell whether a workflow may be called so."""
    return _NAME.fullmatch(name) is not None


def check(
    text: str, place: str, name: str, shared: dict[str, Raw]
) -> tuple[Workflow | None, list[Finding]]:
    """Return the workflow a document describes, and everything to be changed in it.

    One that has become another workflow's is an error here: saving would replace that one.
    """
    workflow, findings = read_workflow(text, place, shared)
    if workflow is not None and workflow.id != name:
        message = f"is {workflow.id!r}, but this is the document of {name!r}"
        line = next((n for n, row in enumerate(text.splitlines(), 1) if row.startswith("id:")), 1)
        return None, [*findings, finding("CHAT-107", place, message, key="id", line=line)]
    return workflow, findings


def switched(text: str, *, on: bool) -> str:
    """Return the document with its workflow offered to visitors, or not."""
    without = re.sub(r"^detected:.*\n?", "", text, flags=re.MULTILINE)
    if on:
        return without
    return _ID.sub(lambda found: f"{found[0]}\ndetected: false", without, count=1)


def _entry(
    name: str, own: tuple[str, str | None], shipped: str | None, shared: dict[str, Raw]
) -> Entry:
    place, text = own
    ours = _ours(name) if shipped is not None else None
    if text is None:
        return Entry(name, place, shipped, None, ours)
    workflow, findings = check(text, place, name, shared)
    return Entry(name, place, shipped, text, workflow or ours, tuple(findings))


@cache
def _ours(name: str) -> Workflow | None:
    return read_workflow(_shipped()[name], place_of(name), shared_of(None))[0]


@cache
def _shipped() -> dict[str, str]:
    files = sorted(each for each in SHIPPED.glob("*.yaml") if each.name != SHARED)
    return {each.stem: each.read_text("utf-8") for each in files}


def _operators(root: Path) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Yield id, place and text; a broken document counts for the workflow it is named after."""
    folder = root / OPERATORS
    files = sorted({*folder.glob("*.yaml"), *folder.glob("*.yml")}, reverse=True)
    for path in files:  # The first of two files with one id is the one that counts: it comes last.
        place = f"{OPERATORS.as_posix()}/{path.name}"
        if path.name == SHARED or not is_document(place):
            continue
        text = read(root, place).text or ""
        named = _ID.search(text)
        name = named[1] if named else path.stem
        if _NAME.fullmatch(name):
            yield name, (place, text)
