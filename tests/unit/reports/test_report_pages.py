"""The page: one file that needs nothing else, safe whatever callers call themselves."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.unit.reports.samples import (
    HOSTILE,
    a_configuration,
    a_part,
    a_run,
    a_summary,
    an_email,
    some_data,
)

from switchboard.reports import html
from switchboard.reports.charts import charts_of
from switchboard.reports.models import ReportData

VOID = {"meta", "img", "br", "input", "link", "hr", "rect", "path", "circle"}


class Outline(HTMLParser):
    """Collects tags, attributes and headings, and complains about tags left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def page_of(data: ReportData) -> str:
    charts = charts_of(data)
    drawings = {chart.id: '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>' for chart in charts}
    return html.page(data, charts, drawings)


def test_the_page_is_one_file_without_scripts_and_asks_nobody_for_anything() -> None:
    page = page_of(some_data())
    outline = Outline(page)
    assert "script" not in outline.tags
    assert "link" not in outline.tags
    assert not outline.all("src")
    assert all(value.startswith("#") for value in outline.all("href"))
    assert not [name for _, name, _ in outline.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)
    assert "default-src 'none'" in page


def test_a_hostile_caller_stays_text() -> None:
    """A caller may call himself a script; a report only ever shows the words."""
    page = page_of(some_data())
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt; &amp; Söhne" in page
    assert "img" not in Outline(page).tags


def test_the_page_is_for_phones_paper_and_dark_rooms() -> None:
    page = page_of(some_data())
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in page
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page
    assert "color-scheme: light dark" in page


def test_headings_go_down_one_step_at_a_time_and_links_lead_somewhere() -> None:
    outline = Outline(page_of(some_data()))
    levels = [int(tag[1]) for tag in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = outline.all("id")
    assert len(ids) == len(set(ids))
    linked = {value[1:] for value in outline.all("href")} | set(outline.all("aria-labelledby"))
    assert {each for value in linked for each in value.split()} <= set(ids)
    assert len([v for v in outline.all("href") if v.startswith("#call-")]) == 3


def test_attention_comes_before_figures_charts_and_listing() -> None:
    page = page_of(some_data())
    ids = ["attention", "offices", "charts", "calls", "media", "budget", "accounting"]
    places = [page.index(f'<h2 id="{name}"') for name in ids]
    assert places == sorted(places)
    assert "<h1>42 calls, 12 new leads, 2 calls need a person.</h1>" in page


def test_every_chart_has_its_figures_as_a_table() -> None:
    outline = Outline(page_of(some_data()))
    assert outline.tags.count("figure") == outline.tags.count("details") == 4


def test_the_listing_may_be_left_out() -> None:
    """`include_call_list` false: what needs a person is still named, the others are not."""
    configuration = a_configuration(email=an_email(include_call_list=False))
    page = page_of(some_data(configuration))
    assert '<h2 id="calls"' not in page
    assert "Alan Hampton" not in page
    assert "Marta Oyelaran" in page
    assert 'href="#call-' not in page


def test_a_mismatch_stands_out() -> None:
    offices = [a_part("denver", "Denver", seen=5, done=3)]
    page = page_of(some_data(summary=a_summary(offices=offices), tallies=[], calls=[]))
    assert "RUN-001" in page
    assert "RingCentral showed 5 ≠" in " ".join(page.split())


def test_a_quiet_run_says_that_all_is_well() -> None:
    offices = [a_part("denver", "Denver", seen=1, skipped=1)]
    data = some_data(
        summary={"offices": offices}, tallies=[], calls=[], media=[], media_counts={}, usage={},
        callbacks=[], begun=[], effects={},
    )  # fmt: skip
    page = page_of(data)
    assert "All well" in page
    assert '<h2 id="media"' not in page
    assert '<h2 id="budget"' not in page


@pytest.mark.parametrize("outcome", ["stopped", "failed", "interrupted", None])
def test_a_run_that_did_not_end_well_has_a_page(outcome: str | None) -> None:
    finished = None if outcome is None else a_run().finished_at
    page = page_of(some_data(run=a_run(outcome=outcome, finished_at=finished), summary={}))
    assert "Not counted" in page or outcome == "stopped"
    assert "What needs attention" in page


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_readable_in_both_themes(theme: int) -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for the parts of a chart."""
    blocks = re.findall(r":root \{(.*?)\}", page_of(some_data()), flags=re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[0]))
    if theme:
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[1]))
    for text in ("text", "muted", "link"):
        for ground in ("bg", "surface", "sunk"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for name in ("ok", "warn", "fail", "run"):
        assert contrast(colours[name], colours[f"{name}-bg"]) >= 4.5, name
    for name in ("first", "second", "third", "ok", "warn", "fail", "neutral"):
        assert contrast(colours[f"chart-{name}"], colours["surface"]) >= 3, name
