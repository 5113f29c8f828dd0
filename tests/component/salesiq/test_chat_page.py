"""The chat page behaves like the real widget, in a real browser."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.component.salesiq.salesiq_stage import StubBot, reply

from switchboard.simulators.core.server import AppServer
from switchboard.simulators.server import SimulatorServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed here")
NASTY = '<img src=x onerror="document.title=1"><b>bold</b>'
CARD: dict[str, Any] = {"type": "email", "placeholder": "you@company.com", "error": ["Not quite."]}


FACES = {"type": "happiness-rating", "label": "How was it?"}
CHOICES = ["Windows password", "QuickBooks password", "Something else"]
ANSWERS: dict[str, Any] = {
    "I forgot my password": reply(
        "I can help with that.", "Which password is it?", suggestions=CHOICES
    ),
    "Windows password": reply("Which address do we reach you at?", input=CARD),
    "ada@example.com": reply("Thank you. A ticket is on its way.", input=FACES),
    "a person": {"action": "forward", "replies": ["I am getting somebody."]},
    "wait": {"action": "pending", "replies": ["That takes a moment."]},
    "bye": {"action": "end", "replies": ["Goodbye!"]},
}


def desk(delivery: dict[str, Any]) -> Any:
    """Answer like a help desk's bot would, each step another way of showing things."""
    if delivery["handler"] == "trigger":
        name = delivery["visitor"].get("name", "there")
        return reply(f"Hello {name}! I am AceBuddy.", "What is wrong today?")
    if delivery["handler"] == "failure":
        return reply("Nobody is free at the moment.", "I will log it, and somebody writes to you.")
    text = delivery["message"]["text"]
    return ANSWERS.get(text) or reply(f"You said: {text}")


@contextlib.contextmanager
def a_chat_page() -> Iterator[tuple[str, StubBot]]:
    bot = StubBot(desk)
    with (
        AppServer(lambda: bot.app, host="127.0.0.1", port=0) as bot_server,
        SimulatorServer(seed=7, scenario="empty", calls=0) as simulator,
    ):
        settings = {"url": f"{bot_server.base_url}/webhook/salesiq", "secure": True}
        httpx.post(f"{simulator.base_url}/_sim/salesiq/bot", json=settings).raise_for_status()
        yield simulator.base_url, bot


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def site() -> Iterator[tuple[str, StubBot]]:
    with a_chat_page() as both:
        yield both


@pytest.fixture
def page(browser: Browser, site: tuple[str, StubBot]) -> Iterator[Page]:
    """A page that is closed before its server, and whose scripts make no mistake."""
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.set_default_timeout(10_000)
    yield page
    page.close()
    assert wrong == []


def start(page: Page, base: str, name: str = "Ada") -> None:
    page.goto(f"{base}/chat")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Start chat").click()
    expect(page.get_by_text(f"Hello {name}!")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def test_a_visitor_chats_from_hello_to_goodbye(page: Page, site: tuple[str, StubBot]) -> None:
    """Choices block typing, a card checks the address, a rating is one click."""
    base, bot = site
    start(page, base)
    say(page, "I forgot my password")
    choice = page.get_by_role("button", name="Windows password")
    expect(choice).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_be_disabled()
    choice.click()
    address = page.get_by_label("E-mail address")
    address.fill("nonsense")
    address.press("Enter")
    expect(page.get_by_text("Not quite.")).to_be_visible()
    address.fill("ada@example.com")
    address.press("Enter")
    page.get_by_role("button", name="Happy").click()
    expect(page.get_by_text("You said: Happy")).to_be_visible()
    say(page, NASTY)
    expect(page.get_by_text(f"You said: {NASTY}")).to_be_visible()
    say(page, "bye")
    expect(page.get_by_text("This chat has ended.")).to_be_visible()
    assert bot.words() == [
        "I forgot my password",
        "Windows password",
        "ada@example.com",
        "Happy",
        NASTY,
        "bye",
    ]
    page.reload()
    expect(page.get_by_text("Goodbye!")).to_be_visible()
    page.get_by_role("button", name="Start a new chat").click()
    expect(page.get_by_role("button", name="Start chat")).to_be_visible()


def test_a_visitor_waits_and_a_person_takes_over(page: Page, site: tuple[str, StubBot]) -> None:
    """Waiting shows; a person's words arrive by themselves; the drawer shows what went on."""
    base, _ = site
    start(page, base)
    say(page, "wait")
    expect(page.get_by_label("AceBuddy is writing")).to_be_visible()
    page.get_by_role("button", name="What happens behind").click()
    page.get_by_label("Operators are free").uncheck()
    expect(page.locator("#deliveries summary")).to_have_count(2)
    page.locator("#deliveries summary").first.click()
    expect(page.locator("#deliveries pre").nth(1)).to_contain_text('"action": "pending"')
    say(page, "a person")
    expect(
        page.locator("#log").get_by_text("I will log it, and somebody writes to you.")
    ).to_be_visible()
    page.get_by_label("Operators are free").check()
    say(page, "a person")
    expect(page.get_by_text("You are chatting with Mara Lindqvist.")).to_be_visible()
    (chat,) = httpx.get(f"{base}/_sim/state/salesiq/conversations").json()
    httpx.post(
        f"{base}/_sim/salesiq/conversations/{chat['id']}/operator", json={"text": "Mara here."}
    ).raise_for_status()
    expect(page.get_by_text("Mara here.")).to_be_visible()
