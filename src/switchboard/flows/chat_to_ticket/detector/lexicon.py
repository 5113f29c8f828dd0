"""The editable list of words that mean the same to a help desk, and how it is looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

_SHORTEST_STEM = 3
_CORRECTED_FROM = 5  # Shorter words are too near to each other.
_TWO_SLIPS_FROM = 9


class Lexicon:
    """Concepts by word, by stem (`print*`) and by phrase; look-ups cost a few dictionary reads."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self.concepts = {name: tuple(dict.fromkeys(terms)) for name, terms in concepts.items()}
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._phrases: dict[tuple[str, ...], set[str]] = {}
        for name, terms in self.concepts.items():
            for term in terms:
                self._add(name, term)
        self._longest = max(map(len, self._phrases), default=0)
        self._starts = {phrase[0] for phrase in self._phrases}
        self._slips: dict[str, str] = {}
        # Alphabetical, so that of two words equally near the same one is always taken.
        for word in sorted(self._words.keys() | self._stems.keys()):
            if len(word) >= _CORRECTED_FROM and word.isalpha():
                for slip in _slips(word):
                    self._slips.setdefault(slip, word)

    def _add(self, name: str, term: str) -> None:
        words = tuple(term.lower().split())
        if len(words) > 1:
            self._phrases.setdefault(words, set()).add(name)
        elif words and words[0].endswith("*") and len(words[0]) > _SHORTEST_STEM:
            self._stems.setdefault(words[0][:-1], set()).add(name)
        elif words:
            self._words.setdefault(words[0], set()).add(name)

    def of_word(self, word: str) -> set[str]:
        """Return the concepts one word stands for."""
        found = self._words.get(word, set())
        for end in range(_SHORTEST_STEM, len(word) + 1):
            stem = self._stems.get(word[:end])
            if stem:
                found = found | stem
        return found

    def alike(self, word: str) -> list[str]:
        """Return the single words that stand for the same concept; the word itself, if for none.

        Of a word with several meanings nobody knows which is meant, so it stays.
        """
        concepts = self.of_word(word)
        if len(concepts) != 1:
            return [word]
        (name,) = concepts
        terms = (term.removesuffix("*") for term in self.concepts[name] if " " not in term)
        return [term for term in terms if len(self.of_word(term)) == 1] or [word]

    def found_in(self, words: list[str]) -> set[str]:
        """Return the concepts that a list of words speaks of."""
        found: set[str] = set()
        for at, word in enumerate(words):
            found |= self.of_word(word)
            if word in self._starts:
                for length in range(2, self._longest + 1):
                    found |= self._phrases.get(tuple(words[at : at + length]), set())
        return found

    def corrected(self, word: str, known: frozenset[str] | set[str]) -> str:
        """Return the lexicon's word for one mistyped by a letter or two; *known* are none."""
        if len(word) < _CORRECTED_FROM or word in known or not word.isalpha():
            return word
        if self.of_word(word):
            return word
        for slip in (word, *_slips(word)):
            meant = self._slips.get(slip)
            if meant is not None and meant[0] == word[0] and abs(len(meant) - len(word)) <= 1:
                return meant
        return word


@lru_cache(maxsize=4096)
def _slips(word: str) -> tuple[str, ...]:
    """The word with any one letter left out (two in long words): equal for near words."""
    once = {word[:at] + word[at + 1 :] for at in range(len(word))}
    if len(word) < _TWO_SLIPS_FROM:
        return tuple(sorted(once))
    twice = {each[:at] + each[at + 1 :] for each in once for at in range(len(each))}
    return tuple(sorted(once | twice))
