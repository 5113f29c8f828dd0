"""When a step of a workflow applies: a small language that can be read, checked and never run.

    scope is everyone          usage over 90          server answered
    scope in one, few          kind is not web        pages not in 1, 2

Clauses are joined by `and` or by `or`, not both. A slot without an answer equals nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Test = Callable[[str, tuple[str, ...]], bool]

_CLAUSE = re.compile(
    r"(?P<slot>[a-z][a-z0-9_]*)\s+"
    r"(?P<test>is not|is|not in|in|over|under|answered|unanswered)(?:\s+(?P<values>.+))?",
)


class ConditionError(ValueError):
    """The condition is not one of the forms above."""


@dataclass(frozen=True, slots=True)
class Clause:
    slot: str
    test: str
    values: tuple[str, ...] = ()

    def holds(self, answers: Mapping[str, str]) -> bool:
        return _TESTS[self.test](answers.get(self.slot, ""), self.values)


@dataclass(frozen=True, slots=True)
class Condition:
    clauses: tuple[Clause, ...]
    every: bool = True

    def holds(self, answers: Mapping[str, str]) -> bool:
        """Tell whether it applies to *answers*: the values of the slots answered so far."""
        results = (clause.holds(answers) for clause in self.clauses)
        return all(results) if self.every else any(results)


def read_condition(text: str) -> Condition:
    """Parse *text*; ConditionError says what cannot be understood."""
    words = " ".join(text.split())
    every, some = re.split(r" and ", words), re.split(r" or ", words)
    if len(every) > 1 and len(some) > 1:
        raise ConditionError("uses both `and` and `or`")
    parts = some if len(some) > 1 else every
    return Condition(tuple(_clause(part) for part in parts), every=len(some) == 1)


def _clause(text: str) -> Clause:
    found = _CLAUSE.fullmatch(text.strip())
    if found is None:
        raise ConditionError(f"cannot be understood: {text.strip()!r}")
    slot, test, rest = found["slot"], found["test"], found["values"]
    values = tuple(value.strip() for value in (rest or "").split(",") if value.strip())
    if test in {"answered", "unanswered"}:
        if values:
            raise ConditionError(f"`{test}` takes no value: {text.strip()!r}")
    elif not values:
        raise ConditionError(f"lacks a value: {text.strip()!r}")
    elif test not in {"in", "not in"} and len(values) > 1:
        raise ConditionError(f"takes one value; use `in` for several: {text.strip()!r}")
    elif test in {"over", "under"} and _number(values[0]) is None:
        raise ConditionError(f"needs a number: {text.strip()!r}")
    return Clause(slot, test, values)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _over(value: str, values: tuple[str, ...]) -> bool:
    number, bound = _number(value), _number(values[0])
    return number is not None and bound is not None and number > bound


def _under(value: str, values: tuple[str, ...]) -> bool:
    number, bound = _number(value), _number(values[0])
    return number is not None and bound is not None and number < bound


_TESTS: dict[str, Test] = {
    "is": lambda value, values: value == values[0],
    "is not": lambda value, values: value != values[0],
    "in": lambda value, values: value in values,
    "not in": lambda value, values: value not in values,
    "over": _over,
    "under": _under,
    "answered": lambda value, _: bool(value),
    "unanswered": lambda value, _: not value,
}
