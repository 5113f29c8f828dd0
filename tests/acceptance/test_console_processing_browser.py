"""Runs in a real browser: started, watched as they go, scrolled back, stopped, applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.component.calls.company import CALLERS, a_record
from tests.console_browser import Watched, browser, no_findings, served, sideways, visiting
from tests.console_stage import PASSWORD, ConsoleStage
from tests.running_rig import RunningRig, no_report

from switchboard import running

__all__ = ["browser"]
pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=alert(1)>" + "unbroken" * 40
AT_END = "(box) => box.scrollHeight - box.clientHeight - box.scrollTop < 32"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRig]:
    records = [
        a_record(number, caller=CALLERS[number % 6], minutes_ago=60 + number)
        for number in range(40)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "conclude", no_report)
        made = RunningRig(tmp_path_factory.mktemp("runs"), records)
        yield made
        made.db.close()


@pytest.fixture(scope="module")
def base(rig: RunningRig) -> Iterator[str]:
    stage = ConsoleStage(rig.db, configuration=lambda: rig.configuration, runner=rig.runner)
    stage.account()
    with served(stage) as address:
        yield address


@pytest.fixture(autouse=True)
def recorded(rig: RunningRig) -> Iterator[None]:
    rig.set_up_logs()
    rig.gate.clear()
    yield
    rig.gate.set()


def arrive(visit: Watched) -> Page:
    """Sign in on the way to the page."""
    page = visit.open("/processing")
    page.get_by_label("Name", exact=True).fill("ana")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Processing").wait_for()
    return page


def start(page: Page, **switches: bool) -> None:
    for name, on in switches.items():
        page.get_by_label(name.replace("_", " ").capitalize(), exact=True).set_checked(on)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("heading", name="Console output").wait_for()


def talk(rig: RunningRig, count: int, **values: Any) -> None:
    for number in range(count):
        rig.say("test_line", number=number, **values)


def test_a_run_is_watched_as_it_goes_scrolled_back_and_stopped(
    browser: Browser, base: str, rig: RunningRig
) -> None:
    with visiting(browser, base) as visit:
        page = arrive(visit)
        page.get_by_label("Hours back").press("Enter")  # By keyboard alone.
        log = page.get_by_role("log")
        expect(log).to_contain_text("Reading the call log of RingCentral")
        talk(rig, 120)
        expect(log).to_contain_text("Test line: number=119")
        assert log.evaluate(AT_END), "it follows"
        follow = page.get_by_role("switch", name="Follow")
        log.hover()
        page.mouse.wheel(0, -400)
        expect(follow).not_to_be_checked()
        place = log.evaluate("(box) => box.scrollTop")
        rig.say("later_line")
        expect(log).to_contain_text("Later line")
        assert log.evaluate("(box) => box.scrollTop") == place, "reading is not interrupted"
        follow.check()
        assert log.evaluate(AT_END)
        texts = log.locator(".line").all_inner_texts()
        assert len(texts) == len(set(texts)), "no line twice"
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#run-head")).to_contain_text("Stopped by ana")
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
        expect(page.get_by_role("link", name="Run again")).to_be_visible()


def test_a_phone_shows_the_run_first_and_hostile_lines_break(
    browser: Browser, base: str, rig: RunningRig
) -> None:
    with visiting(browser, base, theme="dark", width=320, bypass_csp=True) as visit:
        page = arrive(visit)
        start(page)
        run = page.url
        rig.say("odd", "warning", text=HOSTILE)
        expect(page.get_by_role("log")).to_contain_text("<img src=x")
        no_findings(page)
        assert sideways(page) <= 0
        page = visit.open("/processing")
        expect(page.locator("#now").get_by_text("Running")).to_be_visible()
        expect(page.get_by_label("Hours back")).to_be_hidden()
        page.locator(".settings > summary").click()
        expect(page.get_by_label("Hours back")).to_be_visible()
        no_findings(page)
        assert sideways(page) <= 0
        page.goto(run)
        rig.gate.set()
        expect(page.locator("#run-head")).to_contain_text("Done")
        expect(page.get_by_role("heading", name="What became of the calls")).to_be_visible()
        no_findings(page)
        assert sideways(page) <= 0


def test_a_plan_is_read_and_applied(browser: Browser, base: str, rig: RunningRig) -> None:
    rig.gate.set()
    with visiting(browser, base, width=390, bypass_csp=True) as visit:
        page = arrive(visit)
        rig.company.records.append(a_record(99, caller="+12155550999", minutes_ago=30))
        start(page, Dry_run=True)
        expect(page.get_by_role("heading", name="What a run would do")).to_be_visible()
        no_findings(page)
        assert sideways(page) <= 0
        page.get_by_role("button", name="Apply this plan").click()
        expect(page.get_by_text("earlier dry run")).to_be_visible()
        expect(page.locator("#run-head")).to_contain_text("Done")


def test_without_script_a_run_is_seen_by_loading_again(
    browser: Browser, base: str, rig: RunningRig
) -> None:
    with visiting(browser, base, java_script_enabled=False) as visit:
        page = arrive(visit)
        start(page)
        rig.say("said_meanwhile")
        page.wait_for_timeout(600)
        page.get_by_role("link", name="Load it again").click()
        expect(page.get_by_role("log")).to_contain_text("Said meanwhile")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("status").filter(has_text="is being stopped")).to_be_visible()
