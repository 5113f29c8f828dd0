"""A browser and a served console for tests of pages: both themes, every width, axe."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.console_stage import PASSWORD, ConsoleStage

WIDTHS = (320, 390, 820, 1280)
THEMES = ("light", "dark")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
# A page that answers 4xx is one of ours; the browser tells of it on its console.
_OF_THE_STATUS = "Failed to load resource: the server responded with a status of 4"


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the distribution's Chromium; skip where there is none."""
    found = os.environ.get("CONSOLE_BROWSER") or shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium on this machine (CONSOLE_BROWSER names another browser)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def served(stage: ConsoleStage) -> Iterator[str]:
    """Serve a console; yield the address it is mounted at."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            stage.app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/console"
        server.should_exit = True
        thread.join(5)


@dataclass
class Watched:
    """A page, and what a person would not want to happen on it."""

    page: Page
    base: str
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        host = self.base.removesuffix("/console")
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda said: (
                self.trouble.append(f"console: {said.text}")
                if said.type in {"error", "warning"} and not said.text.startswith(_OF_THE_STATUS)
                else None
            ),
        )
        self.page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((host, "data:"))
                else self.trouble.append(f"request elsewhere: {request.url}")
            ),
        )

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base}{path}")
        return self.page

    def sign_in(self, name: str = "ana") -> Page:
        self.open("/sign-in")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("navigation", name="Pages").first.wait_for(state="attached")
        return self.page


@contextmanager
def visiting(
    browser: Browser, base: str, *, theme: str = "light", width: int = 1280, **options: object
) -> Iterator[Watched]:
    """Open a page in a browser profile of its own; fail on errors and foreign requests."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        **options,  # type: ignore[arg-type]
    )
    watched = Watched(context.new_page(), base)
    yield watched
    context.close()
    assert watched.trouble == []


def sideways(page: Page) -> int:
    """Return by how many pixels a page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for all tests of a file."""
    with a_browser() as found:
        yield found


@pytest.fixture(scope="module")
def base(stage: ConsoleStage) -> Iterator[str]:
    """Return the address at which the file's `stage` is served."""
    with served(stage) as address:
        yield address


def no_findings(page: Page) -> None:
    """Ask axe whether everybody can use a page."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
