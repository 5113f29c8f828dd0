"""Needs attention, People and the audit trail in a real browser, on every screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from tests.component.console.attention.trouble import a_parked_call, everything
from tests.component.store.makers import an_interaction
from tests.console_browser import THEMES, WIDTHS, base, browser, no_findings, sideways, visiting
from tests.console_stage import ConsoleStage

from switchboard.store import ledger
from switchboard.store.database import Database

__all__ = ["base", "browser"]
pytestmark = pytest.mark.slow
LONG = "x" * 90
HOSTILE = f"<img src=x onerror=alert(1)>{{{{7*7}}}}{LONG}"
PHONE = "%2B12155550101"
PAGES = (
    "/attention", "/attention/cause/ZOHO-422", "/people", f"/people/{PHONE}",
    f"/people/forget?who={PHONE}", "/people?q=nobody", "/audit",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleStage]:
    db = Database.open(f"sqlite:///{tmp_path_factory.mktemp('attention') / 'console.db'}")
    made = ConsoleStage(db, zone=lambda: "America/New_York")
    made.account()

    def fill(conn: sa.Connection) -> None:
        now = made.now()
        everything(conn, made.sealer, now)
        parked = [a_parked_call(n, now, why=HOSTILE, office=HOSTILE) for n in range(100, 130)]
        call = '{"call": {"caller_name": "<img src=x onerror=alert(1)> Reynolds"}}'
        theirs = [
            an_interaction(n, person="+12155550101", document=call, why=HOSTILE, fate="done",
                           started_at=now - n * 999)
            for n in range(200, 228)
        ]  # fmt: skip
        ledger.upsert(conn, [*parked, *theirs])

    db.run_sync(partial(fill))
    yield made
    db.close()


@pytest.mark.parametrize(("theme", "width"), [(THEMES[0], 390), (THEMES[1], 1280)])
def test_axe_finds_nothing(browser: Browser, base: str, theme: str, width: int) -> None:
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        visit.sign_in()
        for path in PAGES[width == 390 :: 2]:
            no_findings(visit.open(path))
        page = visit.open("/audit")
        page.get_by_text("Details").first.click()
        page.get_by_role("button", name="Check the chain").click()
        page.get_by_text("is sound").wait_for()
        no_findings(page)


def test_nothing_scrolls_sideways_whatever_people_are_called(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        page = visit.sign_in()
        for path in PAGES:
            visit.open(path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 860})
                assert sideways(page) <= 0, f"{path} at {width}"


def test_a_call_is_tried_again_by_keyboard_and_the_page_stays(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.sign_in()
        page = visit.open("/attention")
        page.evaluate("window.stillHere = true")
        count = page.locator("nav.side .count")
        before = int((count.text_content() or "").split()[0])
        button = page.get_by_role("button", name="A recording or voicemail is too large")
        button.focus()
        page.keyboard.press("Enter")
        expect(
            page.get_by_role("status").filter(has_text="1 recording is tried again.")
        ).to_be_visible()
        expect(page.get_by_text("MEDIA-413")).to_have_count(0)
        expect(count).to_have_text(f"{before - 1} things need you")
        assert page.evaluate("window.stillHere") is True


def test_people_are_found_while_typing_and_forgotten_by_typing(browser: Browser, base: str) -> None:
    with visiting(browser, base, width=390) as visit:
        visit.sign_in()
        page = visit.open("/people")
        page.get_by_label("Number, e-mail address or name").fill("reyn")
        expect(page.get_by_role("status").first).to_have_text("1 person")
        page.get_by_role("link", name="Reynolds").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
        page.get_by_role("link", name="Forget").click()
        page.get_by_label("Type the number again").fill("215 555 0102")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        page.get_by_label("Type the number again").fill("(215) 555-0101")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="Forgotten.")).to_be_visible()
        page = visit.open(f"/people/{PHONE}")
        expect(page.get_by_text("Nothing is stored about")).to_be_visible()
