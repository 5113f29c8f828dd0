"""Keep one row per write at a vendor, so that each happens exactly once.

`intended` is committed with the decision, `sending` before the request leaves. A row that somebody
else finds in `sending` is in doubt: look at the vendor first, then adopt (`settle`) or `release`.

    intended ─► sending ─► settled      done, under the vendor's id
       ▲           ├─────► refused      the vendor said no to this item
       ├───────────┤                    release: surely not carried out
       │           └─────► parked       a person has to look; `retry` puts it back
       └─ retry ◄─ refused, parked
    intended, refused, parked ─► superseded   no longer wanted
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import leases
from switchboard.store.database import chunks, insert, now
from switchboard.store.tables import effect, lease

State = Literal["intended", "sending", "settled", "refused", "parked", "superseded"]

LEGAL: Mapping[State, frozenset[State]] = {
    "intended": frozenset({"sending", "parked", "superseded"}),
    "sending": frozenset({"settled", "refused", "parked", "intended"}),
    "settled": frozenset(),
    "refused": frozenset({"intended", "superseded"}),
    # What was parked in doubt goes back to being in doubt, not to being sent again.
    "parked": frozenset({"intended", "sending", "superseded"}),
    "superseded": frozenset(),
}


class IllegalTransitionError(RuntimeError):
    """A programming error: an effect cannot go from its state to the one asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One write at a vendor. `request` is JSON text; `sequence` orders the effects of a call."""

    key: str
    interaction_id: str
    person: str
    kind: str
    request: str
    intended_at: float
    module: str = ""
    state: State = "intended"
    request_hash: str = ""
    vendor_id: str | None = None
    error_code: str | None = None
    error: str | None = None
    attempts: int = 0
    sequence: int = 0
    worker: str | None = None
    fence: int | None = None
    sending_at: float | None = None
    finished_at: float | None = None


def intend(conn: sa.Connection, effects: Iterable[Effect]) -> dict[str, Effect]:
    """Write down what is to be done; a key already there stays as it is. Return the rows."""
    wanted = {one.key: one for one in effects}
    if not wanted:
        return {}
    rows = []
    for key in sorted(wanted):  # A fixed order: no deadlock with another process.
        row = asdict(wanted[key])
        row["state"] = "intended"
        row["request_hash"] = row["request_hash"] or request_hash(row["request"])
        rows.append(row)
    conn.execute(insert(conn, effect).on_conflict_do_nothing(index_elements=["key"]), rows)
    return by_keys(conn, wanted)


def request_hash(request: str) -> str:
    """Return what tells two requests apart."""
    return hashlib.sha256(request.encode()).hexdigest()


def mark_sending(
    conn: sa.Connection,
    keys: Iterable[str],
    worker: str,
    now: float,
    *,
    fences: Mapping[str, int] | None = None,
) -> list[str]:
    """Mark what is about to be sent; return the keys that may be. Send nothing else.

    Left out are keys not `intended` any more and those of persons *worker* has not leased, whose
    lease ran out, or whose fence is not the one in *fences* (person to fence, from `acquire`).
    """
    marked: set[str] = set()
    ordered = list(dict.fromkeys(keys))
    for chunk in chunks(ordered):
        persons = sa.select(effect.c.person).where(effect.c.key.in_(chunk))
        leased = (
            sa.select(lease.c.person, lease.c.fence)
            .where(lease.c.person.in_(persons), lease.c.worker == worker, lease.c.until > now)
            .order_by(lease.c.person)
            .with_for_update(read=True)  # A take-over waits until it can see the mark.
        )
        held = dict(conn.execute(leased).all())
        if fences is not None:
            held = {person: fence for person, fence in held.items() if fences.get(person) == fence}
        if not held:
            continue
        statement = (
            sa.update(effect)
            .where(
                effect.c.key.in_(chunk),
                effect.c.state == "intended",
                effect.c.person.in_(held),
            )
            .values(
                state="sending",
                sending_at=now,
                attempts=effect.c.attempts + 1,
                worker=worker,
                fence=sa.select(lease.c.fence)
                .where(lease.c.person == effect.c.person)
                .scalar_subquery(),
                error_code=None,
                error=None,
                finished_at=None,
            )
            .returning(effect.c.key)
        )
        marked.update(conn.scalars(statement))
    return [key for key in ordered if key in marked]


def settle(
    conn: sa.Connection, key: str, vendor_id: str | None, *, worker: str | None = None
) -> None:
    """Say that it happened, and under which id. Saying the same twice is no error."""
    current = _locked(conn, key, worker)
    if current.state == "settled" and current.vendor_id == vendor_id:
        return
    _move(conn, current, "settled", vendor_id=vendor_id, finished_at=now(conn))


def refuse(
    conn: sa.Connection, key: str, code: str, message: str, *, worker: str | None = None
) -> None:
    """Say that the vendor refused this item: nothing happened and sending again cannot help."""
    current = _locked(conn, key, worker)
    _move(conn, current, "refused", error_code=code, error=message, finished_at=now(conn))


def park(
    conn: sa.Connection, key: str, code: str, message: str, *, worker: str | None = None
) -> None:
    """Leave it to a person: before it was sent, or because doubt could not be resolved."""
    current = _locked(conn, key, worker)
    _move(conn, current, "parked", error_code=code, error=message, finished_at=now(conn))


def release(conn: sa.Connection, keys: Iterable[str], *, worker: str | None = None) -> None:
    """Take `sending` back to `intended`: it is known that nothing happened."""
    for key in sorted(set(keys)):
        _move(conn, _locked(conn, key, worker), "intended", sending_at=None)


def retry(conn: sa.Connection, keys: Iterable[str]) -> None:
    """Put refused and parked effects back to work; what was in doubt is in doubt again."""
    for key in sorted(set(keys)):
        current = _locked(conn, key, None)
        doubtful = current.state == "parked" and current.sending_at is not None
        if doubtful:
            _move(conn, current, "sending", finished_at=None)
        elif current.state in {"refused", "parked"}:
            _move(conn, current, "intended", sending_at=None, finished_at=None)
        else:
            raise IllegalTransitionError(f"{key} is {current.state}: there is nothing to retry")


def supersede(conn: sa.Connection, keys: Iterable[str], why: str = "") -> None:
    """Say that it is no longer wanted. Never of something that may have happened."""
    for key in sorted(set(keys)):
        current = _locked(conn, key, None)
        if current.state == "parked" and current.sending_at is not None:
            raise IllegalTransitionError(f"{key} was parked in doubt: it may have happened")
        _move(conn, current, "superseded", error=why or current.error, finished_at=now(conn))


def in_doubt(conn: sa.Connection, persons: Iterable[str]) -> list[Effect]:
    """Return what was being sent about *persons* when its worker went, in the order intended."""
    found: list[Effect] = []
    for chunk in chunks(sorted(set(persons))):
        query = sa.select(effect).where(effect.c.person.in_(chunk), effect.c.state == "sending")
        found.extend(map(_effect, conn.execute(query)))
    return sorted(found, key=_order)


def of_interactions(conn: sa.Connection, ids: Iterable[str]) -> dict[str, list[Effect]]:
    """Return the effects of each interaction, in their sequence."""
    found: dict[str, list[Effect]] = {}
    for chunk in chunks(ids):
        query = (
            sa.select(effect)
            .where(effect.c.interaction_id.in_(chunk))
            .order_by(effect.c.interaction_id, effect.c.sequence, effect.c.key)
        )
        for row in conn.execute(query):
            found.setdefault(row.interaction_id, []).append(_effect(row))
    return found


def by_keys(conn: sa.Connection, keys: Iterable[str]) -> dict[str, Effect]:
    """Return those of *keys* that are known."""
    found: dict[str, Effect] = {}
    for chunk in chunks(keys):
        for row in conn.execute(sa.select(effect).where(effect.c.key.in_(chunk))):
            found[row.key] = _effect(row)
    return found


def owner_changes_of(call_id: str) -> str:
    """Return under which interaction changes of owner are kept: no work of the call itself."""
    return f"owner:{call_id}"


def _locked(conn: sa.Connection, key: str, worker: str | None) -> Effect:
    row = conn.execute(sa.select(effect).where(effect.c.key == key).with_for_update()).first()
    if row is None:
        raise IllegalTransitionError(f"{key} was never intended")
    current = _effect(row)
    if worker is not None:
        leases.check(conn, current.person, worker)
    return current


def _move(conn: sa.Connection, current: Effect, state: State, **values: Any) -> None:
    if state not in LEGAL[current.state]:
        raise IllegalTransitionError(f"{current.key} cannot go from {current.state} to {state}")
    statement = sa.update(effect).where(effect.c.key == current.key)
    conn.execute(statement.values(state=state, **values))


def _order(one: Effect) -> tuple[float, int, str]:
    return (one.intended_at, one.sequence, one.key)


def _effect(row: sa.Row[Any]) -> Effect:
    return Effect(**row._asdict())
