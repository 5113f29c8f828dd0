"""The list of calls as a page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.console.calls import calling_back, words
from switchboard.console.calls.words import Chip
from switchboard.people.phone import readable
from switchboard.store import call_search, callbacks, ledger, set_aside
from switchboard.store.call_search import NO_OFFICE, CallFilter, Place

WITHHELD, FORGOTTEN = "Number withheld", "Forgotten person"
_OWN_NAME = "Caller +"  # What our own leads are called as long as nobody knows better.


@dataclass(frozen=True, slots=True)
class Line:
    """One call of the list."""

    id: str
    href: str
    name: str
    number: str  # "" where the name says it already.
    when: str
    started_at: float
    office: str
    outcome: str
    chip: Chip
    why: str
    code: str
    parked: bool
    call_back: Chip | None = None


@dataclass(frozen=True, slots=True)
class CallList:
    """A page of the list."""

    lines: list[Line]
    count: int
    newer: Place | None
    older: Place | None

    @property
    def parked(self) -> int:
        return sum(line.parked for line in self.lines)


def listed(
    conn: sa.Connection,
    wanted: CallFilter,
    *,
    offices: Sequence[Office],
    zone: str,
    now: float,
    before: Place | None = None,
    after: Place | None = None,
) -> CallList:
    """Return a page of the calls that fit."""
    found = call_search.page(conn, wanted, before=before, after=after)
    shown = lines(conn, found.rows, offices, zone, now)
    return CallList(shown, found.count, found.newer, found.older)


def lines(
    conn: sa.Connection,
    rows: Iterable[ledger.Interaction],
    offices: Sequence[Office],
    zone: str,
    now: float,
) -> list[Line]:
    """Return calls as lines, with the names Zoho CRM has for their callers."""
    rows = list(rows)
    names = call_search.names(conn, [row.person for row in rows])
    backs = callbacks.load(conn, [row.id for row in rows])
    aside = set_aside.those(conn, "call", [row.id for row in rows if row.fate == "parked"])
    return [
        replace(
            line(row, names, offices, zone, aside=row.id in aside),
            call_back=calling_back.chip(backs.get(row.id), now),
        )
        for row in rows
    ]


def line(
    row: ledger.Interaction,
    names: Mapping[str, str],
    offices: Sequence[Office],
    zone: str,
    *,
    aside: bool = False,
) -> Line:
    """Return a call as a line of a list; *aside*: a person has settled it otherwise."""
    call = call_of(row)
    name, number = caller(row, call, names, offices)
    return Line(
        id=row.id,
        href=href(row.id),
        name=name,
        number=number,
        when=words.day_and_time(row.started_at, words.zone_of(row.office, offices, zone)),
        started_at=row.started_at,
        office=office_name(row.office, offices),
        outcome=words.outcome_word(row.outcome, row.reason, call.get("direction")),
        chip=words.SET_ASIDE if aside else words.fate_chip(row.fate),
        why=row.why,
        code=row.error_code or "",
        parked=row.fate == "parked" and not aside,
    )


def href(call_id: str) -> str:
    """Return the address of a call's page."""
    return f"/calls/{quote(call_id, safe='')}"


def person_href(number: str) -> str:
    """Return the address of a person's page."""
    return f"/people/{quote(number, safe='')}"


def call_of(row: ledger.Interaction) -> dict[str, Any]:
    """Return what RingCentral said of a call, as far as it is still kept."""
    call = json.loads(row.document).get("call")
    return call if isinstance(call, dict) else {}


def caller(
    row: ledger.Interaction,
    call: Mapping[str, Any],
    names: Mapping[str, str],
    offices: Sequence[Office],
) -> tuple[str, str]:
    """Return what to call the other side, and its number where that says more."""
    if row.person.startswith(ledger.FORGOTTEN):
        return FORGOTTEN, ""
    number = number_words(row, offices)
    known = names.get(row.person, "")
    name = "" if known.startswith(_OWN_NAME) else known
    name = name or str(call.get("caller_name") or "")
    if not number:
        return name or WITHHELD, WITHHELD if name else ""
    return (name, number) if name else (number, "")


def number_words(row: ledger.Interaction, offices: Sequence[Office]) -> str:
    """Return the number as people of the call's office write it; "" when there is none."""
    if not row.person.startswith("+"):
        return ""
    region = next((each.region for each in offices if each.id == row.office), "ZZ")
    return readable(row.person, region)


def office_name(office: str | None, offices: Sequence[Office]) -> str:
    if office in {None, NO_OFFICE}:
        return "No office"
    return next((each.name for each in offices if each.id == office), str(office))
