"""A person chats with the running service in a browser, up to the ticket and its mails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from tests.acceptance.harness import SWITCHBOARD, clean_environment, free_port
from tests.trained_detector import CACHE, shipped_detector

from switchboard.simulators.salesiq.visitors.brain import Seen, Visitor, next_move
from switchboard.simulators.scenario import connect_bot, write_config
from switchboard.simulators.server import SimulatorServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed here"),
]
PATIENCE_SECONDS = 180.0
HOSTILE = '<img src=x onerror="document.title=1">'
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
MOST_MOVES = 40


@dataclass(frozen=True)
class Site:
    simulators: SimulatorServer

    def state(self, place: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.simulators.base_url}/_sim/state/{place}", timeout=30)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    def mail(self, to: str, subject: str) -> dict[str, Any]:
        """Return the newest mail to somebody, as soon as it is there."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for each in reversed(self.state("mail/messages")):
                if to in each["to"] and subject in each["subject"]:
                    found: dict[str, Any] = each
                    return found
            time.sleep(0.25)
        raise AssertionError(f"No mail to {to} about {subject!r}.")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    shipped_detector()
    with SimulatorServer(seed=7, scenario="empty", calls=0, speed=60) as simulators:
        port = free_port()
        write_config(simulators.world, simulators.base_url, home, speed=60, server_port=port)
        connect_bot(simulators.world, f"http://127.0.0.1:{port}/webhook/salesiq")
        with (home / "serve.log").open("wb") as log:
            serving = subprocess.Popen(
                [SWITCHBOARD, "serve", "--config-dir", str(home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=clean_environment(XDG_CACHE_HOME=os.fspath(CACHE)),
            )
            try:
                _wait_until_ready(f"http://127.0.0.1:{port}", serving, home / "serve.log")
                yield Site(simulators)
            finally:
                serving.terminate()
                serving.wait(timeout=120)


def _wait_until_ready(address: str, serving: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and serving.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def page() -> Iterator[Page]:
    """A telephone's page: whose scripts make no mistake, and that asks nobody but this machine."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on("request", lambda asked: _only_here(asked.url, wrong))
        page.set_default_timeout(20_000)
        yield page
        browser.close()
    assert wrong == []


def _only_here(url: str, wrong: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:")):
        wrong.append(f"asked {url}")


def test_a_forgotten_password_becomes_a_ticket(page: Page, site: Site) -> None:
    """The visitor answers, types the code from the mail, reads the number and gets a mail of it."""
    visitor = Visitor(
        says="I forgot my password",
        topic="Password reset",
        prefers=("Remote desktop",),
        name="Ada Lane",
        email="ada@harborlight.example",
        phone="+1 215 555 0199",
    )
    page.goto(f"{site.simulators.base_url}/chat")
    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_role("button", name="Start chat").click()
    texts = _chat(page, site, visitor)
    (ticket,) = site.state("zoho_desk/tickets")
    number = str(ticket["number"])
    assert f"Ticket Number: {number}" in "\n".join(texts)
    assert page.locator("#log img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.reload()
    expect(page.locator("#log").get_by_text(f"Ticket Number: {number}").first).to_be_visible()
    customer = site.mail(visitor.email, number)
    team = site.mail("helpdesk@keystone.example", number)
    assert "ACTION REQUIRED" in team["text"]
    assert f"Ticket number: {number}" in customer["text"]
    shown = next(i for i, m in enumerate(site.state("mail/messages"), 1) if m == customer)
    page.goto(f"{site.simulators.base_url}/_sim/mail/{shown}")
    expect(page.get_by_text(number, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _chat(page: Page, site: Site, visitor: Visitor) -> list[str]:
    """Go on until the visitor has what they came for; return what the bot said."""
    heard = 0
    for said in range(MOST_MOVES):
        expect(page.locator("#log .bot:not(.typing) .bubble").nth(heard)).to_be_visible()
        expect(page.locator(".typing")).to_have_count(0)
        texts = page.locator("#log .bot .bubble").all_inner_texts()
        card = page.locator("#card input").first
        carded = page.locator("#card").is_visible()
        over = page.locator("#over").is_visible()
        seen = Seen(
            texts=texts[heard:],
            suggestions=tuple(page.locator("#choices:visible button").all_inner_texts()),
            input=(card.get_attribute("type") or "") if carded else "",
            status="ended" if over else "bot",
            said=said,
        )
        heard = len(texts)
        move = next_move(visitor, seen)
        if move.kind == "done":
            return texts
        text = _code(site, visitor) if move.kind == "code" else move.text
        _answer(page, text)
    raise AssertionError(f"Still chatting: {texts[-3:]}")


def _answer(page: Page, text: str) -> None:
    """Choose what can be chosen, type everything else; Enter sends it."""
    choice = page.locator("#choices:visible").get_by_role("button", name=text, exact=True)
    if choice.count():
        choice.press("Enter")
        return
    carded = page.locator("#card").is_visible()
    field = (
        page.locator("#card input").first if carded else page.get_by_label("Message", exact=True)
    )
    field.fill(text)
    field.press("Enter")


def _code(site: Site, visitor: Visitor) -> str:
    found = CODE.search(site.mail(visitor.email, "Your code")["text"])
    assert found is not None
    return found[0]
