"""Draw a chart with matplotlib: SVG that follows the page's colours, PNG for mails.

Both come from the same strokes, so mail and page cannot disagree. Import this module only to draw:
matplotlib takes half a second that no other command should wait for.
"""

from __future__ import annotations

import contextlib
import gc
import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from switchboard.reports import strokes
from switchboard.reports.charts import Chart, Role
from switchboard.reports.strokes import Sheet

REPORT = Sheet()
WIDTH = REPORT.width
PNG_SCALE = 2.6  # Pixels per unit: twice the 440 px it has in a mail.

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
    "fourth": "#b5519c",
}
# Colours that stand for a role until the SVG is written; the page's CSS has the real ones.
_PLACES: Mapping[Role, str] = {role: f"#0102{n:02x}" for n, role in enumerate(PAPER, 16)}
_one_at_a_time = threading.Lock()  # Matplotlib's settings are the process's.


@dataclass(slots=True)
class _Pen:
    """Puts strokes down with matplotlib."""

    axes: Axes
    colours: Mapping[Role, str]

    def box(self, x: float, y: float, width: float, height: float, role: Role) -> None:
        colour = self.colours[role]
        self.axes.add_patch(
            Rectangle((x, y), width, height, facecolor=colour, linewidth=0, clip_on=False)
        )

    def line(self, x: tuple[float, ...], y: tuple[float, ...], role: Role, *, width: float) -> None:
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
    body = _body(_render(chart, REPORT, _PLACES, "svg", 1.0).decode())
    body = _in_tags(r'style="([^"]*)"', lambda found: f'style="{_restyled(found[1])}"', body)
    head = (
        f'<svg class="chart" role="img" aria-labelledby="{chart.id}-title {chart.id}-text" '
        f'viewBox="0 0 {WIDTH:g} {height(chart):g}" xmlns="http://www.w3.org/2000/svg">'
    )
    return re.sub(r"<svg[^>]*>", head, body, count=1)


def classed(chart: Chart, sheet: Sheet) -> str:
    """Return what is inside an <svg> that has no style of its own: a class for each role.

    A page whose policy allows no style in its elements gives `fill-first` and the like a colour.
    """
    body = _body(_render(chart, sheet, _PLACES, "svg", 1.0).decode())
    body = re.sub(r"^<svg[^>]*>|</svg>\s*$|</?g>", "", body)
    body = _in_tags(r'\stransform="rotate\(-?0 [^"]*\)"', lambda _: "", body)
    body = _in_tags(r'\s*style="([^"]*)"', lambda found: _attributes(found[1]), body)
    body = re.sub(r'<path d="[^"]*" fill="none" opacity="0"/>', "", body)  # The paper.
    return re.sub(r"\s*\n\s*", " ", body).strip()


def png(chart: Chart) -> bytes:
    """Return the chart on white, at twice the size a mail shows it."""
    return _render(chart, REPORT, PAPER, "png", PNG_SCALE)


def height(chart: Chart) -> float:
    """Return how high the chart of a report is, in the units of its width."""
    return strokes.height(chart, REPORT)


def _render(
    chart: Chart, sheet: Sheet, colours: Mapping[Role, str], form: str, scale: float
) -> bytes:
    with _one_at_a_time, _swept():
        return _rendered(chart, sheet, colours, form, scale)


def _rendered(
    chart: Chart, sheet: Sheet, colours: Mapping[Role, str], form: str, scale: float
) -> bytes:
    style: dict[Any, Any] = {
        "svg.hashsalt": chart.id,  # The same figures make the same file.
        "svg.fonttype": "none",
        "text.parse_math": False,  # A name with two dollars is a name.
        "font.family": ["DejaVu Sans"],
    }
    tall = strokes.height(chart, sheet)
    out = io.BytesIO()
    with mpl.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of letters DejaVu lacks: it draws a box.
        figure = Figure(figsize=(sheet.width / 72, tall / 72), dpi=72 * scale)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, sheet.width)
        axes.set_ylim(tall, 0)
        strokes.draw(chart, _Pen(axes, colours), sheet)
        clear = form == "svg"
        if clear:
            figure.patch.set_alpha(0)
        metadata: dict[str, Any] = {"Date": None} if clear else {"Software": None}
        figure.savefig(out, format=form, dpi=72 * scale, metadata=metadata, transparent=clear)
    return out.getvalue()


@contextlib.contextmanager
def _swept() -> Iterator[None]:
    """Clear a figure's circles away while they are young, in a few milliseconds.

    Left to age, some pictures' worth of them make Python look through everything it holds: a
    service stands still for half a second meanwhile.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        gc.collect(0)


def _body(raw: str) -> str:
    """Return matplotlib's file as an element: no prolog, no ids that another chart has too."""
    body = raw[raw.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = _in_tags(r'\sid="[^"]*"', lambda _: "", body)
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", body)


def _in_tags(pattern: str, by: Callable[[re.Match[str]], str], text: str) -> str:
    """Replace in tags only: words between them belong to whoever named an office."""
    return re.sub(r"<[^>]*>", lambda tag: re.sub(pattern, by, tag[0]), text)


def _restyled(style: str) -> str:
    """Put the page's colours and font in; a size without a unit counts in the drawing's."""
    style = re.sub(r"font: ([\d.]+)px [^;]*", r"font-size: \1px", style)
    style = re.sub(r"\s*font-family: [^;]*;", "", style)
    for role, place in _PLACES.items():
        style = style.replace(place, f"var(--chart-{role})")
    return style


def _attributes(style: str) -> str:
    """Say the same without a style: a class for each colour, attributes for what is no colour."""
    said = dict(part.split(": ", 1) for part in style.split("; "))
    size = re.match(r"([\d.]+)px", said.pop("font", ""))
    if size:
        said["font-size"] = size[1]
    said.pop("font-family", None)
    roles = {place: role for role, place in _PLACES.items()}
    classes = [f"{k}-{roles[v]}" for k, v in said.items() if v in roles]
    given = [f'{k}="{v.removesuffix("px")}"' for k, v in said.items() if v not in roles]
    return "".join(
        f" {each}" for each in ([f'class="{" ".join(classes)}"'] if classes else []) + given
    )
