"""Put everything back to work that stopped, or waits for its next try, because of a chat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket.delivery.retrying import STOPPED, retry
from switchboard.flows.chat_to_ticket.records import (
    ChatRecord,
    effects_of,
    mails_about,
    read_chat,
)
from switchboard.flows.chat_to_ticket.tools import ChatTools, Lane
from switchboard.store import audit, outbox, owed_replies, set_aside, tickets
from switchboard.store.database import now as store_now
from switchboard.store.journal import Effect
from switchboard.store.outbox import Mail
from switchboard.store.tickets import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """What is worked on again: references, keys of mails, and whether words go to the visitor."""

    tickets: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    words: bool = False

    def __bool__(self) -> bool:
        return bool(self.tickets or self.mails or self.words)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes to wake once the transaction stands."""
        wanted: tuple[tuple[bool, Lane], ...] = (
            (bool(self.tickets), "tickets"),
            (bool(self.mails), "mails"),
            (self.words, "replies"),
        )
        return tuple(lane for needed, lane in wanted if needed)


def chat_waits(record: ChatRecord, effects: Iterable[Effect] = ()) -> TakenUp:
    """Tell what `take_up_chat` would find to do; *effects* are those of the chat's tickets."""
    own = list(effects)
    return TakenUp(
        tickets=tuple(row.reference for row in record.tickets if ticket_waits(row, own)),
        mails=tuple(each.key for each in record.mails if mail_waits(each)),
        words=_words_wait(record),
    )


def ticket_waits(row: Ticket, effects: Iterable[Effect]) -> bool:
    """Tell whether a ticket, or a piece of it, stopped or was put off because of an error."""
    if row.state in STOPPED:
        return row.request is not None
    mine = f"ticket:{row.reference}:"
    stopped = any(each.key.startswith(mine) and each.state in STOPPED for each in effects)
    return (stopped and row.request is not None) or _put_off(row)


def mail_waits(each: Mail) -> bool:
    """Tell whether a person can have a mail sent (again): never a one-time code."""
    if each.message is None or each.kind == outbox.SHORT_LIVED:
        return False
    return each.state in STOPPED or (each.state == "queued" and each.error_code is not None)


def take_up_chat(
    conn: sa.Connection, tools: ChatTools, conversation_id: str, *, actor: str
) -> TakenUp:
    """Take up a chat's tickets, mails and words; whoever calls wakes the lanes afterwards."""
    record = read_chat(conn, tools.sealer, conversation_id)
    if record is None:
        return TakenUp()
    words = _words_wait(record)
    if words:
        owed_replies.owe(conn, conversation_id, tools.now().timestamp())
        set_aside.drop(conn, ["reply"], [conversation_id])
        audit.append(conn, actor=actor, action="chat.retry", subject=conversation_id)
    own = [name for row in record.tickets for name in _ticket(conn, tools, row, actor=actor)]
    mails = _mails(conn, record.mails, subject=conversation_id, actor=actor)
    return TakenUp(tickets=tuple(own), mails=mails, words=words)


def take_up_ticket(conn: sa.Connection, tools: ChatTools, row: Ticket, *, actor: str) -> TakenUp:
    """Do the same for one ticket and its mails."""
    own = _ticket(conn, tools, row, actor=actor)
    mails = _mails(conn, mails_about(conn, [row]), subject=row.reference, actor=actor)
    return TakenUp(tickets=tuple(own), mails=mails)


def _ticket(conn: sa.Connection, tools: ChatTools, row: Ticket, *, actor: str) -> list[str]:
    if not ticket_waits(row, effects_of(conn, row)):
        return []
    done = retry(conn, tools, row.reference, actor=actor)
    if not done and _put_off(row):
        tickets.work_by(conn, row.reference, store_now(conn))
        audit.append(conn, actor=actor, action="ticket.retry", subject=row.reference)
        done = [row.reference]
    return done


def _mails(
    conn: sa.Connection, mails: Iterable[Mail], *, subject: str, actor: str
) -> tuple[str, ...]:
    opened = outbox.reopen(conn, [each.key for each in mails if mail_waits(each)])
    if opened:
        detail = {"mails": len(opened)}
        audit.append(conn, actor=actor, action="mail.retry", subject=subject, detail=detail)
    return tuple(opened)


def _put_off(row: Ticket) -> bool:
    return row.work_at is not None and row.error_code is not None


def _words_wait(record: ChatRecord) -> bool:
    """Tell whether words could reach the visitor now: programs and closed chats take none."""
    state = record.state
    if state is None or not state.unsent or state.form != "bot":
        return False
    return state.promise is not None or state.conversation.stage != "closed"
