"""Draw a chart with matplotlib: SVG that follows the page's colours, PNG for mails.

Both come from the same strokes, so mail and page cannot disagree. Import this module only to draw:
matplotlib takes half a second that no other command should wait for.
"""

from __future__ import annotations

import io
import math
import re
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from switchboard.reports.charts import Chart, Role

WIDTH = 340.0  # Units of the drawing; a phone shows it at nearly this size.
PNG_SCALE = 2.6  # Pixels per unit: twice the 440 px it has in a mail.
LABEL, SMALL = 11.5, 10.0
ROW, BAR = 35.0, 11.0
LEGEND, COLUMNS_HEIGHT = 24.0, 160.0
MOST_LETTERS = 40
_CHARACTER = 0.56  # Width of an average letter, in its size.

PAPER: Mapping[Role, str] = {  # On white, whatever the mail client's theme.
    "text": "#181b24",
    "muted": "#586073",
    "line": "#dfe2ea",
    "track": "#f0f1f5",
    "first": "#4353d9",
    "second": "#c9722a",
    "third": "#2a9d8f",
    "ok": "#17803d",
    "warn": "#b97a00",
    "fail": "#b3261e",
    "neutral": "#8a92a5",
}
# Colours that stand for a role until the SVG is written; the page's CSS has the real ones.
_PLACES: Mapping[Role, str] = {role: f"#0102{n:02x}" for n, role in enumerate(PAPER, 16)}
_one_at_a_time = threading.Lock()  # Matplotlib's settings are the process's.


@dataclass(slots=True)
class _Pen:
    """Draws in units from the top left corner, in colours named by role."""

    axes: Axes
    colours: Mapping[Role, str]

    def box(self, x: float, y: float, width: float, height: float, role: Role) -> None:
        colour = self.colours[role]
        self.axes.add_patch(
            Rectangle((x, y), width, height, facecolor=colour, linewidth=0, clip_on=False)
        )

    def line(
        self, x: tuple[float, float], y: tuple[float, float], role: Role, *, width: float
    ) -> None:
        self.axes.plot(
            x,
            y,
            color=self.colours[role],
            linewidth=width,
            clip_on=False,
            solid_capstyle="butt",
            zorder=0 if role == "line" else 3,
        )

    def write(
        self, x: float, y: float, text: str, role: Role, *, size: float, to: str = "left"
    ) -> None:
        self.axes.text(
            x,
            y,
            text,
            color=self.colours[role],
            fontsize=size,
            ha=to,
            va="baseline",
            clip_on=False,
        )


def svg(chart: Chart) -> str:
    """Return an <svg> element to be put into a page; its colours are the page's properties."""
    raw = _render(chart, _PLACES, "svg", 1.0).decode()
    return _for_page(raw, chart)


def png(chart: Chart) -> bytes:
    """Return the chart on white, at twice the size a mail shows it."""
    return _render(chart, PAPER, "png", PNG_SCALE)


def height(chart: Chart) -> float:
    """Return how high the chart is, in the units of its width."""
    if chart.kind == "columns":
        return LEGEND + COLUMNS_HEIGHT
    return (LEGEND if _has_legend(chart) else 0.0) + ROW * len(chart.labels) + 2


def _render(chart: Chart, colours: Mapping[Role, str], form: str, scale: float) -> bytes:
    style: dict[Any, Any] = {
        "svg.hashsalt": chart.id,  # The same figures make the same file.
        "svg.fonttype": "none",
        "text.parse_math": False,  # A name with two dollars is a name.
        "font.family": ["DejaVu Sans"],
    }
    tall = height(chart)
    out = io.BytesIO()
    with _one_at_a_time, mpl.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of letters DejaVu lacks: it draws a box.
        figure = Figure(figsize=(WIDTH / 72, tall / 72), dpi=72 * scale)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(tall, 0)
        _DRAW[chart.kind](chart, _Pen(axes, colours))
        clear = form == "svg"
        if clear:
            figure.patch.set_alpha(0)
        metadata: dict[str, Any] = {"Date": None} if clear else {"Software": None}
        figure.savefig(out, format=form, dpi=72 * scale, metadata=metadata, transparent=clear)
    return out.getvalue()


def _bars(chart: Chart, pen: _Pen) -> None:
    top = 0.0
    if _has_legend(chart):
        _legend(chart, pen)
        top = LEGEND
    marks = [mark for mark in chart.marks if mark is not None]
    longest = max((*chart.sums, *marks)) or 1.0
    for row, label in enumerate(chart.labels):
        y = top + row * ROW
        total = chart.sums[row]
        note = chart.notes[row] if chart.notes else f"{total:,.0f}"
        pen.write(0, y + 12, _shortened(label), "text", size=LABEL)
        pen.write(WIDTH, y + 12, note, "text", size=LABEL, to="right")
        pen.box(0, y + 17, WIDTH, BAR, "track")
        x = 0.0
        for series in chart.series:
            width = series.values[row] / longest * WIDTH
            if width:
                pen.box(x, y + 17, width, BAR, series.role)
            x += width
        mark = chart.marks[row] if chart.marks else None
        if mark is not None:
            at = min(max(mark / longest * WIDTH, 1.0), WIDTH - 1.0)
            pen.line((at, at), (y + 14.5, y + 19.5 + BAR), "text", width=2)


def _columns(chart: Chart, pen: _Pen) -> None:
    _legend(chart, pen)
    left, bottom, top = 26.0, LEGEND + COLUMNS_HEIGHT - 20, LEGEND + 8
    step = _step(max(chart.sums))
    scale_top = step * math.ceil(max(chart.sums) / step)
    for line in range(int(scale_top / step) + 1):
        y = bottom - line * step / scale_top * (bottom - top)
        pen.line((left, WIDTH), (y, y), "line", width=0.8)
        pen.write(left - 6, y + 3.5, f"{line * step:,.0f}", "muted", size=SMALL, to="right")
    width = (WIDTH - left) / len(chart.labels)
    bar = min(width * 0.72, 30.0)
    every = 1 if width >= 24 else 2 if width >= 12 else 3  # noqa: PLR2004 - a label's width.
    for column, label in enumerate(chart.labels):
        middle = left + width * (column + 0.5)
        y = bottom
        for series in chart.series:
            tall = series.values[column] / scale_top * (bottom - top)
            if tall:
                pen.box(middle - bar / 2, y - tall, bar, tall, series.role)
            y -= tall
        if column % every == 0:
            pen.write(middle, bottom + 15, label, "muted", size=SMALL, to="center")


_DRAW: Mapping[str, Callable[[Chart, _Pen], None]] = {"bars": _bars, "columns": _columns}


def _has_legend(chart: Chart) -> bool:
    """A chart whose rows are its series needs none."""
    return bool(chart.mark_name) or (
        len(chart.series) > 1 and [s.name for s in chart.series] != list(chart.labels)
    )


def _legend(chart: Chart, pen: _Pen) -> None:
    x = 0.0
    for series in chart.series:
        pen.box(x, 3, 9, 9, series.role)
        pen.write(x + 14, 11.5, series.name, "muted", size=SMALL)
        x += 30 + len(series.name) * SMALL * _CHARACTER
    if chart.mark_name:
        pen.line((x + 4, x + 4), (2, 13), "text", width=2)
        pen.write(x + 11, 11.5, chart.mark_name, "muted", size=SMALL)


def _step(most: float) -> float:
    """Return a round distance of grid lines, so that there are two to five."""
    raw = max(most / 4, 1.0)
    power = 10 ** math.floor(math.log10(raw))
    return float(next(power * f for f in (1, 2, 5, 10) if power * f >= raw))


def _shortened(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else label[: MOST_LETTERS - 1].rstrip() + "…"


def _for_page(raw: str, chart: Chart) -> str:
    """Return matplotlib's file as an element: no prolog, no ids that another chart has too."""
    body = raw[raw.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'\sid="[^"]*"', "", body)
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r'style="([^"]*)"', lambda found: f'style="{_restyled(found[1])}"', body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    head = (
        f'<svg class="chart" role="img" aria-labelledby="{chart.id}-title {chart.id}-text" '
        f'viewBox="0 0 {WIDTH:g} {height(chart):g}" xmlns="http://www.w3.org/2000/svg">'
    )
    return re.sub(r"<svg[^>]*>", head, body, count=1)


def _restyled(style: str) -> str:
    """Put the page's colours and font in; a size without a unit counts in the drawing's."""
    style = re.sub(r"font: ([\d.]+)px [^;]*", r"font-size: \1px", style)
    style = re.sub(r"\s*font-family: [^;]*;", "", style)
    for role, place in _PLACES.items():
        style = style.replace(place, f"var(--chart-{role})")
    return style
