"""Answer for a chat as for a call: what became of it, and why?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.state import ChatState
from switchboard.store.conversations import OPEN, Account
from switchboard.store.tables import ticket

_QUIET = {"raised", "after", "handed_over", "closed"}
"""Stages in which nothing is asked of the visitor: the chat may have come to its end."""
_ENDS = {
    "solved": "Solved with first aid; no ticket was needed.",
    "cancelled": "The visitor cancelled the request.",
    "expired": "The visitor left in the middle of a request.",
}


def account_of(conn: sa.Connection, conversation_id: str, state: ChatState) -> Account:
    """Return what the ledger says of a chat in this state, given its tickets' rows."""
    columns = (ticket.c.reference, ticket.c.state, ticket.c.number, ticket.c.error_code)
    rows = conn.execute(
        sa.select(*columns)
        .where(ticket.c.conversation_id == conversation_id)
        .order_by(ticket.c.wanted_at, ticket.c.reference)
    ).all()
    return _account(state, rows)


def _account(state: ChatState, rows: Sequence[Any]) -> Account:
    chat = state.conversation
    stopped = next((each for each in rows if each.state in {"parked", "refused"}), None)
    if stopped is not None:
        why = f"Ticket {stopped.reference} could not be created in Zoho Desk."
        return Account(outcome="ticket", fate="parked", why=why, error_code=stopped.error_code)
    if chat.stage not in _QUIET:
        return OPEN
    if any(not each.number for each in chat.tickets):
        return Account(outcome="ticket", why="Its ticket is on its way to Zoho Desk.")
    outcome, why = _end(state)
    return Account(outcome=outcome, fate="done", why=why) if outcome else OPEN


def _end(state: ChatState) -> tuple[str, str]:
    """Return what a chat came to in a word and in a sentence; blank while it may go on."""
    chat, came_to = state.conversation, state.came_to
    if chat.stage == "handed_over" or (state.escalated and not chat.tickets):
        return "handed over", "Handed over to an operator."
    if chat.tickets:
        numbers = ", ".join(f"ticket {each.number}" for each in chat.tickets)
        return "ticket", f"{numbers[0].upper()}{numbers[1:]}."
    if came_to and (chat.stage == "closed" or came_to == "solved"):
        return ("left" if came_to == "expired" else came_to), _ENDS[came_to]
    return ("left", "Left without a request.") if chat.stage == "closed" else ("", "")
