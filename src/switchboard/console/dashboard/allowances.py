"""How much of the vendors' allowances is used: of this minute, and of the last 24 hours."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from switchboard.console.dashboard.observed import Observed
from switchboard.vendors.allowances import ZOHO_CRM, ZOHO_DESK, group_bucket
from switchboard.vendors.settings import BudgetSettings

GROUPS: Mapping[str, str] = {
    "heavy": "RingCentral, call log",
    "medium": "RingCentral, extensions",
    "light": "RingCentral, messages",
}
_MOST_SAMPLES = 40


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of how much; without `most` there is no ceiling to compare with."""

    title: str
    value: float | None
    most: float | None
    words: str
    paused_until: float | None = None

    @property
    def shown(self) -> float:
        """What a gauge shows: never more than all of it."""
        return min(self.value or 0.0, self.most or 0.0)


@dataclass(slots=True)
class Pace:
    """What each bucket had let through at the last looks, to tell how much a minute took."""

    seconds: float = 60.0
    _samples: deque[tuple[float, dict[str, float]]] = field(
        default_factory=lambda: deque(maxlen=_MOST_SAMPLES)
    )

    def look(self, seen: Observed) -> None:
        if not self._samples or seen.at > self._samples[-1][0]:
            used = {name: bucket.used for name, bucket in seen.buckets.items()}
            self._samples.append((seen.at, used))

    def of(self, seen: Observed, bucket: str, window: float) -> float | None:
        """Return how many requests the last *window* took; None when that is not known (yet)."""
        now = seen.buckets.get(bucket)
        if now is None or now.asked_at <= seen.at - window:
            return 0.0
        before = [used for at, used in self._samples if window / 2 <= seen.at - at <= 1.5 * window]
        if not before:
            return None
        return max(now.used - before[-1].get(bucket, 0.0), 0.0)


def gauges(
    seen: Observed, budgets: BudgetSettings, used: frozenset[str], pace: Pace
) -> list[Gauge]:
    """Return RingCentral's groups by the minute, then Zoho's products by the day."""
    pace.look(seen)
    found = []
    if "ringcentral" in used:
        found += [_minute(seen, budgets, group, pace) for group in GROUPS]
    if ZOHO_CRM in used:
        found.append(_day(seen, ZOHO_CRM, "Zoho CRM", budgets.zoho_credits_per_day))
    if ZOHO_DESK in used:
        found.append(_day(seen, ZOHO_DESK, "Zoho Desk", budgets.zoho_desk_credits_per_day))
    return found


def _minute(seen: Observed, budgets: BudgetSettings, group: str, pace: Pace) -> Gauge:
    bucket = group_bucket(group)
    limit = float(getattr(budgets, group))
    value = pace.of(seen, bucket, budgets.window_seconds)
    words = "busy just now" if value is None else f"{value:,.0f} of {limit:,.0f} a minute"
    known = seen.buckets.get(bucket)
    paused = known.blocked_until if known and known.blocked_until > seen.at else None
    return Gauge(GROUPS[group], value, limit, words, paused)


def _day(seen: Observed, vendor: str, title: str, limit: int | None) -> Gauge:
    spent = seen.credits.get(vendor, 0.0)
    if limit is None:
        return Gauge(title, spent, None, f"{spent:,.0f} credits in 24 hours")
    share = 100 * spent / limit
    words = f"{spent:,.0f} of {limit:,} credits · {share:.0f} %"
    return Gauge(title, spent, float(limit), words)
