"""One definition of a chart gives the SVG of the page and the PNG of the mail."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from tests.unit.reports.samples import HOSTILE, a_part, a_summary, some_data

from switchboard.reports import drawing, strokes
from switchboard.reports.charts import MOST_ROWS, Chart, Series, charts_of

SVG = "{http://www.w3.org/2000/svg}"


def a_chart(**changes: object) -> Chart:
    series = (Series(name="Missed", values=(3.0, 1.0), role="second"),)
    chart = Chart(
        id="sample", kind="bars", title="T", description="D", labels=("A", "B"), series=series
    )
    return replace(chart, **changes)  # type: ignore[arg-type]


def test_a_busy_run_has_its_four_charts() -> None:
    charts = charts_of(some_data())
    assert [chart.id for chart in charts] == ["outcomes", "hours", "results", "owners"]
    assert charts[0].sums == (31.0, 11.0)
    assert all(chart.description for chart in charts)


def test_a_chart_without_figures_is_left_out() -> None:
    nothing = a_summary(offices=[a_part("denver", "Denver")])
    assert charts_of(some_data(summary=nothing, begun=[], tallies=[], calls=[])) == ()


def test_many_offices_are_shown_as_the_first_and_the_rest() -> None:
    parts = [
        a_part(f"o{n}", f"Office {n}", seen=n, done=n, outcomes={"missed": n}) for n in range(1, 20)
    ]
    chart = charts_of(some_data(summary=a_summary(offices=parts)))[0]
    assert len(chart.labels) == MOST_ROWS + 1
    assert chart.labels[-1] == "7 more"
    assert sum(chart.sums) == sum(range(1, 20))


@pytest.mark.parametrize("chart", charts_of(some_data()), ids=lambda chart: chart.id)
def test_the_svg_follows_the_page_and_is_the_same_every_time(chart: Chart) -> None:
    """Colours are the page's custom properties, so light and dark need one picture."""
    svg = drawing.svg(chart)
    assert svg == drawing.svg(chart)
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert "var(--chart-" in svg
    assert "#0102" not in svg
    assert "font-family" not in svg
    assert not [each for each in root.iter() if each.get("id")]
    assert len(svg) < 20_000


@pytest.mark.parametrize("chart", charts_of(some_data()), ids=lambda chart: chart.id)
def test_the_png_is_twice_the_size_it_is_shown_at(chart: Chart) -> None:
    picture = drawing.png(chart)
    assert picture == drawing.png(chart)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == round(drawing.WIDTH * drawing.PNG_SCALE)
    assert abs(height - drawing.height(chart) * drawing.PNG_SCALE) <= 1
    assert len(picture) < 100_000


@pytest.mark.parametrize(
    "name", [HOSTILE, "$x$ costs $5", "--> </svg><script>", "日本支社", "#010210"]
)
def test_whatever_an_office_is_called_is_text_in_the_picture(name: str) -> None:
    chart = a_chart(labels=(name, "B"))
    root = ET.fromstring(drawing.svg(chart))
    assert name in {each.text for each in root.iter(f"{SVG}text")}
    assert not list(root.iter(f"{SVG}script"))
    assert drawing.png(chart).startswith(b"\x89PNG")


def test_a_very_long_name_is_shortened() -> None:
    svg = drawing.svg(a_chart(labels=("Long " * 40, "B")))
    assert "…" in svg


def test_grid_lines_stand_at_round_numbers() -> None:
    for most, step in ((1, 1), (5, 2), (24, 10), (100, 50), (4300, 2000)):
        assert strokes.step_of(most) == step
