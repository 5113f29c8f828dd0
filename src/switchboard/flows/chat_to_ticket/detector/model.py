"""A fitted detector as plain arrays: quick to score, safe to store, the same everywhere."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from switchboard.flows.chat_to_ticket.detector.features import WEIGHTS, features, views
from switchboard.flows.chat_to_ticket.detector.lexicon import Lexicon

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chances:
    """Two logistic curves: is the first right, and does the second apply too?"""

    first: Floats  # Weights of the evidence, the intercept last.
    second: Floats


@dataclass(frozen=True, slots=True)
class Model:
    vocabulary: dict[str, int]
    idf: Floats
    weights: Floats  # One row a feature, one column a class.
    intercepts: Floats
    classes: tuple[str, ...]
    workflows: int  # So many of the classes, the first ones, are workflows.
    labels: tuple[str, ...]  # What each class stands for: several may be "none".
    familiar: frozenset[str]  # Words of the examples: never corrected.
    lexicon: Lexicon
    chances: Chances

    def score(self, view: str) -> Floats:
        """Return how strongly each class speaks for a cleaned message."""
        return combined([self.score_view(each) for each in views(view)], self.workflows)

    def score_view(self, view: str) -> Floats:
        """Return the same without a look at its sentences one by one."""
        counts = features(view, self.lexicon, self.familiar)
        places, values = vector(counts, self.vocabulary, self.idf)
        if not len(places):
            return self.intercepts
        scores: Floats = values @ self.weights[places] + self.intercepts
        return scores

    def gram_share(self, view: str) -> float:
        """Return how many of a text's letter groups the examples have."""
        grams = [each for each in features(view, self.lexicon) if each.startswith("g ")]
        return sum(each in self.vocabulary for each in grams) / len(grams) if grams else 0.0


def weight(feature: str) -> float:
    """How much a feature counts by its kind."""
    return WEIGHTS[feature[0]]


def vector(
    counts: Counter[str], vocabulary: dict[str, int], idf: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """Return the places and values of a text's vector: sublinear, weighed, of length one."""
    known = [(vocabulary[each], number) for each, number in counts.items() if each in vocabulary]
    places = np.array([place for place, _ in known], dtype=np.intp)
    values = idf[places] * np.array([1.0 + math.log(number) for _, number in known])
    length = float(np.sqrt(values @ values)) if known else 0.0
    return places, values / length if length else values


def combined(scores: list[Floats], workflows: int) -> Floats:
    """Weigh the whole message and its sentences.

    One sentence is enough to name a workflow; what lies outside has to hold on the average, or
    the story around a problem would drown it.
    """
    whole = scores[0]
    if len(scores) == 1:
        return whole
    parts = np.stack(scores[1:])
    best = np.concatenate([parts[:, :workflows].max(axis=0), parts[:, workflows:].mean(axis=0)])
    result: Floats = (whole + best) / 2
    return result


def evidence(scores: Floats, workflows: int) -> tuple[Floats, Floats]:
    """Return what the chances of the first and of the second label are judged by."""
    ours = np.sort(scores[:workflows])[::-1]
    outside = float(scores[workflows:].max())
    first, second, third = (float(each) for each in ours[:3])
    about_first = np.array([first, first - second, first - outside, second - third, 1.0])
    about_second = np.array([second, first - second, second - outside, second - third, 1.0])
    return about_first, about_second


def chance(weights: Floats, facts: Floats) -> float:
    """Return the logistic curve's value."""
    return float(1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, float(weights @ facts))))))
