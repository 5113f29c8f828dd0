"""What kinds of calls a scenario has, and who makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

# Shares of a hundred; every kind comes at least once as soon as there are calls enough.
EVERY_KIND: dict[str, float] = {
    "accepted": 22, "queue_accepted": 20, "missed": 8, "voicemail": 9, "queue_abandoned": 5,
    "queue_missed": 4, "queue_voicemail": 4, "forwarded": 3, "queue_elsewhere": 2, "hang_up": 2,
    "busy": 1, "rejected": 1, "queue_callback": 1, "menu_abandoned": 2, "blocked": 1, "failed": 1,
    "internal": 3, "internal_missed": 1, "outbound": 5, "outbound_no_answer": 2,
    "outbound_busy": 0.7, "outbound_wrong": 0.3, "ringout": 1, "monitoring": 0.5, "fax_in": 1.5,
    "fax_out": 0.5,
}  # fmt: skip
CUSTOMERS_ONLY: dict[str, float] = {
    "accepted": 35, "queue_accepted": 30, "missed": 12, "voicemail": 12, "queue_abandoned": 6,
    "queue_voicemail": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mix:
    kinds: dict[str, float]
    callers: dict[str, float] = field(default_factory=dict)
    living: bool = True  # Some calls are still going on.
    drift: float = 0.06  # How often a result is spelt as it used to be.


MIXES = {
    "default": Mix(
        EVERY_KIND,
        {"fresh": 45, "known": 22, "again": 26, "anonymous": 3, "masked": 1.5, "abroad": 2.5},
    ),
    "settled": Mix(
        EVERY_KIND,
        {"fresh": 45, "known": 22, "again": 26, "anonymous": 3, "masked": 1.5, "abroad": 2.5},
        living=False,
    ),
    # Of 1,000 calls exactly 600 are somebody's first and nobody in the CRM knows them.
    "benchmark": Mix(
        CUSTOMERS_ONLY, {"fresh": 60, "known": 25, "again": 15}, living=False, drift=0
    ),
}
DRIFT = {"Accepted": "Call accepted", "Hang Up": "Hang up", "Voicemail": "Sent to Voicemail"}


def deal(shares: dict[str, float], count: int, rng: Random, *, each_once: bool) -> list[str]:
    """*count* words in their shares, exactly, shuffled."""
    total = sum(shares.values())
    words: list[str] = []
    if each_once and count >= 2 * len(shares):
        words = list(shares)
    left = count - len(words)
    for word, share in shares.items():
        words += [word] * int(left * share / total)
    rest = sorted(shares, key=lambda word: shares[word], reverse=True)
    words += [rest[place % len(rest)] for place in range(count - len(words))]
    rng.shuffle(words)
    return words
