"""Say what is wrong with a set of examples before visitors find out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

from switchboard.config.findings import Finding
from switchboard.flows.chat_to_ticket.detector.corpus import Corpus, Group, Line
from switchboard.flows.chat_to_ticket.detector.features import cleaned, words_of
from switchboard.flows.chat_to_ticket.detector.findings import found
from switchboard.flows.chat_to_ticket.detector.labels import OUTSIDE

LEAST, FEW = 8, 15
_NEARLY = 0.8  # Share of words in common.
_LEAST_WORDS = 4  # Shorter sentences are alike by chance.
_RAREST = 3


def lint(corpus: Corpus) -> list[Finding]:
    """Return what is wrong with a merged set of examples."""
    return [*_ids(corpus), *_sizes(corpus), *_twice(corpus)]


def _ids(corpus: Corpus) -> Iterator[Finding]:
    """Two files of one folder with the same id; an operator's file may well extend ours."""
    seen: dict[tuple[str, str], Group] = {}
    labels: dict[str, Group] = {}
    for group in corpus.groups:
        if len(group.labels) > 1:
            continue
        folder = group.file.rpartition("/")[0]
        first = seen.setdefault((folder, group.id), group)
        if first is not group:
            words = f"{group.id!r} is the id of {first.file} too."
            yield found("CHAT-004", group.file, words, key="id")
        other = labels.setdefault(group.id, group)
        if other.labels != group.labels:
            words = f"{group.id!r} has the label {other.labels[0]!r} in {other.file}."
            yield found("CHAT-004", group.file, words, key="label")


def _sizes(corpus: Corpus) -> Iterator[Finding]:
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    for group in corpus.groups:
        for label in group.labels if len(group.labels) == 1 else ():
            counts[label] += len(group.lines)
            places[label] = group.file
    for label in (*corpus.workflows, *OUTSIDE):
        number = counts[label]
        file = places.get(label, f"{label}.yaml")
        if number < LEAST:
            words = f"{label!r} has {number} examples; at least {LEAST} are needed."
            yield found("CHAT-005", file, words, key="examples")
        elif number < FEW:
            words = f"{label!r} has only {number} examples."
            yield found("CHAT-006", file, words, key="examples")


def _twice(corpus: Corpus) -> Iterator[Finding]:
    """The same or nearly the same sentence in two classes."""
    everything = [
        (group, line, frozenset(words_of(_plain(line.text))))
        for group in corpus.groups
        for line in group.lines
    ]
    frequency = Counter(word for _, _, words in everything for word in words)
    by_rare: dict[str, list[int]] = defaultdict(list)
    for at, (group, line, words) in enumerate(everything):
        rare = sorted(words, key=lambda word: (frequency[word], word))[:_RAREST]
        candidates = {other for word in rare for other in by_rare[word]}
        for other in sorted(candidates):
            before = everything[other]
            if before[0].labels != group.labels:
                yield from _alike((group, line, words), before)
        for word in rare:
            by_rare[word].append(at)


@lru_cache(maxsize=8192)  # More than our examples: only what an operator changed is read anew.
def _plain(text: str) -> str:
    return cleaned(text)


def _alike(
    one: tuple[Group, Line, frozenset[str]], other: tuple[Group, Line, frozenset[str]]
) -> Iterator[Finding]:
    (group, line, words), (before, first, earlier) = one, other
    place = f"{before.file}:{first.number} ({', '.join(before.labels)})"
    if _plain(line.text) == _plain(first.text):
        says = f"{line.text!r} stands in {place} too."
        yield found("CHAT-007", group.file, says, key="examples", line=line.number)
    elif len(words | earlier) >= _LEAST_WORDS:
        common = len(words & earlier) / len(words | earlier)
        if common >= _NEARLY:
            says = f"{line.text!r} is nearly {first.text!r} of {place}."
            yield found("CHAT-009", group.file, says, key="examples", line=line.number)
