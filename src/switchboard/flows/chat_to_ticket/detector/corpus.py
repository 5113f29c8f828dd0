"""The examples the detector learns from, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from switchboard.flows.chat_to_ticket.detector.labels import OUTSIDE
from switchboard.flows.chat_to_ticket.models import LABELS


class Line(NamedTuple):
    """One example as it stands in a file."""

    text: str
    number: int  # The line of the file, for findings.


class Said(NamedTuple):
    """One example as the model learns it; several classes when either may be meant."""

    text: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What one file (or one part of it) teaches: messages of one class, or of several."""

    id: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    file: str
    title: str = ""
    description: str = ""
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """All groups and the lexicon."""

    groups: tuple[Group, ...]
    concepts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """The workflows, then the classes for everything else, in a fixed order.

        What is none of the workflows is learnt group by group: other IT topics and the weather
        have too little in common for one straight line.
        """
        others = {each.id for each in self.groups if _outside(each)}
        return (*self.workflows, *sorted(others))

    @property
    def workflows(self) -> tuple[str, ...]:
        """The workflows that ship, then those an operator has added examples for."""
        named = {label for each in self.groups for label in each.labels}
        return (*LABELS, *sorted(named - {*LABELS, *OUTSIDE}))

    def examples(self) -> list[Said]:
        """Every example with the classes it belongs to."""
        return [
            Said(line.text, (group.id,) if _outside(group) else group.labels)
            for group in self.groups
            for line in group.lines
        ]

    def label_of(self) -> dict[str, str]:
        """The label each class stands for: several classes may be *none*."""
        found = {label: label for label in self.workflows}
        return found | {each.id: each.labels[0] for each in self.groups if _outside(each)}


def merged(shipped: Corpus, own: Corpus) -> Corpus:
    """Add an operator's groups to ours; with `replace: true` theirs take the place of ours."""
    replaced = {each.id for each in own.groups if each.replace}
    groups = (*(each for each in shipped.groups if each.id not in replaced), *own.groups)
    names = dict.fromkeys((*shipped.concepts, *own.concepts))
    concepts = {
        name: (*shipped.concepts.get(name, ()), *own.concepts.get(name, ())) for name in names
    }
    return Corpus(groups, concepts)


def _outside(group: Group) -> bool:
    return len(group.labels) == 1 and group.labels[0] in OUTSIDE
