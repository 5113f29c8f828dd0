"""Keep which missed calls wait for a call-back, one open call-back per person.

`owe` and `reached` may come in any order and any number of times, from several processes: one row
per person (`reach`) is the lock behind which `callback_order.arrange` sorts that person's calls
out. Whoever changes a call-back takes that lock first.

    owed ─► open ─► closing ─► closed       its task exists; it is being completed; it is done
      ├───► parked ─► owed, closing         Zoho refused it; a person put it back to work
      └───► needless ─► owed                reached already, or another call-back serves it too
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from switchboard.store import journal, set_aside
from switchboard.store.callback_order import (
    REACHED,
    Callback,
    Reach,
    State,
    arrange,
)
from switchboard.store.database import chunks, insert, now
from switchboard.store.journal import Effect
from switchboard.store.tables import callback, lease, reach

NEVER = 0.0
NO_NUMBER = "The caller's number is not known: there is nobody to call back."


def lease_key(person: str) -> str:
    """Name the lease on a person's call-backs: calls never wait for them, nor they for calls."""
    return f"callback:{person}"


def effects_of(interaction_id: str) -> str:
    """Name the call-back's effects apart from the call's own, which must never see them."""
    return f"callback:{interaction_id}"


def missed_call_of(effect: Effect) -> str:
    """Return the interaction whose call-back an effect is about."""
    return effect.interaction_id.removeprefix("callback:")


def task_key(interaction_id: str) -> str:
    return f"{interaction_id}:task"


def close_key(interaction_id: str) -> str:
    return f"{interaction_id}:close"


# --- what the calls say ---------------------------------------------------------------------------


def owe(
    conn: sa.Connection,
    *,
    interaction_id: str,
    person: str,
    office: str | None,
    opened_at: float,
) -> None:
    """Note that a missed call that started at *opened_at* asks for a call-back."""
    at = now(conn)
    known = _reach(conn, person)
    statement = insert(conn, callback).values(
        interaction_id=interaction_id,
        office=office,
        person=person,
        opened_at=opened_at,
        state="owed",
        due_at=at,
        first_seen=at,
        updated_at=at,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["interaction_id"])
    if not conn.execute(statement).rowcount:
        return
    if person == interaction_id:
        _put(conn, [_ended(load(conn, [interaction_id])[interaction_id], NO_NUMBER, at)])
        return
    if known.by == interaction_id:  # A correction: it was not answered after all.
        conn.execute(sa.update(reach).where(reach.c.person == person).values(reached_by=""))
        known = replace(known, by="")
    _arrange(conn, person, [known], at)


def reached(conn: sa.Connection, *, person: str, at: float, by: str, why: str) -> None:
    """Note that a call (*by*) that started at *at* reached the person: earlier ones are settled."""
    told = Reach(at, by, why)
    known = _reach(conn, person, told)
    _arrange(conn, person, [known, told], now(conn))


# --- what the lane says ---------------------------------------------------------------------------


def opened(conn: sa.Connection, row: Callback, task_id: str, look_at: float) -> None:
    """Note that the task exists; whoever reached the person meanwhile closes it."""
    at = now(conn)
    fresh = replace(row, task_id=task_id, state="open", due_at=look_at, attempts=0)
    if row.closed_by is not None:
        fresh = replace(fresh, state="closing", due_at=at)
    why = row.why if row.closed_by is not None else ""
    _put(conn, [replace(fresh, why=why, error_code=None, updated_at=at)])


def closed(conn: sa.Connection, row: Callback, why: str, attended: Reach | None = None) -> None:
    """Note that the task is done, or not ours any more; *attended*: when a person saw to it."""
    known = _reach(conn, row.person, attended)
    at = now(conn)
    _put(conn, [replace(_ended(row, why, at), state="closed")])
    _arrange(conn, row.person, [known, *([attended] if attended else [])], at)


def called_off(conn: sa.Connection, row: Callback) -> None:
    """Note that no task is needed: it surely does not exist, and the person has been reached."""
    known = _reach(conn, row.person)
    at = now(conn)
    task = journal.by_keys(conn, [task_key(row.interaction_id)])
    journal.supersede(conn, [k for k, e in task.items() if e.state == "intended"], row.why)
    _put(conn, [_ended(row, row.why, at)])
    _arrange(conn, row.person, [known], at)


def park(conn: sa.Connection, row: Callback, code: str, message: str) -> None:
    """Leave it to a person."""
    known = _reach(conn, row.person)
    at = now(conn)
    _put(conn, [replace(_ended(row, message, at), state="parked", error_code=code)])
    _arrange(conn, row.person, [known], at)


def put_off(
    conn: sa.Connection, ids: Iterable[str], until: float, code: str | None, why: str = ""
) -> None:
    """Have these looked at again later; *why* says what they wait for.

    Of those that are to be closed, it stays written who reached the customer.
    """
    at = now(conn)
    said = sa.case((callback.c.closed_by.is_(None), sa.literal(why)), else_=callback.c.why)
    values: dict[str, Any] = {"due_at": until, "error_code": code, "updated_at": at}
    for chunk in chunks(sorted(ids)):
        statement = sa.update(callback).where(callback.c.interaction_id.in_(chunk))
        conn.execute(statement.values(**values, why=said if why else callback.c.why))


def save(conn: sa.Connection, rows: Sequence[Callback]) -> None:
    """Write rows whole, as the lane decided them under its lease and `lock`."""
    _put(conn, rows)


def retry(conn: sa.Connection, ids: Iterable[str]) -> list[str]:
    """Put the parked ones of *ids* back to work; return which those were."""
    rows = [row for row in lock(conn, ids).values() if row.state == "parked"]
    keys = [key(r.interaction_id) for r in rows for key in (task_key, close_key)]
    failed = [
        each.key
        for each in journal.by_keys(conn, keys).values()
        if each.state in {"refused", "parked"}
    ]
    journal.retry(conn, failed)
    at = now(conn)
    for row in rows:
        state: State = "closing" if row.task_id else "owed"
        fresh = replace(row, state=state, due_at=at, attempts=0, finished_at=None)
        why = REACHED if row.closed_by is not None else ""
        _put(conn, [replace(fresh, why=why, error_code=None, updated_at=at)])
    opened = [row.interaction_id for row in rows]
    set_aside.drop(conn, ["call-back"], opened)
    return opened


# --- reading --------------------------------------------------------------------------------------


def load(conn: sa.Connection, ids: Iterable[str]) -> dict[str, Callback]:
    """Return those of *ids* that are known."""
    found: dict[str, Callback] = {}
    for chunk in chunks(ids):
        for row in conn.execute(sa.select(callback).where(callback.c.interaction_id.in_(chunk))):
            found[row.interaction_id] = _row(row)
    return found


def lock(conn: sa.Connection, ids: Iterable[str]) -> dict[str, Callback]:
    """Return those of *ids* that are known; nobody else changes them before our commit."""
    wanted = list(ids)
    persons = sorted({row.person for row in load(conn, wanted).values()})
    for chunk in chunks(persons):
        statement = insert(conn, reach).values(
            [{"person": each, "reached_at": NEVER, "reached_by": ""} for each in chunk]
        )
        same = {"reached_at": reach.c.reached_at}  # Only to have the rows locked.
        conn.execute(statement.on_conflict_do_update(index_elements=["person"], set_=same))
    return load(conn, wanted)


def due(
    conn: sa.Connection, states: Sequence[State], *, now: float, limit: int, worker: str
) -> list[Callback]:
    """Return what can be worked now, oldest first, without what another worker holds.

    A call-back is left alone while an earlier one of the same person is still being closed.
    """
    taken = sa.exists().where(
        lease.c.person == sa.literal("callback:") + callback.c.person,
        lease.c.worker != worker,
        lease.c.until > now,
    )
    query = (
        sa.select(callback)
        .where(callback.c.state.in_(states), callback.c.due_at <= now, ~taken, ~_blocked())
        .order_by(callback.c.opened_at, callback.c.interaction_id)
        .limit(limit)
    )
    return [_row(row) for row in conn.execute(query)]


def soonest(conn: sa.Connection, states: Sequence[State]) -> Callback | None:
    """Return what is due next in *states*, or None when nothing is."""
    query = (
        sa.select(callback)
        .where(callback.c.state.in_(states), callback.c.due_at.is_not(None), ~_blocked())
        .order_by(callback.c.due_at)
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else _row(row)


def search(
    conn: sa.Connection,
    *,
    states: Sequence[State] = (),
    office: str | None = None,
    overdue_at: float | None = None,
    limit: int = 1000,
) -> list[Callback]:
    """Return call-backs, those due first first; *overdue_at*: only those due before then."""
    query = sa.select(callback)
    if states:
        query = query.where(callback.c.state.in_(states))
    if office is not None:
        query = query.where(callback.c.office == office)
    if overdue_at is not None:
        query = query.where(callback.c.task_due_at < overdue_at)
    first = sa.func.coalesce(callback.c.task_due_at, callback.c.opened_at)
    query = query.order_by(first, callback.c.interaction_id).limit(limit)
    return [_row(row) for row in conn.execute(query)]


def would_owe(
    conn: sa.Connection, missed: Sequence[Callback], told: Sequence[tuple[str, Reach]]
) -> set[str]:
    """Return which of the *missed* calls would get a task, and write nothing.

    *told*: persons and the calls that reached them, as a run would hear of them.
    """
    persons = {row.person for row in missed}
    rows: dict[str, list[Callback]] = {each: [] for each in persons}
    reaches: dict[str, list[Reach]] = {each: [] for each in persons}
    for person, one in told:
        reaches.setdefault(person, []).append(one)
    for chunk in chunks(persons):
        for row in conn.execute(sa.select(callback).where(callback.c.person.in_(chunk))):
            rows[row.person].append(_row(row))
        for row in conn.execute(sa.select(reach).where(reach.c.person.in_(chunk))):
            reaches[row.person].append(Reach(row.reached_at, row.reached_by, row.why))
    for new in missed:
        if new.interaction_id not in {known.interaction_id for known in rows[new.person]}:
            rows[new.person].append(new)
    owed = set()
    for person, some in rows.items():
        after = {row.interaction_id: row for row in some}
        after |= {row.interaction_id: row for row in arrange(some, reaches[person], now(conn))}
        owed |= {each for each, row in after.items() if row.state == "owed"}
    return owed & {row.interaction_id for row in missed}


# --- helpers --------------------------------------------------------------------------------------


def _blocked() -> sa.Exists:
    other = callback.alias("other")
    being_closed = (other.c.state == "closing") | (
        (other.c.state == "owed") & other.c.closed_by.is_not(None)
    )
    return sa.exists().where(
        callback.c.state == "owed",
        other.c.person == callback.c.person,
        other.c.interaction_id != callback.c.interaction_id,
        being_closed,
    )


def _reach(conn: sa.Connection, person: str, told: Reach | None = None) -> Reach:
    """Return when the person was last reached, and lock their call-backs until our commit."""
    told = told or Reach(NEVER, "")
    statement = insert(conn, reach).values(
        person=person, reached_at=told.at, reached_by=told.by, why=told.why
    )
    newer = statement.excluded.reached_at > reach.c.reached_at
    statement = statement.on_conflict_do_update(
        index_elements=["person"],
        set_={
            name: sa.case((newer, statement.excluded[name]), else_=reach.c[name])
            for name in ("reached_at", "reached_by", "why")
        },
    )
    columns = (reach.c.reached_at, reach.c.reached_by, reach.c.why)
    return Reach(*conn.execute(statement.returning(*columns)).one())


def _arrange(conn: sa.Connection, person: str, reaches: Sequence[Reach], at: float) -> None:
    living = callback.c.state.in_(("owed", "open", "closing", "parked"))
    query = sa.select(callback).where(
        callback.c.person == person, living | callback.c.joins.is_not(None)
    )
    rows = [_row(row) for row in conn.execute(query)]
    if not rows:
        return
    tasks = journal.by_keys(conn, [task_key(row.interaction_id) for row in rows])
    begun = {missed_call_of(e): e for e in tasks.values() if e.state != "superseded"}
    doubtful = {each for each, task in begun.items() if _may_exist(task)}
    changed = arrange(rows, reaches, at, sent=begun.keys(), doubtful=doubtful)
    idle = [r.interaction_id for r in changed if r.state == "needless" and not r.joins]
    off = [
        begun[each].key
        for each in idle
        if each in begun and begun[each].state in {"intended", "refused", "parked"}
    ]
    journal.supersede(conn, off, "No longer needed: the caller was reached.")
    _put(conn, changed)


def _may_exist(task: Effect) -> bool:
    return task.state == "sending" or (task.state == "parked" and task.sending_at is not None)


def _ended(row: Callback, why: str, at: float) -> Callback:
    return replace(
        row,
        state="needless",
        why=why,
        error_code=None,
        joins=None,
        due_at=None,
        updated_at=at,
        finished_at=at,
    )


def _put(conn: sa.Connection, rows: Sequence[Callback]) -> None:
    if not rows:
        return
    values = [{f"new_{name}": value for name, value in asdict(row).items()} for row in rows]
    changing: dict[str, Any] = {c.name: sa.bindparam(f"new_{c.name}") for c in callback.columns}
    key = changing.pop("interaction_id")
    statement = sa.update(callback).where(callback.c.interaction_id == key).values(**changing)
    conn.execute(statement, values)


def _row(row: sa.Row[Any]) -> Callback:
    return Callback(**row._asdict())
