"""Keep one row per mail, so that each is sent once, whoever dies or comes back.

    queued ─► sending ─► sent        the server has taken responsibility
      ▲          ├─────► refused     the server said no to this recipient or mail
      ├──────────┤                   surely not sent: again later
      │          └─────► parked      it may have been delivered, or a day was not enough
      └─ reopen ◄─ refused, parked   a person said so

`sending` is committed before the dialogue and `handed_at` right before the line that ends the mail.
A row found in `sending` by somebody else was surely not sent without `handed_at`; with it nobody
knows, since SMTP has no way of asking, and only a person may have it sent again.

Texts of chat mails are sealed. A one-time code is of use to nobody after its minutes: such a mail
is not sent late, and its text goes as soon as it was sent or dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import leases, set_aside
from switchboard.store.database import chunks, insert, now
from switchboard.store.sealing import Sealer
from switchboard.store.tables import lease, mail

State = Literal["queued", "sending", "sent", "refused", "parked"]

IN_DOUBT = "SMTP-002"
DOUBT_MESSAGE = (
    "The mail may have been delivered: the process that sent it ended before the mail server's"
    " answer was read. It is not sent again by itself."
)
LEASE_SECONDS = 300.0  # Longer than a dialogue takes; `handed_at` keeps a slower one harmless.
ROUND_SECONDS = 86_400.0  # A mail that did not get through in a day is a person's business.
_CANDIDATES = 50
SEALED = "sealed:"  # No mail begins so: its first header is From.
SHORT_LIVED = "code"  # The kind of mails that are only good until `give_up_at`.
RAN_OUT = "CHAT-410"
RAN_OUT_MESSAGE = "The code ran out before the mail could be sent; the visitor can ask for another."

_KEPT_TEXT = sa.case((mail.c.kind == SHORT_LIVED, None), else_=mail.c.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A mail to be sent; `message` is RFC 5322 text."""

    key: str
    run_id: str | None
    kind: str
    recipient: str
    subject: str
    message: str
    give_up_at: float | None = None  # None: a day after the first try.


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One row of the outbox."""

    key: str
    run_id: str | None
    kind: str
    recipient: str
    subject: str
    message: str | None
    state: State
    error_code: str | None
    error: str | None
    attempts: int
    tries: int
    due_at: float | None
    give_up_at: float | None
    worker: str | None
    created_at: float
    sending_at: float | None
    handed_at: float | None
    finished_at: float | None


def queue(conn: sa.Connection, mails: Iterable[NewMail], at: float | None = None) -> list[str]:
    """Put mails in the outbox; return the keys that were new. A known key stays as it is."""
    at = now(conn) if at is None else at
    added: list[str] = []
    for one in sorted(mails, key=lambda each: each.key):
        row = {**asdict(one), "state": "queued", "due_at": at, "created_at": at}
        statement = insert(conn, mail).values(row).on_conflict_do_nothing(index_elements=["key"])
        added.extend(conn.scalars(statement.returning(mail.c.key)))
    return added


def sealed(sealer: Sealer, one: NewMail) -> NewMail:
    """Return a mail whose text only the vault opens again."""
    return replace(one, message=SEALED + sealer.seal(_place(one.key), one.message))


def opened(sealer: Sealer | None, one: Mail) -> str:
    """Return a mail's text; OperatorError where it is sealed and no key of the vault fits."""
    return open_text(sealer, one.key, one.message or "")


def open_text(sealer: Sealer | None, key: str, text: str) -> str:
    """Return what is kept as the text of the mail *key*, opened where it is sealed."""
    if not text.startswith(SEALED):
        return text
    if sealer is None:
        raise OperatorError("DATA-001", "The text of a mail is sealed, and there is no vault.")
    return str(sealer.unseal(_place(key), text.removeprefix(SEALED)))


def resealed(sealer: Sealer, key: str, text: str | None) -> str | None:
    """Return a text sealed with the newest key; one that is not sealed stays as it is."""
    if text is None or not text.startswith(SEALED):
        return text
    return SEALED + sealer.seal(_place(key), open_text(sealer, key, text))


def drop_overdue(conn: sa.Connection, at: float) -> int:
    """Give up codes that ran out before they were sent, and forget them; return how many."""
    late = (mail.c.kind == SHORT_LIVED) & (mail.c.state == "queued") & (mail.c.give_up_at <= at)
    dropped = {"error_code": RAN_OUT, "error": RAN_OUT_MESSAGE, "due_at": None, "finished_at": at}
    statement = sa.update(mail).where(late).values(state="refused", message=None, **dropped)
    return conn.execute(statement).rowcount


def claim(conn: sa.Connection, worker: str, at: float, *, unseals: bool = False) -> Mail | None:
    """Take the mail that has waited longest, marked `sending`; send nothing else.

    Sealed ones only for who *unseals*; never a code that has run out.
    """
    open_to_us = (mail.c.kind != SHORT_LIVED) | mail.c.give_up_at.is_(None)
    open_to_us |= mail.c.give_up_at > at
    if not unseals:
        open_to_us &= ~mail.c.message.startswith(SEALED) | mail.c.message.is_(None)
    due = (
        sa.select(mail.c.key)
        .where(mail.c.state == "queued", mail.c.due_at <= at, open_to_us)
        .order_by(mail.c.due_at, mail.c.key)
        .limit(_CANDIDATES)
    )
    for key in conn.scalars(due).all():
        if not leases.acquire(conn, [lease_of(key)], worker, at + LEASE_SECONDS, at):
            continue
        statement = (
            sa.update(mail)
            .where(mail.c.key == key, mail.c.state == "queued", mail.c.due_at <= at)
            .values(
                state="sending",
                worker=worker,
                sending_at=at,
                handed_at=None,
                attempts=mail.c.attempts + 1,
                tries=mail.c.tries + 1,
                give_up_at=sa.func.coalesce(mail.c.give_up_at, at + ROUND_SECONDS),
                error_code=None,
                error=None,
            )
            .returning(*mail.c)
        )
        row = conn.execute(statement).first()
        if row is not None:
            return _mail(row)
        _free(conn, [key], worker)
    return None


def hand_over(conn: sa.Connection, claimed: Mail, at: float) -> bool:
    """Write down that the mail is about to be ended; False: another worker has it, call it off."""
    return _move(
        conn, claimed, mail.c.state == "sending", handed_at=at, release=False, unhanded=True
    )


def sent(conn: sa.Connection, claimed: Mail, at: float) -> bool:
    """Say that the server took it; also when somebody else had given up on our answer."""
    given_up = (mail.c.state == "parked") & (mail.c.error_code == IN_DOUBT)
    return _move(
        conn,
        claimed,
        (mail.c.state == "sending") | given_up,
        state="sent",
        message=_KEPT_TEXT,
        error_code=None,
        error=None,
        due_at=None,
        finished_at=at,
    )


def refuse(conn: sa.Connection, claimed: Mail, code: str, message: str, at: float) -> bool:
    """Say that the server will never take this mail."""
    return _finish(conn, claimed, "refused", code=code, message=message, at=at)


def park(conn: sa.Connection, claimed: Mail, code: str, message: str, at: float) -> bool:
    """Leave it to a person."""
    return _finish(conn, claimed, "parked", code=code, message=message, at=at)


def postpone(conn: sa.Connection, claimed: Mail, code: str, message: str, *, due_at: float) -> bool:
    """Say that it was surely not sent and when it may be tried again."""
    return _move(
        conn,
        claimed,
        mail.c.state == "sending",
        state="queued",
        error_code=code,
        error=message,
        due_at=due_at,
        handed_at=None,
    )


def recover(conn: sa.Connection, worker: str, at: float) -> list[str]:
    """Take back what others were sending when they went; return the keys that were parked.

    A lease that still runs protects its holder; one of a dead process of this machine is freed by
    `leases.bury_dead`.
    """
    held = sa.exists().where(lease.c.person == sa.literal("mail:") + mail.c.key, lease.c.until > at)
    left = conn.scalars(sa.select(mail.c.key).where(mail.c.state == "sending", ~held)).all()
    won = leases.acquire(conn, map(lease_of, left), worker, at + LEASE_SECONDS, at)
    parked: list[str] = []
    for key in sorted(each for each in left if lease_of(each) in won):
        query = sa.select(mail.c.state, mail.c.handed_at).where(mail.c.key == key)
        row = conn.execute(query.with_for_update()).first()
        if row is None or row.state != "sending":
            continue
        values: dict[str, Any] = {"state": "queued", "due_at": at}
        if row.handed_at is not None:
            parked.append(key)
            values = {"state": "parked", "error_code": IN_DOUBT, "error": DOUBT_MESSAGE}
            values |= {"due_at": None, "finished_at": at, "message": _KEPT_TEXT}
        conn.execute(sa.update(mail).where(mail.c.key == key).values(values))
    _free(conn, [key for key in left if lease_of(key) in won], worker)
    return parked


def let_go(conn: sa.Connection, claimed: Mail) -> None:
    """Give the lease back without deciding anything: whoever comes next recovers the mail."""
    if claimed.worker is not None:
        _free(conn, [claimed.key], claimed.worker)


def reopen(
    conn: sa.Connection, keys: Iterable[str], at: float | None = None, *, also_sent: bool = False
) -> list[str]:
    """Have mails sent (again) because a person said so; return the keys that will be.

    Left out are mails being sent just now, mails whose text is gone, and, unless *also_sent*,
    mails that were delivered.
    """
    at = now(conn) if at is None else at
    states = ["queued", "refused", "parked", *(["sent"] if also_sent else [])]
    reopened: set[str] = set()
    ordered = list(dict.fromkeys(keys))
    for chunk in chunks(ordered):
        statement = (
            sa.update(mail)
            .where(
                mail.c.key.in_(chunk),
                mail.c.state.in_(states),
                mail.c.message.is_not(None),
                mail.c.kind != SHORT_LIVED,  # It is sent in its minutes, or not at all.
            )
            .values(
                state="queued",
                due_at=at,
                tries=0,
                attempts=mail.c.attempts + 1,  # A late answer to an earlier claim finds nothing.
                give_up_at=None,
                handed_at=None,
                error_code=None,
                error=None,
                finished_at=None,
            )
        )
        reopened.update(conn.scalars(statement.returning(mail.c.key)))
    set_aside.drop(conn, ["mail"], reopened)
    return [key for key in ordered if key in reopened]


def forget_texts(conn: sa.Connection, before: float) -> int:
    """Empty the texts of mails that were over before that moment; return how many were."""
    statement = (
        sa.update(mail)
        .where(
            mail.c.state.in_(["sent", "refused", "parked"]),
            mail.c.finished_at < before,
            mail.c.message.is_not(None),
        )
        .values(message=None)
    )
    return conn.execute(statement).rowcount


def by_keys(conn: sa.Connection, keys: Iterable[str]) -> dict[str, Mail]:
    """Return those of *keys* that are known."""
    found: dict[str, Mail] = {}
    for chunk in chunks(keys):
        for row in conn.execute(sa.select(mail).where(mail.c.key.in_(chunk))):
            found[row.key] = _mail(row)
    return found


def of_run(conn: sa.Connection, run_id: str) -> list[Mail]:
    """Return the mails of a run."""
    query = sa.select(mail).where(mail.c.run_id == run_id).order_by(mail.c.created_at, mail.c.key)
    return [_mail(row) for row in conn.execute(query)]


def about(conn: sa.Connection, subjects: Iterable[str]) -> list[Mail]:
    """Return the mails whose occasion is about one of these (a ticket's reference), oldest first.

    Keys are `<occasion>:<subject>:...`: reports/outgoing.py.
    """
    wanted = [mail.c.key.contains(f":{each}:", autoescape=True) for each in subjects if each]
    if not wanted:
        return []
    query = sa.select(mail).where(sa.or_(*wanted)).order_by(mail.c.created_at, mail.c.key)
    return [_mail(row) for row in conn.execute(query)]


def codes(conn: sa.Connection, email_hashes: Iterable[str]) -> list[Mail]:
    """Return the mails with one-time codes to an address, whose hash is in their keys."""
    begins = [mail.c.key.startswith(f"{SHORT_LIVED}:{each[:32]}:") for each in email_hashes]
    query = sa.select(mail).where(mail.c.kind == SHORT_LIVED, sa.or_(sa.false(), *begins))
    return [_mail(row) for row in conn.execute(query.order_by(mail.c.created_at, mail.c.key))]


def in_states(conn: sa.Connection, states: Iterable[State], limit: int = 200) -> list[Mail]:
    """Return the newest mails in these states."""
    query = sa.select(mail).where(mail.c.state.in_(list(states)))
    query = query.order_by(mail.c.created_at.desc(), mail.c.key).limit(limit)
    return [_mail(row) for row in conn.execute(query)]


def counts(conn: sa.Connection) -> dict[str, int]:
    """Return how many mails there are in each state."""
    query = sa.select(mail.c.state, sa.func.count()).group_by(mail.c.state)
    return {str(state): int(count) for state, count in conn.execute(query).all()}


def _place(key: str) -> str:
    return f"mail {key}"


def lease_of(key: str) -> str:
    """Name the lease of a mail: never a caller's, so that no call waits for a mail."""
    return f"mail:{key}"


def _free(conn: sa.Connection, keys: Iterable[str], worker: str) -> None:
    """Remove leases altogether: `attempts` is a mail's fence, and mails are many and soon over."""
    for chunk in chunks(sorted(map(lease_of, keys))):
        own = lease.c.person.in_(chunk) & (lease.c.worker == worker)
        conn.execute(sa.delete(lease).where(own))


def _finish(
    conn: sa.Connection, claimed: Mail, state: State, *, code: str, message: str, at: float
) -> bool:
    return _move(
        conn,
        claimed,
        mail.c.state == "sending",
        state=state,
        message=_KEPT_TEXT,
        error_code=code,
        error=message,
        due_at=None,
        finished_at=at,
    )


def _move(
    conn: sa.Connection,
    claimed: Mail,
    condition: sa.ColumnElement[bool],
    *,
    release: bool = True,
    unhanded: bool = False,
    **values: Any,
) -> bool:
    """Change the row if it is still the one that was claimed."""
    own = (mail.c.key == claimed.key) & (mail.c.attempts == claimed.attempts)
    own &= (mail.c.worker == claimed.worker) & condition
    if unhanded:
        own &= mail.c.handed_at.is_(None)
    moved = conn.execute(sa.update(mail).where(own).values(**values)).rowcount == 1
    if release:
        let_go(conn, claimed)
    return moved


def _mail(row: sa.Row[Any]) -> Mail:
    values: Mapping[str, Any] = row._asdict()
    return Mail(**values)
