"""The examples by what they are for: those that ship, and those an operator has added."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.detector.corpus import Corpus, Group
from switchboard.flows.chat_to_ticket.detector.sources import Sources, read_sources


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """What belongs to one id: a workflow's, or a kind of message that is for none of them."""

    id: str
    label: str
    title: str
    shipped: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.shipped) + len(self.own)


def example_sets(root: Path) -> dict[str, ExampleSet]:
    """Return every set by its id, ours first; messages that mean several workflows are left out."""
    sources = read_sources(root)
    own = _own(sources)
    replaced = {each.id for each in own.groups if each.replace}
    found: dict[str, ExampleSet] = {}
    for group in _of_one_label(_shipped()):
        lines = () if group.id in replaced else _texts(group)
        found[group.id] = ExampleSet(group.id, group.labels[0], group.title or group.id, lines)
    for group in _of_one_label(own):
        known = found.get(group.id) or ExampleSet(
            group.id, group.labels[0], group.title or group.id
        )
        lines = (*known.own, *_texts(group))
        found[group.id] = ExampleSet(known.id, known.label, known.title, known.shipped, lines)
    return found


def examples_check(root: Path, changes: dict[str, str | None]) -> list[Finding]:
    """Return what would be wrong with all examples if documents of the operator became these."""
    sources = read_sources(root)
    own = {place: content for place, content in sources.own.items() if place not in changes}
    own |= {place: text.encode() for place, text in changes.items() if text is not None}
    _, found = Sources(sources.shipped, own, sources.unreadable, sources.workflows).corpus()
    return found


@cache
def _shipped() -> Corpus:
    return read_sources(None).corpus()[0]


def _own(sources: Sources) -> Corpus:
    return Sources({}, sources.own, (), sources.workflows).corpus()[0]


def _of_one_label(corpus: Corpus) -> list[Group]:
    return [each for each in corpus.groups if len(each.labels) == 1]


def _texts(group: Group) -> tuple[str, ...]:
    return tuple(line.text for line in group.lines)
