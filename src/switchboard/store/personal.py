"""Find and export everything the store holds about one person.

A person is a number (E.164), an e-mail address, or both; nothing is concluded from one to
another, since a company's number or address may stand for many people.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import (
    approvals,
    callbacks,
    conversations,
    journal,
    media,
    outbox,
    set_aside,
    tickets,
    unsure_messages,
)
from switchboard.store import tables as t
from switchboard.store.database import chunks
from switchboard.store.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to look for: a number in E.164, an address in lower case."""

    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Traces:
    """The keys of what is about a person."""

    calls: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    directory: tuple[tuple[str, str], ...] = ()
    approvals: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()

    @property
    def interactions(self) -> tuple[str, ...]:
        return (*self.calls, *self.conversations)

    @property
    def matters(self) -> tuple[str, ...]:
        """What may be set aside, or has what may be."""
        return (*self.interactions, *self.tickets, *self.mails)

    @property
    def effect_owners(self) -> list[str]:
        """What the journal calls their interactions: calls, their media, call-backs and owners."""
        names = (media.lease_key, _task_owner, journal.owner_changes_of)
        beside = [name(each) for each in self.calls for name in names]
        asked_for = [f"api:{each}" for each in self.tickets]  # Of programs; chats are named above.
        return [*self.interactions, *beside, *asked_for]


def has_chats(conn: sa.Connection) -> bool:
    """Tell whether anything sealed is stored, for which the vault's keys are needed."""
    tables = (t.conversation, t.approval, t.ticket)
    return any(conn.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
               for table in tables)  # fmt: skip


def trace(conn: sa.Connection, sealer: Sealer | None, person: Person) -> Traces:
    """Find what is about *person*; without a sealer only what is not sealed."""
    calls: list[str] = []
    known: list[tuple[str, str]] = []
    chats: list[str] = []
    asked: list[str] = []
    mails: list[str] = []
    wanted: list[str] = []
    if person.phone:
        calls = _keys(conn, t.interaction.c.id, t.interaction.c.person == person.phone)
        by_number = t.directory_phone.c.e164 == person.phone
        pair = sa.select(t.directory_phone.c.module, t.directory_phone.c.record_id)
        known = [(row[0], row[1]) for row in conn.execute(pair.where(by_number))]
    if person.email:
        to_them = sa.func.lower(t.mail.c.recipient) == person.email
        mails = _keys(conn, t.mail.c.key, to_them)
    if sealer is not None:
        email, phone = person.email, person.phone
        chats = [row.id for row in conversations.find(conn, sealer, email=email, phone=phone)]
        hashes = sealer.hashes("email", person.email) if person.email else []
        theirs = sa.or_(
            t.approval.c.conversation_id.in_(chats), t.approval.c.asked_hash.in_(hashes)
        )
        asked = _keys(conn, t.approval.c.token_hash, theirs)
        wanted = tickets.of_person(conn, sealer, person.email, chats)
    return Traces(
        tuple(sorted(calls)),
        tuple(sorted(chats)),
        tuple(sorted(known)),
        tuple(asked),
        tuple(mails),
        tuple(wanted),
    )


def export(conn: sa.Connection, sealer: Sealer | None, person: Person) -> dict[str, Any]:
    """Return all of it as JSON values, in words a person can read."""
    traces = trace(conn, sealer, person)
    document: dict[str, Any] = {"person": asdict(person)}
    calls, owners = traces.interactions, traces.effect_owners
    document["interactions"] = _rows(conn, t.interaction, t.interaction.c.id, calls)
    document["records"] = _rows(conn, t.record, t.record.c.interaction_id, calls)
    document["effects"] = _rows(conn, t.effect, t.effect.c.interaction_id, owners)
    document["media"] = _rows(conn, t.media, t.media.c.interaction_id, calls)
    document["callbacks"] = _rows(conn, t.callback, t.callback.c.interaction_id, calls)
    numbers = [person.phone] if person.phone else []
    document["reached"] = _rows(conn, t.reach, t.reach.c.person, numbers)
    document["lead_status"] = _rows(conn, t.person_status, t.person_status.c.person, numbers)
    identity = sa.tuple_(t.directory.c.module, t.directory.c.record_id)
    document["directory"] = _rows(conn, t.directory, identity, traces.directory)
    mails = _rows(conn, t.mail, t.mail.c.key, traces.mails)
    document["mails"] = [
        {**each, "message": _opened(sealer, each["key"], each["message"])} for each in mails
    ]
    document["set_aside"] = [asdict(each) for each in set_aside.about(conn, traces.matters)]
    document["conversations"] = []
    document["approvals"] = []
    document["tickets"] = []
    if sealer is not None:
        for each in traces.conversations:
            chat = conversations.load(conn, sealer, each)
            said = conversations.transcript(conn, sealer, each)
            if chat is not None:
                messages = [asdict(one) for one in said]
                unsure = unsure_messages.of_conversation(conn, sealer, each)
                doubts = {"not_understood": [asdict(one) for one in unsure]} if unsure else {}
                opened = _open_chat(chat)
                document["conversations"].append({**opened, "messages": messages, **doubts})
        found = [approvals.load(conn, sealer, each) for each in traces.approvals]
        rows = [tickets.load(conn, sealer, each) for each in traces.tickets]
        document["tickets"] = [_plain(asdict(each)) for each in rows if each is not None]
        document["approvals"] = [_plain(asdict(each)) for each in found if each is not None]
    return document


def _opened(sealer: Sealer | None, key: str, text: str | None) -> str | None:
    try:
        return None if text is None else outbox.open_text(sealer, key, text)
    except OperatorError:
        return None  # Sealed, and its key is gone.


def _open_chat(chat: conversations.StoredConversation) -> dict[str, Any]:
    return _plain({**asdict(chat), "visitor": dict(chat.visitor)}, ("state",))


def _rows(
    conn: sa.Connection, table: sa.Table, key: Any, wanted: Sequence[Any]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for chunk in chunks(wanted):
        query = sa.select(table).where(key.in_(chunk)).order_by(*table.primary_key.columns)
        rows = conn.execute(query)
        found += (_plain(row._asdict(), ("document", "request")) for row in rows)
    return found


def _plain(values: dict[str, Any], documents: Iterable[str] = ()) -> dict[str, Any]:
    """Open JSON that is kept as text; leave out what is for locks and look-ups alone."""
    plain = {name: value for name, value in values.items() if name != "token_hash"}
    for name in documents:
        if isinstance(plain.get(name), str):
            try:
                plain[name] = json.loads(plain[name])
            except ValueError:
                continue  # It is exported as the text it is.
    return plain


def _keys(conn: sa.Connection, key: sa.Column[Any], where: Any) -> list[str]:
    return list(conn.scalars(sa.select(key).where(where).order_by(key)))


def _task_owner(interaction_id: str) -> str:
    return callbacks.effects_of(interaction_id)
