"""Work each delivery once: claim it, and keep what it was answered with."""

from __future__ import annotations

import json
import secrets
from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import deliveries
from switchboard.store.deliveries import Claim

CLAIM_SECONDS = 60.0  # Longer than the store takes at its slowest.


class Claimed:
    """One delivery, under the name it is worked by."""

    def __init__(self, tools: ChatTools, key: str, seconds: float | None) -> None:
        self._tools, self._seconds = tools, seconds
        self.key = key  # Where it holds for some seconds only: once claimed, that stretch's own.
        self._given = key
        self._holder = deliveries.holder_name(secrets.token_hex(4))

    def claim(self, conn: sa.Connection) -> Claim:
        """Become who works it."""
        at = self._tools.now().timestamp()
        self.key = deliveries.name_of(conn, self._given, self._seconds, at)
        return deliveries.claim(
            conn, self._tools.sealer, self.key, self._holder, now=at, seconds=CLAIM_SECONDS
        )

    def answer(
        self, conn: sa.Connection, document: dict[str, Any], conversation_id: str | None
    ) -> bool:
        """Keep the answer; False where somebody else took the delivery over."""
        return deliveries.answer(
            conn,
            self._tools.sealer,
            self.key,
            self._holder,
            json.dumps(document, ensure_ascii=False),
            now=self._tools.now().timestamp(),
            conversation_id=conversation_id,
        )

    def give_up(self, conn: sa.Connection) -> None:
        deliveries.give_up(conn, self.key, self._holder)
