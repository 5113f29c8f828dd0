"""The console in a real browser: usable by everybody, on every screen, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pyotp
import pytest
from playwright.sync_api import Browser, expect
from tests import console_gallery
from tests.console_browser import WIDTHS, base, browser, no_findings, served, sideways, visiting
from tests.console_stage import PASSWORD, ConsoleStage

from switchboard.console.links import first_link
from switchboard.store import accounts, setup_links
from switchboard.store.database import Database

__all__ = ["base", "browser"]
pytestmark = pytest.mark.slow
INSIDE = ("/team", "/gallery", "/nothing-here")  # The others: test_console_every_page.


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleStage]:
    db = Database.open(f"sqlite:///{tmp_path_factory.mktemp('console') / 'console.db'}")
    made = ConsoleStage(
        db,
        badge="Sandbox",
        routers=[console_gallery.router],
        templates=[console_gallery.TEMPLATES],
    )
    made.account()
    made.account("ben.king", "operator")
    made.account("an.administrator.with-a-very-long-name", "administrator")
    invite = partial(accounts.create, name="rui", role="viewer", now=made.now(), actor="x")
    db.run_sync(invite)
    yield made
    db.close()


def invitation(stage: ConsoleStage) -> str:
    def work(conn: object) -> str:
        found = accounts.named(conn, "rui")  # type: ignore[arg-type]
        return setup_links.make(conn, found.id, stage.now())  # type: ignore[arg-type]

    return f"/setup/{stage.db.run_sync(work)}"


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, base: str, stage: ConsoleStage, theme: str, width: int
) -> None:
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        for path in ("/sign-in", invitation(stage), "/setup/gone"):
            no_findings(visit.open(path))
        page = visit.open("/sign-in")
        page.get_by_role("button", name="Sign in").click()
        no_findings(page)
        visit.sign_in()
        for path in INSIDE:
            no_findings(visit.open(path))
        page = visit.open("/team")
        page.get_by_text("Manage").first.click()
        no_findings(page)
        page.get_by_role("button", name="Disable").first.click()
        no_findings(page)
        page = visit.open("/account")
        page.locator(".menu-button").click()
        no_findings(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Set up").click()
        page.get_by_role("heading", name="Set up a second factor").wait_for()
        no_findings(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(
    browser: Browser, base: str, stage: ConsoleStage, width: int
) -> None:
    with visiting(browser, base, width=width) as visit:
        for path in ("/sign-in", invitation(stage), "/setup/gone"):
            assert sideways(visit.open(path)) <= 0, path
        visit.sign_in()
        for path in INSIDE:
            assert sideways(visit.open(path)) <= 0, path
        page = visit.open("/team")
        for each in page.get_by_text("Manage").all():
            each.click()
        assert sideways(page) <= 0
        visit.open("/account").get_by_role("button", name="Set up").click()
        page.get_by_text("I cannot scan it").click()
        assert sideways(page) <= 0


def test_the_console_is_set_up_by_keyboard_alone(browser: Browser, tmp_path: object) -> None:
    """From the printed link to inviting a colleague, without touching the mouse."""
    db = Database.open(f"sqlite:///{tmp_path}/first.db")
    stage = ConsoleStage(db)
    with served(stage) as base, visiting(browser, base) as visit:
        host = base.removesuffix("/console")
        link = db.run_sync(lambda c: first_link(c, host, stage.now()))
        assert link
        page = visit.open(link.removeprefix(base))
        expect(page.get_by_label("Your name here")).to_be_focused()
        page.keyboard.type("ana")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # Show: what is typed can be looked at.
        expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Dashboard", exact=True)).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page = visit.open("/team")
        page.get_by_label("Name to sign in with").focus()
        page.keyboard.type("ben")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Link for ben")).to_have_value(
            re.compile(f"{host}/console/setup/")
        )
        assert db.run_sync(lambda c: accounts.named(c, "ben")).role == "viewer"
    db.close()


def test_menus_close_by_escape_and_give_the_focus_back(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        page = visit.sign_in()
        button = page.locator(".menu-button")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".menu-box").get_by_role("button")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".menu-box")).to_be_hidden()
        expect(button).to_be_focused()
        button.click()
        page.locator(".menu-box").get_by_role("button").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_cannot_be_undone_is_asked_first(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.sign_in()
        page = visit.open("/team")
        row = page.locator("li", has_text="ben.king")
        row.get_by_text("Manage").click()
        row.get_by_role("button", name="Disable", exact=True).click()
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(row.get_by_text("Active")).to_be_visible()
        row.get_by_role("button", name="Disable", exact=True).click()
        page.get_by_role("button", name="Disable ben.king").click()
        expect(page.get_by_role("status")).to_contain_text("Signed out everywhere")
        row = page.locator("li", has_text="ben.king")
        expect(row.get_by_text("Disabled")).to_be_visible()


def test_the_theme_is_kept_and_does_not_flash(browser: Browser, base: str) -> None:
    """The choice is there before anything is painted: the script stands before the style."""
    with visiting(browser, base) as visit:
        page = visit.open("/sign-in")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Switch between light and dark").click()
        page.reload(wait_until="commit")
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        order = page.evaluate("[...document.head.querySelectorAll('script, [rel=stylesheet]')]"
                              ".map((each) => each.tagName)")  # fmt: skip
        assert order == ["SCRIPT", "LINK"]
        assert page.evaluate("document.querySelector('head script').async") is False


def test_a_form_in_a_page_changes_that_part_alone(browser: Browser, base: str) -> None:
    with visiting(browser, base) as visit:
        visit.sign_in()
        page = visit.open("/gallery")
        page.evaluate("window.stillHere = true")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Saved.")
        assert page.evaluate("window.stillHere") is True


def test_the_pages_work_without_script(browser: Browser, base: str) -> None:
    with visiting(browser, base, java_script_enabled=False) as visit:
        page = visit.sign_in()
        expect(page.get_by_role("heading", name="Dashboard", exact=True)).to_be_visible()
        expect(page.locator("[data-theme-toggle]")).to_be_hidden()
        page = visit.open("/gallery")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Saved.")


def test_a_second_factor_is_set_up_and_asked_for(
    browser: Browser, base: str, stage: ConsoleStage
) -> None:
    stage.account("otto", "viewer")
    with visiting(browser, base, width=390) as visit:
        visit.sign_in("otto")
        page = visit.open("/account")
        page.get_by_role("button", name="Set up").click()
        page.get_by_text("I cannot scan it").click()
        totp = pyotp.TOTP((page.locator(".secret").text_content() or "").replace(" ", ""))
        page.get_by_label("The six digits the app shows now").fill(totp.at(stage.now() - 30))
        page.get_by_label("Current password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Turn on").click()
        expect(page.locator(".codes li")).to_have_count(10)
    with visiting(browser, base) as visit:
        page = visit.open("/sign-in")
        page.get_by_label("Name", exact=True).fill("otto")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Code")).to_be_focused()
        page.keyboard.type(totp.at(stage.now()))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Dashboard", exact=True)).to_be_visible()
