"""Reports and insights in a real browser: hostile reports do nothing, every screen can be read."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.component.console.insights import counted_company
from tests.component.console.reporting import written_reports
from tests.component.console.reporting.written_reports import RUN
from tests.console_browser import base, browser, sideways, visiting
from tests.console_stage import ConsoleStage

from switchboard.store.database import Database
from switchboard.store.tables import mail

__all__ = ["base", "browser"]
pytestmark = pytest.mark.slow
# What a caller's name could become if it were not escaped: it looks about, and writes what it saw.
ATTACK = """<!doctype html><title>Report</title><style>p { color: rgb(1, 2, 3) }</style>
<p id="said">untouched</p>
<img src="x" onerror="document.getElementById('said').textContent = 'ran'">
<form action="/console/sign-out" method="post"><button>Press me</button></form>
<script>
  document.getElementById("said").textContent = "ran";
  fetch("/console/team").then((answer) => answer.text()).then((text) => { document.title = text; });
</script>"""
PAGES = (
    "/reports", f"/reports/{RUN}", "/reports/compare", "/insights", "/insights/chats",
    "/insights/calls", "/insights/owners",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleStage]:
    folder = tmp_path_factory.mktemp("reports")
    company = written_reports.configuration(folder / "company")
    db = Database.open(f"sqlite:///{folder / 'console.db'}")
    made = ConsoleStage(db, configuration=lambda: company, zone=lambda: "America/New_York")
    made.skipped = counted_company.NOW - time.time()
    made.account()
    db.run_sync(lambda conn: written_reports.fill(conn, company, ATTACK))
    db.run_sync(counted_company.fill)
    yield made
    db.close()


def test_a_script_in_a_report_does_not_run_and_reads_no_page_of_ours(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as visit:
        page = visit.sign_in()
        visit.open(f"/reports/{RUN}")
        with page.context.expect_page() as opening:
            page.get_by_role("link", name="Open report").click()
        opened = opening.value
        expect(opened.locator("#said")).to_have_text("untouched")
        report, asked = page.context.new_page(), list[str]()
        report.on("response", lambda answer: asked.append(answer.url))
        address = f"{base}/reports/{RUN}/document"
        report.goto(address)
        expect(report.locator("#said")).to_have_css("color", "rgb(1, 2, 3)")  # Its style works.
        assert report.title() == "Report"
        report.get_by_role("button", name="Press me").click()
        assert report.url == address  # A form leads nowhere.
        expect(report.locator("#said")).to_have_text("untouched")
        assert asked == [address]  # Not even its picture was got.
        visit.open("/team")  # Still signed in.
        expect(page.get_by_role("heading", name="Team", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("theme", "width", "pages"), [("dark", 320, PAGES), ("light", 1280, PAGES[1:3])]
)
def test_every_page_can_be_read_by_everybody(
    browser: Browser, base: str, theme: str, width: int, pages: tuple[str, ...]
) -> None:
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        visit.sign_in()
        for path in pages:
            page = visit.open(path)
            assert sideways(page) <= 0, path
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_a_report_is_sent_again_with_the_keyboard_and_a_double_click_sends_it_once(
    browser: Browser, base: str, stage: ConsoleStage
) -> None:
    def queued() -> int:
        rows = stage.db.run_sync(lambda conn: conn.execute(mail.select()).all())
        return sum("@" in row.key.partition(":")[0] for row in rows)

    with visiting(browser, base) as visit:
        page = visit.sign_in()
        visit.open(f"/reports/{RUN}")
        box = page.get_by_role("checkbox", name="Ops")
        box.focus()
        page.keyboard.press("Space")
        expect(box).not_to_be_checked()
        page.get_by_role("button", name="Send", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Queued for 1 person")).to_be_visible()
        assert queued() == 1
        page.get_by_role("button", name="Send", exact=True).dblclick()
        expect(page.locator(".toast")).to_be_visible()
        assert queued() == 3  # Once for each of the two.


def test_another_time_is_shown_without_a_press_and_kept_in_the_address(
    browser: Browser, base: str
) -> None:
    def tile(page: Page, name: str) -> str:
        return page.locator(".tile", has_text=name).first.locator(".tile-value").inner_text()

    with visiting(browser, base, width=390) as visit:
        page = visit.sign_in()
        visit.open("/insights/calls")
        assert tile(page, "Calls") == "10"
        expect(page.get_by_label("First day")).to_be_hidden()
        page.get_by_label("Time", exact=True).select_option("own")
        expect(page.get_by_label("First day")).to_be_visible()
        page.get_by_label("First day").fill("2026-11-20")
        expect(page.locator(".period [role=status]")).to_have_text("Fri 20 Nov 2026")
        assert tile(page, "Calls") == "9"
        assert "since=2026-11-20" in page.url
        page.get_by_role("link", name="Owners").click()
        assert "since=2026-11-20" in page.url
