"""Look for calls as people do: by number, name, office, fate, outcome, owner and time.

Pages are found by the place of their first or last call, not by counting: calls that arrive while
somebody leafs neither hide one nor show one twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement

from switchboard.store import folding, ledger
from switchboard.store.call_kinds import CallKind, is_one_of
from switchboard.store.callback_order import State
from switchboard.store.database import chunks
from switchboard.store.tables import callback, directory, directory_phone, interaction, record

_Keys = sa.Select[tuple[float, str]]
FEW = 1000  # As many keys are sorted here; more calls are walked along the index instead.
NO_OFFICE = "-"  # Calls to extensions of no office.


class Place(NamedTuple):
    """Where a call stands in the list."""

    started_at: float
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """What calls are wanted; what is empty does not matter.

    `numbers` are E.164 and looked for whole, `digits` anywhere in a number; `name` in what
    RingCentral and Zoho CRM call the person; `key` is the id of a call, session or record.
    """

    numbers: tuple[str, ...] = ()
    digits: str = ""
    name: str = ""
    key: str = ""
    office: str = ""
    fate: str = ""
    kinds: tuple[CallKind, ...] = ()
    owner_id: str = ""
    since: float | None = None
    until: float | None = None
    callback_states: tuple[State, ...] = ()  # Calls whose call-back is in one of them,
    callback_due_before: float | None = None  # and whose task was due by then.


@dataclass(frozen=True, slots=True)
class CallPage:
    """One page, newest first; `newer` and `older` tell whether there is more on that side."""

    rows: list[ledger.Interaction]
    count: int
    newer: Place | None = None
    older: Place | None = None


def page(
    conn: sa.Connection,
    wanted: CallFilter,
    *,
    before: Place | None = None,
    after: Place | None = None,
    size: int = 25,
) -> CallPage:
    """Return the newest calls, or those next to a place; *after* too close to the newest: those."""
    conditions = _conditions(wanted)
    keys = sa.select(interaction.c.started_at, interaction.c.id).where(*conditions)
    found = [Place(row.started_at, row.id) for row in conn.execute(keys.limit(FEW + 1))]
    if len(found) <= FEW:
        count, few = len(found), sorted(found, reverse=True)
    else:
        every = sa.select(sa.func.count()).select_from(interaction).where(*conditions)
        count, few = int(conn.scalar(every) or 0), None
    if after is not None:
        places = _newer_than(conn, keys, few, after, size + 1)
        if len(places) > size:
            return _shown(conn, places[1:], count, newer=True, older=True)
        before = None  # Fewer than a page: then it is the first one.
    places = _older_than(conn, keys, few, before, size + 1)
    more = len(places) > size
    return _shown(conn, places[:size], count, newer=before is not None, older=more)


def walk(
    conn: sa.Connection, wanted: CallFilter, before: Place | None, size: int
) -> list[ledger.Interaction]:
    """Return the next calls behind a place, for whoever wants all of them."""
    keys = sa.select(interaction.c.started_at, interaction.c.id).where(*_conditions(wanted))
    return _rows(conn, _older_than(conn, keys, None, before, size))


def names(conn: sa.Connection, persons: Sequence[str]) -> dict[str, str]:
    """Return what Zoho CRM calls the people behind numbers, as far as it told."""
    found: dict[str, str] = {}
    for chunk in chunks(sorted(set(persons))):
        query = (
            sa.select(directory_phone.c.e164, directory.c.full_name)
            .join_from(directory_phone, directory, _SAME_RECORD)
            .where(directory_phone.c.e164.in_(chunk), directory.c.full_name.is_not(None))
            .order_by(directory.c.module.desc(), directory.c.record_id.desc())
        )
        # Of several the contact's, and of those the oldest.
        found |= {row.e164: row.full_name for row in conn.execute(query)}
    return found


_SAME_RECORD = sa.and_(
    directory.c.module == directory_phone.c.module,
    directory.c.record_id == directory_phone.c.record_id,
)


def _conditions(wanted: CallFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [interaction.c.kind == "call"]
    if wanted.fate:
        conditions.append(interaction.c.fate == wanted.fate)
    if wanted.office == NO_OFFICE:
        conditions.append(interaction.c.office.is_(None))
    elif wanted.office:
        conditions.append(interaction.c.office == wanted.office)
    if wanted.kinds:
        conditions.append(is_one_of(wanted.kinds))
    if wanted.since is not None:
        conditions.append(interaction.c.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(interaction.c.started_at < wanted.until)
    if wanted.owner_id:
        conditions.append(_of_owner(wanted.owner_id))
    if wanted.callback_states:
        conditions.append(interaction.c.id.in_(_called_back(wanted)))
    meant = _who(wanted)
    return [*conditions, sa.or_(*meant)] if meant else conditions


def _called_back(wanted: CallFilter) -> sa.Select[tuple[str]]:
    those = sa.select(callback.c.interaction_id).where(callback.c.state.in_(wanted.callback_states))
    if wanted.callback_due_before is not None:
        those = those.where(callback.c.task_due_at < wanted.callback_due_before)
    return those


def _who(wanted: CallFilter) -> list[sa.ColumnElement[bool]]:
    """Return what may be meant by the words somebody typed; one of it is enough."""
    meant: list[sa.ColumnElement[bool]] = []
    if wanted.numbers:
        meant.append(interaction.c.person.in_(wanted.numbers))
    if wanted.digits:
        other = interaction.alias()
        with_digits = other.c.person.contains(wanted.digits, autoescape=True)
        persons = sa.select(other.c.person).where(with_digits, other.c.person.startswith("+"))
        meant.append(interaction.c.person.in_(persons))
    if wanted.name:
        meant += _named(wanted.name)
    if wanted.key:
        of_record = sa.select(record.c.interaction_id).where(record.c.record_id == wanted.key)
        meant += [
            interaction.c.id == wanted.key,
            interaction.c.session == wanted.key,
            interaction.c.id.in_(of_record),
        ]
    return meant


def _named(name: str) -> list[sa.ColumnElement[bool]]:
    # The whole document first: most hold the words nowhere, and need not be parsed.
    written = json.dumps(name, ensure_ascii=False)[1:-1]
    at_ringcentral = sa.and_(
        folding.may_contain(interaction.c.document, written),
        folding.contains(_CallerName(interaction.c.document), name),
    )
    at_zoho = (
        sa.select(directory_phone.c.e164)
        .join_from(directory_phone, directory, _SAME_RECORD)
        .where(folding.contains(directory.c.full_name, name))
    )
    return [at_ringcentral, interaction.c.person.in_(at_zoho)]


def _of_owner(owner_id: str) -> sa.ColumnElement[bool]:
    """Whose lead or contact the caller is; of calls not written yet, who was chosen for them."""
    theirs = (
        sa.select(directory_phone.c.e164)
        .join_from(directory_phone, directory, _SAME_RECORD)
        .where(directory.c.owner_id == owner_id)
    )
    chosen = interaction.c.document.contains(f'"owner_id": {json.dumps(owner_id)}', autoescape=True)
    open_ones = interaction.c.fate.in_(("waiting", "parked"))
    return sa.or_(interaction.c.person.in_(theirs), sa.and_(open_ones, chosen))


class _CallerName(ColumnElement[str]):
    """What RingCentral calls the caller, out of a call's document."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, document: ColumnElement[str]) -> None:
        self.document = document


@compiles(_CallerName, "sqlite")
def _in_sqlite(element: _CallerName, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.document, **kw)}, '$.call.caller_name')"


@compiles(_CallerName, "postgresql")
def _in_postgresql(element: _CallerName, compiler: SQLCompiler, **kw: Any) -> str:
    document = compiler.process(element.document, **kw)
    return f"(CAST({document} AS json) #>> '{{call,caller_name}}')"


def _older_than(
    conn: sa.Connection, keys: _Keys, few: list[Place] | None, place: Place | None, size: int
) -> list[Place]:
    if few is not None:
        return [each for each in few if place is None or each < place][:size]
    at, ident = interaction.c.started_at, interaction.c.id
    if place is not None:
        same = sa.and_(at == place.started_at, ident < place.id)
        keys = keys.where(at <= place.started_at, sa.or_(at < place.started_at, same))
    newest = keys.order_by(at.desc(), ident.desc()).limit(size)
    return [Place(row.started_at, row.id) for row in conn.execute(newest)]


def _newer_than(
    conn: sa.Connection, keys: _Keys, few: list[Place] | None, place: Place, size: int
) -> list[Place]:
    """Return the next newer ones; they too newest first."""
    if few is not None:
        newer = [each for each in few if each > place]
        return newer[-size:]
    at, ident = interaction.c.started_at, interaction.c.id
    same = sa.and_(at == place.started_at, ident > place.id)
    keys = keys.where(at >= place.started_at, sa.or_(at > place.started_at, same))
    oldest = keys.order_by(at, ident).limit(size)
    return [Place(row.started_at, row.id) for row in conn.execute(oldest)][::-1]


def _shown(
    conn: sa.Connection, places: Sequence[Place], count: int, *, newer: bool, older: bool
) -> CallPage:
    if not places:
        return CallPage([], count)
    return CallPage(
        _rows(conn, places),
        count,
        newer=places[0] if newer else None,
        older=places[-1] if older else None,
    )


def _rows(conn: sa.Connection, places: Sequence[Place]) -> list[ledger.Interaction]:
    found = ledger.load(conn, [each.id for each in places])
    return [found[each.id] for each in places if each.id in found]
