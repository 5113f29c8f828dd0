"""Answer a failure: SalesIQ could not carry out what we said, or nobody took the chat over."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.conversing import apply, load_state, update_state
from switchboard.flows.chat_to_ticket.dialogue.text import shorten
from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.models import Event, Reply
from switchboard.flows.chat_to_ticket.state import Chat, ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.vendors.zoho_salesiq.failures import (
    INVALID_OPERATORS,
    NO_OPERATOR,
    OFFLINE_HOURS,
    AfterFailure,
    after_failure,
)
from switchboard.vendors.zoho_salesiq.models import Action, Delivery

HAND_OVER_FAILED = {OFFLINE_HOURS, NO_OPERATOR, INVALID_OPERATORS}
SHORT = 150
FORGIVEN_AFTER = 2  # Messages: the first of them may be the one whose answer is lost again.


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is said after a failure. What the dialogue says about it waits among the unsent."""

    replies: tuple[Reply, ...]
    action: Action
    alarm: bool


def recover(conn: sa.Connection, tools: ChatTools, chat: Chat, delivery: Delivery) -> Recovery:
    """Remember the failure and return what follows, in the transaction that stores the answer."""
    code = delivery.cause.code if delivery.cause else 0
    found = load_state(conn, tools, chat.id)
    state = found[1] if found else None
    after = after_failure(delivery.cause, already_failed=state is not None and _again(state, code))
    if state is not None:
        update_state(conn, tools, chat.id, lambda known: _remembered(known, code))
    if after.handover_failed and state is not None:
        apply(conn, tools, chat.id, Event(kind="handover_failed", at=delivery.received_at))
    return Recovery(_replies(after, state), after.action, after.alarm)


def may_forward(state: ChatState) -> bool:
    """Tell whether operators were not called in vain before: that would loop."""
    return not HAND_OVER_FAILED & set(state.failures)


def _again(state: ChatState, code: int) -> bool:
    """Tell whether the same goes wrong again, and not once more in a long chat."""
    lasting = code in HAND_OVER_FAILED or state.heard_since < FORGIVEN_AFTER
    return lasting and code in state.failures


def _remembered(state: ChatState, code: int) -> ChatState:
    failures = (*(each for each in state.failures if each != code), code)
    return state.model_copy(update={"failures": failures, "heard_since": 0})


def _replies(after: AfterFailure, state: ChatState | None) -> tuple[Reply, ...]:
    said = state.answered.replies if state and state.answered else ()
    match after.say:
        case "give_up":
            return (Reply(text=words.GIVE_UP),)
        case "again" if said:
            return (Reply(text=words.NOT_THROUGH), *said)
        case "shorter" if said:
            last = said[-1]
            short = last.model_copy(update={"text": shorten(last.text, SHORT), "card": None})
            return (Reply(text=words.TOO_LONG), short)
        case "nobody_is_there" if state is not None:
            return ()  # The dialogue has offered a ticket.
        case _:
            return (Reply(text=words.GO_ON),)
