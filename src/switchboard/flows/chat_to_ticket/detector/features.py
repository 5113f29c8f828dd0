"""Turn a message into named features: words, word pairs, character n-grams and concepts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from switchboard.flows.chat_to_ticket.detector.clauses import (
    sentences,
    without_politeness,
    without_what_is_fine,
)
from switchboard.flows.chat_to_ticket.detector.lexicon import Lexicon
from switchboard.flows.chat_to_ticket.detector.normalise import normalise

_WORD = re.compile(r"[a-z0-9']+(?:-[a-z0-9']+)*")
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 4
_MOST_CONCEPTS = 12  # Of a long story; pairs grow with the square.

# How much each kind counts in the one vector; measured on examples left out.
WEIGHTS = {"w": 1.0, "p": 0.8, "g": 0.55, "c": 1.3, "x": 0.9}


def words_of(text: str) -> list[str]:
    """Split a normalised text into words."""
    return _WORD.findall(text)


def cleaned(text: str) -> str:
    """Return what of a raw message speaks about its matter, in the one spelling."""
    return to_the_matter(normalise(text))


def to_the_matter(text: str) -> str:
    """Do the same with a text that is normalised already."""
    return without_what_is_fine(without_politeness(text))


def views(whole: str) -> list[str]:
    """Return what is scored of a cleaned message: all of it, then each of several sentences."""
    parts = sentences(whole)
    return [whole, *parts] if len(parts) > 1 else [whole]


def features(text: str, lexicon: Lexicon, known: Iterable[str] = ()) -> Counter[str]:
    """Count the features of a cleaned text; words not in *known* may be corrected."""
    words = words_of(text)
    familiar = known if isinstance(known, (set, frozenset)) else frozenset(known)
    meant = [lexicon.corrected(word, familiar) for word in words] if familiar else words
    found: Counter[str] = Counter()
    found.update("w " + word for word in meant)
    found.update(f"p {one} {two}" for one, two in pairwise(("^", *meant, "$")))
    for word in words:
        if not word.startswith("zz"):
            found.update(_grams(word))
    concepts = sorted(lexicon.found_in(meant))[:_MOST_CONCEPTS]
    found.update("c " + name for name in concepts)
    found.update(f"x {one} {two}" for at, one in enumerate(concepts) for two in concepts[at + 1 :])
    return found


@lru_cache(maxsize=16_384)
def _grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        "g " + padded[at : at + size]
        for size in range(_SHORTEST_GRAM, _LONGEST_GRAM + 1)
        for at in range(len(padded) - size + 1)
    )
