"""Calls in a real browser: found while typing, opened and tried again by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from tests.component.console.calls.call_makers import (
    HOSTILE,
    a_call,
    configured,
    keep,
    page_of,
    parked,
    write,
)
from tests.console_browser import browser, served, sideways, visiting
from tests.console_stage import ConsoleStage

from switchboard.store.database import Database

__all__ = ["browser"]
pytestmark = pytest.mark.slow
LONG = f"{HOSTILE}{'W' * 90}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("calls")
    db, configuration = Database.open(f"sqlite:///{folder / 'calls.db'}"), configured(folder)
    stage = ConsoleStage(
        db, configuration=lambda: configuration, zone=lambda: "America/New_York", badge="Sandbox"
    )
    stage.account("ben", "operator")
    keep(db, *(a_call(n) for n in range(10, 45)))
    keep(db, parked(1, name="Olga Reynolds"), parked(2), parked(50, name=LONG, why=LONG))
    write(db, parked(50), "note", "902", parent_id="901", title=LONG, content=LONG * 3)
    with served(stage) as address:
        yield address
    db.close()


def test_a_call_is_found_opened_and_tried_again_by_keyboard(browser: Browser, base: str) -> None:
    """The list narrows while somebody types; the address keeps what they typed."""
    with visiting(browser, base) as visit:
        visit.sign_in("ben")
        page = visit.open("/calls")
        expect(page.locator(".list-head [role=status]")).to_have_text("38 calls")
        page.get_by_label("Number or name").focus()
        page.keyboard.type("215 555 0001")
        expect(page.locator(".list-head [role=status]")).to_have_text("1 call")
        expect(page).to_have_url(re.compile(r"\?q=215\+555\+0001$"))
        page.reload()
        expect(page.get_by_label("Number or name")).to_have_value("215 555 0001")
        page.get_by_label("Number or name").focus()
        link = page.get_by_role("link", name="Olga Reynolds")
        for _ in range(20):
            page.keyboard.press("Tab")
            if link.evaluate("each => each === document.activeElement"):
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Olga Reynolds")).to_be_visible()
        retry = page.get_by_role("button", name="Retry now")
        retry.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".toast")).to_contain_text("The call is tried again.")
        expect(page.locator(".page-actions .chip")).to_have_text("Waiting")
        expect(retry).to_have_count(0)
        page.locator("a.back").click()
        expect(page.get_by_label("Number or name")).to_have_value("215 555 0001")


def test_several_calls_are_chosen_with_one_box(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.sign_in("ben")
        page = visit.open("/calls?fate=parked")
        button = page.get_by_role("button", name="Retry chosen calls")
        expect(button).to_be_visible()
        page.get_by_label(re.compile("Choose all")).check()
        expect(page.get_by_role("button", name=re.compile(r"Retry \d calls?"))).to_be_visible()
        page.get_by_role("checkbox", name=re.compile("Choose the call")).first.uncheck()
        expect(page.get_by_label(re.compile("Choose all"))).not_to_be_checked()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_pages_suit_everybody(browser: Browser, base: str, theme: str, width: int) -> None:
    """Axe finds nothing, nothing scrolls sideways, and no name becomes a picture."""
    call = page_of(parked(50))
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        visit.sign_in("ben")
        for path in ("/calls", "/calls?outcome=missed&q=none", call, f"{call}/skip"):
            page = visit.open(path)
            for fold in page.locator("main summary").all():
                if fold.evaluate("each => !each.parentElement.open"):
                    fold.click()
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            for narrow in (width, 320):
                page.set_viewport_size({"width": narrow, "height": 860})
                assert sideways(page) <= 0, (path, narrow)
            page.set_viewport_size({"width": width, "height": 860})
            assert page.locator("main img").count() == 0


def test_calls_are_found_without_script(browser: Browser, base: str) -> None:
    with visiting(browser, base, java_script_enabled=False) as visit:
        visit.sign_in("ben")
        page = visit.open("/calls")
        page.get_by_label("Number or name").fill("5550002")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".list-head [role=status]")).to_have_text("1 call")
        page.get_by_role("link", name=re.compile("555-0002")).click()
        page.get_by_role("link", name="Skip", exact=True).click()
        page.get_by_label("Why").fill("A test")
        page.get_by_role("button", name="Skip the call").click()
        expect(page.locator(".page-actions .chip")).to_have_text("Skipped")
