"""Chat workflows in a real browser: written, checked, tried and saved by hand and keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.component.conversing.chat_stage import FORGOT
from tests.config_files import two_offices
from tests.console_browser import browser, served, sideways, visiting
from tests.console_stage import ConsoleStage
from tests.unit.flows.chat_to_ticket.dialogue.transcripts import fake_classify

from switchboard.config.load import load
from switchboard.config.watch import WatchedConfiguration
from switchboard.flows.chat_to_ticket.library import OPERATORS, SHIPPED, load_library
from switchboard.store import unsure_messages
from switchboard.store.database import Database
from switchboard.store.unsure_messages import Unsure

__all__ = ["browser"]
pytestmark = pytest.mark.slow
LONG = "W" * 300 + '<img src=x onerror="alert(1)">'
PRINTER = "/configuration/workflows/printer_issues"
PAGES = (
    "/configuration/workflows", PRINTER, f"{PRINTER}/steps", f"{PRINTER}/examples",
    f"{PRINTER}/difference", "/configuration/workflows/new-workflow",
    "/configuration/bot-wording", "/configuration/examples", "/configuration/keys",
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = two_offices(tmp_path_factory.mktemp("workflows"))
    (made / OPERATORS).mkdir(parents=True)
    own = (SHIPPED / "printer_issues.yaml").read_text("utf-8").replace("Low", "High", 1)
    (made / OPERATORS / "printer_issues.yaml").write_text(own, "utf-8")
    examples = made / "chat" / "examples"
    examples.mkdir()
    (examples / "printer_issues.yaml").write_text(
        f"id: printer_issues\nexamples: ['{LONG}']\n", "utf-8"
    )
    return made


@pytest.fixture(scope="module")
def base(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    async def chats() -> Any:
        return SimpleNamespace(classify=fake_classify)

    watched = WatchedConfiguration(load(root), lambda _: None)
    db = Database.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'console.db'}")
    stage = ConsoleStage(
        db, configuration=lambda: watched.current, reload=watched.refresh, chats=chats
    )
    stage.account()

    def unsure(conn: sa.Connection) -> None:
        for number, text in enumerate((LONG, FORGOT, "nothing prints"), 1):
            one = Unsure(text=text, outcome="ask", labels=("printer_issues", "rdp"), p=0.4)
            chat = f"chat:acme:{number}"
            unsure_messages.add(conn, stage.sealer, chat, stage.now(), one)

    db.run_sync(unsure)
    with served(stage) as address:
        yield address
    db.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 320)])
def test_pages_are_usable_by_everybody(browser: Browser, base: str, theme: str, width: int) -> None:
    """Axe finds nothing, nothing scrolls sideways, whatever visitors and operators wrote."""
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as seen:
        seen.sign_in()
        for path in PAGES:
            page = seen.open(path)
            assert sideways(page) <= 0, path
            found = Axe().run(page).response["violations"]
            assert [(path, each["id"], each["nodes"][0]["html"]) for each in found] == []


def write(page: Page, old: str, new: str) -> None:
    """Replace words of the document as a person would."""
    field = page.get_by_label("Document of the workflow")
    field.fill(field.input_value().replace(old, new, 1))


def test_a_workflow_is_written_tried_and_saved(browser: Browser, base: str, root: Path) -> None:
    """Findings come while one types, and lead to their line; who comes back finds the text."""
    with visiting(browser, base) as seen:
        seen.sign_in()
        page = seen.open(PRINTER)
        write(page, "if: problem is missing", "if: probem is missing")
        finding = page.locator("#findings [data-line]")
        expect(finding).to_have_text("Line 39")
        expect(page.locator(".gutter .fail")).to_have_text("39")
        finding.click()
        field = page.get_by_label("Document of the workflow")
        expect(field).to_be_focused()
        assert field.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)") == (
            "    if: probem is missing"
        )
        write(page, "probem", "problem")
        expect(page.get_by_text("No findings. The bot can use it.")).to_be_visible()
        write(page, "Let us look at the printer.", "Poor printer!")
        page.get_by_role("button", name="Anew").click()
        chat = page.get_by_role("log")
        expect(chat).to_contain_text("Poor printer!")
        page.get_by_role("button", name="Nothing is printed").click()
        expect(chat).to_contain_text("Who is affected?")
        expect(page.get_by_label("What the visitor writes")).to_be_focused()
        page.keyboard.type("everyone")
        page.keyboard.press("Enter")
        expect(chat).to_contain_text("From where do you print?")
        assert "Poor printer!" not in (root / OPERATORS / "printer_issues.yaml").read_text("utf-8")
        page.get_by_role("button", name="Review the change").click()
        page.get_by_role("link", name="Back", exact=True).last.click()
        expect(field).to_have_value(re.compile("Poor printer!"))
        page.get_by_role("button", name="Review the change").click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        assert load_library(root).workflows["printer_issues"].intro == "Poor printer!"


def test_the_keyboard_leaves_the_document(browser: Browser, base: str) -> None:
    """Tab goes on to the next control: nobody is caught in the field."""
    with visiting(browser, base) as seen:
        seen.sign_in()
        page = seen.open(PRINTER)
        page.get_by_label("Document of the workflow").focus()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Review the change")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Check")).to_be_focused()


def test_without_scripts_everything_still_works(browser: Browser, base: str) -> None:
    """Check and chat are plain forms."""
    with visiting(browser, base, java_script_enabled=False) as seen:
        seen.sign_in()
        page = seen.open(PRINTER)
        page.get_by_role("button", name="Nothing is printed").click()
        expect(page.get_by_role("log")).to_contain_text("Who is affected?")
        page.get_by_label("What the visitor writes").fill("everyone")
        page.keyboard.press("Enter")
        expect(page.get_by_role("log")).to_contain_text("From where do you print?")
