"""The numbers of today against a usual day, and the charts below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from switchboard.console.dashboard import counting, days
from switchboard.console.dashboard.counting import Remembered
from switchboard.console.dashboard.days import Range, Span, Zones
from switchboard.reports.charts import PARTS, Chart, Role, Series
from switchboard.store.call_kinds import MISSED, PLACED_BY_US, CallKind

ENOUGH = 10  # Below that a percentage says more than the numbers do.
MINUS = "\N{MINUS SIGN}"
NO_USUAL_DAY = "nothing to compare with yet"
TITLES: Mapping[Range, str] = {
    "today": "today by hour",
    "days": "14 days",
    "weeks": "12 weeks",
}
_COLUMNS: Mapping[Range, str] = {"today": "Hour", "days": "Day", "weeks": "Week"}
_PART_OF: Mapping[CallKind, str] = {kind: name for name, _, kinds in PARTS for kind in kinds}
_TICKETS: Mapping[str, tuple[str, Role]] = {
    "raised": ("In Zoho Desk", "first"),
    "wanted": ("On the way", "second"),
    "refused": ("Not created", "fail"),
    "parked": ("Not created", "fail"),
}


_Stack = tuple[str, Role, Counter[int]]


@dataclass(frozen=True, slots=True)
class Today:
    """A number until now, and the same of up to four weekdays before until this time of day."""

    value: int
    before: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is counted of today."""

    calls: Today
    missed: Today
    leads: Today
    tickets: Today
    placed: Today = Today(0)
    unreached: Today = Today(0)


def against(today: Today, weekday: str) -> str:
    """Say how today compares, such as `+6 % against a usual Friday`. Pure."""
    if not today.before:
        return NO_USUAL_DAY
    usual = median(today.before)
    if usual < ENOUGH:
        return f"{int(usual + 0.5)} by now on a usual {weekday}"
    change = round(100 * (today.value - usual) / usual)
    if change == 0:
        return f"as on a usual {weekday}"
    return f"{'+' if change > 0 else MINUS}{abs(change):,} % against a usual {weekday}"


def of_today(
    conn: sa.Connection, zones: Zones, ticket_zone: str, now: float, kept: Remembered
) -> Numbers:
    """Count today and the days it is compared with, each office's in its own zone."""
    oldest = counting.first_call(conn)
    weeks = list(range(days.WEEKS_COMPARED + 1))
    spans = {zone: _weeks(now, zone) for zone in zones.every}
    sums = [_calls(conn, zones, {z: spans[z][week] for z in spans}, now, kept) for week in weeks]
    known = [0, *(n for n in weeks[1:] if _covered(spans[zones.own][n], oldest, zones.own))]
    mine = _weeks(now, ticket_zone)
    oldest_ticket = counting.first_ticket(conn)
    raised = [sum(t.number for t in kept.tickets(conn, span, now)) for span in mine]
    tickets = [0, *(n for n in weeks[1:] if _covered(mine[n], oldest_ticket, ticket_zone))]
    return Numbers(
        calls=_today([sum(each.values()) - each["leads"] for each in sums], known),
        missed=_today([sum(each[kind] for kind in MISSED) for each in sums], known),
        placed=_today([sum(each[kind] for kind in PLACED_BY_US) for each in sums], known),
        unreached=_today([each["unreached"] for each in sums], known),
        leads=_today([each["leads"] for each in sums], known),
        tickets=_today(raised, tickets),
    )


def calls_chart(
    conn: sa.Connection, zones: Zones, wanted: Range, now: float, kept: Remembered
) -> Chart:
    """Return the calls over time by outcome."""
    found: dict[str, Counter[int]] = {name: Counter() for name, _, _ in PARTS}
    for zone in zones.every:
        for column, span in days.buckets(wanted, now, zone):
            for line in kept.calls(conn, span, now):
                if zones.of(line.office) == zone:
                    found[_PART_OF[line.kind]][column] += line.number
    stacks = [(name, role, found[name]) for name, role, _ in PARTS]
    return _over_time("Calls", stacks, wanted, now, zones.own)


def tickets_chart(
    conn: sa.Connection, zone: str, wanted: Range, now: float, kept: Remembered
) -> Chart:
    """Return the tickets over time by what became of them."""
    found: dict[str, Counter[int]] = {name: Counter() for name, _ in _TICKETS.values()}
    for column, span in days.buckets(wanted, now, zone):
        for line in kept.tickets(conn, span, now):
            name, _ = _TICKETS[line.state]
            found[name][column] += line.number
    stacks = [(name, role, found[name]) for name, role in dict(_TICKETS.values()).items()]
    return _over_time("Tickets", stacks, wanted, now, zone)


def _over_time(title: str, stacks: Sequence[_Stack], wanted: Range, now: float, zone: str) -> Chart:
    short, long = days.labels(wanted, now, zone)
    shown = range(len(short))
    if wanted == "today":
        busy = [hour for _, _, counts in stacks for hour, number in counts.items() if number]
        shown = range(min([*busy, 8]), max([*busy, 17]) + 1)
    said = ", ".join(f"{n.lower()} {c.total():,}" for n, _, c in stacks if c.total())
    return Chart(
        id=f"{title.lower()}-over-time",
        kind="columns",
        title=f"{title}, {TITLES[wanted]}",
        description=f"{title}, {TITLES[wanted]}: {said or 'none'}.",
        labels=tuple(short[n] for n in shown),
        labels_are=_COLUMNS[wanted],
        long_labels=tuple(long[n] for n in shown),
        series=tuple(
            Series(name=n, values=tuple(float(counts[column]) for column in shown), role=role)
            for n, role, counts in stacks
            if counts.total()
        ),
    )


def _weeks(now: float, zone: str) -> list[Span]:
    return [days.so_far(now, zone), *days.same_days_before(now, zone)]


def _covered(span: Span, oldest: float | None, zone: str) -> bool:
    """The first day we know of may have begun without us: only those after it count."""
    if oldest is None:
        return False
    return days.local(span.begin, zone).date() > days.local(oldest, zone).date()


def _calls(
    conn: sa.Connection, zones: Zones, spans: Mapping[str, Span], now: float, kept: Remembered
) -> Counter[str]:
    found: Counter[str] = Counter()
    for zone, span in spans.items():
        for line in kept.calls(conn, span, now):
            if zones.of(line.office) == zone:
                found[line.kind] += line.number
                found["leads"] += line.leads
    return found


def _today(counts: Sequence[int], known: Sequence[int]) -> Today:
    return Today(counts[0], tuple(counts[week] for week in known[1:]))
