"""The SELECTs of all that has stopped or is late, of the same columns whatever table it is in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from switchboard.store import outbox, stops
from switchboard.store import tables as t
from switchboard.store.stops import Stop

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
CALL_WAITS = DAY  # As `switchboard doctor` judges (DOC-013).
WRITE_IN_DOUBT = 15 * MINUTE  # What a restart clears up by itself is over by then.
TICKET_WAITS = MAIL_WAITS = CALLBACK_WAITS = HOUR
REPLY_WAITS = 10 * MINUTE
APPROVAL_ENDS = DAY  # Before that, somebody can still be asked.
HISTORY = 7 * DAY  # What is over, and nothing can be done about, is shown for so long.
_NOTHING = sa.cast(sa.null(), sa.Text)


def everything(at: float, alarm_days: float) -> sa.CompoundSelect[Any]:
    """Return what waits for a person, set aside or not."""
    return sa.union_all(
        _parked_calls(),
        _late_calls(at),
        _doubts(at),
        _parked_media(),
        _lost_media(at),
        _expiring_media(at, alarm_days),
        _call_backs(),
        _late_call_backs(at),
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
) -> sa.Select[Any]:
    """Return what is only late of one kind; without a code its *reason* is the cause."""
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
        sa.literal(0, sa.Integer).label("stopped"),
        sa.literal(0, sa.Integer).label("retryable"),
    )


def _stopped(
    stop: Stop, why: sa.ColumnElement[Any], name: sa.ColumnElement[Any],
    office: sa.ColumnElement[Any], about: sa.ColumnElement[Any], *,
    retryable: sa.ColumnElement[int] | int = 1,
) -> sa.Select[Any]:  # fmt: skip
    """Return what has stopped of one kind."""
    can = sa.literal(retryable, sa.Integer) if isinstance(retryable, int) else retryable
    return sa.select(
        stop.kind.label("kind"),
        stop.id.label("id"),
        stop.cause.label("cause"),
        why.label("why"),
        name.label("name"),
        office.label("office"),
        stop.since.label("since"),
        about.label("about"),
        sa.literal(1, sa.Integer).label("stopped"),
        can.label("retryable"),
    ).where(stop.holds)


def _parked_calls() -> sa.Select[Any]:
    c = t.interaction.c
    return _stopped(stops.CALL, c.why, c.person, c.office, c.id)


def _late_calls(at: float) -> sa.Select[Any]:
    c = t.interaction.c
    chosen = _select("call", c.id, c.error_code, "late-call", c.why, c.person, c.office,
                     c.first_seen, c.id)  # fmt: skip
    late = c.due_at.is_not(None) & (c.first_seen < at - CALL_WAITS)
    return chosen.where(sa.text("interaction.fate = 'waiting'"), c.kind == "call", late)


def _doubts(at: float) -> sa.Select[Any]:
    c = t.effect.c
    chosen = _select("write", c.key, c.error_code, "doubt", c.kind, c.person, _NOTHING,
                     c.sending_at, c.interaction_id)  # fmt: skip
    return chosen.where(c.state == "sending", c.sending_at < at - WRITE_IN_DOUBT)


def _parked_media() -> sa.Select[Any]:
    c = t.media.c
    return _stopped(stops.MEDIA, c.why, c.person, c.office, c.interaction_id)


def _lost_media(at: float) -> sa.Select[Any]:
    c = t.media.c
    lost = _stopped(stops.LOST, c.why, c.person, c.office, c.interaction_id, retryable=0)
    return lost.where(c.finished_at > at - HISTORY)


def _expiring_media(at: float, alarm_days: float) -> sa.Select[Any]:
    c = t.media.c
    alarm = sa.literal("MEDIA-001", sa.Text)
    soon = _select(c.kind, c.key, alarm, "", c.why, c.person, c.office, c.call_started_at,
                   c.interaction_id)  # fmt: skip
    ends = (c.expires_at < at + alarm_days * DAY) & (c.expires_at > at - DAY)
    return soon.where(c.state == "owed", ends)


def _call_backs() -> sa.Select[Any]:
    c = t.callback.c
    return _stopped(stops.CALL_BACK, c.why, c.person, c.office, c.interaction_id)


def _late_call_backs(at: float) -> sa.Select[Any]:
    c = t.callback.c
    chosen = _select("call-back", c.interaction_id, c.error_code, "late-call-back", c.why, c.person,
                     c.office, c.first_seen, c.interaction_id)  # fmt: skip
    late = c.state.in_(("owed", "closing")) & (c.first_seen < at - CALLBACK_WAITS)
    return chosen.where(late, c.due_at < at)  # Not those that wait for an hour a person has set.


def _mails(at: float) -> sa.Select[Any]:
    c = t.mail.c
    readable = sa.case((c.message.is_not(None), 1), else_=0)
    chosen = _stopped(stops.MAIL, c.error, c.recipient, _NOTHING,
                      sa.func.coalesce(c.run_id, ""), retryable=readable)  # fmt: skip
    # A code that ran out is of use to nobody, and its visitor was told so.
    return chosen.where(c.finished_at > at - HISTORY, c.kind != outbox.SHORT_LIVED)


def _late_mails(at: float) -> sa.Select[Any]:
    c = t.mail.c
    chosen = _select("mail", c.key, c.error_code, "late-mail", c.error, c.recipient, _NOTHING,
                     c.created_at, sa.func.coalesce(c.run_id, ""))  # fmt: skip
    return chosen.where(c.state == "queued", c.created_at < at - MAIL_WAITS)


def _tickets() -> sa.Select[Any]:
    c = t.ticket.c
    return _stopped(stops.TICKET, c.why, c.reference, _NOTHING, c.reference)


def _late_tickets(at: float) -> sa.Select[Any]:
    c = t.ticket.c
    chosen = _select("ticket", c.reference, c.error_code, "late-ticket", c.why, c.reference,
                     _NOTHING, c.work_at, c.reference)  # fmt: skip
    wanted = (c.state == "wanted") & (c.wanted_at < at - TICKET_WAITS)
    owed = (c.state == "raised") & (c.work_at < at - TICKET_WAITS)
    return chosen.where(c.sealed.is_not(None), wanted | owed)


def _pieces() -> sa.Select[Any]:
    c = t.effect.c
    return _stopped(stops.UPDATE, c.error, c.kind, _NOTHING, c.key)


def _replies(at: float) -> sa.Select[Any]:
    c = t.owed_reply.c
    chosen = _select("reply", c.conversation_id, _NOTHING, stops.LATE_REPLY, _NOTHING, _NOTHING,
                     _NOTHING, c.due_at, c.conversation_id)  # fmt: skip
    return chosen.where(c.due_at < at - REPLY_WAITS)


def _approvals(at: float) -> sa.Select[Any]:
    c = t.approval.c
    chosen = _select("approval", c.token_hash, _NOTHING, "approval-ends", _NOTHING, c.reference,
                     _NOTHING, c.created_at, c.reference)  # fmt: skip
    return chosen.where(c.decision.is_(None), c.expires_at > at, c.expires_at < at + APPROVAL_ENDS)
