"""The configuration in a real browser: by keyboard, on every screen, hostile names and all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.config_files import OFFICES, two_offices
from tests.console_browser import browser, no_findings, served, sideways, visiting
from tests.console_stage import ConsoleStage

from switchboard.config.load import load
from switchboard.config.watch import WatchedConfiguration
from switchboard.store.database import Database

__all__ = ["browser"]
pytestmark = pytest.mark.slow
PLACE = "sorted/data/offices.json"
HOSTILE = "<script>alert(1)</script>" + "W" * 70
EVERY_PAGE = (
    "", "/offices", "/offices/new", "/offices/pittsburgh", "/extensions", "/schedule",
    "/schedule/run", "/email", "/settings", "/settings?section=calls", "/history", "/documents",
    "/documents/text?place=sorted/data/offices.json",
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    offices = json.loads(json.dumps(OFFICES))
    offices["offices"]["philadelphia"]["name"] = HOSTILE
    schedule = {"runs": [{"name": HOSTILE, "cron": "0 8 * * *", "hours_back": 1}]}
    documents = {PLACE: offices, "data/schedule.json": schedule}
    return two_offices(tmp_path_factory.mktemp("configuration"), documents)


@pytest.fixture(scope="module")
def base(root: Path) -> Iterator[str]:
    watched = WatchedConfiguration(load(root), lambda _: None)
    db = Database.open(f"sqlite:///{root / 'console.db'}")
    stage = ConsoleStage(db, configuration=lambda: watched.current, reload=watched.refresh)
    stage.account()
    with served(stage) as address:
        yield address
    db.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 320)])
def test_every_page_is_for_everybody(browser: Browser, base: str, theme: str, width: int) -> None:
    """Axe finds nothing and nothing scrolls sideways, whatever the offices are called."""
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        visit.sign_in()
        for path in EVERY_PAGE:
            page = visit.open(f"/configuration{path}")
            no_findings(page)
            assert sideways(page) <= 0, path


def test_an_office_is_edited_reviewed_saved_and_undone_by_keyboard(
    browser: Browser, base: str, root: Path
) -> None:
    """Without touching the mouse, from the list to the undoing."""
    before = (root / PLACE).read_text()
    with visiting(browser, base, bypass_csp=True) as visit:
        page = visit.sign_in()
        visit.open("/configuration/offices")
        page.get_by_role("link", name="Pittsburgh Office").focus()
        page.keyboard.press("Enter")
        name = page.get_by_label("Name", exact=True)
        name.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("Philadelphia")
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(name).to_be_focused()
        page.keyboard.type("Steel City")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Office Steel City")).to_be_visible()
        no_findings(page)
        assert (root / PLACE).read_text() == before
        page.get_by_role("button", name="Save").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Saved. It is in force now.")).to_be_visible()
        expect(page.get_by_role("link", name="Steel City")).to_be_visible()
        assert "Steel City" in (root / PLACE).read_text()
        page.get_by_role("link", name="Undo").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Save").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/configuration/history$"))
        no_findings(page)
        assert (root / PLACE).read_text() == before


def test_on_a_phone_offices_change_places_and_conflicts_are_joined(
    browser: Browser, base: str, root: Path
) -> None:
    """Moving swaps the list alone; what an editor saved meanwhile is kept."""
    original = (root / PLACE).read_text()
    with visiting(browser, base, theme="dark", width=390, bypass_csp=True) as visit:
        page = visit.sign_in()
        visit.open("/configuration/offices")
        page.get_by_role("button", name="Move Pittsburgh Office down").click()
        expect(page.get_by_text("Not saved yet")).to_be_visible()
        by_hand = json.loads(original)
        by_hand["offices"]["pittsburgh"]["timezone"] = "Asia/Tokyo"
        (root / PLACE).write_text(json.dumps(by_hand, indent=2))
        page.get_by_role("button", name="Review the change").click()
        expect(page.get_by_role("heading", name="Changed in the meantime")).to_be_visible()
        no_findings(page)
        assert sideways(page) <= 0
        page.get_by_role("button", name="Put my change on top").click()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved. It is in force now.")).to_be_visible()
        saved = json.loads((root / PLACE).read_text())["offices"]
        assert saved["pittsburgh"]["timezone"] == "Asia/Tokyo"
        assert saved["pittsburgh"]["processing_order"] > saved["philadelphia"]["processing_order"]
    (root / PLACE).write_text(original)
