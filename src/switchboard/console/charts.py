"""Charts of pages: the definitions reports use, drawn once for a desk and once for a phone.

drawn = await charts.drawn(chart)        # in the route
{{ charts.chart(drawn) }}                # in the page, from charts.html

The picture names roles, `charts.css` gives them the theme's colours: light and dark need one
picture.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType

from markupsafe import Markup

from switchboard.reports import strokes
from switchboard.reports.charts import Chart, Role
from switchboard.reports.strokes import Sheet

WIDE = Sheet(width=720, label=14, small=13, plot=290, widest=44, legend=False)
NARROW = Sheet(width=330, label=12.5, small=12, plot=190, legend=False)
MOST_KEPT = 64
_kept: OrderedDict[Chart, Drawn] = OrderedDict()
_keeping = threading.Lock()
# One thread: matplotlib draws one picture at a time, and pages wait in a line for it.
_artist = ThreadPoolExecutor(1, thread_name_prefix="charts")


@dataclass(frozen=True, slots=True)
class Row:
    """One label with its numbers, for the table below the picture."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A chart ready for a page."""

    id: str
    title: str
    description: str
    wide: Markup
    narrow: Markup
    legend: tuple[tuple[str, Role], ...]
    mark_name: str
    labels_are: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: bool  # Nothing but zeros: the page says so instead.

    @property
    def heads(self) -> list[str | tuple[str, str]]:
        """The heads of the table's columns, with the class of numbers."""
        return [self.labels_are, *((name or "Note", "number") for name in self.columns)]


async def drawn(chart: Chart) -> Drawn:
    """Return the chart as pictures and table; drawn in a thread unless it was drawn before."""
    found = _known(chart)
    if found is None:
        found = await asyncio.get_running_loop().run_in_executor(_artist, _draw, chart)
    return found


def preload() -> None:
    """Import matplotlib in the background: half a second that no page should wait for."""
    _artist.submit(_prepare)


def table_of(chart: Chart) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Return the names of the columns and the rows of what the picture shows. Pure."""
    alone = [s.name for s in chart.series] == list(chart.labels)  # Each row is its own series.
    names = ("Number",) if alone else tuple(s.name for s in chart.series)
    stacked = chart.kind != "lines" and not alone and len(names) > 1
    columns = (*names, *(("All",) if stacked else ()))
    columns += ((chart.mark_name,) if chart.marks else ()) + (("",) if chart.notes else ())
    rows = []
    for at, label in enumerate(chart.long_labels or chart.labels):
        sums = sum(s.values[at] for s in chart.series)
        numbers = [sums] if alone else [s.values[at] for s in chart.series]
        cells = [_said(chart, each) for each in (*numbers, *((sums,) if stacked else ()))]
        if chart.marks:
            mark = chart.marks[at]
            cells.append(_said(chart, math.nan if mark is None else mark))
        if chart.notes:
            cells.append(chart.notes[at])
        rows.append(Row(strokes.printable(label), tuple(cells)))
    return columns, tuple(rows)


def _said(chart: Chart, value: float) -> str:
    if math.isnan(value):
        return "-"
    said = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return f"{said} {chart.unit}".rstrip()


def _known(chart: Chart) -> Drawn | None:
    with _keeping:
        found = _kept.get(chart)
        if found is not None:
            _kept.move_to_end(chart)
        return found


def _draw(chart: Chart) -> Drawn:
    found = _known(chart)  # Whoever stood before us in the line may have wanted the same.
    if found is not None:
        return found
    columns, rows = table_of(chart)
    empty = not chart.labels or not any(
        value for series in chart.series for value in series.values if not math.isnan(value)
    )
    tips = [] if empty else [_tip(chart, columns, row) for row in rows]
    made = Drawn(
        id=chart.id,
        title=chart.title,
        description=chart.description,
        wide=Markup() if empty else _picture(chart, WIDE, tips, "wide"),
        narrow=Markup() if empty else _picture(chart, NARROW, tips, "narrow"),
        legend=tuple((s.name, s.role) for s in chart.series) if strokes.has_legend(chart) else (),
        mark_name=chart.mark_name,
        labels_are=chart.labels_are,
        columns=columns,
        rows=rows,
        empty=empty,
    )
    with _keeping:
        _kept[chart] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return made


def _tip(chart: Chart, columns: tuple[str, ...], row: Row) -> str:
    if len(chart.series) == 1 or columns[0] == "Number":
        return f"{row.label}: {', '.join(cell for cell in row.cells if cell)}"
    named = zip(columns, row.cells, strict=True)
    return f"{row.label}: " + ", ".join(f"{n} {cell}".lstrip() for n, cell in named if cell)


def _picture(chart: Chart, sheet: Sheet, tips: list[str], size: str) -> Markup:
    inside = Markup(_drawing().classed(chart, sheet))  # noqa: S704 - matplotlib escapes the words.
    hits = Markup().join(
        Markup('<rect class="hit" x="{}" y="{}" width="{}" height="{}" data-tip="{}"/>').format(
            *(f"{each:.4g}" for each in (place.x, place.y, place.width, place.height)), tip
        )
        for place, tip in zip(strokes.places(chart, sheet), tips, strict=True)
    )
    return Markup(
        '<svg class="chart {}" role="img" aria-label="{}" viewBox="0 0 {:g} {:g}">{}{}</svg>'
    ).format(size, chart.description, sheet.width, strokes.height(chart, sheet), hits, inside)


def _prepare() -> None:
    _drawing()
    gc.freeze()  # All that was imported stays: collecting garbage need not look through it.


def _drawing() -> ModuleType:
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # Says at length how it finds fonts.
    from switchboard.reports import drawing  # noqa: PLC0415 - takes half a second: see there.

    return drawing
