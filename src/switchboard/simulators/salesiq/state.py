"""What the simulated portal remembers: its bot, its people, its chats and every delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import httpx

from switchboard.simulators.salesiq.keys import KeyRing
from switchboard.simulators.salesiq.values import (
    Bot,
    Conversation,
    Delivery,
    Message,
    Operator,
    Rules,
    SalesIqFault,
)

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

SCREEN_NAME = "sim-portal"
DEPARTMENTS = {"40001": "Support", "40002": "Sales"}


class SalesIqState:
    """One portal; ids come from the world's seed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = Rules()
        self.screen_name = SCREEN_NAME
        self.org_id = f"6{world.seed % 10_000:04d}01"
        self.bot = Bot()
        self.keys = KeyRing()
        self.open_for_business = True
        self.operators = [
            Operator("50001", "Mara Lindqvist", "mara@helpdesk.example", "40001"),
            Operator("50002", "Teo Abara", "teo@helpdesk.example", "40002"),
        ]
        self.conversations: dict[str, Conversation] = {}
        self.deliveries: list[Delivery] = []
        self.faults: list[SalesIqFault] = []
        self.files: dict[str, tuple[str, str, bytes]] = {}  # id → name, type, content
        self.calls: list[float] = []  # When the REST API was called, on the stopwatch.
        self.locked_until = 0.0
        self.http: httpx.AsyncClient | None = None  # A test may put one over an application.
        self._ids: dict[str, int] = {}

    # -- conversations --------------------------------------------------------------------------

    def open(self, visitor: dict[str, Any]) -> Conversation:
        count = self.number("conversation")
        conversation = Conversation(
            id=f"LD_{self.world.seed}_{count:05d}",
            number=f"7000000{self.world.seed % 1000:03d}{count:05d}",
            visitor=dict(visitor),
            opened_at=self.world.clock.now(),
        )
        self.conversations[conversation.id] = conversation
        return conversation

    def find(self, given: str) -> Conversation | None:
        """Return the conversation with either of its two ids."""
        by_number = (each for each in self.conversations.values() if each.number == given)
        found = self.conversations.get(given) if self.rules.visitor_ids_in_rest else None
        return found or next(by_number, None)

    def say(self, conversation: Conversation, sender: Any, text: str, **more: Any) -> Message:
        message = Message(
            len(conversation.messages) + 1, sender, text, self.world.clock.now(), **more
        )
        conversation.messages.append(message)
        conversation.touch()
        return message

    def number(self, kind: str) -> int:
        self._ids[kind] = self._ids.get(kind, 0) + 1
        return self._ids[kind]

    # -- faults and people ----------------------------------------------------------------------

    def strike(self, handler: str) -> SalesIqFault | None:
        """Return the fault for this delivery, if one is due, and count it."""
        for fault in self.faults:
            if fault.struck >= fault.times or fault.handler not in ("", handler):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.struck += 1
            return fault
        return None

    def free_operator(self, department: str, emails: list[str]) -> Operator | None:
        for each in self.operators:
            wanted = not department or each.department == department
            if each.available and wanted and (not emails or each.email in emails):
                return each
        return None

    # -- what is shown --------------------------------------------------------------------------

    def collections(self) -> dict[str, Callable[[], list[dict[str, Any]]]]:
        """What `/_sim/state/salesiq/…` shows."""
        return {
            "conversations": lambda: [summary(each) for each in self.conversations.values()],
            "messages": lambda: [
                {"conversation": each.id, **asdict(message)}
                for each in self.conversations.values()
                for message in each.messages
            ],
            "deliveries": lambda: [asdict(each) for each in self.deliveries],
            "bot": lambda: [self.bot_shown()],
        }

    def bot_shown(self) -> dict[str, Any]:
        return {
            **asdict(self.bot),
            "open_for_business": self.open_for_business,
            "operators": [asdict(each) for each in self.operators],
        }


def summary(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "number": conversation.number,
        "visitor": conversation.visitor,
        "status": conversation.status,
        "department": conversation.department,
        "operator": conversation.operator,
        "notes": conversation.notes,
        "pending": conversation.pending is not None,
        "looped": conversation.looped,
        "messages": len(conversation.messages),
    }
