"""What a message can be about, as the model sees it."""

from __future__ import annotations

from switchboard.flows.chat_to_ticket.models import LABELS

NONE, HUMAN, SMALLTALK = "none", "human", "smalltalk"
OUTSIDE = (NONE, HUMAN, SMALLTALK)
EVERY_LABEL = (*LABELS, *OUTSIDE)
