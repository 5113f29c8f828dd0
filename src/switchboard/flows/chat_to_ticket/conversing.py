"""Lead chats: one event, one transaction, in which all of it happens or nothing does.

Whoever dies before the commit has done nothing, and the event comes again; whoever dies after it
has done everything, and the event, when it comes again, gets the answer that was stored. So a chat
needs no lease: the version of its row tells two processes apart, and the one that comes second
reads again and decides again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary, WeakValueDictionary

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.carrying_out import carry_out
from switchboard.flows.chat_to_ticket.holding import Held, held, hold, keep
from switchboard.flows.chat_to_ticket.models import Event, HandOver, Reply
from switchboard.flows.chat_to_ticket.state import Answered, Chat, ChatState
from switchboard.flows.chat_to_ticket.stepping import (
    ACTOR,
    actor_of,
    advance_unheard,
    in_savepoint,
    with_unsent,
    write_down,
)
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.flows.chat_to_ticket.transcribing import replies_in
from switchboard.flows.chat_to_ticket.worlds import world_of
from switchboard.store import conversations
from switchboard.store.conversations import StoredConversation
from switchboard.store.database import Database

__all__ = [
    "Heard",
    "account_for",
    "apply",
    "close_chat",
    "hear",
    "hear_in",
    "load_state",
    "put_unsent",
    "take_unsent",
    "update_state",
    "world_of",
]

_Locks = WeakValueDictionary[str, asyncio.Lock]
_locks: WeakKeyDictionary[Database, _Locks] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of an event: the answer, and what the door has to do besides."""

    conversation: StoredConversation
    replies: tuple[Reply, ...] = ()  # With what was said before while nobody listened.
    hand_over: HandOver | None = None
    ended: bool = False
    wanted: tuple[str, ...] = ()  # References of the tickets asked for in this step.
    repeated: bool = False  # The delivery was heard before: this is its answer again.


async def hear(tools: ChatTools, chat: Chat, event: Event, *, delivery: str = "") -> Heard:
    """Advance a chat by one event, and do everything that follows from it, once.

    A *delivery* (the key of what brought the event) that was heard before changes nothing.
    """
    async with _lock(tools.db, chat.id):
        heard, lanes = await tools.db.run(
            lambda conn: hear_in(conn, tools, chat, event, delivery=delivery)
        )
    for lane in sorted(lanes):
        tools.wake(lane)
    return heard


def hear_in(
    conn: sa.Connection, tools: ChatTools, chat: Chat, event: Event, *, delivery: str = ""
) -> tuple[Heard, frozenset[Lane]]:
    """Do the same in the caller's transaction, who wakes the lanes returned after the commit."""
    return in_savepoint(conn, lambda: _hear(conn, tools, chat, event, delivery))


def apply(conn: sa.Connection, tools: ChatTools, conversation_id: str, event: Event) -> None:
    """Tell a chat what happened behind it, in the caller's transaction.

    What is said because of it waits until somebody listens; whoever calls wakes `replies` after
    the commit. A chat that is unknown or was emptied is told nothing.
    """

    def once() -> None:
        found = held(conn, tools, conversation_id)
        if found is not None:
            advance_unheard(conn, tools, found, event, actor=ACTOR)

    in_savepoint(conn, once)


async def close_chat(tools: ChatTools, conversation_id: str, *, actor: str) -> bool:
    """Close a chat because *actor* wants it; False when there is none, or it is closed."""
    event = Event(kind="closed_by_operator", at=tools.now())

    def close(conn: sa.Connection) -> bool:
        found = held(conn, tools, conversation_id)
        if found is None or found.state.conversation.stage == "closed":
            return False
        advance_unheard(conn, tools, found, event, actor=actor)
        return True

    async with _lock(tools.db, conversation_id):
        return await tools.db.run(lambda conn: in_savepoint(conn, partial(close, conn)))


def load_state(
    conn: sa.Connection, tools: ChatTools, conversation_id: str
) -> tuple[StoredConversation, ChatState] | None:
    """Return a chat and its document; None when it is unknown or was emptied."""
    found = held(conn, tools, conversation_id)
    return (found.row, found.state) if found else None


def update_state(
    conn: sa.Connection,
    tools: ChatTools,
    conversation_id: str,
    change: Callable[[ChatState], ChatState],
) -> None:
    """Change what is stored of a chat besides the dialogue; nothing where nothing is stored."""

    def once() -> None:
        found = held(conn, tools, conversation_id)
        changed = change(found.state) if found else None
        if found and changed and changed != found.state:
            keep(conn, tools, found.row, changed, found.row.updated_at)

    in_savepoint(conn, once)


def take_unsent(conn: sa.Connection, tools: ChatTools, conversation_id: str) -> tuple[Reply, ...]:
    """Take what was said while nobody listened, to say it now; `put_unsent` if that fails."""
    taken: tuple[Reply, ...] = ()

    def take(state: ChatState) -> ChatState:
        nonlocal taken
        taken = state.unsent
        return state.model_copy(update={"unsent": ()})

    update_state(conn, tools, conversation_id, take)
    return taken


def put_unsent(
    conn: sa.Connection, tools: ChatTools, conversation_id: str, replies: Sequence[Reply]
) -> None:
    """Keep replies that did not reach the visitor, before what was said since."""
    update_state(
        conn, tools, conversation_id, lambda state: with_unsent(state, (*replies, *state.unsent))
    )


def account_for(conn: sa.Connection, tools: ChatTools, conversation_id: str) -> None:
    """Bring the ledger up to date after a ticket of the chat was parked, or taken up again."""

    def once() -> None:
        found = held(conn, tools, conversation_id)
        if found is not None:
            keep(conn, tools, found.row, found.state, found.row.updated_at)

    in_savepoint(conn, once)


def _hear(
    conn: sa.Connection, tools: ChatTools, chat: Chat, event: Event, delivery: str
) -> tuple[Heard, frozenset[Lane]]:
    found = hold(conn, tools, chat, event.at.timestamp())
    before = _heard_before(conn, tools, found, delivery) if delivery else None
    if before is not None:
        return before, frozenset()
    done = carry_out(conn, tools, found.state, event, world_of(tools, event.at), begun=found.begun)
    replies = (*found.state.unsent, *done.replies)
    answered = Answered(
        delivery=delivery,
        replies=replies,
        hand_over=done.hand_over,
        ended=done.ended,
        wanted=done.wanted,
    )
    update = {
        "unsent": (),
        "answered": answered if delivery else done.state.answered,
        "heard_since": done.state.heard_since + (event.kind == "said"),
    }
    done.state = done.state.model_copy(update=update)
    actor = actor_of(event, done)
    row = write_down(conn, tools, found, event, done, delivery=delivery, actor=actor)
    return _heard(row, answered), frozenset(done.lanes)


def _heard_before(
    conn: sa.Connection, tools: ChatTools, found: Held, delivery: str
) -> Heard | None:
    """Return the answer to a delivery that was heard already, None for a new one."""
    latest = found.state.answered
    if latest is not None and latest.delivery == delivery:
        return _heard(found.row, latest, repeated=True)
    said = conversations.of_delivery(conn, tools.sealer, found.row.id, delivery)
    if not said:
        return None
    # An older one: its cards are in the words of the transcript, and nobody is called twice.
    return Heard(conversation=found.row, replies=replies_in(said), repeated=True)


def _heard(row: StoredConversation, answered: Answered, *, repeated: bool = False) -> Heard:
    return Heard(
        conversation=row,
        replies=answered.replies,
        hand_over=answered.hand_over,
        ended=answered.ended,
        wanted=answered.wanted,
        repeated=repeated,
    )


def _lock(db: Database, chat_id: str) -> asyncio.Lock:
    """Return the lock that keeps a chat's events in the order of their arrival.

    It lives as long as somebody holds or awaits it.
    """
    locks = _locks.setdefault(db, WeakValueDictionary())
    return locks.setdefault(chat_id, asyncio.Lock())
