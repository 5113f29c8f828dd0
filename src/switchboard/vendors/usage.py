"""Count what this process sends, by vendor, operation and bucket, for reports and the demo."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any


def _floats() -> defaultdict[Any, float]:
    return defaultdict(float)


@dataclass
class Counters:
    """Figures since the process started; the store keeps the day's figures of all processes."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)  # vendor, operation
    credits: defaultdict[tuple[str, str], float] = field(default_factory=_floats)
    buckets: Counter[str] = field(default_factory=Counter)  # requests by budget bucket
    bytes: Counter[tuple[str, str]] = field(default_factory=Counter)  # Of media, both ways.
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # vendor, outcome
    seconds: defaultdict[tuple[str, str], float] = field(
        default_factory=_floats
    )  # time spent in exchanges
    waited: defaultdict[str, float] = field(
        default_factory=_floats
    )  # seconds spent waiting, by vendor
    retries: Counter[str] = field(default_factory=Counter)
    credits_remaining: dict[str, int] = field(default_factory=dict)  # From the vendor's headers.

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return plain figures by vendor, fit for JSON."""
        found: dict[str, dict[str, Any]] = {}
        for (vendor, operation), count in sorted(self.requests.items()):
            part = found.setdefault(
                vendor, {"requests": 0, "credits": 0.0, "operations": {}, "groups": {}}
            )
            part["requests"] += count
            part["credits"] += self.credits[vendor, operation]
            part["operations"][operation] = count
        for bucket, count in sorted(self.buckets.items()):
            vendor, _, group = bucket.partition(":")
            if group and vendor in found:
                found[vendor]["groups"][group] = count
        return found
