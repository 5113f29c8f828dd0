"""The audit trail: found, told in plain words, proved, and taken along without being changed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.console_stage import Browser, ConsoleStage, console_stage

from switchboard.console.trail import words
from switchboard.store import audit

DAY = 86_400.0
SPRING = 1_774_000_000.0  # 20 March 2026, 09:46 UTC.


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path) as made:
        made.account()
        made.account("ben", "operator")
        made.account("vera", "viewer")
        yield made


async def note(stage: ConsoleStage, number: int, **more: object) -> None:
    def work(conn: sa.Connection) -> None:
        for each in range(number):
            values = {"actor": "chat", "action": "ticket.raised", "subject": f"SB-{each}"}
            audit.append(conn, **{**values, "at": SPRING + each, **more})  # type: ignore[arg-type]

    await stage.db.run(work)


async def page(browser: Browser, path: str = "/audit") -> str:
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def subjects(text: str) -> list[str]:
    return re.findall(r'class="subject">(?:<a [^>]*>)?([^<]*)<', text)


async def test_the_trail_is_for_administrators(stage: ConsoleStage) -> None:
    for name in ("ben", "vera"):
        browser = await stage.signed_in(name)
        assert (await browser.get("/console/audit")).status_code == 403
        assert '"/console/audit"' not in (await browser.get("/console/account")).text
        for path in ("verify", "export"):
            answer = await browser.submit("/account", f"/audit/{path}", form="csv")
            assert answer.status_code == 403


async def test_entries_are_told_in_plain_words(stage: ConsoleStage) -> None:
    await note(stage, 1, detail={"desk_id": "77", "again": True, "left": None})
    shown = await page(await stage.signed_in())
    assert "Ticket created" in shown
    assert "Signed in" in shown
    assert "Console" in shown
    assert "<dt>desk id</dt><dd>77</dd>" in shown
    assert "<dt>again</dt><dd>yes</dd>" in shown
    assert 'href="/console/tickets/SB-0"' in shown
    assert words.subject_path("call.retry", "call:7:1/2") == "/calls/call%3A7%3A1%2F2"
    assert words.subject_path("ticket.retry", "SB-+***77") == ""
    assert words.subject_path("people.forget", "forgotten:1") == ""
    assert words.action_words("new.kind_of") == "New kind of"
    assert words.actor_words("console:ana") == ("ana", "Console")


@pytest.mark.parametrize(
    ("action", "subject", "detail", "said", "place"),
    [
        ("report.refresh", "run:r-1", "{}", "r-1", "/reports/r-1"),
        ("run.start", "run:r-1", "{}", "r-1", "/processing/runs/r-1"),
        ("key.create", "key:shop", "{}", "shop", "/configuration/keys"),
        ("chat.closed", "chat:600:LD_1", "{}", "LD_1", "/conversations/chat%3A600%3ALD_1"),
        ("configuration.change", "x.json", "no JSON", "x.json", ""),
        (
            "configuration.change",
            "offices/philadelphia.json",
            '{"change": "c-7", "title": "Lead owners of Philadelphia"}',
            "Lead owners of Philadelphia",
            "/configuration/history/c-7",
        ),
    ],
)
def test_an_entry_names_its_subject_and_leads_to_it(
    action: str, subject: str, detail: str, said: str, place: str
) -> None:
    """Who changed the owner rule? The entry says which rule, and opens the difference."""
    assert words.subject_words(action, subject, detail) == said
    assert words.subject_path(action, subject, detail) == place


async def test_reading_leaves_no_entry_and_taking_along_does(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    before = await stage.db.run(audit.head)
    await page(browser)
    await browser.submit("/audit", "/audit/verify")
    assert await stage.db.run(audit.head) == before
    await browser.submit("/audit", "/audit/export", form="json")
    (newest,) = await stage.db.run(lambda c: audit.entries(c, limit=1))
    assert (newest.actor, newest.action) == ("console:ana", "audit.export")


async def test_filters_find_who_did_what_to_what_and_when(stage: ConsoleStage) -> None:
    await note(stage, 3)
    await note(stage, 1, actor="cli:root", action="key.create", subject="key:shop", at=SPRING + DAY)
    browser = await stage.signed_in()
    assert subjects(await page(browser, "/audit?who=ROOT")) == ["shop"]
    assert subjects(await page(browser, "/audit?what=ticket.")) == ["SB-2", "SB-1", "SB-0"]
    assert subjects(await page(browser, "/audit?subject=sb-1")) == ["SB-1"]
    day = "/audit?what=key.&from=2026-03-21&to=2026-03-21"
    assert subjects(await page(browser, day)) == ["shop"]
    assert subjects(await page(browser, "/audit?from=2026-03-21&to=2026-03-20&what=ticket.")) == [
        "SB-2", "SB-1", "SB-0",
    ]  # fmt: skip
    assert "No entry fits" in await page(browser, "/audit?subject=100%25_")
    assert "No entry fits" in await page(browser, "/audit?to=2020-01-01")
    for odd in ("from=yesterday", "what=%00", "who=%00", "before=-1", "after=" + "9" * 30):
        assert "Audit trail" in await page(browser, f"/audit?{odd}")


async def test_pages_hold_25_and_lead_both_ways(stage: ConsoleStage) -> None:
    await note(stage, 60)
    browser = await stage.signed_in()
    path, seen = "/audit?what=ticket.", []
    while path:
        shown = await page(browser, path)
        seen.append(subjects(shown))
        older = re.search(r'rel="next" href="/console([^"]+)"', shown)
        path = older[1].replace("&amp;", "&") if older else ""
    assert [len(each) for each in seen] == [25, 25, 10]
    assert [each for some in seen for each in some] == [f"SB-{n}" for n in reversed(range(60))]
    newer = re.search(r'rel="prev" href="/console([^"]+)"', shown)
    assert newer
    back = await page(browser, newer[1].replace("&amp;", "&"))
    assert subjects(back) == seen[1]


async def test_a_sound_chain_is_said_to_be_sound(stage: ConsoleStage) -> None:
    await note(stage, 5)
    browser = await stage.signed_in()
    answer = await browser.submit("/audit", "/audit/verify")
    head = await stage.db.run(audit.head)
    assert answer.status_code == 200
    assert f"The trail of {head.seq} rows is sound." in answer.text
    assert str(head) in answer.text
    again = await browser.submit("/audit", "/audit/verify", anchor=f" {head} ")
    assert "The row of the anchor is the one" in again.text


async def test_a_changed_row_is_named(stage: ConsoleStage) -> None:
    await note(stage, 5)

    def forge(conn: sa.Connection) -> None:
        conn.exec_driver_sql("DROP TRIGGER audit_no_update")
        conn.exec_driver_sql("UPDATE audit SET subject = 'SB-9' WHERE subject = 'SB-3'")

    await stage.db.run(forge)
    browser = await stage.signed_in()
    answer = await browser.submit("/audit", "/audit/verify")
    assert "DATA-004" in answer.text
    assert re.search(r"Row \d+ is not what was written", answer.text)
    assert "is sound" not in answer.text


async def test_an_anchor_shows_a_cut_off_end(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    answer = await browser.submit("/audit", "/audit/verify", anchor=f"{'a' * 64}@9999")
    assert "Row 9999, which the anchor was taken from, is not there" in answer.text
    wrong = await browser.submit("/audit", "/audit/verify", anchor="<b>none</b>")
    assert wrong.status_code == 422
    assert "This is no anchor" in wrong.text
    assert "<b>none" not in wrong.text


async def test_the_csv_is_no_formula_and_holds_what_was_chosen(stage: ConsoleStage) -> None:
    await note(stage, 1, subject="=HYPERLINK(1)", action="ticket.comment")
    await note(stage, 2, action="key.create")
    browser = await stage.signed_in()
    sent = {"form": "csv", "back": "what=ticket."}
    answer = await browser.submit("/audit", "/audit/export", **sent)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["subject"] for row in rows] == ["'=HYPERLINK(1)"]


async def test_the_json_proves_the_chain_elsewhere(stage: ConsoleStage) -> None:
    await note(stage, 30)
    browser = await stage.signed_in()
    answer = await browser.submit("/audit", "/audit/export", form="json")
    rows = json.loads(answer.text)
    assert [row["seq"] for row in rows] == list(range(len(rows), 0, -1))
    assert all(new["prev_hash"] == old["hash"] for new, old in pairwise(rows))
    assert (await browser.submit("/audit", "/audit/export", form="exe")).status_code == 422


async def test_hostile_entries_are_shown_as_text(stage: ConsoleStage) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}"
    await note(stage, 1, actor=hostile, action=hostile, subject=hostile, detail={hostile: hostile})
    shown = await page(await stage.signed_in())
    assert "<script>alert" not in shown
    assert "{{7*7}}" in shown


def test_every_action_of_ours_has_plain_words() -> None:
    """Whoever adds an action to the trail says in words.py what a person reads."""
    source = Path(words.__file__).parents[2]
    written = {
        found[1]
        for path in source.rglob("*.py")
        for found in re.finditer(r'action="([a-z]+\.[a-z_]+)"', path.read_text("utf-8"))
    }
    assert "people.forget" in written
    assert written <= set(words.ACTIONS)
