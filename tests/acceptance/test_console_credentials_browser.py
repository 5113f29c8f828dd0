"""Credentials in a real browser: by keyboard, on a phone, in the dark, with vendors that answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.console_browser import WIDTHS, browser, served, sideways, visiting
from tests.console_stage import PASSWORD, ConsoleStage

from switchboard.config.load import load
from switchboard.config.vault import Vault
from switchboard.config.watch import WatchedConfiguration
from switchboard.simulators.scenario import write_config
from switchboard.simulators.scenario.configuration import credentials
from switchboard.simulators.server import SimulatorServer
from switchboard.store.database import Database

__all__ = ["browser"]
pytestmark = pytest.mark.slow
SPEED = 60.0  # The vendors' minutes last a second.
HOME = "/configuration/credentials"


@dataclass(frozen=True, slots=True)
class Company:
    base: str
    root: Path
    simulators: SimulatorServer


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    root = tmp_path_factory.mktemp("company")
    with SimulatorServer(scenario="settled", calls=1, speed=SPEED) as simulators:
        write_config(simulators.world, simulators.base_url, root, speed=SPEED)
        settings = root / "data/settings.json"
        store = f"sqlite:///{root / 'console.db'}"
        document = {**json.loads(settings.read_text("utf-8")), "database_url": store}
        settings.write_text(json.dumps(document), "utf-8")
        watched = WatchedConfiguration(load(root), lambda _: None)
        db = Database.open(store)
        stage = ConsoleStage(db, configuration=lambda: watched.current, reload=watched.refresh)
        stage.account()
        with served(stage) as base:
            yield Company(base, root, simulators)
        db.close()


def no_findings(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        assert sideways(page) <= 0, f"{page.url} at {width}"


def test_credentials_are_entered_and_tested_by_keyboard_alone(
    company: Company, browser: Browser
) -> None:
    """A code of Zoho's, the own password, Enter: then a test says that it works."""
    known = credentials()["zoho"]
    company.simulators.world.accounts.add_code("1000.good", known["client_id"])
    before = Vault.open(company.root).load().zoho
    with visiting(browser, company.base, bypass_csp=True) as visit:
        page = visit.sign_in()
        visit.open(HOME)
        page.locator("#zoho").get_by_role("link", name="Change").press("Enter")
        for label in ("Client id", "Client secret", "Code", "Your own password"):
            field = page.locator("#code").get_by_label(label).first
            assert field.input_value() == ""
        page.locator("#f-code-code").fill("1000.wrong")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")  # The button that shows what was typed.
        expect(page.locator("#f-code-current")).to_be_focused()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Nothing was changed.")).to_be_visible()
        assert page.locator("#f-code-code").input_value() == ""
        page.locator("#f-code-code").fill("1000.good")
        page.locator("#f-code-current").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").get_by_text("Zoho took the code.")).to_be_visible()
        page.get_by_role("button", name="Test Zoho CRM").press("Enter")
        expect(page.locator("#zoho").get_by_text("It works.")).to_be_visible()
        no_findings(page)
    assert Vault.open(company.root).load().zoho != before


def test_a_phone_in_the_dark_is_enough(company: Company, browser: Browser) -> None:
    options = {"theme": "dark", "width": 390, "bypass_csp": True}
    with visiting(browser, company.base, **options) as visit:  # type: ignore[arg-type]
        page = visit.sign_in()
        visit.open(f"{HOME}/desk")
        page.get_by_text("Enter a client without a code").click()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name="Enter the password")).to_be_visible()
        no_findings(page)
