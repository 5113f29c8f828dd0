"""Say what nobody asked for: answers promised with `pending`, and words that came afterwards.

Words are taken from the chat in a transaction before they are sent, and put back only where they
surely were not: so nothing is ever said twice. Whatever is in doubt has been mailed as well.
A promise is kept by its callback. Other words are said as the token's operator; where SalesIQ
does not know the chat under the id it gave its bot (zoho-salesiq.md §11), they wait for the
visitor's next message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.flows.chat_to_ticket.conversing import (
    apply,
    load_state,
    put_unsent,
    take_unsent,
    update_state,
)
from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.door.mapping import bubbles_of
from switchboard.flows.chat_to_ticket.models import Event, Reply
from switchboard.flows.chat_to_ticket.state import ChatState, Promise
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import owed_replies
from switchboard.vendors.zoho_salesiq.answers import write_answer
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient
from switchboard.vendors.zoho_salesiq.models import Delivery, Visitor

log = structlog.get_logger(__name__)

SENDING_SECONDS = 60.0  # Nobody else looks at a chat while its words are on their way.
AGAIN_SECONDS = 10.0
SPARE_SECONDS = 25.0  # From our own end of a promise to shortly before SalesIQ's: 150 and 180.


@dataclass(frozen=True, slots=True)
class Say:
    """Words taken from a chat; with a promise they are its answer."""

    session: str
    channel: str
    replies: tuple[Reply, ...]
    promise: Promise | None


@dataclass(frozen=True, slots=True)
class Comfort:
    """A word while the visitor waits."""

    request_id: str


def replies_due(conn: sa.Connection, at: float) -> bool:
    """Tell whether there is a chat to look at."""
    return owed_replies.any_due(conn, at)


async def work_replies(tools: ChatTools) -> None:
    """Say everything that is due; one chat's trouble is no other's."""
    client = tools.salesiq
    for chat in await tools.db.run(lambda conn: owed_replies.due(conn, _now(tools))):
        if client is None:  # The words wait for the visitor's next message.
            await tools.db.run(partial(owed_replies.settle, conversation_id=chat))
            continue
        try:
            await _work(tools, client, chat)
        except SwitchboardError as error:
            log.warning("owed_reply_failed", interaction_id=chat, error_code=error.code)


async def _work(tools: ChatTools, client: ZohoSalesiqClient, chat: str) -> None:
    plan = await tools.db.run(lambda conn: _plan(conn, tools, chat))
    if isinstance(plan, Comfort):
        await client.progress(plan.request_id, words.STILL_AT_IT)
    elif plan is not None:
        await _say(tools, client, chat, plan)


async def _say(tools: ChatTools, client: ZohoSalesiqClient, chat: str, said: Say) -> None:
    try:
        await _send(tools, client, said)
    except InDoubtError as error:
        log.warning("reply_in_doubt", interaction_id=chat, error_code=error.code)
    except SwitchboardError as error:
        log.warning("reply_not_sent", interaction_id=chat, error_code=error.code)
        await tools.db.run(partial(_put_back, tools=tools, chat=chat, said=said, error=error))
        return
    await tools.db.run(lambda conn: _look_again(conn, tools, chat))


async def _send(tools: ChatTools, client: ZohoSalesiqClient, said: Say) -> None:
    if said.promise is None:
        text = "\n".join(bubble.text for bubble in bubbles_of(said.replies))
        await client.send_message(said.session, text)
        return
    promise = said.promise

    def in_time() -> None:
        if tools.now() > promise.until + timedelta(seconds=SPARE_SECONDS):
            raise RejectedError("SIQ-404", "The three minutes of a promised answer are over.")

    asked = Delivery(
        form="bot",
        kind="message",
        received_at=tools.now(),
        dedupe_key="",
        conversation_id=said.session,
        request_id=promise.request_id,
        visitor=Visitor(channel=said.channel),
    )
    answer = write_answer(asked, bubbles_of(said.replies))
    await client.respond(promise.request_id, answer, guard=in_time)


def _plan(conn: sa.Connection, tools: ChatTools, chat: str) -> Say | Comfort | None:
    """Decide what is said now, and take it."""
    found = load_state(conn, tools, chat)
    if found is None or found[1].form != "bot":
        owed_replies.settle(conn, chat)
        return None
    state, at = found[1], _now(tools)
    promise = state.promise
    over = promise is not None and at >= promise.until.timestamp()
    if over and not state.unsent:
        apply(conn, tools, chat, Event(kind="timeout", at=tools.now()))
    replies = take_unsent(conn, tools, chat) if over or _sayable(state) else ()
    if over and not replies:  # The visitor has gone on meanwhile: leave them where they are.
        replies = _where_they_are(tools, state)
    if replies:
        update_state(conn, tools, chat, lambda known: known.model_copy(update={"promise": None}))
        owed_replies.put_off(conn, chat, at + SENDING_SECONDS)
        visitor = state.conversation.visitor
        return Say(state.conversation.id, visitor.channel or "", replies, promise)
    if promise is None:
        owed_replies.settle(conn, chat)
        return None
    owed_replies.put_off(conn, chat, promise.until.timestamp())
    if promise.comforted:
        return None
    told = promise.model_copy(update={"comforted": True})
    update_state(conn, tools, chat, lambda known: known.model_copy(update={"promise": told}))
    return Comfort(promise.request_id)


def _where_they_are(tools: ChatTools, state: ChatState) -> tuple[Reply, ...]:
    """Return the truth about the ticket, and the question that is open now."""
    waiting = any(not each.number for each in state.conversation.tickets)
    truth = (Reply(text=tools.library.wording.still_logging),) if waiting else ()
    asked = state.answered.replies[-1:] if state.answered else ()
    return (*truth, *asked) or (Reply(text=words.GO_ON),)


def _sayable(state: ChatState) -> bool:
    """Tell whether words can reach the visitor: a chat that is over takes none."""
    return state.promise is not None or state.conversation.stage != "closed"


def _put_back(
    conn: sa.Connection, tools: ChatTools, chat: str, said: Say, error: SwitchboardError
) -> None:
    """Keep words that were surely not said, and decide when they are tried again."""
    put_unsent(conn, tools, chat, said.replies)
    at = _now(tools)
    again = isinstance(error, TransientError | OperatorError)
    if said.promise is not None and again and at < said.promise.until.timestamp() + SPARE_SECONDS:
        promise = said.promise
        update_state(conn, tools, chat, lambda known: known.model_copy(update={"promise": promise}))
        owed_replies.put_off(conn, chat, at + AGAIN_SECONDS)
    elif said.promise is not None:
        owed_replies.put_off(conn, chat, at)  # As a message, then.
    elif isinstance(error, TransientError):
        owed_replies.put_off(conn, chat, at + max(error.retry_after or 0.0, SENDING_SECONDS))
    else:
        owed_replies.settle(conn, chat)


def _look_again(conn: sa.Connection, tools: ChatTools, chat: str) -> None:
    """Go on with what was said while we were sending, or be done."""
    found = load_state(conn, tools, chat)
    due = found[1].due_at(_now(tools)) if found else None
    if due is None:
        owed_replies.settle(conn, chat)
    else:
        owed_replies.put_off(conn, chat, due)


def _now(tools: ChatTools) -> float:
    return tools.now().timestamp()
