"""End chats in which nobody wrote for long, and questions nobody answered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.approving import expire_approvals
from switchboard.flows.chat_to_ticket.holding import held
from switchboard.flows.chat_to_ticket.models import Event
from switchboard.flows.chat_to_ticket.stepping import ACTOR, advance_unheard, in_savepoint
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import conversations
from switchboard.store.tables import approval

BATCH = 20  # Chats in one transaction: nobody waits long for the store.


async def work_expired(tools: ChatTools) -> int:
    """Close the chats nobody wrote in for long, and the questions nobody answered.

    Return how many chats were closed.
    """
    closed = 0
    while True:
        number = await tools.db.run(partial(_close_some, tools=tools))
        closed += number
        if number < BATCH:
            break
    at = tools.now().timestamp()
    await tools.db.run(lambda conn: expire_approvals(conn, tools, at))
    return closed


def expired_due(conn: sa.Connection, at: float) -> bool:
    """Tell whether `work_expired` would find something to do."""
    late = approval.c.decision.is_(None) & (approval.c.expires_at <= at)
    asked = conn.execute(sa.select(approval.c.token_hash).where(late).limit(1)).first()
    return asked is not None or bool(conversations.expired(conn, at, limit=1))


def _close_some(conn: sa.Connection, tools: ChatTools) -> int:
    at = tools.now()
    ids = conversations.expired(conn, at.timestamp(), BATCH)
    for each in ids:
        in_savepoint(conn, partial(_expire, conn, tools, each))
    return len(ids)


def _expire(conn: sa.Connection, tools: ChatTools, conversation_id: str) -> None:
    """Have one chat run out: the dialogue says the truth about what is owed, then it is over."""
    now = tools.now()
    for kind in ("timeout", "timeout", "closed_by_operator"):
        found = held(conn, tools, conversation_id)
        if found is None:
            break
        if found.state.conversation.stage == "closed":
            return
        # A ticket that is still owed is spoken of first; whoever never wrote is just closed.
        advance_unheard(conn, tools, found, Event(kind=kind, at=now), actor=ACTOR)
    row = conversations.load(conn, tools.sealer, conversation_id)
    if row is not None and row.closed_at is None:  # Emptied while it was open.
        over = replace(row, stage="closed", closed_at=now.timestamp(), expires_at=None)
        conversations.save(conn, tools.sealer, over)
