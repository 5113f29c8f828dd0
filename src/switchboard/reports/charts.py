"""Define the charts of a report once, as pure data; `drawing` makes them SVG or PNG. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from switchboard.reports.models import NO_OFFICE, OfficeFigures, ReportData
from switchboard.reports.wording import FATES, count
from switchboard.store.call_kinds import PLACED_BY_US, CallKind

# What a colour stands for; each medium has its own colours for these.
Role = Literal[
    "text", "muted", "line", "track",
    "first", "second", "third", "fourth",
    "ok", "warn", "fail", "neutral",
]  # fmt: skip
Kind = Literal["bars", "columns", "lines"]

GAP = math.nan  # A point that a line does not have. Always this very one: it equals itself.
MOST_ROWS = 12  # More rows than this nobody compares; the rest becomes one row.
# The parts of every chart of calls, in order: name, colour, and what they count.
PARTS: tuple[tuple[str, Role, tuple[CallKind, ...]], ...] = (
    ("Answered", "first", ("answered",)),
    ("Missed with voicemail", "third", ("voicemail",)),
    ("Missed without voicemail", "second", ("missed",)),
    ("Placed by us", "fourth", PLACED_BY_US),
    ("Other", "neutral", ("open", "other")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a chart."""

    name: str
    values: tuple[float, ...]
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is to be shown. `bars` lie, one row per label; `columns` stand; both are stacked.

    A funnel is bars with notes; delays over time are `lines`, with a GAP where nothing happened.
    """

    id: str
    kind: Kind
    title: str
    description: str  # For who cannot see it.
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()  # Beside each row, instead of its sum.
    marks: tuple[float | None, ...] = ()  # A line across each row, such as what was meant.
    mark_name: str = ""
    unit: str = ""  # Of the numbers, such as min.
    labels_are: str = "Name"  # What a table calls the column of the labels, such as Day.
    long_labels: tuple[str, ...] = ()  # As a table says them, where the picture has no room.

    @property
    def sums(self) -> tuple[float, ...]:
        """The length of each row or column."""
        return tuple(sum(values) for values in zip(*(s.values for s in self.series), strict=True))


def charts_of(data: ReportData) -> tuple[Chart, ...]:
    """Return the charts that have something to show."""
    made = (_outcomes(data), _hours(data), _results(data), _owners(data))
    return tuple(chart for chart in made if chart is not None and any(chart.sums))


def _outcomes(data: ReportData) -> Chart | None:
    rows = [part for part in data.offices if sum(part.kinds.values())]
    if not rows:
        return None
    labels, columns = _rows(
        [(part.name, _by_kind(part)) for part in rows if part.office != NO_OFFICE]
        + [(part.name, _by_kind(part)) for part in rows if part.office == NO_OFFICE]
    )
    series = _series([(name, role) for name, role, _ in PARTS], columns)
    said = [f"{s.name.lower()} {sum(s.values):g}" for s in series]
    return Chart(
        id="outcomes",
        kind="bars",
        title="Calls by outcome",
        description=f"Calls of each office by outcome. In all: {', '.join(said)}.",
        labels=labels,
        series=series,
    )


def _by_kind(part: OfficeFigures) -> tuple[float, ...]:
    return tuple(float(sum(part.kinds.get(kind, 0) for kind in kinds)) for _, _, kinds in PARTS)


def _hours(data: ReportData) -> Chart | None:
    busy = [each.hour for each in data.hours if each.accepted or each.missed]
    if not busy:
        return None
    shown = [each for each in data.hours if min(busy) <= each.hour <= max(busy)]
    most = max(shown, key=lambda each: each.missed)
    description = "Answered and missed calls by the hour they began, in the offices' own time."
    if most.missed:
        description += f" Most were missed between {most.hour}:00 and {most.hour + 1}:00."
    return Chart(
        id="hours",
        kind="columns",
        title="Calls by hour of the day",
        description=description,
        labels=tuple(f"{each.hour:02}" for each in shown),
        series=(
            Series(
                name="Answered", values=tuple(float(each.accepted) for each in shown), role="first"
            ),
            Series(
                name="Missed",
                values=tuple(float(each.missed) for each in shown),
                role="second",
            ),
        ),
    )


def _results(data: ReportData) -> Chart:
    roles: Mapping[str, Role] = {
        "done": "ok",
        "skipped": "neutral",
        "parked": "fail",
        "waiting": "warn",
    }
    totals = {fate: data.total(fate) for fate in roles}
    shown = [fate for fate in roles if totals[fate]]
    return Chart(
        id="results",
        kind="bars",
        title="What became of the calls",
        description="; ".join(f"{FATES[f].lower()}: {count(totals[f], 'call')}" for f in shown),
        labels=tuple(FATES[fate] for fate in shown),
        series=tuple(
            Series(
                name=FATES[fate],
                values=tuple(float(totals[f]) if f == fate else 0.0 for f in shown),
                role=roles[fate],
            )
            for fate in shown
        ),
    )


def _owners(data: ReportData) -> Chart | None:
    if not data.owners:
        return None
    several = len({each.office for each in data.owners}) > 1
    shares = data.owners[:MOST_ROWS]
    meant = [
        None if each.meant is None or not each.share else each.meant * each.leads / each.share
        for each in shares
    ]
    return Chart(
        id="owners",
        kind="bars",
        title="New leads by owner",
        description="New leads each owner got, and the number their weight asks for.",
        labels=tuple(f"{s.owner}, {s.office_name}" if several else s.owner for s in shares),
        series=(
            Series(name="New leads", values=tuple(float(s.leads) for s in shares), role="first"),
        ),
        marks=tuple(meant),
        mark_name="By weight",
    )


def _rows(
    rows: Sequence[tuple[str, tuple[float, ...]]],
) -> tuple[tuple[str, ...], list[tuple[float, ...]]]:
    """Return labels and one tuple per series; rows beyond the limit become one."""
    shown, rest = list(rows[:MOST_ROWS]), rows[MOST_ROWS:]
    if rest:
        together = tuple(sum(values) for values in zip(*(each for _, each in rest), strict=True))
        shown.append((f"{len(rest)} more", together))
    return tuple(name for name, _ in shown), list(zip(*(each for _, each in shown), strict=True))


def _series(
    names: Sequence[tuple[str, Role]], columns: Sequence[tuple[float, ...]]
) -> tuple[Series, ...]:
    return tuple(
        Series(name=name, values=values, role=role)
        for (name, role), values in zip(names, columns, strict=True)
        if any(values)
    )
