"""What a message can be about, as the model sees it."""

from __future__ import annotations

NONE, HUMAN, SMALLTALK = "none", "human", "smalltalk"
OUTSIDE = (NONE, HUMAN, SMALLTALK)
