"""Ask the store for all that stopped or waits too long, as one list whatever table it is in.

Each kind is a SELECT of the same columns; together they are counted, grouped and paged like one
table, so that thousands of parked calls cost a page no more than three.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from switchboard.console.attention.items import Item, Kind, Tally
from switchboard.console.attention.places import place_of, written
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.store import call_search, outbox
from switchboard.store import tables as t

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
CALL_WAITS = DAY  # As `switchboard doctor` judges (DOC-013).
WRITE_IN_DOUBT = 15 * MINUTE  # What a restart clears up by itself is over by then.
TICKET_WAITS = MAIL_WAITS = CALLBACK_WAITS = HOUR
REPLY_WAITS = 10 * MINUTE
APPROVAL_ENDS = DAY  # Before that, somebody can still be asked.
HISTORY = 7 * DAY  # What is over, and nothing can be done about, is shown for so long.
PIECES = (keys.COMMENT, keys.FILE, keys.LINK)
_STOPPED = ("refused", "parked")
OURS = "Caller +"  # What our own leads are called as long as nobody knows better.
_NOTHING = sa.cast(sa.null(), sa.Text)


def count(conn: sa.Connection, at: float, alarm_days: float) -> int:
    """Return how many things of the store wait for a person."""
    listed = _all(at, alarm_days).subquery()
    return int(conn.scalar(sa.select(sa.func.count()).select_from(listed)) or 0)


def tallies(conn: sa.Connection, at: float, alarm_days: float) -> list[Tally]:
    """Return how many there are by cause, kind and office, and since when."""
    u = _all(at, alarm_days).subquery()
    query = sa.select(
        u.c.cause, u.c.kind, u.c.office, sa.func.count(), sa.func.sum(u.c.retryable),
        sa.func.sum(u.c.stopped), sa.func.min(u.c.since),
    ).group_by(u.c.cause, u.c.kind, u.c.office)  # fmt: skip
    return [Tally(*row) for row in conn.execute(query.order_by(u.c.cause, u.c.kind, u.c.office))]


def items(
    conn: sa.Connection, at: float, alarm_days: float, cause: str, *, limit: int, offset: int = 0
) -> list[Item]:
    """Return what has one cause, longest waiting first."""
    u = _all(at, alarm_days).subquery()
    query = sa.select(u).where(u.c.cause == cause).order_by(u.c.since, u.c.kind, u.c.id)
    return _items(conn, query.limit(limit).offset(offset))


def examples(conn: sa.Connection, at: float, alarm_days: float, most: int) -> list[Item]:
    """Return up to *most* things of each cause, those waiting longest."""
    u = _all(at, alarm_days).subquery()
    order = (u.c.since, u.c.kind, u.c.id)
    place = sa.func.row_number().over(partition_by=u.c.cause, order_by=order)
    v = sa.select(u, place.label("place")).subquery()
    return _items(conn, sa.select(v).where(v.c.place <= most).order_by(v.c.since, v.c.kind, v.c.id))


def retryable(
    conn: sa.Connection, at: float, alarm_days: float, *, cause: str = "", kind: str = "",
    id: str = "",  # noqa: A002 - the column's name.
) -> list[tuple[Kind, str]]:  # fmt: skip
    """Return kind and id of what can be taken up: of a cause, or one thing if it is there."""
    u = _all(at, alarm_days).subquery()
    query = sa.select(u.c.kind, u.c.id).where(u.c.retryable == 1)
    if cause:
        query = query.where(u.c.cause == cause)
    else:
        query = query.where(u.c.kind == kind, u.c.id == id)
    return [(row.kind, row.id) for row in conn.execute(query.order_by(u.c.since, u.c.id))]


def _all(at: float, alarm_days: float) -> sa.CompoundSelect[Any]:
    return sa.union_all(
        _parked_calls(),
        _late_calls(at),
        _doubts(at),
        _parked_media(),
        _lost_media(at),
        _expiring_media(at, alarm_days),
        _call_backs(at),
        _mails(at),
        _late_mails(at),
        _tickets(),
        _late_tickets(at),
        _pieces(),
        _replies(at),
        _approvals(at),
    )


def _select(  # noqa: PLR0917 - the columns in their order.
    kind: sa.ColumnElement[str] | str,
    id: sa.ColumnElement[str],  # noqa: A002
    code: sa.ColumnElement[Any],
    reason: str,
    why: sa.ColumnElement[Any],
    name: sa.ColumnElement[Any],
    office: sa.ColumnElement[Any],
    since: sa.ColumnElement[Any],
    about: sa.ColumnElement[Any],
    *,
    stopped: int,
    retryable: int,
) -> sa.Select[Any]:
    """Return one kind's rows; without a code its *reason* is the cause."""
    of_kind = sa.literal(kind, sa.Text) if isinstance(kind, str) else kind
    return sa.select(
        of_kind.label("kind"),
        id.label("id"),
        sa.func.coalesce(sa.func.nullif(code, ""), sa.literal(reason, sa.Text)).label("cause"),
        why.label("why"),
        name.label("name"),
        office.label("office"),
        since.label("since"),
        about.label("about"),
        sa.literal(stopped, sa.Integer).label("stopped"),
        sa.literal(retryable, sa.Integer).label("retryable"),
    )


def _parked_calls() -> sa.Select[Any]:
    c = t.interaction.c
    since = sa.func.coalesce(c.finished_at, c.updated_at)
    chosen = _select("call", c.id, c.error_code, "parked", c.why, c.person, c.office, since, c.id,
                     stopped=1, retryable=1)  # fmt: skip
    # Chats are parked because of their tickets, which are listed themselves.
    return chosen.where(sa.text("interaction.fate = 'parked'"), c.kind == "call")


def _late_calls(at: float) -> sa.Select[Any]:
    c = t.interaction.c
    chosen = _select("call", c.id, c.error_code, "late-call", c.why, c.person, c.office,
                     c.first_seen, c.id, stopped=0, retryable=0)  # fmt: skip
    late = c.due_at.is_not(None) & (c.first_seen < at - CALL_WAITS)
    return chosen.where(sa.text("interaction.fate = 'waiting'"), c.kind == "call", late)


def _doubts(at: float) -> sa.Select[Any]:
    c = t.effect.c
    chosen = _select("write", c.key, c.error_code, "doubt", c.kind, c.person, _NOTHING,
                     c.sending_at, c.interaction_id, stopped=0, retryable=0)  # fmt: skip
    return chosen.where(c.state == "sending", c.sending_at < at - WRITE_IN_DOUBT)


def _media(reason: str, since: sa.ColumnElement[Any], *, stopped: int, retryable: int,
           code: sa.ColumnElement[Any] | None = None) -> sa.Select[Any]:  # fmt: skip
    c = t.media.c
    return _select(c.kind, c.key, c.error_code if code is None else code, reason, c.why, c.person,
                   c.office, since, c.interaction_id, stopped=stopped,
                   retryable=retryable)  # fmt: skip


def _parked_media() -> sa.Select[Any]:
    since = sa.func.coalesce(t.media.c.finished_at, t.media.c.updated_at)
    return _media("parked", since, stopped=1, retryable=1).where(t.media.c.state == "parked")


def _lost_media(at: float) -> sa.Select[Any]:
    c = t.media.c
    lost = _media("lost", c.finished_at, stopped=1, retryable=0, code=_NOTHING)
    return lost.where(c.state == "gone", c.finished_at > at - HISTORY)


def _expiring_media(at: float, alarm_days: float) -> sa.Select[Any]:
    c = t.media.c
    alarm = sa.literal("MEDIA-001", sa.Text)
    soon = _media("", c.call_started_at, stopped=0, retryable=0, code=alarm)
    ends = (c.expires_at < at + alarm_days * DAY) & (c.expires_at > at - DAY)
    return soon.where(c.state == "owed", ends)


def _call_backs(at: float) -> sa.Select[Any]:
    c = t.callback.c
    parked = c.state == "parked"
    chosen = _select(
        "call-back", c.interaction_id, c.error_code, "late-call-back", c.why, c.person, c.office,
        sa.case((parked, sa.func.coalesce(c.finished_at, c.updated_at)), else_=c.first_seen),
        c.interaction_id, stopped=0, retryable=0,
    )  # fmt: skip
    flag = sa.case((parked, 1), else_=0)
    late = c.state.in_(("owed", "closing")) & (c.first_seen < at - CALLBACK_WAITS)
    late &= c.due_at < at  # Not those that wait for an hour a person has set.
    return _flagged(chosen, flag).where(sa.or_(parked, late))


def _flagged(chosen: sa.Select[Any], flag: sa.ColumnElement[int]) -> sa.Select[Any]:
    """Replace the last two columns: stopped and retryable are the same fact here."""
    columns = list(chosen.selected_columns)[:-2]
    return chosen.with_only_columns(*columns, flag.label("stopped"), flag.label("retryable"))


def _mails(at: float) -> sa.Select[Any]:
    c = t.mail.c
    chosen = _select("mail", c.key, c.error_code, "parked", c.error, c.recipient, _NOTHING,
                     c.finished_at, sa.func.coalesce(c.run_id, ""), stopped=1,
                     retryable=0)  # fmt: skip
    # A code that ran out is of use to nobody, and its visitor was told so.
    over = c.state.in_(_STOPPED) & (c.finished_at > at - HISTORY) & (c.kind != outbox.SHORT_LIVED)
    columns = list(chosen.selected_columns)[:-1]
    readable = sa.case((c.message.is_not(None), 1), else_=0).label("retryable")
    return chosen.with_only_columns(*columns, readable).where(over)


def _late_mails(at: float) -> sa.Select[Any]:
    c = t.mail.c
    chosen = _select("mail", c.key, c.error_code, "late-mail", c.error, c.recipient, _NOTHING,
                     c.created_at, sa.func.coalesce(c.run_id, ""), stopped=0,
                     retryable=0)  # fmt: skip
    return chosen.where(c.state == "queued", c.created_at < at - MAIL_WAITS)


def _tickets() -> sa.Select[Any]:
    c = t.ticket.c
    chosen = _select("ticket", c.reference, c.error_code, "parked", c.why, c.reference, _NOTHING,
                     sa.func.coalesce(c.raised_at, c.wanted_at), c.reference, stopped=1,
                     retryable=1)  # fmt: skip
    # What was asked for is gone: forgotten at somebody's wish, or old. Nothing can be sent.
    return chosen.where(c.state.in_(_STOPPED), c.sealed.is_not(None))


def _late_tickets(at: float) -> sa.Select[Any]:
    c = t.ticket.c
    chosen = _select("ticket", c.reference, c.error_code, "late-ticket", c.why, c.reference,
                     _NOTHING, c.work_at, c.reference, stopped=0, retryable=0)  # fmt: skip
    wanted = (c.state == "wanted") & (c.wanted_at < at - TICKET_WAITS)
    owed = (c.state == "raised") & (c.work_at < at - TICKET_WAITS)
    return chosen.where(c.sealed.is_not(None), wanted | owed)


def _pieces() -> sa.Select[Any]:
    c = t.effect.c
    chosen = _select("update", c.key, c.error_code, "parked", c.error, c.kind, _NOTHING,
                     sa.func.coalesce(c.finished_at, c.intended_at), c.key, stopped=1,
                     retryable=1)  # fmt: skip
    return chosen.where(c.state.in_(_STOPPED), c.kind.in_(PIECES))


def _replies(at: float) -> sa.Select[Any]:
    c = t.owed_reply.c
    chosen = _select("reply", c.conversation_id, _NOTHING, "late-reply", _NOTHING, _NOTHING,
                     _NOTHING, c.due_at, c.conversation_id, stopped=0, retryable=0)  # fmt: skip
    return chosen.where(c.due_at < at - REPLY_WAITS)


def _approvals(at: float) -> sa.Select[Any]:
    c = t.approval.c
    chosen = _select("approval", c.token_hash, _NOTHING, "approval-ends", _NOTHING, c.reference,
                     _NOTHING, c.created_at, c.reference, stopped=0, retryable=0)  # fmt: skip
    return chosen.where(c.decision.is_(None), c.expires_at > at, c.expires_at < at + APPROVAL_ENDS)


def _items(conn: sa.Connection, query: sa.Select[Any]) -> list[Item]:
    rows = conn.execute(query).all()
    names = call_search.names(conn, [row.name for row in rows if row.name])
    names = {number: name for number, name in names.items() if not name.startswith(OURS)}
    return [_item(row, names) for row in rows]


def _item(row: sa.Row[Any], names: Mapping[str, str]) -> Item:
    """Return a row as a thing; callers go by the name Zoho CRM has for their number."""
    name, href = place_of(row.kind, row.id, row.name or "", row.about or "")
    why = row.why or ""
    if row.kind == "write":
        name, why = f"{written(why)} for {name}", ""
    elif row.name in names:
        name = f"{names[row.name]}, {name}"
    return Item(
        kind=row.kind,
        id=row.id,
        cause=row.cause,
        why=why,
        name=name,
        office=row.office,
        since=row.since,
        stopped=bool(row.stopped),
        retryable=bool(row.retryable),
        href=href,
    )
