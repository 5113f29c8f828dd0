"""What came in by telephone and who was called back: counted rows in, figures out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from switchboard.config.documents import Office
from switchboard.console.insights.due import DueTimes
from switchboard.console.insights.periods import Stretch
from switchboard.console.insights.words import ENOUGH, Sheet, percent, plain
from switchboard.flows.call_to_lead.hours import opening_hours
from switchboard.people.phone import readable
from switchboard.reports.charts import Chart, Series
from switchboard.store.call_counts import CallTotals, MissedCall, Slot

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_GOOD, _FAIR, _POOR = 0.9, 0.75, 0.5
NO_OFFICE = "No office of ours"
_ABROAD = "ZZ"  # No region: numbers are written with their country.


def answered_share(counted: CallTotals) -> float | None:
    """Return the share answered, of the calls that were answered or missed."""
    return counted.answered / counted.heard if counted.heard >= ENOUGH else None


# --- called back ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Returned:
    """How an office's missed callers were reached again."""

    office: str
    name: str
    missed: int = 0  # With a number to call back.
    reached: int = 0
    in_time: int = 0
    overdue: int = 0  # Not reached, and their time is over.
    lost: int = 0  # Without a number.
    median_minutes: float | None = None

    @property
    def late(self) -> int:
        return self.reached - self.in_time

    @property
    def waiting(self) -> int:
        return self.missed - self.reached

    @property
    def reached_share(self) -> float | None:
        return self.reached / self.missed if self.missed >= ENOUGH else None

    @property
    def in_time_share(self) -> float | None:
        """Of those that were reached or should have been by now."""
        due = self.reached + self.overdue
        return self.in_time / due if due >= ENOUGH else None


def returned(
    missed: Sequence[MissedCall], offices: Sequence[Office], due_minutes: float, now: float
) -> list[Returned]:
    """Return one entry per office that missed calls, those with the most overdue first."""
    named = {each.id: each for each in offices}
    groups: dict[str, list[MissedCall]] = {}
    for each in missed:
        groups.setdefault(each.office or "", []).append(each)
    found = [
        _returned(office, some, named.get(office), due_minutes, now)
        for office, some in groups.items()
    ]
    return sorted(found, key=lambda row: (-row.overdue, -row.missed, row.name))


def together(rows: Sequence[Returned], missed: Sequence[MissedCall]) -> Returned:
    """Return the sum of all offices; the median is that of all calls."""
    fields = ("missed", "reached", "in_time", "overdue", "lost")
    sums = {name: sum(getattr(row, name) for row in rows) for name in fields}
    return Returned("", "All", **sums, median_minutes=_median(missed))


def _returned(
    office: str, some: Sequence[MissedCall], known: Office | None, due_minutes: float, now: float
) -> Returned:
    due = _due(known, due_minutes, some)
    asking = [each for each in some if not each.lost]
    reached = [each for each in asking if each.reached_at is not None]
    return Returned(
        office=office,
        name=known.name if known else (office or NO_OFFICE),
        missed=len(asking),
        reached=len(reached),
        in_time=sum(_in_time(each, due, due_minutes) for each in reached),
        overdue=sum(each.reached_at is None and due(each) < now for each in asking),
        lost=len(some) - len(asking),
        median_minutes=_median(some),
    )


def _due(
    office: Office | None, due_minutes: float, some: Sequence[MissedCall]
) -> Callable[[MissedCall], float]:
    """Return when a caller is to have been called back; without a task, as one would have said."""
    first = min(each.at for each in some)
    times = DueTimes(opening_hours(office), due_minutes, first) if office else None

    def due(each: MissedCall) -> float:
        if each.due_at is not None:
            return each.due_at
        return times.of(each.at) if times else each.at + due_minutes * 60

    return due


def _in_time(each: MissedCall, due: Callable[[MissedCall], float], due_minutes: float) -> bool:
    assert each.reached_at is not None  # noqa: S101 - asked of those who were reached.
    # Minutes of opening are never shorter than minutes: most need no look at the office hours.
    return each.reached_at <= each.at + due_minutes * 60 or each.reached_at <= due(each)


def _median(some: Iterable[MissedCall]) -> float | None:
    took = [(m.reached_at - m.at) / 60 for m in some if m.reached_at is not None and not m.lost]
    return max(median(took), 0.0) if len(took) >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A missed caller nobody has reached."""

    id: str  # Of the missed call.
    number: str
    office: str
    when: str  # On the clock of the office.
    overdue: bool


def waiting_lines(
    some: Iterable[MissedCall], offices: Sequence[Office], zone: str, now: float
) -> list[WaitingLine]:
    """Return those who wait, their numbers as people of the office write them."""
    named = {each.id: each for each in offices}
    lines = []
    for each in some:
        office = named.get(each.office or "")
        name = office.name if office else (each.office or NO_OFFICE)
        number = readable(each.person, office.region if office else _ABROAD)
        overdue = each.due_at is not None and each.due_at < now
        clock = ZoneInfo(office.timezone if office else zone)
        local = datetime.fromtimestamp(each.at, UTC).astimezone(clock)
        when = f"{local.day} {local:%b %Y, %H:%M %Z}"
        lines.append(WaitingLine(each.id, number, name, when, overdue))
    return lines


def returned_sheet(rows: Sequence[Returned]) -> Sheet:
    columns = (
        "office", "missed_calls", "reached_again", "in_time", "late", "waiting", "overdue",
        "without_number", "median_minutes",
    )  # fmt: skip
    cells = tuple(
        (
            row.name, *map(str, (row.missed, row.reached, row.in_time, row.late, row.waiting)),
            str(row.overdue), str(row.lost), plain(row.median_minutes),
        )
        for row in rows
    )  # fmt: skip
    return Sheet("missed_calls", columns, cells)


def returned_chart(rows: Sequence[Returned]) -> Chart:
    shown = rows[:12]
    parts = (
        ("In time", "first", [row.in_time for row in shown]),
        ("Late", "second", [row.late for row in shown]),
        ("Not reached yet", "fail", [row.waiting for row in shown]),
    )
    said = ", ".join(f"{name.lower()} {sum(values)}" for name, _, values in parts)
    return Chart(
        id="returned",
        kind="bars",
        title="Missed callers, reached again",
        description=f"Missed calls of each office by when the caller was reached. In all: {said}.",
        labels=tuple(row.name for row in shown),
        series=tuple(
            Series(name=name, values=tuple(map(float, values)), role=role)  # type: ignore[arg-type]
            for name, role, values in parts
        ),
    )


# --- when calls come ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of a weekday: words first, the colour only repeats them."""

    slot: Slot
    words: str
    level: str  # good | fair | poor | bad, or "": too few calls to say.


@dataclass(frozen=True, slots=True)
class HeatRow:
    hour: int
    cells: tuple[HeatCell, ...]


def heat(slots: Mapping[tuple[int, int], Slot]) -> list[HeatRow]:
    """Return the hours from the first to the last with calls, a cell for each weekday."""
    hours = [hour for _, hour in slots]
    if not hours:
        return []
    return [
        HeatRow(hour, tuple(_cell(slots.get((day, hour), Slot())) for day in range(7)))
        for hour in range(min(hours), max(hours) + 1)
    ]


def _cell(slot: Slot) -> HeatCell:
    if slot.share is None or slot.calls < ENOUGH:
        return HeatCell(slot, "", "")
    levels = ((_GOOD, "good"), (_FAIR, "fair"), (_POOR, "poor"))
    level = next((name for least, name in levels if slot.share >= least), "bad")
    return HeatCell(slot, percent(slot.share), level)


def worst_hour(slots: Mapping[tuple[int, int], Slot]) -> str:
    """Name the hour of the week in which most calls are missed; empty without enough of them."""
    if not slots:
        return ""
    (day, hour), slot = max(slots.items(), key=lambda each: (each[1].missed, each[0]))
    if slot.missed < ENOUGH:
        return ""
    name = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
    return f"Most are missed on {name[day]} from {hour}:00 to {hour + 1}:00: {slot.missed:,}."


def heat_sheet(slots: Mapping[tuple[int, int], Slot]) -> Sheet:
    rows = tuple(
        (WEEKDAYS[day], f"{hour:02}:00", str(slot.calls), str(slot.answered), str(slot.missed))
        for (day, hour), slot in sorted(slots.items())
    )
    return Sheet("answered_by_hour", ("weekday", "hour", "calls", "answered", "missed"), rows)


def per_day_chart(stretch: Stretch, slots: Mapping[int, Slot]) -> Chart:
    """Show answered and missed calls of each day; of long stretches, of each week."""
    first = stretch.days[0]
    step = 1 if len(stretch.days) <= 31 else 7  # noqa: PLR2004 - a month of columns can be read.
    labels, long_labels, sums = [], [], []
    for start in range(0, len(stretch.days), step):
        days = [first + timedelta(days=start + n) for n in range(step)]
        known = [slots.get((day - date(1970, 1, 1)).days, Slot()) for day in days]
        labels.append(f"{days[0].day} {days[0]:%b}")
        words = f"{days[0]:%a} {days[0].day} {days[0]:%b}"
        long_labels.append(words if step == 1 else f"Week from {words}")
        sums.append(sum(known, Slot()))
    unit = "day" if step == 1 else "week"
    return Chart(
        id="per-day",
        kind="columns",
        title=f"Calls per {unit}",
        description=f"Answered and missed calls from outside, per {unit}.",
        labels=tuple(labels),
        long_labels=tuple(long_labels),
        series=(
            Series(name="Answered", values=tuple(float(s.answered) for s in sums), role="first"),
            Series(
                name="Missed",
                values=tuple(float(s.missed) for s in sums),
                role="second",
            ),
        ),
    )


def per_day_sheet(slots: Mapping[int, Slot]) -> Sheet:
    rows = tuple(
        (
            (date(1970, 1, 1) + timedelta(days=day)).isoformat(),
            str(slot.answered),
            str(slot.missed),
        )
        for day, slot in sorted(slots.items())
    )
    return Sheet("calls_per_day", ("day", "answered", "missed"), rows)
