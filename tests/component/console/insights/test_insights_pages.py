"""The pages of insights show what was counted, to everybody who may sign in, and nothing runs."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator

import pytest
from tests.component.console.insights.counted_company import HOSTILE, NOW, configuration, fill
from tests.console_stage import Browser, ConsoleStage

from switchboard.store.database import Database

TILE = re.compile(
    r'tile-label">(?:<a[^>]*>)?([^<]+).*?tile-value">(?:<span[^>]*>)?([^<]+)', re.DOTALL
)
PAGES = ("/insights", "/insights/chats", "/insights/calls", "/insights/owners", "/reports/compare")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleStage]:
    """The company on Friday evening; nothing here changes it."""
    folder = tmp_path_factory.mktemp("insights")
    company = configuration(folder / "company")
    db = Database.open(f"sqlite:///{folder / 'console.db'}")
    made = ConsoleStage(db, configuration=lambda: company, zone=lambda: "America/New_York")
    made.skipped = NOW - time.time()
    made.account("vera", "viewer")
    db.run_sync(fill)
    yield made
    db.close()


@pytest.fixture
async def vera(stage: ConsoleStage) -> Browser:
    return await stage.signed_in("vera")


async def tiles(browser: Browser, path: str) -> dict[str, str]:
    page = await browser.get(f"/console{path}")
    assert page.status_code == 200, page.text
    return {label.strip(): value.strip() for label, value in TILE.findall(page.text)}


async def rows(browser: Browser, path: str) -> list[dict[str, str]]:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_the_numbers_are_those_of_the_time_and_the_office(vera: Browser) -> None:
    seven = await tiles(vera, "/insights?days=7")
    assert seven | {"Calls": "9", "Answered": "78 %", "Missed": "2"} == seven
    assert (await tiles(vera, "/insights?days=30"))["Calls"] == "10"
    here = await tiles(vera, "/insights?days=7&office=pittsburgh")
    assert here | {"Calls": "1", "Answered": "Not enough yet"} == here
    own = await tiles(vera, "/insights?days=own&since=2026-11-10&until=2026-11-10")
    assert own["Calls"] == "1"


async def test_chats_are_measured_as_a_whole_and_by_workflow(vera: Browser) -> None:
    found = await tiles(vera, "/insights/chats?days=7")
    assert found == {
        "Chats": "6", "Tickets created": "5", "Completion": "83 %", "Escalation": "17 %",
        "Automated": "83 %", "Time saved": "2 h", "First response": "15 min",
        "Resolution": "1 h 30 min", "Satisfaction": "5.0 of 5",
    }  # fmt: skip
    one = await tiles(vera, "/insights/chats?days=7&workflow=password_reset")
    assert one["Requests begun"] == "6"
    other = await tiles(vera, "/insights/chats?days=7&workflow=printer_issues")
    assert (other["Requests begun"], other["Completion"]) == ("0", "Not enough yet")


async def test_messages_that_wait_to_become_examples_are_told_and_linked(vera: Browser) -> None:
    page = (await vera.get("/console/insights/chats")).text
    assert "One message was not understood for certain." in " ".join(
        re.sub("<[^>]+>", "", page).split()
    )
    assert 'href="/console/configuration/examples"' in page


async def test_each_offices_calls_stand_at_the_hour_of_its_own_clock(vera: Browser) -> None:
    """17:00 in New York is 15:00 in Denver."""
    found = await rows(vera, "/insights/tables/answered_by_hour.csv?days=7")
    assert found == [
        {"weekday": "Fri", "hour": "15:00", "calls": "1", "answered": "1", "missed": "0"},
        {"weekday": "Fri", "hour": "17:00", "calls": "8", "answered": "6", "missed": "2"},
    ]


async def test_who_waits_for_a_call_is_named_with_a_link_to_the_call(vera: Browser) -> None:
    page = (await vera.get("/console/insights/calls?days=7")).text
    assert "One missed call was" in page
    assert 'href="/console/calls/call%3A700%3A6"' in page
    assert page.index("(215) 555-0006") < page.index("(215) 555-0007")
    (found,) = await rows(vera, "/insights/tables/missed_calls.csv?days=7")
    assert found | {"missed_calls": "2", "reached_again": "0", "overdue": "1"} == found


async def test_two_weeks_stand_side_by_side(vera: Browser) -> None:
    found = {row["what"]: row for row in await rows(vera, "/reports/compare.csv")}
    assert [found["Calls"][name] for name in ("newer", "older")] == ["9", "1"]
    assert [found["Answered share"][name] for name in ("newer", "older")] == ["0.7778", ""]
    assert found["Calls that need a person"]["newer"] == "1"
    assert "Chats" not in found  # None are set up in this company.
    wrong = await vera.get("/console/reports/compare?what=own&since=2026-11-09&until=2026-11-01")
    assert "The first day must not be after the last one" in wrong.text


async def test_names_are_text_on_every_page_and_no_formula_in_any_table(vera: Browser) -> None:
    for path in PAGES:
        page = await vera.get(f"/console{path}")
        assert page.status_code == 200
        assert HOSTILE not in page.text
    assert "&lt;script&gt;alert(1)" in (await vera.get("/console/insights/calls")).text
    found = await rows(vera, "/insights/tables/owners.csv?days=7")
    assert [(row["owner"], row["new_leads"]) for row in found] == [
        ("'=cmd|' /C calc'!A0", "4"),
        ("David Chen", "2"),
    ]


async def test_every_table_can_be_taken_along(vera: Browser) -> None:
    for name in (
        "workflows", "funnels", "chat_hours", "deliveries", "chats_per_day", "calls_per_day",
    ):  # fmt: skip
        assert await rows(vera, f"/insights/tables/{name}.csv?days=7"), name


async def test_a_table_nobody_has_is_not_found_and_nobody_unknown_sees_any(vera: Browser) -> None:
    assert (await vera.get("/console/insights/tables/accounts.csv")).status_code == 404
    vera.cookies.clear()
    for path in (*PAGES, "/insights/tables/owners.csv", "/reports/compare.csv"):
        assert (await vera.get(f"/console{path}")).status_code == 303
