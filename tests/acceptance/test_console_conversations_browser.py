"""Conversations and tickets in a real browser: they move by themselves, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.component.console.chats.chats_console import HOSTILE, ChatsConsole, page_of
from tests.component.conversing.chat_stage import FORGOT, ChatStage, a_chat
from tests.console_browser import Watched, browser, served, sideways, visiting
from tests.console_stage import PASSWORD

from switchboard.flows.chat_to_ticket.models import Visitor
from switchboard.flows.chat_to_ticket.state import Chat
from switchboard.store import tickets
from switchboard.store.database import Database

__all__ = ["browser"]
pytestmark = pytest.mark.slow
LOUD = Visitor(id="v2", name=f"{HOSTILE}{'W' * 120}", email="loud@example.com")
STOPPED = a_chat("stopped", visitor=LOUD)


def do(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it beside the browser, whose own loop holds this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatsConsole]:
    root = tmp_path_factory.mktemp("desk")
    db = Database.open(f"sqlite:///{root / 'store.db'}")
    made = ChatsConsole(ChatStage(db, root))
    made.chat.now = datetime.now(UTC)

    async def live() -> None:
        await made.chat.to_stage("raised", STOPPED)
        await made.chat.say("x" * 300, HOSTILE, chat=STOPPED)
        (reference,) = await made.chat.tickets()
        why = f"A field is missing: {'y' * 200}"
        await made.chat.do(
            lambda conn: tickets.update(
                conn, reference, state="parked", error_code="DESK-422", why=why, number="1001"
            )
        )

    do(live())
    yield made
    db.close()


@pytest.fixture(scope="module")
def base(desk: ChatsConsole) -> Iterator[str]:
    with served(desk.console) as address:
        yield address


def signed_in(visit: Watched, name: str) -> None:
    """Come by the list of tickets: these tests are of no other page."""
    page = visit.open("/tickets")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()


def later(page: Page, seconds: int = 6) -> None:
    """Let an open page look again without waiting for it."""
    page.clock.fast_forward(seconds * 1000)


def spoken(desk: ChatsConsole, name: str) -> Chat:
    chat = a_chat(name, visitor=Visitor(id=name, name=f"Visitor {name}"))
    desk.chat.now = datetime.now(UTC)
    do(desk.chat.say(FORGOT, chat=chat))
    return chat


def test_an_open_conversation_goes_on_by_itself_until_it_is_closed(
    browser: Browser, base: str, desk: ChatsConsole
) -> None:
    """Found in the list, opened by keyboard, watched, and closed: without loading it again."""
    chat = spoken(desk, "Mo")
    with visiting(browser, base) as visit:
        signed_in(visit, "ben")
        visit.page.clock.install()
        page = visit.open("/conversations")
        line = page.get_by_role("link", name="Visitor Mo")
        line.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Visitor Mo")).to_be_visible()
        log = page.get_by_role("log")
        expect(log.get_by_text(FORGOT)).to_be_in_viewport()
        page.evaluate("window.stillHere = true")
        do(desk.chat.say("Yes", chat=chat))
        later(page)
        expect(log.locator(".pressed", has_text="Yes")).to_be_visible()
        expect(log.locator("li.bubble").last).to_be_in_viewport()
        expect(page.locator("#chat-facts")).to_contain_text("Password reset")
        assert page.evaluate("window.stillHere") is True
        page.get_by_role("button", name="Close", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").last).to_contain_text("Closed. The visitor")
        expect(page.locator("#chat-head").get_by_text("Closed")).to_be_visible()
        expect(page.get_by_role("button", name="Close", exact=True)).to_have_count(0)


def test_who_reads_further_up_is_not_moved(browser: Browser, base: str, desk: ChatsConsole) -> None:
    """What came is told by a button; pressing it leads to the newest words."""
    chat = spoken(desk, "Lu")
    do(desk.chat.to_stage("reviewing", chat))
    with visiting(browser, base, width=390) as visit:
        signed_in(visit, "vera")
        visit.page.clock.install()
        page = visit.open(page_of(chat.id))
        talk = page.locator("[data-talk]")
        first = page.locator("li.bubble").first
        talk.evaluate("(box) => { box.scrollTop = -box.scrollHeight; }")
        expect(first).to_be_in_viewport()
        top = first.bounding_box()
        do(desk.chat.say("What is this about?", chat=chat))
        later(page)
        button = page.get_by_role("button", name="New messages")
        expect(button).to_be_visible()
        moved = first.bounding_box()
        assert top is not None
        assert moved is not None
        assert abs(moved["y"] - top["y"]) < 2
        button.click()
        expect(page.locator("li.bubble").last).to_be_in_viewport()
        expect(button).to_be_hidden()


def test_the_list_moves_and_the_detector_answers_in_place(
    browser: Browser, base: str, desk: ChatsConsole
) -> None:
    with visiting(browser, base) as visit:
        signed_in(visit, "vera")
        visit.page.clock.install()
        page = visit.open("/conversations")
        chat = spoken(desk, "Zoe")
        later(page, 20)
        expect(page.get_by_role("link", name="Visitor Zoe")).to_be_visible()
        page.get_by_label("Stage").select_option("closed")
        later(page, 1)
        expect(page.get_by_role("link", name="Visitor Zoe")).to_have_count(0)
        assert "stage=closed" in page.url
        page = visit.open(page_of(chat.id))
        page.get_by_role("link", name="What the Detector makes of this message").click()
        expect(page.locator("[data-made]")).to_contain_text("Password reset")
        expect(page.get_by_role("link", name="Hide what the detector")).to_be_focused()
        later(page)
        expect(page.locator("[data-made]")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator("[data-made]")).to_have_count(0)


@pytest.mark.parametrize(("theme", "width"), [("dark", 390), ("light", 1280)])
def test_everybody_can_read_them(
    browser: Browser, base: str, desk: ChatsConsole, theme: str, width: int
) -> None:
    """No finding of axe, nothing sideways, with hostile and endless words on every page."""
    (reference, *_) = do(desk.chat.tickets())
    pages = ("/conversations", page_of(STOPPED.id), "/tickets", f"/tickets/{reference}")
    with visiting(browser, base, theme=theme, width=width, bypass_csp=True) as visit:
        signed_in(visit, "ben")
        for path in pages:
            page = visit.open(path)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            assert sideways(page) <= 0, path
            assert page.locator("img").count() == 0
            if width == 390:
                page.set_viewport_size({"width": 320, "height": 700})
                assert sideways(page) <= 0, path
                page.set_viewport_size({"width": width, "height": 860})
