"""Photograph the console of a company that has worked for a while; `draw_screens.py` calls it."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from switchboard.cli.demo_chats import ACCOUNT_NAME, Running, receive_visitors, service_running
from switchboard.cli.demo_command import DAYS, SPEED
from switchboard.config.load import load
from switchboard.console.links import MOUNTED_AT
from switchboard.simulators.salesiq.visitors.cast import cast
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer

DESKTOP, PHONE = (1280, 900), (390, 844)
CALLS = 300
HALF_WAY = re.compile(r"\b(?:[6-9]\d|1\d\d|2\d\d) of \d{3}\b")


@dataclass
class Visitor:
    """A browser that is signed in."""

    page: Page
    base: str
    folder: Path

    async def open(self, path: str) -> Page:
        await self.page.goto(f"{self.base}{path}")
        return self.page

    async def photograph(self, name: str) -> None:
        await self.page.wait_for_timeout(400)  # Pictures fade in.
        await self.page.screenshot(path=self.folder / f"{name}.png")


async def visit(
    browser: Browser, running: Running, folder: Path, *, dark: bool = False, phone: bool = False
) -> Visitor:
    width, height = PHONE if phone else DESKTOP
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    made = Visitor(await context.new_page(), f"{running.address}{MOUNTED_AT}", folder)
    page = await made.open("/sign-in")
    await page.get_by_label("Name", exact=True).fill(ACCOUNT_NAME)
    await page.get_by_label("Password", exact=True).fill(running.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("main h1").wait_for()
    return made


async def photograph_console(home: Path, folder: Path) -> None:
    """Serve, start a run from the console, let visitors chat, and photograph what a person sees."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("No Chromium here: the pictures of the console stay as they are.\n")
        return
    with SimulatorServer(seed=1, calls=CALLS, days=DAYS, speed=SPEED) as simulators:
        write_config(simulators.world, simulators.base_url, home, speed=SPEED)
        async with (
            service_running(load(home), simulators, say=lambda _line: None) as running,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            await _run(await visit(browser, running, folder, dark=True))
            await receive_visitors(simulators, cast(), lambda _visit: None)
            await _pages(await visit(browser, running, folder))
            phone = await visit(browser, running, folder, dark=True, phone=True)
            await phone.open("/dashboard")
            await phone.photograph("console-dashboard-phone-dark")
            await browser.close()


async def _run(visitor: Visitor) -> None:
    """Start the first run, and photograph it half-way."""
    page = await visitor.open("/processing")
    await page.get_by_label("Hours back").fill(f"{DAYS * 24:g}")
    await page.get_by_text("More choices").click()
    await page.get_by_label("Detailed log").check()
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator("main")).to_contain_text(HALF_WAY, timeout=60_000)
    await visitor.photograph("console-run-dark")
    await expect(page.locator("main")).to_contain_text("Done", timeout=180_000)


async def _pages(visitor: Visitor) -> None:
    await visitor.open("/dashboard")
    await visitor.photograph("console-dashboard-light")
    page = await visitor.open("/calls?fate=done&outcome=voicemail")
    await page.locator("table a.cover").first.click()
    await page.locator("main h1").wait_for()
    await visitor.photograph("console-call-light")
    page = await visitor.open("/conversations")
    await page.get_by_role("link", name="Maya Lane").click()
    await page.locator("main h1").wait_for()
    await visitor.photograph("console-conversation-light")
    page = await visitor.open("/configuration/workflows/password_reset")
    await visitor.photograph("console-workflow-light")
    await visitor.open("/insights/chats")
    await visitor.photograph("console-insights-light")
