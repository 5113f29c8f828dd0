"""Needs attention: whatever stopped or is late is there, under its cause, with what to do."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.component.console.attention.trouble import a_parked_call, everything
from tests.config_files import a_company
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.config.findings import ConfigError, finding
from switchboard.config.load import load
from switchboard.console.attention import looking, running, stopped
from switchboard.error_reference import about
from switchboard.errors import OperatorError
from switchboard.jobs.chores import Diary, Entry
from switchboard.store import ledger
from switchboard.store import tables as t

CAUSES = {
    "ZOHO-422": "1 call",
    "parked": "1 call",
    "late-call": "1 call",
    "doubt": "1 write in doubt",
    "MEDIA-413": "1 recording",
    "lost": "1 voicemail",
    "MEDIA-001": "1 voicemail",
    "ZOHO-403": "1 call-back",
    "late-call-back": "1 call-back",
    "SMTP-550": "1 mail",
    "SMTP-001": "1 mail",
    "SMTP-002": "1 mail",
    "DESK-422": "1 ticket",
    "late-ticket": "1 ticket",
    "DESK-403": "1 ticket update",
    "late-reply": "1 answer in a chat",
    "approval-ends": "1 approval",
    "RC-401": "1 run",
    "ZOHO-401": "1 connection",
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    diary = Diary()
    async with console_stage(tmp_path, diary=diary) as made:
        made.account()
        yield made


async def fill(stage: ConsoleStage) -> None:
    await stage.db.run(partial(everything, sealer=stage.sealer, at=stage.now()))


def plain(text: str) -> str:
    """Return words without what is around them: tags, backticks, escapes."""
    return html.unescape(re.sub(r"<[^>]+>|`", "", text))


def look(stage: ConsoleStage) -> dict[str, str]:
    work = partial(looking.look, live=[], at=stage.now(), alarm=7.0)
    return {each.name: each.words for each in stage.db.run_sync(work)}


async def page(browser: Browser, path: str = "/attention") -> str:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_each_kind_of_thing_stands_under_its_cause(stage: ConsoleStage) -> None:
    await fill(stage)
    assert look(stage) == CAUSES


async def test_a_cause_says_what_it_means_and_what_helps(stage: ConsoleStage) -> None:
    await fill(stage)
    shown = await page(await stage.signed_in())
    for cause in CAUSES:
        known = about(cause)
        if known is not None:
            assert known.code in shown
            for words in (known.meaning, known.you):
                assert plain(words) in plain(shown), cause
    assert "Last looked" in shown


async def test_what_holds_up_everything_comes_first_and_what_is_late_last(
    stage: ConsoleStage,
) -> None:
    await fill(stage)
    names = list(look(stage))
    assert set(names[:2]) == {"RC-401", "ZOHO-401"}
    assert {"late-call", "late-reply", "approval-ends", "doubt"} <= set(names[-9:])


async def test_things_lead_to_where_they_are_looked_at(stage: ConsoleStage) -> None:
    await fill(stage)
    shown = await page(await stage.signed_in())
    for path in (
        "/calls/call%3A700%3A1", "/calls/call%3A700%3A8", "/tickets/SB-REFUSED", "/tickets/SB-FINE",
        "/conversations/chat%3Aacme%3A1", "/processing/runs/bad", "/configuration/mappings",
    ):  # fmt: skip
        assert f'href="/console{path}"' in shown, path


async def test_hostile_words_are_shown_as_text(stage: ConsoleStage) -> None:
    hostile = "<img src=x onerror=alert(1)>{{7*7}}"
    call = a_parked_call(1, stage.now(), why=hostile, office=hostile, person=hostile)
    await stage.db.run(lambda c: ledger.upsert(c, [call]))
    shown = await page(await stage.signed_in())
    assert "<img" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in shown


async def test_many_are_shown_page_by_page(stage: ConsoleStage) -> None:
    calls = [a_parked_call(n, stage.now()) for n in range(60)]
    await stage.db.run(lambda c: ledger.upsert(c, calls))
    browser = await stage.signed_in()
    shown = await page(browser)
    assert shown.count('<li class="row thing">') == looking.EXAMPLES
    assert "Show all 60" in shown
    counts, seen = [], set()
    for number in range(3):
        one = await page(browser, f"/attention/cause/ZOHO-422?page={number}")
        links = re.findall(r'href="/console(/calls/[^"]+)"', one)
        counts.append(len(links))
        seen |= set(links)
    assert counts == [25, 25, 10]
    assert len(seen) == 60
    beyond = await browser.get("/console/attention/cause/ZOHO-422?page=9")
    assert beyond.status_code == 200
    assert "Nothing has this cause" not in beyond.text


async def test_when_nothing_waits_the_page_says_so(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    shown = await page(browser)
    assert "Nothing needs you" in shown
    assert 'class="count"' not in shown
    gone = await page(browser, "/attention/cause/NO%2FSUCH-1")
    assert "Nothing has this cause any more" in gone


async def test_jobs_beside_the_runs_and_broken_chats_are_told(tmp_path: Path) -> None:
    diary = Diary({"mails": Entry(failures=3, code="SMTP-001"), "tickets": Entry()})
    broken = OperatorError("DESK-401", "Zoho Desk refused the token.")
    async with console_stage(tmp_path, diary=diary, chats_problem=lambda: broken) as stage:
        stage.account()
        shown = await page(await stage.signed_in())
    assert "Sending mails" in shown
    assert "3 times in a row" in shown
    assert "Zoho Desk refused the token." in shown
    assert "Creating tickets" not in shown


async def test_the_side_bar_says_how_much_waits(stage: ConsoleStage) -> None:
    """In words as well, for who does not see the number; it is counted once for some seconds."""
    await fill(stage)
    browser = await stage.signed_in()
    expected = len(CAUSES)
    shown = await page(browser, "/account")
    assert f'<span class="count">{expected}<span class="hidden"> things need you' in shown
    call = a_parked_call(30, stage.now())
    await stage.db.run(lambda c: ledger.upsert(c, [call]))
    assert f'class="count">{expected}<' in await page(browser, "/account")
    stage.skipped += looking.KEPT_SECONDS
    assert f'class="count">{expected + 1}<' in await page(browser, "/account")


async def test_a_page_is_shown_though_the_number_cannot_be_counted(
    stage: ConsoleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await stage.signed_in()

    for error in (OperatorError("IO-001", "No."), sa.exc.OperationalError("", {}, Exception("x"))):

        def fails(*_: object, error: Exception = error, **__: object) -> int:
            raise error

        monkeypatch.setattr(stopped, "count", fails)
        stage.skipped += 60
        assert "Your account" in await page(browser, "/account")


async def test_the_number_and_the_page_agree(stage: ConsoleStage) -> None:
    await fill(stage)

    def both(conn: sa.Connection) -> tuple[int, int]:
        at = stage.now()
        found = looking.look(conn, [], at, 7.0)
        return looking.count(conn, at, 7.0), sum(each.number for each in found)

    number, listed = await stage.db.run(both)
    assert number == listed == len(CAUSES)


async def test_a_run_needs_nobody_once_a_later_one_of_its_offices_went_well(
    stage: ConsoleStage,
) -> None:
    """A run whose process died has no end and no sign of life."""
    now = stage.now()

    def note(
        name: str, ago: float, outcome: str | None, offices: list[str], **more: object
    ) -> None:
        options = json.dumps({"offices": offices, **more})
        row = {"id": name, "kind": "calls", "started_at": now - ago, "outcome": outcome}
        ended = None if outcome is None else now - ago + 5
        insert = sa.insert(t.run).values(**row, options=options, finished_at=ended)
        stage.db.run_sync(lambda c: c.execute(insert) and None)

    def told() -> set[tuple[str, str]]:
        found = stage.db.run_sync(lambda c: running.of_store(c, now))
        return {(each.id, each.cause) for each in found}

    note("died", 900, None, [])
    note("failed", 800, "failed", ["boston"])
    note("rehearsed", 700, "failed", [], dry_run=True)
    note("long ago", 30 * 86_400, "failed", [])
    assert told() == {("died", "run-died"), ("failed", "run-failed")}
    note("good", 600, "done", ["austin"])
    assert told() == {("died", "run-died"), ("failed", "run-failed")}
    note("better", 500, "done", ["boston"])
    assert told() == {("died", "run-died")}
    note("best", 400, "done", [])
    assert told() == set()


async def test_broken_documents_and_missing_credentials_lead_to_where_they_are_mended(
    tmp_path: Path,
) -> None:
    configuration = load(a_company(tmp_path / "company"))
    wrong = ConfigError(
        [
            finding("CFG-011", "sorted/boston/lead_owners.json", "has no <b>active</b> owner"),
            finding("CFG-014", "data/field_mappings.json", "uses ${nothing}", key="Last_Name"),
        ]
    )
    async with console_stage(
        tmp_path, configuration=lambda: configuration, configuration_problem=lambda: wrong
    ) as stage:
        stage.account()
        shown = await page(await stage.signed_in())
    for words in (
        "sorted/boston/lead_owners.json", "has no &lt;b&gt;active&lt;/b&gt; owner", "CFG-014",
        "Last_Name: uses ${nothing}", "CFG-025", "/console/configuration/owners",
        "/console/configuration/mappings",
    ):  # fmt: skip
        assert words in shown, words
    assert 'class="count">3<' in shown
