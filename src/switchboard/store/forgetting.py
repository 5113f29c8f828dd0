"""Take a person out of the store for good, and keep what stops us from doing anything twice.

What stays of a call or chat is that it took place, what was written for it and under which id; the
person becomes a pseudonym under a key that is thrown away. Table by table: docs/data-and-audit.md.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import (
    callbacks,
    conversations,
    directory,
    folding,
    leases,
    media,
    outbox,
    set_aside,
    tickets,
)
from switchboard.store import tables as t
from switchboard.store.database import chunks
from switchboard.store.ledger import FORGOTTEN
from switchboard.store.personal import Person, Traces, trace
from switchboard.store.sealing import Sealer

WHY = "Forgotten at the person's wish."
_HOLDER = "people forget"
_PERSONAL = ("caller", "caller_raw", "caller_name", "caller_location")
_NEVER_SWEPT = {"audit", "alembic_version"}  # Append-only, and masked when it is written.
_OVER = ("sent", "refused", "parked")


class Mentions(Protocol):
    """How a person is mentioned in a text: switchboard.people.mentions."""

    @property
    def hints(self) -> tuple[str, ...]: ...

    def within(self, text: str) -> bool: ...

    def replaced(self, text: str, by: str) -> str: ...


def forget(  # noqa: PLR0917 - what it needs, each once.
    conn: sa.Connection,
    sealer: Sealer | None,
    person: Person,
    mentions: Mentions,
    key: bytes,
    now: float,
) -> dict[str, int]:
    """Forget *person*; return how many rows of each kind that changed.

    *key*: random, and kept nowhere, so that nobody can try out numbers on the pseudonym.
    OperatorError, and nothing changed, while a write about them is under way or in doubt.
    """
    traces = trace(conn, sealer, person)
    name = pseudonym(key, person)
    held = _hold(conn, sealer, person, traces, now)
    done = _forget_calls(conn, traces, name, now)
    done |= _forget_beside(conn, person, traces)
    set_aside.forget(conn, traces.matters)
    done |= _forget_chats(conn, traces, now)
    done["mails"] = _forget_mails(conn, sealer, traces, mentions, name)
    leases.release(conn, held, _HOLDER)
    numbers = [each for each in held if not each.startswith(("media:", "chat:"))]
    # The fence may begin anew: whoever held the old one is told apart by its name.
    conn.execute(sa.delete(t.lease).where(t.lease.c.person.in_(numbers)))
    done["mentions"] = _sweep(conn, mentions, name)
    return done


def pseudonym(key: bytes, person: Person) -> str:
    """Return what stands in the person's place, the same in every table."""
    text = json.dumps([person.phone, person.email]).encode()
    return f"{FORGOTTEN}:{hmac.new(key, text, hashlib.sha256).hexdigest()[:24]}"


def _hold(
    conn: sa.Connection, sealer: Sealer | None, person: Person, traces: Traces, now: float
) -> list[str]:
    """Keep every worker away until this is committed; refuse while one is at it."""
    wanted = [media.lease_key(each) for each in traces.calls]
    wanted += traces.conversations
    wanted += [each for each in traces.effect_owners if each.startswith("api:")]
    if sealer is not None and person.email:
        wanted += [f"{leases.ADDRESS}{each}" for each in sealer.hashes("email", person.email)]
    if person.phone:
        wanted += [person.phone, callbacks.lease_key(person.phone)]
    won = leases.acquire(conn, wanted, _HOLDER, now + 60, now)
    sending = sa.select(sa.func.count()).where(t.effect.c.state == "sending")
    doubts = sum(
        conn.scalar(sending.where(t.effect.c.interaction_id.in_(chunk))) or 0
        for chunk in chunks(traces.effect_owners)
    )
    mailing = sa.select(sa.func.count()).where(t.mail.c.state == "sending")
    doubts += conn.scalar(mailing.where(t.mail.c.key.in_(traces.mails))) or 0
    if doubts or set(won) != set(wanted):
        raise OperatorError(
            "DATA-005", "A write about this person is under way or in doubt; nothing was forgotten."
        )
    return wanted


def _forget_calls(conn: sa.Connection, traces: Traces, name: str, now: float) -> dict[str, int]:
    done = {"calls": len(traces.calls), "records": 0, "effects": 0, "media": 0, "callbacks": 0}
    for chunk in chunks(traces.interactions):
        for row in conn.execute(sa.select(t.interaction).where(t.interaction.c.id.in_(chunk))):
            values = _forgotten(row, name if row.kind == "call" else row.person, now)
            conn.execute(
                sa.update(t.interaction).where(t.interaction.c.id == row.id).values(**values)
            )
        raw = sa.delete(t.record).where(t.record.c.interaction_id.in_(chunk))
        done["records"] += conn.execute(raw).rowcount
        done["media"] += conn.execute(_media_of(chunk, name, now)).rowcount
        done["callbacks"] += conn.execute(_callbacks_of(chunk, name, now)).rowcount
    ended = t.effect.c.state.in_(["intended", "refused", "parked"])
    for chunk in chunks(traces.effect_owners):
        statement = (
            sa.update(t.effect)
            .where(t.effect.c.interaction_id.in_(chunk))
            .values(
                request="{}",
                request_hash="",
                error=None,
                state=sa.case((ended, "superseded"), else_=t.effect.c.state),
                finished_at=sa.func.coalesce(t.effect.c.finished_at, now),
            )
        )
        done["effects"] += conn.execute(statement).rowcount
        # Effects of media and chats are named after those; only numbers become the pseudonym.
        for lane in ("", "callback:"):
            by_number = t.effect.c.person.like(f"{lane}+%")
            mine = sa.update(t.effect).where(t.effect.c.interaction_id.in_(chunk), by_number)
            conn.execute(mine.values(person=f"{lane}{name}"))
    return done


def _forgotten(row: sa.Row[Any], person: str, now: float) -> dict[str, Any]:
    over = row.fate in {"done", "skipped"}
    return {
        "person": person,
        "document": _pruned(row.document),
        "digest": FORGOTTEN,
        "why": WHY,
        "fate": row.fate if over else "skipped",
        "reason": row.reason if over else FORGOTTEN,
        "due_at": None,
        "finished_at": row.finished_at or now,
    }


def _pruned(text: str) -> str:
    """Keep how a call went; whoever called, and what was decided about them, goes."""
    document = json.loads(text)
    call = document.get("call")
    kept = {name: document[name] for name in ("attribution", "amends") if name in document}
    if isinstance(call, dict):
        kept["call"] = {each: call[each] for each in call if each not in _PERSONAL}
    facts = ("channel", "stage", "workflow", "verified", "tickets")
    kept |= {name: document[name] for name in facts if name in document}
    return json.dumps(kept, ensure_ascii=False)


def _media_of(chunk: Sequence[str], name: str, now: float) -> sa.Update:
    open_ = t.media.c.state.in_(media.OPEN)
    return (
        sa.update(t.media)
        .where(t.media.c.interaction_id.in_(chunk))
        .values(
            person=name,
            content_uri=None,
            file_name=None,
            why=WHY,
            due_at=None,
            transcript=sa.case((t.media.c.transcript == "waiting", "none"),
                               else_=t.media.c.transcript),
            state=sa.case((open_, "needless"), else_=t.media.c.state),
            finished_at=sa.func.coalesce(t.media.c.finished_at, now),
        )
    )  # fmt: skip


def _callbacks_of(chunk: Sequence[str], name: str, now: float) -> sa.Update:
    over = t.callback.c.state.in_(["closed", "needless"])
    return (
        sa.update(t.callback)
        .where(t.callback.c.interaction_id.in_(chunk))
        .values(
            person=name,
            document="{}",
            why=WHY,
            due_at=None,
            state=sa.case((over, t.callback.c.state), else_="needless"),
            finished_at=sa.func.coalesce(t.callback.c.finished_at, now),
        )
    )


def _forget_beside(conn: sa.Connection, person: Person, traces: Traces) -> dict[str, int]:
    """Forget what is known of the person apart from calls and chats."""
    for table in (t.reach, t.person_status):
        conn.execute(sa.delete(table).where(table.c.person == (person.phone or "")))
    for module, record_id in traces.directory:
        directory.remove(conn, module, [record_id])
    return {"directory": len(traces.directory)}


def _forget_chats(conn: sa.Connection, traces: Traces, now: float) -> dict[str, int]:
    messages = deliveries = asked = 0
    for chunk in chunks(traces.conversations):
        said = sa.select(sa.func.count()).where(t.message.c.conversation_id.in_(chunk))
        messages += conn.scalar(said) or 0
        ended = sa.func.coalesce(t.conversation.c.closed_at, now)
        close = sa.update(t.conversation).where(t.conversation.c.id.in_(chunk))
        conn.execute(close.values(closed_at=ended, stage="closed"))
        answers = sa.update(t.delivery).where(t.delivery.c.conversation_id.in_(chunk))
        deliveries += conn.execute(answers.values(sealed=None)).rowcount
    for chunk in chunks(traces.approvals):
        questions = sa.update(t.approval).where(t.approval.c.token_hash.in_(chunk))
        decision = sa.func.coalesce(t.approval.c.decision, "expired")
        emptied = questions.values(sealed=None, asked_hash=None, decision=decision)
        asked += conn.execute(emptied).rowcount
    conversations.empty(conn, traces.conversations)
    emptied_tickets = _forget_tickets(conn, traces)
    return {
        "tickets": emptied_tickets,
        "conversations": len(traces.conversations),
        "messages": messages,
        "deliveries": deliveries,
        "approvals": asked,
    }


def _forget_tickets(conn: sa.Connection, traces: Traces) -> int:
    """Empty what was asked for; nothing more is sent or read because of it."""
    for chunk in chunks(traces.tickets):
        mine = sa.update(t.ticket).where(t.ticket.c.reference.in_(chunk))
        state = sa.case((t.ticket.c.state == "wanted", "refused"), else_=t.ticket.c.state)
        conn.execute(mine.values(state=state, why=WHY, work_at=None, look_at=None))
    return tickets.empty(conn, traces.tickets)


def _forget_mails(
    conn: sa.Connection, sealer: Sealer | None, traces: Traces, mentions: Mentions, name: str
) -> int:
    """Empty mails to the person, and the texts of finished ones to others that mention them."""
    number = 0
    over = t.mail.c.state.in_(_OVER)
    for row in conn.execute(sa.select(t.mail).where(t.mail.c.key.in_(traces.mails))).all():
        values = {
            "key": row.key.replace(row.recipient, name),
            "recipient": name,
            "subject": "",
            "message": None,
            "error": None,
            "due_at": None,
            "state": row.state if row.state in _OVER else "refused",
        }
        conn.execute(sa.update(t.mail).where(t.mail.c.key == row.key).values(**values))
        number += 1
    texts = sa.select(t.mail.c.key, t.mail.c.message).where(over, t.mail.c.message.is_not(None))
    for key, text in conn.execute(texts).all():
        try:
            plain = outbox.open_text(sealer, key, text)
        except OperatorError:  # Nobody can tell whom it mentions, and nobody can read it.
            plain = None
        if plain is None or mentions.within(_readable(plain)):
            conn.execute(sa.update(t.mail).where(t.mail.c.key == key).values(message=None))
            number += 1
    return number


def _readable(text: str) -> str:
    """Return a mail's words, whatever they are encoded as on their way."""
    parsed = email.message_from_string(text, policy=email.policy.default)
    parts = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    return "\n".join([text, *map(str, parts)])


def _sweep(conn: sa.Connection, mentions: Mentions, name: str) -> int:
    """Replace what is left of number and address in any text of any table."""
    number = 0
    for table in t.metadata.sorted_tables:
        if table.name in _NEVER_SWEPT:
            continue
        keys = list(table.primary_key.columns)
        for column in table.columns:
            if not isinstance(column.type, sa.Text) or column.name.startswith("sealed"):
                continue
            near = sa.or_(*(folding.may_contain(column, hint) for hint in mentions.hints))
            for row in conn.execute(sa.select(*keys, column.label("_text")).where(near)).all():
                text = mentions.replaced(row[-1], name)
                if text != row[-1]:
                    same = [key == value for key, value in zip(keys, row, strict=False)]
                    conn.execute(sa.update(table).where(*same).values({column.name: text}))
                    number += 1
    return number
