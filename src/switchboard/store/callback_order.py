"""Decide which of a person's missed calls carries the call-back. Pure.

The outcome depends on what happened, never on the order in which we heard of it: a call that
reached the person settles every missed call before it; of those after it one carries the
call-back, the others join it. What was sent to the CRM already stays where it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["owed", "open", "closing", "closed", "needless", "parked"]

REACHED = "Reached by a later call."
JOINS = "Joins the call-back of {0}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The call-back a missed call asks for."""

    interaction_id: str
    person: str
    opened_at: float
    first_seen: float
    updated_at: float
    state: State = "owed"
    office: str | None = None
    why: str = ""
    error_code: str | None = None
    task_due_at: float | None = None
    due_at: float | None = None
    attempts: int = 0
    closed_by: str | None = None
    joins: str | None = None
    module: str | None = None
    record_id: str | None = None
    task_id: str | None = None
    document: str = "{}"
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """A moment at which somebody talked to the person, or did what a call-back was for."""

    at: float
    by: str
    why: str = ""

    def covers(self, row: Callback) -> bool:
        """Tell whether a missed call needs no call-back any more because of this.

        A call covers itself when a correction says that it was answered after all.
        """
        return row.opened_at < self.at or row.interaction_id == self.by


def arrange(
    rows: Iterable[Callback],
    reaches: Sequence[Reach],
    now: float,
    *,
    sent: Collection[str] = (),
    doubtful: Collection[str] = (),
) -> list[Callback]:
    """Return those of one person's *rows* that change, as they should be.

    *sent*: interactions whose task was begun to be written; *doubtful*: of those, the ones that may
    exist at the CRM without our knowing. What may exist is never called off, only closed.
    """
    before = [row for row in rows if _lives(row)]
    after = {row.interaction_id: _after(row, reaches, now, doubtful) for row in before}
    waiting = [row for row in after.values() if row.closed_by is None and row.state != "closing"]
    at_crm = [row for row in after.values() if row.state == "parked" and row.task_id]

    def order(row: Callback) -> tuple[int, float, str]:
        exists = row.state == "open" or row in at_crm
        rank = 0 if exists else 1 if row.interaction_id in doubtful else 2
        if rank == 2 and not (row.state == "parked" or row.interaction_id in sent):  # noqa: PLR2004
            rank = 3
        return rank, row.opened_at, row.interaction_id

    if waiting:
        head = min({*waiting, *at_crm}, key=order)
        was = head
        if head.joins is not None:
            head = replace(head, state="owed", joins=None, why="", due_at=now, finished_at=None)
        joining = [row for row in waiting if row is not was and _may_join(row, doubtful)]
        if head.state == "open" and any(row.joins != head.interaction_id for row in joining):
            head = replace(head, due_at=now)  # Somebody may have completed it by hand: look.
        after[head.interaction_id] = head
        for row in joining:
            after[row.interaction_id] = _joined(row, head, now)
    return [
        replace(after[row.interaction_id], updated_at=now)
        for row in before
        if after[row.interaction_id] != row
    ]


def _lives(row: Callback) -> bool:
    return row.state in {"owed", "open", "closing", "parked"} or row.joins is not None


def _after(
    row: Callback, reaches: Sequence[Reach], now: float, doubtful: Collection[str]
) -> Callback:
    """Return the row as it is once everything that reached the person counts."""
    by = next((each for each in reaches if each.covers(row)), None)
    if by is None or row.closed_by is not None:
        return row
    reached = replace(row, closed_by=by.by, why=by.why or REACHED)
    if row.state == "open":
        return replace(reached, state="closing", due_at=now, attempts=0)
    if row.state == "parked" and (row.task_id or row.interaction_id in doubtful):
        return replace(row, closed_by=by.by)  # A person has to look at it first.
    if row.interaction_id in doubtful:  # Its task may exist; whoever finds out closes it then.
        return reached
    return replace(
        reached, state="needless", joins=None, due_at=None, error_code=None, finished_at=now
    )


def _may_join(row: Callback, doubtful: Collection[str]) -> bool:
    if row.joins is not None:
        return True
    return row.state == "owed" and row.interaction_id not in doubtful


def _joined(row: Callback, head: Callback, now: float) -> Callback:
    if row.joins == head.interaction_id:
        return row
    return replace(
        row,
        state="needless",
        joins=head.interaction_id,
        why=JOINS.format(head.interaction_id),
        due_at=None,
        finished_at=now,
    )
