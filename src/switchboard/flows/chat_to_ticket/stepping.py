"""Save a step with everything that belongs to it, and try again where another process was first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.carrying_out import (
    Done,
    carry_out,
    intend_tickets,
    write_facts,
    write_trail,
    write_unsure,
)
from switchboard.flows.chat_to_ticket.holding import Held, keep
from switchboard.flows.chat_to_ticket.models import Event, Reply
from switchboard.flows.chat_to_ticket.state import ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.flows.chat_to_ticket.transcribing import messages_of
from switchboard.flows.chat_to_ticket.worlds import world_of
from switchboard.store import conversations, owed_replies
from switchboard.store.conversations import StaleConversationError, StoredConversation

T = TypeVar("T")

ACTOR = "chat"  # The bot, in the audit trail.
VISITOR = "visitor"
MOST_TRIES = 8  # Another process gets ahead once or twice; more often, something is wrong.
MOST_UNSENT = 20


def write_down(
    conn: sa.Connection, tools: ChatTools, found: Held, event: Event, done: Done,
    *, delivery: str = "", actor: str = ACTOR,
) -> StoredConversation:  # fmt: skip
    """Save the step: transcript, tickets, the chat itself, facts, and the trail at the end."""
    at, chat_id = event.at.timestamp(), found.row.id
    said = messages_of(event, done.replies, delivery)
    conversations.append(conn, tools.sealer, chat_id, said)
    intend_tickets(conn, tools, chat_id, done, at)
    row = keep(conn, tools, found.row, done.state, at)
    write_facts(conn, chat_id, done, at)
    write_unsure(conn, tools, chat_id, done, at)
    write_trail(conn, chat_id, done, at, actor)
    return row


def advance_unheard(
    conn: sa.Connection, tools: ChatTools, found: Held, event: Event, *, actor: str
) -> ChatState:
    """Advance a chat while nobody listens: what is said is kept for the next answer."""
    done = carry_out(conn, tools, found.state, event, world_of(tools, event.at))
    done.state = with_unsent(done.state, (*found.state.unsent, *done.replies))
    write_down(conn, tools, found, event, done, actor=actor)
    if done.replies and done.state.form == "bot":
        # Whoever answers the visitor in this moment takes the words along; after that they are
        # owed. A delivery that was promised an answer has stopped waiting in that way.
        waits = 0.0 if done.state.promise else tools.configuration.settings.chat.answer_seconds
        owed_replies.owe(conn, found.row.id, event.at.timestamp() + waits)
    return done.state


def with_unsent(state: ChatState, replies: tuple[Reply, ...]) -> ChatState:
    """Return the state with these words waiting, the newest of very many."""
    return state.model_copy(update={"unsent": replies[-MOST_UNSENT:]})


def actor_of(event: Event, done: Done) -> str:
    """Name who did it: a visitor who says goodbye, or the bot."""
    return VISITOR if done.ended and event.kind == "said" else ACTOR


def in_savepoint(conn: sa.Connection, fn: Callable[[], T]) -> T:
    """Run *fn*; where another process was first, undo it, read again and decide again.

    What the caller's transaction did before stays.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            with conn.begin_nested():
                return fn()
        except StaleConversationError:
            continue
    with conn.begin_nested():
        return fn()
