"""Measure the detector against its targets: `python -m benchmarks.detector [--misses]`.

The messages are those of `detector_heldout.yaml`, which the examples do not contain. They have
the same authors as the examples, so strangers' messages may well be understood less often.
`--negatives FILE` adds chat that is about something else altogether: lines of text, or the JSON
of a public set such as CLINC150 (`{"oos_test": [["text", "oos"], ...]}`).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.models import Classify, Verdict

ROOT = Path(__file__).parent.parent
HELD_OUT = ROOT / "tests/unit/flows/chat_to_ticket/detector_heldout.yaml"
LONGEST = 300
HOSTILE = ("(" * 50_000, "re-" * 17_000, "talk to " * 6_250, "\ufdfa" * 50_000, "is fine, " * 5_600)
ROUNDS = 5


class Figure(NamedTuple):
    """One row of the table; a floor and a stretch, and whether more is better."""

    what: str
    value: float
    floor: float
    stretch: float
    more_is_better: bool = True
    unit: str = "%"

    @property
    def kept(self) -> bool:
        """Whether the floor is kept."""
        if self.more_is_better:
            return self.value >= self.floor
        return self.value <= self.floor


class Judged(NamedTuple):
    """A message, the workflow it is about ("" for none), and what became of it."""

    text: str
    label: str
    verdict: Verdict

    @property
    def served(self) -> bool:
        """Started right, or asked with the right one offered."""
        if self.verdict.outcome == "start":
            return self.verdict.labels[0] == self.label
        return self.verdict.outcome == "ask" and self.label in self.verdict.offered

    @property
    def wrong(self) -> bool:
        """Started, and not what was meant."""
        return self.verdict.outcome == "start" and self.verdict.labels[0] != self.label


def judged(classify: Classify) -> dict[str, list[Judged]]:
    """Put the held-out messages to the detector, part by part."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(HELD_OUT.read_text("utf-8"))
    return {
        part: [
            Judged(text, label, classify(text))
            for label, texts in (said.items() if isinstance(said, dict) else [("", said)])
            for text in texts
        ]
        for part, said in document.items()
    }


def quality(parts: dict[str, list[Judged]]) -> list[Figure]:
    """Return the figures of the held-out messages."""
    hard, ordinary, other, human = (parts[x] for x in ("hard", "ordinary", "other", "human"))
    return [
        Figure("hard: top-1", _share(x.label in x.verdict.labels[:1] for x in hard), 84, 89),
        Figure("hard: top-3", _share(x.label in x.verdict.labels[:3] for x in hard), 94, 97),
        Figure("hard: served", _share(x.served for x in hard), 85, 91),
        Figure("hard: started wrong", _share(x.wrong for x in hard), 4.5, 3, more_is_better=False),
        Figure(
            "hard, other topics: false start",
            _share(x.verdict.outcome == "start" for x in other), 7, 4, more_is_better=False,
        ),
        Figure("wants a human: found", _share(x.verdict.outcome == "human" for x in human), 88, 94),
        Figure("ordinary: top-1", _share(x.verdict.labels[0] == x.label for x in ordinary), 95, 98),
        Figure("ordinary: served", _share(x.served for x in ordinary), 98, 100),
    ]  # fmt: skip


def latency(classify: Classify, texts: Iterable[str]) -> list[Figure]:
    """Return the time a verdict takes; the best of some, since the machine may have other work."""
    short = [each for each in texts if len(each) <= LONGEST]
    times = sorted(_milliseconds(classify, each) for each in short)
    hostile = max(_milliseconds(classify, each) for each in HOSTILE)
    middle, last = times[len(times) // 2], times[int(len(times) * 0.99)]
    return [
        Figure("latency p50", middle, 1.5, 0.5, more_is_better=False, unit=" ms"),
        Figure("latency p99", last, 5, 2, more_is_better=False, unit=" ms"),
        Figure("50,000 hostile characters", hostile, 100, 100, more_is_better=False, unit=" ms"),
    ]


def negatives(classify: Classify, path: Path) -> Figure:
    """Return how often a message about something else starts a workflow."""
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        rows = [row for name, part in json.loads(text).items() if "oos" in name for row in part]
        messages = [row[0] for row in rows]
    else:
        messages = [each for each in text.splitlines() if each.strip()]
    share = _share(classify(each).outcome == "start" for each in messages)
    return Figure(f"{len(messages)} of {path.name}: false start", share, 2.5, 1, False)  # noqa: FBT003


def measure(classify: Classify) -> list[Figure]:
    """Return all figures that need no further data."""
    parts = judged(classify)
    texts = [each.text for part in parts.values() for each in part]
    return [*quality(parts), *latency(classify, texts)]


def table(figures: Iterable[Figure]) -> Table:
    """Return the figures as a table for people."""
    result = Table(title="Detector, on messages it did not learn from", title_justify="left")
    for column in ("what", "measured", "floor", "stretch", ""):
        result.add_column(column)
    for each in figures:
        sign = "≥" if each.more_is_better else "≤"
        result.add_row(
            each.what,
            f"{each.value:.1f}{each.unit}",
            f"{sign} {each.floor:g}{each.unit}",
            f"{sign} {each.stretch:g}{each.unit}",
            "ok" if each.kept else "MISSED",
        )
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the detector.")
    arguments.add_argument("--misses", action="store_true", help="list what was not served")
    arguments.add_argument("--negatives", type=Path, help="chat about something else")
    wanted = arguments.parse_args()
    detector = Detector()
    figures = measure(detector)
    if wanted.negatives:
        figures.append(negatives(detector, wanted.negatives))
    console = Console(width=110)
    console.print(table(figures))
    if wanted.misses:
        parts = judged(detector)
        for each in (*parts["hard"], *parts["ordinary"]):
            if not each.served:
                said = f"{each.verdict.outcome} {each.verdict.labels[0]} {each.verdict.p:.2f}"
                console.print(f"{each.label}: {said}: {each.text}", markup=False)


def _share(facts: Iterable[bool]) -> float:
    known = list(facts)
    return 100 * sum(known) / len(known)


def _milliseconds(classify: Classify, text: str) -> float:
    best = math.inf
    for _ in range(ROUNDS):
        started = time.perf_counter()
        classify(text)
        best = min(best, time.perf_counter() - started)
    return best * 1000


if __name__ == "__main__":
    main()
