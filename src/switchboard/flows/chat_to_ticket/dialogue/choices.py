"""Tell which option a visitor means: by its number, its words, another way to say it, or a typo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from switchboard.flows.chat_to_ticket.dialogue.text import bare, fold, words
from switchboard.flows.chat_to_ticket.workflow import Option

CLOSE = 0.82  # Ratio above which two short texts are the same with a typo.
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERED = re.compile(r"(?:(?:option|number|no\.?|nr\.?|choice|answer|#)\s*)?(\d{1,2})[.):]?")
_EMPTY = frozenset({
    "a", "an", "the", "it", "is", "its", "i", "am", "my", "of", "to", "on", "in", "at", "for",
    "and", "or", "that", "this", "one", "we", "our", "be", "by",
})  # fmt: skip


def pick(text: str, options: Sequence[Option]) -> Option | None:
    """Return the one option meant; None when there is none, or more than one."""
    return exact(text, options) or _loose(text, options)


def exact(text: str, options: Sequence[Option]) -> Option | None:
    """Return the option whose number, label or other name the text is."""
    said = {fold(text), bare(text)}
    for option in options:
        if said & {fold(name) for name in (option.label, option.shown, *option.also)}:
            return option
    number = _number(bare(text))
    return options[number - 1] if number and number <= len(options) else None


def mentioned(text: str, options: Sequence[Option]) -> Option | None:
    """Return the one option named within a longer text, word for word."""
    found = _mentions(text, options)
    return found[0] if len(found) == 1 else None


def _mentions(text: str, options: Sequence[Option]) -> list[Option]:
    """Return the options named, but not one whose name is but a part of another's."""
    padded = f" {' '.join(words(text))} "
    named: dict[str, Option] = {}
    for option in options:
        for name in _names(option):
            phrase = f" {' '.join(words(name))} "
            if phrase.strip() and phrase in padded:
                named[phrase] = option
    whole = [
        option
        for phrase, option in named.items()
        if not any(phrase != other and phrase in other for other in named)
    ]
    return list({option.id: option for option in whole}.values())


def _number(said: str) -> int | None:
    found = _NUMBERED.fullmatch(said)
    if found:
        return int(found[1])
    plain = said.removeprefix("the ").removesuffix(" one").removesuffix(" option")
    plain = plain.removeprefix("option ").removeprefix("number ")
    for names in (_ORDINALS, _NUMBERS):
        if plain in names:
            return names.index(plain) + 1
    return None


def _loose(text: str, options: Sequence[Option]) -> Option | None:
    named = _mentions(text, options)
    if named:
        return named[0] if len(named) == 1 else None  # Two of them are no choice.
    said = [word for word in words(text) if word not in _EMPTY]
    if not said or len(said) > 12:  # noqa: PLR2004  # A story is not a choice.
        return None
    return _by_words(set(said), options) or _by_spelling(" ".join(said), options)


def _by_words(said: set[str], options: Sequence[Option]) -> Option | None:
    """Return the option that alone holds half of what was said, or more."""
    shares = [max(_share(said, name) for name in _names(option)) for option in options]
    best = max(shares, default=0.0)
    sure = best >= 0.5 and shares.count(best) == 1  # noqa: PLR2004
    return options[shares.index(best)] if sure else None


def _names(option: Option) -> tuple[str, ...]:
    return (option.label, *option.also)


def _share(said: set[str], name: str) -> float:
    own = {word for word in words(name) if word not in _EMPTY}
    return len(own & said) / max(len(own), len(said), 1)


def _by_spelling(said: str, options: Sequence[Option]) -> Option | None:
    scores = sorted(
        (
            (max(_alike(said, fold(name)) for name in _names(option)), at)
            for at, option in enumerate(options)
        ),
        reverse=True,
    )
    if not scores or scores[0][0] < CLOSE:
        return None
    if len(scores) > 1 and scores[1][0] == scores[0][0]:
        return None
    return options[scores[0][1]]


def _alike(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > 3:  # noqa: PLR2004
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
