"""Every page of the console, as a company that works sees it: found by following its links.

Whoever adds a page need not name it here: a page that no link leads to is what fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.console_browser import WIDTHS, browser, sideways, visiting
from tests.console_life import Life, console_life
from tests.console_walk import Walk, signed_in

__all__ = ["browser"]
pytestmark = pytest.mark.slow
BUDGET = 60 * 1024  # Bytes of a first visit, as they travel.
FILES = re.compile(r'<(?:link|script)\b[^>]*?(?:href|src)="([^"]+)"')


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with console_life(tmp_path_factory.mktemp("life")) as found:
        yield found


@pytest.fixture(scope="module")
def walk(life: Life) -> Walk:
    return Walk(life.base).go()


def test_every_link_leads_to_a_page_and_a_link_to_every_page(walk: Walk) -> None:
    assert walk.broken == []
    assert walk.missed == set()
    assert len(walk.pages) > 20


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_can_be_used_by_everybody(
    life: Life, browser: Browser, walk: Walk, theme: str, width: int
) -> None:
    """Axe finds nothing, no script fails, nothing is loaded from elsewhere, nothing is lost."""
    findings = []
    with visiting(browser, life.base, theme=theme, width=width, bypass_csp=True) as visit:
        page = visit.sign_in()
        for path in walk.pages:
            look_at(page, path, life.base)
            if path in walk.kinds_of_pages:
                report = Axe().run(page)
                if report.violations_count:
                    findings.append(f"{path} {theme}: {report.generate_report()}")
            for other in WIDTHS:
                page.set_viewport_size({"width": other, "height": 860})
                if sideways(page) > 0:
                    findings.append(f"{path} at {other}: {sideways(page)} px too wide")
            page.set_viewport_size({"width": width, "height": 860})
    assert findings == []


def test_the_first_visit_of_a_page_is_light(life: Life, walk: Walk) -> None:
    """Page, style and script together, as they travel: a telephone in a lift has them at once."""
    name, value = signed_in(life.base)
    with httpx.Client(cookies={name: value}, headers={"Accept-Encoding": "gzip"}) as client:
        weights = {path: weight(client, life.base, path) for path in walk.kinds_of_pages}
    assert {path: each for path, each in weights.items() if each > BUDGET} == {}
    assert min(weights.values()) > 5 * 1024  # Style and script were counted.


def weight(client: httpx.Client, base: str, path: str) -> int:
    page = client.get(f"{base}{path}", follow_redirects=True)
    host, total = base.removesuffix("/console"), page.num_bytes_downloaded
    for file in set(FILES.findall(page.text)):
        total += client.get(f"{host}{file}").num_bytes_downloaded
    return total


@pytest.mark.parametrize("name", ["ben", "vera"])
def test_no_link_leads_where_one_may_not_go(life: Life, name: str) -> None:
    """Operators and viewers are shown no way to a page that then refuses them."""
    assert Walk(life.base).go(name).broken == []


def look_at(page: Page, path: str, base: str) -> None:
    page.goto(f"{base}{path}")
    page.locator("main h1").first.wait_for()
