"""Learn the model from examples: one logistic regression a class over the same vectors.

The same examples give the same model: chance is seeded, and the solver is deterministic.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from switchboard.flows.chat_to_ticket.detector.calibrate import calibrated
from switchboard.flows.chat_to_ticket.detector.corpus import Corpus, Said
from switchboard.flows.chat_to_ticket.detector.features import cleaned, features, words_of
from switchboard.flows.chat_to_ticket.detector.lexicon import Lexicon
from switchboard.flows.chat_to_ticket.detector.model import Chances, Floats, Model, vector, weight
from switchboard.flows.chat_to_ticket.detector.variants import with_synonyms, with_typos

# Measured on examples left out: flat between 8 and 32.
_C = 12.0
_SEED = 20240617
_LEAST_OFTEN = {"w": 1, "c": 1, "g": 2, "p": 2, "x": 2}


def train(corpus: Corpus) -> Model:
    """Return the model of a corpus that lint has passed."""
    said = corpus.examples()
    lexicon = Lexicon(corpus.concepts)
    familiar = frozenset(word for each in said for word in words_of(cleaned(each.text)))
    counted = {each: _counted(each, lexicon, familiar) for each in said}
    classes, labels = corpus.classes, corpus.label_of()
    frame = Model(
        {},
        np.zeros(0),
        np.zeros((0, len(classes))),
        np.zeros(len(classes)),
        classes,
        len(corpus.workflows),
        tuple(labels[each] for each in classes),
        familiar,
        lexicon,
        Chances(np.zeros(0), np.zeros(0)),
    )

    def fitted(examples: Sequence[Said]) -> Model:
        counts = [each for example in examples for each in counted[example]]
        members = [example.classes for example in examples for _ in counted[example]]
        return _fit(frame, counts, members)

    return calibrated(fitted, said, seed=_SEED)


def _counted(said: Said, lexicon: Lexicon, familiar: frozenset[str]) -> list[Counter[str]]:
    """Count an example as it is, as others would mistype it, and in other words."""
    chances = random.Random(f"{_SEED} {said.text}")  # noqa: S311 - typing errors, not secrets
    text = cleaned(said.text)
    typed = cleaned(with_typos(said.text, chances))
    like = " ".join(with_synonyms(words_of(text), lexicon, chances))
    return [features(each, lexicon, familiar) for each in (text, typed, like)]


def _fit(frame: Model, counts: Sequence[Counter[str]], members: Sequence[tuple[str, ...]]) -> Model:
    # Half a second to import, which only training needs.
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    vocabulary, idf = _vocabulary(counts)
    rows = [vector(each, vocabulary, idf) for each in counts]
    starts = np.cumsum([0, *(len(places) for places, _ in rows)])
    matrix = csr_matrix(
        (
            np.concatenate([values for _, values in rows]),
            np.concatenate([places for places, _ in rows]),
            starts,
        ),
        shape=(len(rows), len(vocabulary)),
    )
    weights = np.zeros((len(vocabulary), len(frame.classes)))
    intercepts = np.full(len(frame.classes), -10.0)
    for at, name in enumerate(frame.classes):
        belongs = np.array([name in each for each in members])
        if belongs.any():
            # The dual form has the same optimum, and is twenty times as fast on so wide vectors.
            line = LogisticRegression(
                C=_C, solver="liblinear", dual=True, random_state=0, max_iter=1000
            )
            line.fit(matrix, belongs)
            weights[:, at], intercepts[at] = line.coef_[0], line.intercept_[0]
    return replace(frame, vocabulary=vocabulary, idf=idf, weights=weights, intercepts=intercepts)


def _vocabulary(counts: Sequence[Counter[str]]) -> tuple[dict[str, int], Floats]:
    texts_with = Counter(feature for each in counts for feature in each)
    kept = sorted(each for each, number in texts_with.items() if number >= _LEAST_OFTEN[each[0]])
    rarity = [math.log((1 + len(counts)) / (1 + texts_with[each])) + 1 for each in kept]
    idf = np.array([value * weight(each) for each, value in zip(kept, rarity, strict=True)])
    return {each: at for at, each in enumerate(kept)}, idf
