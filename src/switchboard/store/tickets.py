"""Keep one row per ticket wanted of Zoho Desk: what was asked for, and what became of it.

    wanted ─► raised            it is in Zoho Desk, under `desk_id` and `number`
       ▲ ├──► refused           Zoho Desk said no
       │ └──► parked            a person has to look
       └── reopen ◄── refused, parked

The request itself, feedback and the address are sealed or hashed: sealing.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store.conversations import lookup_hash
from switchboard.store.database import chunks, insert
from switchboard.store.sealing import Sealer
from switchboard.store.tables import conversation, ticket

State = Literal["wanted", "raised", "refused", "parked"]

_SEALED = ("sealed", "sealed_feedback", "email_hash")
_PLAIN = [column for column in ticket.columns if column.name not in _SEALED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One row. `request` is what was asked for; None once it was emptied."""

    reference: str
    workflow: str
    priority: str
    wanted_at: float
    conversation_id: str | None = None  # None: wanted by a program.
    verification: str = "not_needed"
    request: Mapping[str, Any] | None = None
    state: State = "wanted"
    error_code: str | None = None
    why: str = ""
    work_at: float | None = None  # When something of it is sent next; None: nothing is owed.
    tries: int = 0
    told: int = 0  # The last message of the chat that is on the ticket, or on its way there.
    extends: bool = False  # Added to a ticket that was open already.
    desk_id: str | None = None
    number: str | None = None
    contact_id: str | None = None
    department_id: str | None = None
    status: str | None = None  # As Zoho Desk calls it.
    status_type: str | None = None  # Open, On Hold or Closed.
    handling_minutes: int | None = None
    raised_at: float | None = None
    first_response_minutes: int | None = None
    resolution_minutes: int | None = None
    closed_at: float | None = None
    closing_told_at: float | None = None
    comments_seen: int = 0
    look_at: float | None = None
    satisfaction: int | None = None
    satisfaction_at: float | None = None
    feedback: str | None = None

    @property
    def person(self) -> str:
        """Whose lease its writes need, and what the journal calls the matter."""
        return self.conversation_id or f"api:{self.reference}"


def create(conn: sa.Connection, sealer: Sealer, row: Ticket, *, email: str | None = None) -> bool:
    """Write a ticket down; one already known stays as it is. Tell whether it is new."""
    values = {column.name: getattr(row, column.name) for column in _PLAIN}
    values["sealed"] = _seal_request(sealer, row.reference, row.request)
    values["email_hash"] = lookup_hash(sealer, "email", email)
    statement = insert(conn, ticket).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["reference"])
    return conn.execute(statement.returning(ticket.c.reference)).first() is not None


def load(conn: sa.Connection, sealer: Sealer, reference: str) -> Ticket | None:
    return _first(conn, sealer, ticket.c.reference == reference)


def by_desk_id(conn: sa.Connection, sealer: Sealer, desk_id: str) -> Ticket | None:
    """Return the row that made this ticket, or the newest that was added to it."""
    return _first(conn, sealer, ticket.c.desk_id == desk_id)


def find(conn: sa.Connection, sealer: Sealer, name: str) -> Ticket | None:
    """Return a ticket by reference, Zoho Desk's id or its number."""
    for column in (ticket.c.reference, ticket.c.desk_id, ticket.c.number):
        found = _first(conn, sealer, column == name)
        if found is not None:
            return found
    return None


def of_conversation(conn: sa.Connection, sealer: Sealer, conversation_id: str) -> list[Ticket]:
    """Return a chat's tickets in the order they were wanted."""
    query = sa.select(ticket).where(ticket.c.conversation_id == conversation_id)
    return _rows(conn, sealer, query.order_by(ticket.c.wanted_at, ticket.c.reference))


def newest(
    conn: sa.Connection,
    sealer: Sealer,
    *,
    states: Iterable[State] = (),
    since: float | None = None,
    limit: int = 50,
) -> list[Ticket]:
    """Return the newest tickets, newest first; without *states* those in any."""
    query = sa.select(ticket)
    wanted = list(states)
    if wanted:
        query = query.where(ticket.c.state.in_(wanted))
    if since is not None:
        query = query.where(ticket.c.wanted_at >= since)
    return _rows(
        conn, sealer, query.order_by(ticket.c.wanted_at.desc(), ticket.c.reference).limit(limit)
    )


def alike(
    conn: sa.Connection,
    sealer: Sealer,
    row: Ticket,
    *,
    email: str | None,
    contact_id: str | None = None,
    limit: int = 5,
) -> list[Ticket]:
    """Return the same person's raised tickets of the same workflow, newest first.

    The same person: the same chat, address or contact. Whether they are open is for Desk to say.
    """
    same = []
    if row.conversation_id:
        same.append(ticket.c.conversation_id == row.conversation_id)
    if email:
        same.append(ticket.c.email_hash.in_(sealer.hashes("email", email.strip().lower())))
    if contact_id:
        same.append(ticket.c.contact_id == contact_id)
    if not same:
        return []
    query = sa.select(ticket).where(
        sa.or_(*same),
        ticket.c.workflow == row.workflow,
        ticket.c.reference != row.reference,
        ticket.c.desk_id.is_not(None),
    )
    return _rows(
        conn, sealer, query.order_by(ticket.c.raised_at.desc(), ticket.c.reference).limit(limit)
    )


def wanted_alike(conn: sa.Connection, sealer: Sealer, row: Ticket, *, email: str) -> list[str]:
    """Return the other tickets on their way for the same address and workflow."""
    query = sa.select(ticket.c.reference).where(
        ticket.c.email_hash.in_(sealer.hashes("email", email.strip().lower())),
        ticket.c.workflow == row.workflow,
        ticket.c.reference != row.reference,
        ticket.c.state == "wanted",
    )
    return list(conn.scalars(query.order_by(ticket.c.wanted_at, ticket.c.reference)))


def contact_of(conn: sa.Connection, sealer: Sealer, email: str, since: float) -> str | None:
    """Return the contact a ticket for this address was raised for lately: search lags."""
    query = (
        sa.select(ticket.c.contact_id)
        .where(
            ticket.c.email_hash.in_(sealer.hashes("email", email.strip().lower())),
            ticket.c.contact_id.is_not(None),
            ticket.c.wanted_at >= since,
        )
        .order_by(ticket.c.wanted_at.desc(), ticket.c.reference)
        .limit(1)
    )
    return conn.scalar(query)


def is_newest_of_chat(conn: sa.Connection, row: Ticket) -> bool:
    """Tell whether no later ticket of the same chat exists: what is said now belongs to it."""
    later = sa.select(ticket.c.reference).where(
        ticket.c.conversation_id == row.conversation_id,
        sa.tuple_(ticket.c.wanted_at, ticket.c.reference)
        > sa.tuple_(sa.literal(row.wanted_at), sa.literal(row.reference)),
    )
    return conn.execute(later.limit(1)).first() is None


def due_work(
    conn: sa.Connection, at: float, *, conversation_id: str | None = None, limit: int = 100
) -> list[str]:
    """Return the references of tickets something is owed for, longest due first."""
    query = sa.select(ticket.c.reference).where(ticket.c.work_at <= at)
    if conversation_id is not None:
        query = query.where(ticket.c.conversation_id == conversation_id)
    return list(
        conn.scalars(query.order_by(ticket.c.work_at, ticket.c.wanted_at, ticket.c.reference)
                     .limit(limit))
    )  # fmt: skip


def is_due(conn: sa.Connection, reference: str, at: float) -> bool:
    """Tell whether something is owed for a ticket now."""
    query = sa.select(ticket.c.reference)
    query = query.where(ticket.c.reference == reference, ticket.c.work_at <= at)
    return conn.execute(query).first() is not None


def due_looks(conn: sa.Connection, sealer: Sealer, at: float, limit: int = 100) -> list[Ticket]:
    """Return raised tickets whose `look_at` has come, longest due first."""
    query = sa.select(ticket).where(ticket.c.look_at <= at, ticket.c.desk_id.is_not(None))
    return _rows(conn, sealer, query.order_by(ticket.c.look_at, ticket.c.reference).limit(limit))


def update(conn: sa.Connection, reference: str, **values: Any) -> None:
    """Change plain columns of a ticket."""
    wrong = set(values) - {column.name for column in _PLAIN}
    if wrong:
        raise ValueError(f"{min(wrong)} is not a plain column of a ticket")
    conn.execute(sa.update(ticket).where(ticket.c.reference == reference).values(**values))


def work_by(conn: sa.Connection, reference: str, at: float) -> None:
    """Have the ticket worked on at *at*, or before if that is planned already."""
    sooner = sa.case((ticket.c.work_at < at, ticket.c.work_at), else_=at)
    conn.execute(
        sa.update(ticket).where(ticket.c.reference == reference).values(work_at=sooner, tries=0)
    )


def put_feedback(
    conn: sa.Connection, sealer: Sealer, reference: str, *, score: int, text: str | None, at: float
) -> None:
    """Store how satisfied the customer was."""
    sealed = None if not text else sealer.seal(_place(reference, "feedback"), text)
    conn.execute(
        sa.update(ticket)
        .where(ticket.c.reference == reference)
        .values(satisfaction=score, satisfaction_at=at, sealed_feedback=sealed)
    )


def of_person(
    conn: sa.Connection, sealer: Sealer, email: str | None, conversations: Iterable[str]
) -> list[str]:
    """Return the references of what was wanted in these chats or under this address."""
    mine = [ticket.c.conversation_id.in_(chunk) for chunk in chunks(sorted(set(conversations)))]
    if email:
        mine.append(ticket.c.email_hash.in_(sealer.hashes("email", email.strip().lower())))
    if not mine:
        return []
    query = sa.select(ticket.c.reference).where(sa.or_(*mine)).order_by(ticket.c.reference)
    return list(conn.scalars(query))


def empty(conn: sa.Connection, references: Iterable[str]) -> int:
    """Take everything personal out of tickets, for good; return how many held something."""
    number = 0
    held = sa.or_(*(ticket.c[name].is_not(None) for name in _SEALED))
    for chunk in chunks(sorted(set(references))):
        statement = sa.update(ticket).where(ticket.c.reference.in_(chunk), held)
        number += conn.execute(statement.values(**dict.fromkeys(_SEALED))).rowcount
    return number


def forget_texts(conn: sa.Connection, before: float) -> int:
    """Empty tickets nothing is owed for any more, wanted before then and not in a kept chat."""
    kept = sa.select(conversation.c.id).where(
        conversation.c.id == ticket.c.conversation_id, conversation.c.updated_at >= before
    )
    old = sa.select(ticket.c.reference).where(
        ticket.c.wanted_at < before,
        ticket.c.state.in_(["raised", "refused"]),
        ticket.c.look_at.is_(None),
        ~kept.exists(),
    )
    return empty(conn, list(conn.scalars(old)))


def sealed_anew(sealer: Sealer, row: Any) -> dict[str, Any]:
    """Return the sealed columns of a row under the newest key."""
    request = _unseal_request(sealer, row.reference, row.sealed)
    place = _place(row.reference, "feedback")
    feedback = row.sealed_feedback and sealer.unseal(place, row.sealed_feedback)
    email = (request or {}).get("email")
    values = {
        "sealed": _seal_request(sealer, row.reference, request),
        "sealed_feedback": sealer.seal(place, feedback) if feedback else None,
    }
    if email:
        values["email_hash"] = lookup_hash(sealer, "email", email)
    return values


def _first(conn: sa.Connection, sealer: Sealer, where: Any) -> Ticket | None:
    query = sa.select(ticket).where(where)
    # Of several that stand for one ticket of Desk's, the one that made it comes first.
    query = query.order_by(ticket.c.extends, ticket.c.wanted_at.desc(), ticket.c.reference)
    return next(iter(_rows(conn, sealer, query.limit(1))), None)


def _rows(conn: sa.Connection, sealer: Sealer, query: sa.Select[Any]) -> list[Ticket]:
    return [_read(sealer, row) for row in conn.execute(query)]


def _read(sealer: Sealer, row: sa.Row[Any]) -> Ticket:
    values = {column.name: getattr(row, column.name) for column in _PLAIN}
    values["extends"] = bool(row.extends)
    place = _place(row.reference, "feedback")
    return Ticket(
        **values,
        request=_unseal_request(sealer, row.reference, row.sealed),
        feedback=sealer.unseal(place, row.sealed_feedback) if row.sealed_feedback else None,
    )


def _seal_request(sealer: Sealer, reference: str, request: Mapping[str, Any] | None) -> str | None:
    return None if request is None else sealer.seal(_place(reference, "request"), dict(request))


def _unseal_request(sealer: Sealer, reference: str, sealed: str | None) -> Any:
    return None if sealed is None else sealer.unseal(_place(reference, "request"), sealed)


def _place(reference: str, part: str) -> str:
    return f"ticket {reference} {part}"
