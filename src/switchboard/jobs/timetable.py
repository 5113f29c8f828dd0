"""Decide which scheduled runs start now: values in, values out. Pure.

Times are epoch seconds. Daylight saving is cronsim's: a time of day that does not exist on that day
comes at the first one that does, one that comes twice is taken once, and `*/n` of minutes or of
hours goes on in real time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim

from switchboard.config.documents import Office, ScheduleDocument

MOST_ATTEMPTS = 3  # Of one slot: a run that kills its process must not do so for ever.


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable; `offices` are all it touches, never empty."""

    name: str
    cron: str
    zone: str
    offices: frozenset[str]

    @property
    def rule(self) -> str:
        """What the slots follow from; another rule is another timetable."""
        return f"{self.cron} {self.zone}"


@dataclass(frozen=True, slots=True)
class State:
    """What the store knows of an entry. `held`: a living process runs it now."""

    rule: str
    next_at: float | None = None
    last_slot: float | None = None
    attempts: int = 0
    unfinished: bool = False  # It was started, and nobody said that it ended.
    held: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one entry now; `slot` is the time it was due, `next_at` its next one.

    new      it was not known, or by another rule: from now on it is
    start    run it; all slots up to now are done by this one run
    again    run the slot of a process that died
    give_up  the slot took too many processes with it
    skip     the run before still runs: this slot is passed over
    wait     a run before it works on one of the same offices
    """

    entry: Entry
    action: Literal["new", "start", "again", "give_up", "skip", "wait"]
    slot: float
    next_at: float | None


def entries_of(schedule: ScheduleDocument, offices: Sequence[Office]) -> tuple[Entry, ...]:
    """Return the runs that are enabled, each with the offices it touches; *offices* in order."""
    zone = schedule.timezone or offices[0].timezone
    everything = frozenset(each.id for each in offices)
    return tuple(
        Entry(run.name, run.cron, zone, frozenset(run.offices) or everything)
        for run in schedule.runs
        if run.enabled
    )


def due_slots(entries: Sequence[Entry], state: Mapping[str, State], now: float) -> list[Step]:
    """Return what to do, in order: the earliest slot first, then the order of the timetable."""
    steps: list[Step] = []
    due: list[tuple[float, int, Step]] = []
    for place, entry in enumerate(entries):
        step = _due(entry, state.get(entry.name), now)
        if step is None:
            continue
        if step.action in {"start", "again"}:
            due.append((step.slot, place, step))
        else:
            steps.append(step)
    busy = {office for each in entries if _runs(state, each) for office in each.offices}
    for _, _, step in sorted(due, key=lambda each: each[:2]):
        free = busy.isdisjoint(step.entry.offices)
        # Whoever waits also keeps its offices from those behind it: the order stays.
        busy |= step.entry.offices
        steps.append(step if free else Step(step.entry, "wait", step.slot, step.next_at))
    return steps


def next_slot(entry: Entry, after: float) -> float | None:
    """Return the first slot later than *after*; None when there is none in fifty years."""
    for slot in CronSim(entry.cron, _local(entry, after)):
        # In the hour that comes twice cronsim may name the first of the two, which has been.
        if slot.timestamp() > after:
            return slot.timestamp()
    return None


def upcoming(entry: Entry, after: float, count: int = 3) -> list[float]:
    """Return the next *count* slots."""
    slots: list[float] = []
    while len(slots) < count:
        slot = next_slot(entry, slots[-1] if slots else after)
        if slot is None:
            break
        slots.append(slot)
    return slots


def _due(entry: Entry, known: State | None, now: float) -> Step | None:
    following = next_slot(entry, now)
    if known is None or known.rule != entry.rule or known.next_at is None:
        # A run in progress keeps its row; the new rule begins once it has ended.
        return None if known is not None and known.held else Step(entry, "new", now, following)
    due = known.next_at <= now
    if known.held:
        return Step(entry, "skip", known.next_at, following) if due else None
    if known.unfinished and not due and known.last_slot is not None:
        action: Literal["again", "give_up"] = (
            "again" if known.attempts < MOST_ATTEMPTS else "give_up"
        )
        return Step(entry, action, known.last_slot, known.next_at)
    return Step(entry, "start", known.next_at, following) if due else None


def _runs(state: Mapping[str, State], entry: Entry) -> bool:
    known = state.get(entry.name)
    return known is not None and known.held


def _local(entry: Entry, at: float) -> datetime:
    return datetime.fromtimestamp(at, ZoneInfo(entry.zone))
