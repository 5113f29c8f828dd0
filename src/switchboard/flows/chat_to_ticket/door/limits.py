"""Count messages per visitor and per portal in moving windows, in bounded memory.

Not the `limits` library: its storage in memory keeps every key for ever and looks through all of
them after each hit, which a door that is knocked at a hundred times a second cannot afford.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

MOST_KEYS = 10_000  # Whoever falls out has not written for longest.
WINDOW_SECONDS = 60.0
PORTAL_PER_MINUTE = 12_000  # Twice the pace the door is measured at.


class MovingWindow:
    """At most so many hits of one key in any minute."""

    def __init__(self, clock: Callable[[], float], *, keys: int = MOST_KEYS) -> None:
        self._clock, self._most = clock, keys
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, key: str, limit: int) -> bool:
        """Count one; False, and nothing counted, when it is one too many."""
        now = self._clock()
        hits = self._hits.setdefault(key, deque())
        self._hits.move_to_end(key)
        if len(self._hits) > self._most:
            self._hits.popitem(last=False)
        while hits and hits[0] <= now - WINDOW_SECONDS:
            hits.popleft()
        if len(hits) >= limit:
            return False
        hits.append(now)
        return True
