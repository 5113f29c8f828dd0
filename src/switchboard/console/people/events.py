"""Put what is stored about one person on one timeline, and say who they are known to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.console.attention import places
from switchboard.console.calls import calling_back
from switchboard.console.calls import words as call_words
from switchboard.console.calls.listing import call_of
from switchboard.console.calls.words import Chip
from switchboard.console.chats import words as chat_words
from switchboard.store import (
    approvals,
    callbacks,
    conversations,
    directory,
    ledger,
    outbox,
    tickets,
)
from switchboard.store.conversations import StoredConversation
from switchboard.store.database import now
from switchboard.store.directory import DirectoryEntry
from switchboard.store.personal import Person, Traces, trace
from switchboard.store.sealing import Sealer

_MAIL_CHIPS = {
    "queued": Chip("Waiting", "warn", "clock"),
    "sending": Chip("Being sent", "run", "play"),
    "sent": Chip("Sent", "ok", "check"),
    "refused": Chip("Refused", "fail", "cross"),
    "parked": Chip("May have arrived", "warn", "alert"),
}
_DECISIONS = {"approved": "Approved", "declined": "Declined", "expired": "Ran out"}
_OURS = "Caller +"  # What leads are called as long as nobody knows better.


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing on the timeline."""

    kind: str
    at: float
    title: str
    symbol: str
    chip: Chip
    text: str = ""
    href: str = ""
    office: str = ""


@dataclass(slots=True)
class Known:
    """Who a person is known to be, and all that happened with them, newest first."""

    happenings: list[Happening] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)  # Others than the one looked for.
    addresses: list[str] = field(default_factory=list)
    offices: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    records: list[DirectoryEntry] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def first_at(self) -> float | None:
        return self.happenings[-1].at if self.happenings else None

    @property
    def last_at(self) -> float | None:
        return self.happenings[0].at if self.happenings else None

    @property
    def empty(self) -> bool:
        return not self.happenings and not self.records


def known_of(
    conn: sa.Connection,
    sealer: Sealer | None,
    person: Person,
    *,
    offices: Sequence[Office],
    titled: Callable[[str | None], str],
) -> Known:
    """Return all that is stored; without a sealer what is not sealed. *titled* names workflows."""
    traces = trace(conn, sealer, person)
    found = Known()
    names: Counter[str] = Counter()
    numbers: dict[str, None] = {}
    addresses: dict[str, None] = {}
    calls = sorted(
        ledger.load(conn, traces.calls).values(), key=lambda one: one.started_at, reverse=True
    )
    office_names = {each.id: each.name for each in offices}
    for row in calls:
        names[str(call_of(row).get("caller_name") or "")] += 1
        found.happenings.append(_call(row, office_names))
    found.offices = _in_order(office_names.get(row.office or "", row.office) for row in calls)
    found.happenings += _call_backs(conn, traces, offices)
    found.records = _records(conn, person)
    for each in found.records:
        names[each.full_name or ""] += len(calls) + 1  # What the CRM says counts most.
    found.owners = _in_order(_owner(each.owner_id, offices) for each in found.records)
    if sealer is not None:
        chats = _chats(conn, sealer, traces)
        wanted = [tickets.load(conn, sealer, each) for each in traces.tickets]
        rows = [each for each in wanted if each is not None]
        for visitor in (*(each.visitor for each in chats), *(each.request or {} for each in rows)):
            names[str(visitor.get("name") or "")] += 1
            numbers[str(visitor.get("phone") or "")] = None
            addresses[str(visitor.get("email") or "").lower()] = None
        found.happenings += [_chat(each, titled) for each in chats]
        found.happenings += [_ticket(each, titled) for each in rows]
        found.happenings += _approvals(conn, sealer, traces)
    found.happenings += _mails(conn, traces)
    found.happenings.sort(key=lambda each: (each.at, each.kind), reverse=True)
    found.counts = Counter(each.kind for each in found.happenings)
    found.names = [name for name, _ in names.most_common() if name and not name.startswith(_OURS)]
    found.numbers = [each for each in numbers if each and each != person.phone]
    found.addresses = [each for each in addresses if each and each != person.email]
    return found


def _call(row: ledger.Interaction, offices: Mapping[str, str]) -> Happening:
    word = call_words.outcome_word(row.outcome, row.reason, call_of(row).get("direction"))
    return Happening(
        "call",
        row.started_at,
        f"Call: {word.lower()}",
        "voicemail" if row.outcome == "voicemail" else "phone",
        call_words.fate_chip(row.fate),
        row.why,
        places.call(row.id),
        offices.get(row.office or "", row.office or ""),
    )


def _call_backs(
    conn: sa.Connection, traces: Traces, offices: Sequence[Office]
) -> Iterator[Happening]:
    names, at = {each.id: each.name for each in offices}, now(conn)
    for row in callbacks.load(conn, traces.calls).values():
        chip = calling_back.chip(row, at) or call_words.CALL_BACKS.get(row.state, Chip(row.state))
        due = calling_back.due_words(row, at, call_words.zone_of(row.office, offices, "UTC"))
        office = names.get(row.office or "", row.office or "")
        # Beside the missed call that asked for it, and after it.
        yield Happening("call-back", row.opened_at, "Call-back", "retry", chip, due or row.why,
                        places.call(row.interaction_id), office)  # fmt: skip


def _chats(conn: sa.Connection, sealer: Sealer, traces: Traces) -> list[StoredConversation]:
    found = (conversations.load(conn, sealer, each) for each in traces.conversations)
    return [each for each in found if each is not None]


def _chat(row: StoredConversation, titled: Callable[[str | None], str]) -> Happening:
    title = titled(row.workflow)
    return Happening(
        "chat",
        row.opened_at,
        f"Chat: {title}" if title else "Chat",
        "chat",
        Chip(*_chip(chat_words.stage_chip(row.stage))),
        "Verified by a code." if row.verified else "",
        places.conversation(row.id),
    )


def _ticket(row: tickets.Ticket, titled: Callable[[str | None], str]) -> Happening:
    number = f"#{row.number}" if row.number else row.reference
    subject = str((row.request or {}).get("subject") or titled(row.workflow))
    return Happening(
        "ticket",
        row.raised_at or row.wanted_at,
        f"Ticket {number}",
        "ticket",
        Chip(*_chip(chat_words.ticket_chip(row))),
        subject,
        places.ticket(row.reference),
    )


def _approvals(conn: sa.Connection, sealer: Sealer, traces: Traces) -> Iterator[Happening]:
    for each in traces.approvals:
        row = approvals.load(conn, sealer, each)
        if row is None:
            continue
        decision = row.decision or ""
        chip = Chip(_DECISIONS.get(decision, "Not decided"), *_decided(decision))
        yield Happening("approval", row.created_at, "Approval asked for", "person", chip,
                        row.subject or "", places.ticket(row.reference))  # fmt: skip


def _decided(decision: str) -> tuple[str, str]:
    known = {"approved": ("ok", "check"), "declined": ("fail", "cross"), "expired": ("", "dash")}
    return known.get(decision, ("warn", "clock"))


def _mails(conn: sa.Connection, traces: Traces) -> Iterator[Happening]:
    for row in outbox.by_keys(conn, traces.mails).values():
        chip = _MAIL_CHIPS.get(row.state, Chip(row.state))
        at = row.finished_at or row.created_at
        yield Happening("mail", at, "Mail", "mail", chip, row.subject)


def _records(conn: sa.Connection, person: Person) -> list[DirectoryEntry]:
    if person.phone is None:
        return []
    return directory.find(conn, [person.phone]).get(person.phone, [])


def _owner(owner_id: str | None, offices: Sequence[Office]) -> str | None:
    """Return the owner's name, as the documents list it."""
    listed = (each for office in offices for each in office.owners.lead_owners)
    return next((each.name for each in listed if each.id == owner_id and each.name), owner_id)


def _chip(chip: chat_words.Chip) -> tuple[str, str, str]:
    return chip.word, chip.kind, chip.symbol


def _in_order(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(each for each in values if each))
