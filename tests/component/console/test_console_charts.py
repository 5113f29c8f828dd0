"""Charts of pages: drawn once, in the theme's colours, and told in words and numbers too."""

from __future__ import annotations

import asyncio
import gc
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
from fastapi import APIRouter, Response
from matplotlib.figure import Figure
from tests.console_stage import console_stage
from tests.unit.reports.samples import HOSTILE

from switchboard.console import charts
from switchboard.console.visit import Viewer
from switchboard.reports import drawing
from switchboard.reports.charts import GAP, Chart, Kind, Role, Series
from switchboard.reports.strokes import Sheet

STYLE = Path(charts.__file__).with_name("static") / "charts.css"
COLUMNS = Chart(
    id="days",
    kind="columns",
    title="Calls by day",
    description="Calls of two days.",
    labels=("6", "7"),
    long_labels=("Friday, 6 November", "Saturday, 7 November"),
    series=(
        Series(name="Answered", values=(1200.0, 3.0), role="first"),
        Series(name="Missed", values=(34.0, 0.0), role="second"),
    ),
)


def test_a_picture_carries_no_style_of_its_own() -> None:
    """The policy of pages forbids it; a class says what each colour stands for."""

    async def check() -> None:
        for kind in ("bars", "columns", "lines"):
            made = await charts.drawn(replace(COLUMNS, kind=kind))
            for picture in (made.wide, made.narrow):
                assert not re.search(r'style|\son\w+=|\sid="|#0102|<script|font-family', picture)
                root = ET.fromstring(picture)
                assert root.get("role") == "img"
                assert root.get("aria-label") == "Calls of two days."
                used = {c for each in root.iter() for c in (each.get("class") or "").split()}
                assert {"fill-first", "fill-second"} <= used
                named = set(re.findall(r"\.([a-z]+(?:-[a-z]+)?)", STYLE.read_text()))
                assert used <= named, used - named

    asyncio.run(check())


def test_every_role_has_a_colour_on_pages() -> None:
    style = STYLE.read_text()
    for role in drawing.PAPER:
        assert f".fill-{role}" in style
        assert f".stroke-{role}" in style


def test_the_table_says_what_the_picture_shows() -> None:
    columns, rows = charts.table_of(COLUMNS)
    assert columns == ("Answered", "Missed", "All")
    assert rows[0] == charts.Row("Friday, 6 November", ("1,200", "34", "1,234"))


def test_a_line_with_a_gap_says_so() -> None:
    """A day without calls has no delay; it is not a delay of zero."""
    series = (Series(name="Delay", values=(2.5, GAP), role="first"),)
    chart = replace(COLUMNS, kind="lines", series=series, unit="min")
    assert [row.cells for row in charts.table_of(chart)[1]] == [("2.5 min",), ("-",)]


def test_a_funnel_names_its_shares() -> None:
    series = (Series(name="Chats", values=(10.0, 4.0), role="first"),)
    chart = replace(COLUMNS, kind="bars", series=series, notes=("10", "4 (40 %)"))
    columns, rows = charts.table_of(chart)
    assert columns == ("Chats", "")
    assert rows[1].cells == ("4", "4 (40 %)")


def test_the_same_chart_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = drawing.classed

    def counted(chart: Chart, sheet: Sheet) -> str:
        made.append(chart.id)
        return real(chart, sheet)

    monkeypatch.setattr(drawing, "classed", counted)

    async def check() -> None:
        chart = replace(COLUMNS, id="once")
        first, second = await asyncio.gather(charts.drawn(chart), charts.drawn(replace(chart)))
        assert first is second
        assert made == ["once", "once"]  # Wide and narrow.
        await charts.drawn(replace(chart, title="Another"))
        assert len(made) == 4

    asyncio.run(check())


def test_only_so_many_pictures_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "MOST_KEPT", 2)

    async def check() -> None:
        for number in range(4):
            await charts.drawn(replace(COLUMNS, id=f"kept-{number}"))
        assert len(charts._kept) == 2

    asyncio.run(check())


@pytest.mark.parametrize("kind", ["bars", "columns", "lines"])
def test_nothing_to_show_is_not_drawn(kind: Kind) -> None:
    zeros = (Series(name="Answered", values=(0.0, 0.0), role="first"),)
    for chart in (
        replace(COLUMNS, kind=kind, series=zeros),
        replace(COLUMNS, kind=kind, labels=(), long_labels=(), series=()),
        replace(COLUMNS, kind=kind, series=()),
    ):
        assert asyncio.run(charts.drawn(chart)).empty


def test_a_hostile_name_is_text_wherever_the_page_shows_it(tmp_path: Path) -> None:
    """An office may be called anything; its name neither runs nor breaks the picture."""
    names = (HOSTILE, 'A" style="fill: #010214" id="x', "--> </svg><g>", "$x$\nB\x01")
    role: Role = "first"
    series = tuple(Series(name=name, values=(1.0,) * len(names), role=role) for name in names[:2])
    chart = Chart(
        id="h", kind="bars", title=HOSTILE, description=HOSTILE, labels=names, series=series
    )
    router = APIRouter()

    @router.get("/hostile")
    async def page(visit: Viewer) -> Response:
        return await visit.page("hostile.html", drawn=await charts.drawn(chart))

    source = (
        '{% extends "page.html" %}{% import "charts.html" as charts with context %}'
        "{% block head %}{{ charts.files() }}{% endblock %}"
        "{% block content %}{{ charts.card(drawn) }}{% endblock %}"
    )

    async def check() -> str:
        templates = [jinja2.DictLoader({"hostile.html": source})]
        async with console_stage(tmp_path, routers=[router], templates=templates) as stage:
            stage.account()
            browser = await stage.signed_in()
            return (await browser.get("/console/hostile")).text

    text = asyncio.run(check())
    assert HOSTILE not in text
    assert ' style="' not in "".join(re.findall(r"<[^>]*>", text))
    made = asyncio.run(charts.drawn(chart))
    shown = [each.text for each in ET.fromstring(made.wide).iter() if each.tag.endswith("text")]
    assert 'A" style="fill: #010214" id="x' in shown
    assert "--> </svg><g>" in shown
    assert "charts.css" in text
    assert "Show as table" in text


def test_pictures_leave_nothing_for_the_collector_to_look_through() -> None:
    """What piles up makes Python search all it holds, and a service stand still meanwhile."""

    async def check() -> None:
        await charts.drawn(replace(COLUMNS, id="warm"))
        gc.collect()
        before = gc.get_stats()[2]["collections"]
        held = sum(isinstance(each, Figure) for each in gc.get_objects())
        for number in range(5):
            await charts.drawn(replace(COLUMNS, id=f"swept-{number}"))
        assert sum(isinstance(each, Figure) for each in gc.get_objects()) <= held
        assert gc.get_stats()[2]["collections"] == before
        assert gc.isenabled()

    asyncio.run(check())
