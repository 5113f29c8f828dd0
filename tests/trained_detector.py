"""The shipped detector for tests: trained once for as long as examples and code stay the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from switchboard.flows.chat_to_ticket.detector.detector import Detector

CACHE = Path(__file__).parent.parent / "build" / "detector-cache"


@cache
def shipped_detector() -> Detector:
    """Return the detector with our examples alone; a process asks the disk once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(CACHE))
        return Detector()


def models_kept_apart() -> Iterator[None]:
    """Let commands under test find that model too, and write nowhere else."""
    shipped_detector()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(CACHE))
        yield
