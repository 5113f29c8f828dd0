"""What is stored of a chat besides the dialogue: words that wait for a listener, failures met."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from switchboard.flows.chat_to_ticket.models import Conversation, HandOver, Reply, Visitor

Form = Literal["flat", "bot"]
# The answer under way takes words first: only what it leaves is said by itself.
GRACE_SECONDS = 6.0
COMFORT_SECONDS = 140.0  # So long before a promise ends, the visitor hears that we are still at it.
CameTo = Literal["", "solved", "cancelled", "expired"]


class Promise(BaseModel):
    """A delivery answered with `pending`: its answer is owed until then (zoho-salesiq.md §5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_id: str
    until: AwareDatetime
    comforted: bool = False  # The visitor was told that it takes a moment longer.


class Answered(BaseModel):
    """What the latest delivery was answered with, for when it is delivered again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delivery: str
    replies: tuple[Reply, ...] = ()
    hand_over: HandOver | None = None
    ended: bool = False
    wanted: tuple[str, ...] = ()


class ChatState(BaseModel):
    """The document in `StoredConversation.state`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation: Conversation
    form: Form = "flat"
    unsent: tuple[Reply, ...] = ()  # Said while nobody listened: goes before the next answer.
    promise: Promise | None = None
    failures: tuple[int, ...] = ()  # Codes of answers of ours SalesIQ could not carry out.
    heard_since: int = 0  # Messages taken since the latest of these failures.
    escalated: str = ""  # Why operators were asked to take over; blank: they were not.
    came_to: CameTo = ""  # How the latest request ended without a ticket; blank: it did not.
    answered: Answered | None = None

    def due_at(self, at: float) -> float | None:
        """Return when something is to be said without being asked; None: nothing is."""
        if self.form != "bot":  # Programs cannot be reached.
            return None
        if self.promise is None:
            return at + GRACE_SECONDS if self.unsent else None
        until = self.promise.until.timestamp()
        if self.unsent:
            return at
        return until if self.promise.comforted else until - COMFORT_SECONDS


class Chat(BaseModel):
    """Which chat something happened in. `id` is `conversations.conversation_id(portal, session)`:
    the portal's id for SalesIQ's own deliveries, `flat` for the flat form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    session: str  # As SalesIQ or the sender calls it; goes on the ticket as salesiq_chat_id.
    visitor: Visitor
    form: Form = "flat"
