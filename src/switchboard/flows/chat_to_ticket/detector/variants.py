"""The same message as other people would type it: with slips, with padding, in a story."""

from __future__ import annotations

import random

from switchboard.flows.chat_to_ticket.detector.lexicon import Lexicon

_FRAMES = (
    "Hi, hope you are well. {} Could you please help? Thank you so much",
    "hello team, {} thanks in advance",
    "I am the manager of a small firm. {} I would be glad if this could be seen to soon.",
    "Good morning! It has been a crazy week here and now this on top of it. {} Let me know.",
)
_SLIPS_PER_WORDS = 6
_LEAST_LETTERS = 4
_REPLACED = 0.5
_DROPPED, _SWAPPED = 0.4, 0.8


def with_typos(text: str, chances: random.Random) -> str:
    """Return *text* with about every sixth word mistyped."""
    words = text.split()
    for _ in range(max(1, len(words) // _SLIPS_PER_WORDS)):
        at = chances.randrange(len(words))
        word, kind = words[at], chances.random()
        if len(word) < _LEAST_LETTERS:
            continue
        inner = chances.randrange(1, len(word) - 1)
        if kind < _DROPPED:
            words[at] = word[:inner] + word[inner + 1 :]
        elif kind < _SWAPPED:
            words[at] = word[:inner] + word[inner + 1] + word[inner] + word[inner + 2 :]
        else:
            words[at] = word[: inner + 1] + word[inner:]
    return " ".join(words)


def in_a_frame(text: str, number: int) -> str:
    """Return *text* among polite or chatty sentences."""
    return _FRAMES[number % len(_FRAMES)].format(text.rstrip(". ") + ".")


def with_synonyms(words: list[str], lexicon: Lexicon, chances: random.Random) -> list[str]:
    """Return cleaned words with every other one the lexicon knows replaced by its like."""
    return [
        chances.choice(lexicon.alike(word)) if chances.random() < _REPLACED else word
        for word in words
    ]
