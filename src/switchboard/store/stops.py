"""Say, kind by kind, what has stopped for good unless a person does something: since when, and why.

Every count of what needs a person asks here, so that all of them mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import tables as t

Kind = Literal["call", "recording", "voicemail", "call-back", "mail", "ticket", "update", "reply"]
# What is written on a ticket that is in Zoho Desk already, and back into its chat.
PIECES = ("desk_comment", "desk_file", "chat_link")
UNCODED, LOST_CAUSE, LATE_REPLY = "parked", "lost", "late-reply"  # Causes that have no code.
_FAILED = ("refused", "parked")


@dataclass(frozen=True, slots=True)
class Stop:
    """The rows of one table that have stopped; `cause` is an error code, or a word of above."""

    table: sa.Table
    kind: sa.ColumnElement[str]
    id: sa.ColumnElement[str]
    cause: sa.ColumnElement[str]
    since: sa.ColumnElement[float]
    holds: sa.ColumnElement[bool]


def _code(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(column, ""), _word(UNCODED))


def _word(text: str) -> sa.ColumnElement[str]:
    return sa.literal(text, sa.Text)


_call, _media, _back, _ticket = t.interaction.c, t.media.c, t.callback.c, t.ticket.c

CALL = Stop(
    t.interaction,
    _word("call"),
    _call.id,
    _code(_call.error_code),
    sa.func.coalesce(_call.finished_at, _call.updated_at),
    # As the index has it. Chats are parked because of their tickets, which stand for themselves.
    sa.and_(sa.text("interaction.fate = 'parked'"), _call.kind == "call"),
)
MEDIA = Stop(
    t.media,
    _media.kind,
    _media.key,
    _code(_media.error_code),
    sa.func.coalesce(_media.finished_at, _media.updated_at),
    _media.state == "parked",
)
LOST = Stop(
    t.media,
    _media.kind,
    _media.key,
    _word(LOST_CAUSE),
    sa.func.coalesce(_media.finished_at, _media.updated_at),
    _media.state == "gone",
)
CALL_BACK = Stop(
    t.callback,
    _word("call-back"),
    _back.interaction_id,
    _code(_back.error_code),
    sa.func.coalesce(_back.finished_at, _back.updated_at),
    _back.state == "parked",
)
MAIL = Stop(
    t.mail,
    _word("mail"),
    t.mail.c.key,
    _code(t.mail.c.error_code),
    sa.func.coalesce(t.mail.c.finished_at, t.mail.c.created_at),
    t.mail.c.state.in_(_FAILED),
)
TICKET = Stop(
    t.ticket,
    _word("ticket"),
    _ticket.reference,
    _code(_ticket.error_code),
    sa.func.coalesce(_ticket.raised_at, _ticket.wanted_at),
    # Where what was asked for is gone, forgotten or old, nothing can be sent.
    sa.and_(_ticket.state.in_(_FAILED), _ticket.sealed.is_not(None)),
)
UPDATE = Stop(
    t.effect,
    _word("update"),
    t.effect.c.key,
    _code(t.effect.c.error_code),
    sa.func.coalesce(t.effect.c.finished_at, t.effect.c.intended_at),
    sa.and_(t.effect.c.state.in_(_FAILED), t.effect.c.kind.in_(PIECES)),
)
# An answer is never parked: it is tried until the chat is over, though its visitor may be gone.
REPLY = Stop(
    t.owed_reply,
    _word("reply"),
    t.owed_reply.c.conversation_id,
    _word(LATE_REPLY),
    t.owed_reply.c.due_at,
    sa.true(),
)
ALL = (CALL, MEDIA, LOST, CALL_BACK, MAIL, TICKET, UPDATE, REPLY)
OF: dict[Kind, tuple[Stop, ...]] = {
    "call": (CALL,),
    "recording": (MEDIA, LOST),
    "voicemail": (MEDIA, LOST),
    "call-back": (CALL_BACK,),
    "mail": (MAIL,),
    "ticket": (TICKET,),
    "update": (UPDATE,),
    "reply": (REPLY,),
}
