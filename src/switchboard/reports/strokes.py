"""Lay a chart out as boxes, lines and words, for whatever pen puts them down. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from switchboard.reports.charts import Chart, Role, Series

ROW, BAR = 35.0, 11.0
LEGEND = 24.0
MOST_LETTERS = 40
_CHARACTER = 0.56  # Width of an average letter, in its size.
_LEFT, _FOOT = 26.0, 20.0  # Room for the numbers beside the grid, and for the labels below it.
_MOST_DOTS = 20  # More points than this, and a line alone says it better.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a chart is drawn on, in units of its width."""

    width: float = 340.0  # A phone shows it at nearly this size.
    label: float = 11.5  # Sizes of letters.
    small: float = 10.0
    plot: float = 160.0  # How high columns and lines are, with what stands below them.
    widest: float = 30.0  # Of a column.
    legend: bool = True  # Unless the page has its own beside the title.


class Pen(Protocol):
    """Draws in units from the top left corner, in colours named by role."""

    def box(self, x: float, y: float, width: float, height: float, role: Role) -> None: ...

    def line(
        self, x: tuple[float, ...], y: tuple[float, ...], role: Role, *, width: float
    ) -> None: ...

    def write(
        self, x: float, y: float, text: str, role: Role, *, size: float, to: str = "left"
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where the row or column of a label is, for a pointer."""

    x: float
    y: float
    width: float
    height: float


def draw(chart: Chart, pen: Pen, sheet: Sheet) -> None:
    """Draw the whole chart."""
    _DRAW[chart.kind](chart, pen, sheet)


def height(chart: Chart, sheet: Sheet) -> float:
    """Return how high the chart is, in the units of its width."""
    if chart.kind != "bars":
        return _top(chart, sheet) + sheet.plot
    return _top(chart, sheet) + ROW * len(chart.labels) + 2


def places(chart: Chart, sheet: Sheet) -> Iterator[Place]:
    """Yield the room of each label, in their order."""
    top = _top(chart, sheet)
    if chart.kind == "bars":
        for row in range(len(chart.labels)):
            yield Place(0, top + row * ROW, sheet.width, ROW)
        return
    left = _left(chart, sheet)
    width = (sheet.width - left) / max(len(chart.labels), 1)
    for column in range(len(chart.labels)):
        yield Place(left + width * column, top, width, sheet.plot - _FOOT)


def has_legend(chart: Chart) -> bool:
    """A chart whose rows are its series needs none, nor does a single colour."""
    return bool(chart.mark_name) or (
        len(chart.series) > 1 and [s.name for s in chart.series] != list(chart.labels)
    )


def step_of(most: float) -> float:
    """Return a round distance of grid lines, so that there are two to five."""
    raw = max(most / 4, 1.0)
    power = 10 ** math.floor(math.log10(raw))
    return float(next(power * f for f in (1, 2, 5, 10) if power * f >= raw))


def _top(chart: Chart, sheet: Sheet) -> float:
    always = chart.kind != "bars"  # Room for the topmost number, too.
    return LEGEND if sheet.legend and (always or has_legend(chart)) else 0.0


def _bars(chart: Chart, pen: Pen, sheet: Sheet) -> None:
    top = _top(chart, sheet)
    if top:
        _legend(chart, pen, sheet)
    marks = [mark for mark in chart.marks if mark is not None]
    longest = max((*chart.sums, *marks), default=0.0) or 1.0
    for row, label in enumerate(chart.labels):
        y = top + row * ROW
        total = chart.sums[row]
        note = chart.notes[row] if chart.notes else f"{total:,.0f}"
        pen.write(0, y + 12, _shortened(label), "text", size=sheet.label)
        pen.write(sheet.width, y + 12, note, "text", size=sheet.label, to="right")
        pen.box(0, y + 17, sheet.width, BAR, "track")
        x = 0.0
        for series in chart.series:
            width = series.values[row] / longest * sheet.width
            if width:
                pen.box(x, y + 17, width, BAR, series.role)
            x += width
        mark = chart.marks[row] if chart.marks else None
        if mark is not None:
            at = min(max(mark / longest * sheet.width, 1.0), sheet.width - 1.0)
            pen.line((at, at), (y + 14.5, y + 19.5 + BAR), "text", width=2)


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where numbers are between the grid's first and last line."""

    left: float
    top: float
    bottom: float
    most: float
    column: float

    def middle(self, column: int) -> float:
        return self.left + self.column * (column + 0.5)

    def tall(self, value: float) -> float:
        return value / self.most * (self.bottom - self.top)


def _grid(chart: Chart, pen: Pen, sheet: Sheet) -> _Plot:
    """Draw what columns and lines stand on: legend, grid, numbers, labels."""
    if sheet.legend:
        _legend(chart, pen, sheet)
    left = _left(chart, sheet)
    above = _top(chart, sheet)
    bottom, top = above + sheet.plot - _FOOT, above + 8
    step = step_of(_highest(chart))
    most = step * max(math.ceil(_highest(chart) / step), 1)
    for line in range(int(most / step) + 1):
        y = bottom - line * step / most * (bottom - top)
        pen.line((left, sheet.width), (y, y), "line", width=0.8)
        said = f"{line * step:,.0f}"
        pen.write(left - 6, y + 3.5, said, "muted", size=sheet.small, to="right")
    width = (sheet.width - left) / len(chart.labels)
    every = _every(chart, sheet, width)
    plot = _Plot(left, top, bottom, most, width)
    for column in range(0, len(chart.labels), every):
        said = chart.labels[column]
        x, y = plot.middle(column), bottom + 15
        pen.write(x, y, said, "muted", size=sheet.small, to="center")
    return plot


def _columns(chart: Chart, pen: Pen, sheet: Sheet) -> None:
    plot = _grid(chart, pen, sheet)
    bar = min(plot.column * 0.72, sheet.widest)
    for column in range(len(chart.labels)):
        y = plot.bottom
        for series in chart.series:
            tall = plot.tall(series.values[column])
            if tall:
                pen.box(plot.middle(column) - bar / 2, y - tall, bar, tall, series.role)
            y -= tall


def _lines(chart: Chart, pen: Pen, sheet: Sheet) -> None:
    plot = _grid(chart, pen, sheet)
    for series in chart.series:
        for run in _runs(series):
            x = tuple(plot.middle(column) for column in run)
            y = tuple(plot.bottom - plot.tall(series.values[column]) for column in run)
            pen.line(x, y, series.role, width=2)
            if len(chart.labels) <= _MOST_DOTS or len(run) == 1:
                for across, down in zip(x, y, strict=True):
                    pen.box(across - 2.5, down - 2.5, 5, 5, series.role)


def _runs(series: Series) -> Iterator[list[int]]:
    """Yield what a line passes without a gap."""
    run: list[int] = []
    for column, value in enumerate(series.values):
        if math.isnan(value):
            if run:
                yield run
            run = []
        else:
            run.append(column)
    if run:
        yield run


_DRAW: Mapping[str, Callable[[Chart, Pen, Sheet], None]] = {
    "bars": _bars,
    "columns": _columns,
    "lines": _lines,
}


def _highest(chart: Chart) -> float:
    if chart.kind == "lines":
        said = [v for s in chart.series for v in s.values if not math.isnan(v)]
        return max(said, default=0.0)
    return max(chart.sums, default=0.0)


def _left(chart: Chart, sheet: Sheet) -> float:
    """Return the room the largest number of the grid needs."""
    letters = len(f"{step_of(_highest(chart)) * 5:,.0f}")
    return max(_LEFT, letters * sheet.small * _CHARACTER + 10)


def _every(chart: Chart, sheet: Sheet, width: float) -> int:
    """Return which labels there is room for: every one, every second, every third …"""
    if sheet.legend:
        return 1 if width >= 24 else 2 if width >= 12 else 3  # noqa: PLR2004 - a label's width.
    longest = max(len(label) for label in chart.labels) * sheet.small * _CHARACTER + 8
    return max(1, math.ceil(longest / width))


def _legend(chart: Chart, pen: Pen, sheet: Sheet) -> None:
    x = 0.0
    for series in chart.series:
        pen.box(x, 3, 9, 9, series.role)
        pen.write(x + 14, 11.5, series.name, "muted", size=sheet.small)
        x += 30 + len(series.name) * sheet.small * _CHARACTER
    if chart.mark_name:
        pen.line((x + 4, x + 4), (2, 13), "text", width=2)
        pen.write(x + 11, 11.5, chart.mark_name, "muted", size=sheet.small)


def printable(label: str) -> str:
    """Return a name without what no document may contain, such as control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in label)


def _shortened(label: str) -> str:
    label = printable(label)
    return label if len(label) <= MOST_LETTERS else label[: MOST_LETTERS - 1].rstrip() + "…"
