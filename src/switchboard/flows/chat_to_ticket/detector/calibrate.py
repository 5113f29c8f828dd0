"""Turn scores into chances that hold, measured on examples the model did not learn from."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from switchboard.flows.chat_to_ticket.detector.corpus import Said
from switchboard.flows.chat_to_ticket.detector.features import cleaned
from switchboard.flows.chat_to_ticket.detector.model import (
    Chances,
    Floats,
    Model,
    evidence,
)
from switchboard.flows.chat_to_ticket.detector.variants import in_a_frame, with_typos

_FOLDS = 3


def calibrated(
    fit: Callable[[Sequence[Said]], Model], examples: Sequence[Said], *, seed: int
) -> Model:
    """Fit on all examples; learn the chances from models that had not seen the example judged."""
    model = fit(examples)
    known = {name: at for at, name in enumerate(model.classes[: model.workflows])}
    shuffled = list(examples)
    chances = random.Random(seed)  # noqa: S311 - an order, not a secret
    chances.shuffle(shuffled)
    facts_first: list[Floats] = []
    facts_second: list[Floats] = []
    first_right: list[bool] = []
    second_right: list[bool] = []
    for fold in range(_FOLDS):
        judge = fit([each for at, each in enumerate(shuffled) if at % _FOLDS != fold])
        for number, said in enumerate(shuffled[fold::_FOLDS]):
            right = {known[each] for each in said.classes if each in known}
            typed = with_typos(said.text, chances)
            for text in (said.text, in_a_frame(said.text, number), typed):
                scores = judge.score(cleaned(text))
                best, next_best = np.argsort(-scores[: model.workflows], kind="stable")[:2]
                about_first, about_second = evidence(scores, model.workflows)
                facts_first.append(about_first)
                facts_second.append(about_second)
                first_right.append(int(best) in right)
                second_right.append(int(next_best) in right)
    return replace(
        model,
        chances=Chances(_curve(facts_first, first_right), _curve(facts_second, second_right)),
    )


def _curve(facts: Sequence[Floats], right: Sequence[bool]) -> Floats:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only training needs it

    answers = np.array(right)
    if answers.all() or not answers.any():  # A few examples that say nothing about chance.
        return np.array([0.0] * (len(facts[0]) - 1) + [5.0 if answers.all() else -5.0])
    line = LogisticRegression(C=10.0, max_iter=500)
    line.fit(np.stack(facts)[:, :-1], answers)
    return np.append(line.coef_[0], line.intercept_[0])
