"""The dashboard in a real browser: at a desk and on a phone, by keyboard, and by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.component.console.attention.trouble import a_parked_call, everything
from tests.component.store.makers import an_interaction
from tests.config_files import OFFICES, two_offices
from tests.console_browser import base, browser, no_findings, sideways, visiting
from tests.console_stage import ConsoleStage
from tests.unit.reports.samples import HOSTILE

from switchboard.config.load import load
from switchboard.store import ledger
from switchboard.store.database import Database

__all__ = ["base", "browser"]
pytestmark = pytest.mark.slow
DAY = 86_400.0


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleStage]:
    folder = tmp_path_factory.mktemp("dashboard")
    named = {**OFFICES["offices"]["philadelphia"], "name": HOSTILE}
    offices = {**OFFICES, "offices": {**OFFICES["offices"], "philadelphia": named}}
    runs = [{"name": HOSTILE, "cron": "0 8 * * *", "offices": ["philadelphia"]}]
    documents = {"sorted/data/offices.json": offices, "data/schedule.json": {"runs": runs}}
    conf = load(two_offices(folder / "company", documents))
    db = Database.open(f"sqlite:///{folder / 'console.db'}")
    made = ConsoleStage(db, configuration=lambda: conf, zone=lambda: "America/New_York")
    made.account()
    made.account("vera", "viewer")
    now = made.now()
    rows = [
        an_interaction(
            100 + n, started_at=now - n * DAY / 7, fate="done", due_at=None,
            outcome=("accepted", "missed", "voicemail")[n % 3],
        )
        for n in range(90)
    ]  # fmt: skip

    def fill(conn: object) -> None:
        everything(conn, made.sealer, now)  # type: ignore[arg-type]
        ledger.upsert(conn, rows)  # type: ignore[arg-type]

    db.run_sync(fill)
    yield made
    db.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 320), ("dark", 1280)])
def test_everybody_can_read_it(browser: Browser, base: str, theme: str, width: int) -> None:
    """Axe finds nothing, nothing scrolls sideways, one picture of each chart is shown."""
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        page = visit.sign_in()
        expect(page).to_have_url(re.compile("/dashboard$"))
        page.get_by_text("Show as table").first.click()
        expect(page.get_by_role("table", name=re.compile("Calls"))).to_be_visible()
        no_findings(page)
        assert sideways(page) <= 0
        pictures = page.locator("#chart-1 svg.chart")
        assert [each.is_visible() for each in pictures.all()] == [width > 1000, width < 1000]
        no_findings(visit.open("/dashboard/connections"))
        assert sideways(page) <= 0


def test_a_chart_tells_its_numbers_to_pointer_and_keyboard(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        page = visit.sign_in()
        plot = page.locator("#chart-1 [data-chart]")
        tip = plot.locator(".chart-tip")
        plot.locator("svg.wide .hit").last.hover()
        expect(tip).to_have_text(re.compile(r"\w+day, \d+ \w+: Answered \d+"))
        page.mouse.move(5, 5)
        expect(tip).to_be_hidden()
        plot.focus()
        page.keyboard.press("ArrowRight")
        first = tip.text_content()
        page.keyboard.press("ArrowRight")
        expect(tip).not_to_have_text(first or "-")
        page.keyboard.press("Escape")
        expect(tip).to_be_hidden()


def test_colours_follow_the_theme_without_another_picture(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        page = visit.sign_in()
        bar = page.locator("#chart-1 svg.wide .fill-first").first
        expect(bar).to_have_css("fill", "rgb(67, 83, 217)")
        page.locator("[data-theme-toggle]").click()
        expect(bar).to_have_css("fill", "rgb(124, 138, 245)")


def test_it_looks_again_by_itself_and_leaves_what_is_read_alone(
    browser: Browser, base: str, stage: ConsoleStage
) -> None:
    with visiting(browser, base) as visit:
        page = visit.sign_in("vera")
        tile = page.locator(".tile", has_text="Needs attention").locator(".tile-value")
        before = int(tile.text_content() or "0")
        page.get_by_text("Show as table").first.click()
        parked = [a_parked_call(n, stage.now()) for n in range(700, 703)]
        stage.db.run_sync(lambda conn: ledger.upsert(conn, parked))
        stage.skipped += 10  # What the page knows of the store is old by now.
        hurry = (
            "document.querySelectorAll('[data-refresh]').forEach(e => { e.dataset.refresh = 1; })"
        )
        page.evaluate(hurry)
        expect(tile).to_have_text(str(before + 3))
        expect(page.get_by_role("table", name=re.compile("Calls"))).to_be_visible()


def test_the_first_load_is_small(browser: Browser, base: str) -> None:
    """60 KB at most, so that a phone shows it at once."""
    with visiting(browser, base) as visit:
        page = visit.sign_in()
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        client.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[float] = []
        client.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        page.reload(wait_until="networkidle")
        assert 10_000 < sum(sizes) <= 60_000, sizes
