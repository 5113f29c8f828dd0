"""Find persons by what somebody types: a number in any notation, an address, or a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa

from switchboard.config.documents import is_mail_address
from switchboard.console.calls.listing import call_of
from switchboard.people.phone import to_e164
from switchboard.store import call_search, conversations, folding, ledger
from switchboard.store import tables as t
from switchboard.store.sealing import Sealer

MOST = 25
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST, _FEWEST_DIGITS = 200, 4
_OURS = "Caller +"  # What our own leads are called as long as nobody knows better.
_LATEST = 5  # Calls of a number that are looked at for a name.
_RECENT = 400  # So many calls are looked at for whoever called last.


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, and what it may mean."""

    text: str = ""
    numbers: tuple[str, ...] = ()
    digits: str = ""
    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One person of the list."""

    key: str  # A number (E.164) or an e-mail address.
    name: str = ""
    last_at: float | None = None
    calls: int = 0
    chats: int = 0

    @property
    def href(self) -> str:
        return f"/people/{quote(self.key, safe='')}"


def asked(text: str, regions: Sequence[str]) -> Asked:
    """Tell what is meant; a number without its country is one of *regions*."""
    text = _CONTROL.sub(" ", text).strip()[:_LONGEST]
    if not text:
        return Asked()
    if is_mail_address(text):
        return Asked(text, address=text.lower())
    if any(each.isalpha() for each in text):
        return Asked(text, name=text)
    numbers = dict.fromkeys(to_e164(text, region) for region in regions)
    whole = tuple(each for each in numbers if each)
    digits = re.sub(r"\D", "", text)
    digits = digits.lstrip("0") or digits
    return Asked(text, whole, "" if whole or len(digits) < _FEWEST_DIGITS else digits)


def find(conn: sa.Connection, sealer: Callable[[], Sealer | None], wanted: Asked) -> list[Found]:
    """Return who fits, whoever was heard of last first; without a question who called last."""
    if wanted.address:
        return _by_address(conn, sealer(), wanted.address)
    if wanted.numbers:
        return _by_numbers(conn, sealer(), wanted.numbers)
    if wanted.digits:
        return _described(conn, _by_digits(conn, wanted.digits))
    if wanted.name:
        return _described(conn, _by_name(conn, wanted.name))
    return [] if wanted.text else _described(conn, _latest(conn))


def _by_address(conn: sa.Connection, sealer: Sealer | None, address: str) -> list[Found]:
    """Return the person of an address; the whole of it, for it is looked up by its hash."""
    mails = sa.select(sa.func.max(t.mail.c.created_at)).where(
        sa.func.lower(t.mail.c.recipient) == address
    )
    last = [conn.scalar(mails)]
    chats = conversations.find(conn, sealer, email=address) if sealer else []
    if sealer is not None:
        asked_for = t.ticket.c.email_hash.in_(sealer.hashes("email", address))
        last.append(conn.scalar(sa.select(sa.func.max(t.ticket.c.wanted_at)).where(asked_for)))
        decides = t.approval.c.asked_hash.in_(sealer.hashes("email", address))
        last.append(conn.scalar(sa.select(sa.func.max(t.approval.c.created_at)).where(decides)))
    last += [each.updated_at for each in chats]
    times = [each for each in last if each is not None]
    if not times:
        return []
    name = next((str(each.visitor["name"]) for each in chats if each.visitor.get("name")), "")
    return [Found(address, name, max(times), chats=len(chats))]


def _by_numbers(
    conn: sa.Connection, sealer: Sealer | None, numbers: Sequence[str]
) -> list[Found]:  # fmt: skip
    found = {each.key: each for each in _described(conn, numbers)}
    for number in numbers:
        chats = conversations.find(conn, sealer, phone=number) if sealer else []
        row = found.get(number)
        if chats:
            names = (str(each.visitor["name"]) for each in chats if each.visitor.get("name"))
            name = row.name if row and row.name else next(names, "")
            last = max([each.updated_at for each in chats], default=0.0)
            last = max(last, row.last_at or 0.0) if row else last
            found[number] = Found(number, name, last, row.calls if row else 0, len(chats))
    return [each for each in found.values() if each.calls or each.chats or each.name]


def _by_digits(conn: sa.Connection, digits: str) -> list[str]:
    c = t.interaction.c
    called = sa.select(c.person).where(
        c.kind == "call", c.person.startswith("+"), c.person.contains(digits, autoescape=True)
    )
    calls = called.group_by(c.person).order_by(sa.func.max(c.started_at).desc()).limit(MOST)
    known = sa.select(t.directory_phone.c.e164).where(
        t.directory_phone.c.e164.contains(digits, autoescape=True)
    )
    persons = [*conn.scalars(calls), *conn.scalars(known.distinct().limit(MOST))]
    return list(dict.fromkeys(persons))[:MOST]


def _by_name(conn: sa.Connection, name: str) -> list[str]:
    """Return the numbers of people the CRM or RingCentral calls so; names of chats are sealed."""
    same = sa.and_(
        t.directory.c.module == t.directory_phone.c.module,
        t.directory.c.record_id == t.directory_phone.c.record_id,
    )
    listed = (
        sa.select(t.directory_phone.c.e164)
        .join_from(t.directory_phone, t.directory, same)
        .where(folding.contains(t.directory.c.full_name, name))
        .order_by(t.directory.c.full_name, t.directory_phone.c.e164)
    )
    calls = call_search.walk(conn, call_search.CallFilter(name=name), None, _RECENT)
    persons = [each.person for each in calls if each.person.startswith("+")]
    return list(dict.fromkeys([*persons, *conn.scalars(listed.limit(MOST))]))[:MOST]


def _latest(conn: sa.Connection) -> list[str]:
    c = t.interaction.c
    newest = sa.select(c.person).where(c.kind == "call", c.person.startswith("+"))
    rows = conn.scalars(newest.order_by(c.started_at.desc(), c.id).limit(_RECENT))
    return list(dict.fromkeys(rows))[:MOST]


def _described(conn: sa.Connection, numbers: Sequence[str]) -> list[Found]:
    """Return numbers with name and calls, in the order given but for who never called."""
    c = t.interaction.c
    query = sa.select(c.person, sa.func.count(), sa.func.max(c.started_at))
    query = query.where(c.kind == "call", c.person.in_(list(numbers))).group_by(c.person)
    calls = {row[0]: (row[1], row[2]) for row in conn.execute(query)}
    names = call_search.names(conn, numbers)
    names = {number: name for number, name in names.items() if not name.startswith(_OURS)}
    unnamed = [each for each in numbers if each not in names and each in calls]
    names |= _called_so(conn, unnamed)
    found = [
        Found(each, names.get(each, ""), calls.get(each, (0, None))[1], calls.get(each, (0, 0))[0])
        for each in numbers
    ]
    return sorted(found, key=lambda one: -(one.last_at or 0.0))


def _called_so(conn: sa.Connection, numbers: Sequence[str]) -> dict[str, str]:
    """Return what RingCentral called the other side of the latest calls."""
    c = t.interaction.c
    found: dict[str, str] = {}
    for number in numbers:
        newest = sa.select(c.id).where(c.person == number).order_by(c.started_at.desc())
        calls = ledger.load(conn, list(conn.scalars(newest.limit(_LATEST))))
        latest = sorted(calls.values(), key=lambda one: one.started_at, reverse=True)
        names = (str(call_of(each).get("caller_name") or "") for each in latest)
        found[number] = next(filter(None, names), "")
    return found
