"""Say what the flows need of an engine: that an offered piece of work is looked at, eventually.

The journal is the truth and the queue is a hint. A runner may lose offers when its process dies,
repeat them and reorder them: handlers are idempotent through the journal, and the sweep offers
again whatever is due. Its only promise is *offered at least once, eventually*; what it must not do
is run one reference of a lane twice at the same time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A hint that *reference* (an office, an interaction's id) may need work."""

    lane: str
    reference: str
    priority: int = 0  # The greater comes first: live work 10, backfill 0, media -10.
    not_before: float = 0.0  # Epoch seconds.


Handler = Callable[[Offer], Awaitable[None]]


class Runner(Protocol):
    """Moves offers to handlers. Lanes are worked side by side, each with its own concurrency."""

    def lane(self, name: str, handler: Handler, *, concurrency: int = 1) -> None:
        """Name who works on offers of a lane, and on how many at once. Before the first offer."""

    async def offer(self, offer: Offer) -> None:
        """Take an offer. One already queued for the same reference is merged with it."""

    async def drain(self) -> None:
        """Return once nothing is running and nothing is due; what is for later stays queued."""

    async def stop(self, *, grace: float | None = None) -> None:
        """Take nothing more and let the running work end, cancelling it after *grace* seconds."""
