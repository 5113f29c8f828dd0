"""The first page: what somebody who signs in sees, whatever is wrong and whoever they are."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from markupsafe import escape
from tests.component.console.attention.trouble import everything
from tests.component.store.makers import an_interaction
from tests.config_files import OFFICES, two_offices
from tests.console_stage import ConsoleStage, console_stage
from tests.unit.reports.samples import HOSTILE

from switchboard.config.load import Configuration, load
from switchboard.console.dashboard.examining import Examiner, by_group
from switchboard.console.dashboard.overview import Dashboard
from switchboard.doctor.results import Check, Examination, error, ok, warning
from switchboard.errors import OperatorError, TransientError
from switchboard.jobs.chores import Diary, Entry
from switchboard.store import audit, ledger, runs
from switchboard.store import tables as t

HOURS = 3600.0


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    offices = {**OFFICES, "offices": {**OFFICES["offices"]}}
    philadelphia = {**offices["offices"]["philadelphia"], "name": HOSTILE}
    offices["offices"]["philadelphia"] = philadelphia
    runs = [{"name": "<i>morning</i>", "cron": "0 8 * * *", "offices": ["philadelphia"]}]
    documents = {
        "sorted/data/offices.json": offices,
        "data/schedule.json": {"timezone": "Europe/London", "runs": runs},
    }
    return load(two_offices(tmp_path / "company", documents))


@pytest.fixture
async def stage(tmp_path: Path, configuration: Configuration) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path, configuration=lambda: configuration) as made:
        for name, role in (("ana", "administrator"), ("ben", "operator"), ("vera", "viewer")):
            made.account(name, role)  # type: ignore[arg-type]
        yield made


async def shown(stage: ConsoleStage, path: str = "/dashboard", name: str = "ana") -> str:
    browser = await stage.signed_in(name)
    answer = await browser.get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def words(text: str) -> str:
    """What a person reads of a page."""
    text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


async def test_whoever_signs_in_begins_at_the_dashboard(stage: ConsoleStage) -> None:
    browser = await stage.signed_in("vera")
    answer = await browser.get("/console/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/dashboard")


async def test_an_empty_store_says_what_will_appear(stage: ConsoleStage) -> None:
    said = words(await shown(stage))
    assert "Calls today 0 nothing to compare with yet" in said
    assert "Nothing has happened yet" in said
    assert "No calls in this time" in said
    assert "RingCentral" in said


async def test_without_a_configuration_the_page_still_opens(tmp_path: Path) -> None:
    """The first thing after the installation: nothing is set up, nothing is broken."""
    async with console_stage(tmp_path) as stage:
        stage.account()
        said = words(await shown(stage))
    assert "Not set up" in said
    assert "No vendor is set up yet." in said


async def test_until_the_first_run_the_next_step_is_clear(stage: ConsoleStage) -> None:
    """Friday, 6 pm, just installed: what is to be done, in which order, and what is done."""
    page = await shown(stage)
    assert "First steps" in page
    assert page.count('class="button primary"') == 1, "the next step alone stands out"
    assert "Everything is all right" not in page
    assert "Invite your colleagues" not in words(await shown(stage, name="ben"))
    assert "First steps" not in words(await shown(stage, name="vera"))
    new = runs.Run(id="r1", kind="calls", started_at=1.0, options='{"dry_run": false}')
    await stage.db.run(lambda conn: runs.start(conn, new))
    done = partial(runs.finish, run_id="r1", outcome="done", summary="{}", finished_at=2.0)
    await stage.db.run(done)
    stage.skipped += 60
    assert "First steps" not in words(await shown(stage))


async def test_problems_come_first_with_what_to_do(stage: ConsoleStage) -> None:
    stage.db.run_sync(lambda conn: everything(conn, stage.sealer, stage.now()))
    text = await shown(stage)
    said = words(text)
    assert text.index("problems-title") < text.index("connections-title")
    assert "more causes" in said
    assert "RC-401" in said
    assert "/console/attention/cause/" in text
    number = re.search(r'class="tile-value">(\d+)</p>\s*<p class="tile-below fail">', text)
    badge = re.search(r'class="count"[^>]*>(\d+)', text)
    assert number
    assert badge
    assert number[1] == badge[1]  # Tile and side bar never disagree.


async def test_everything_may_fail_at_once(tmp_path: Path, configuration: Configuration) -> None:
    """No document can be used, the vault is locked, chats are down, every job fails."""
    (configuration.root / "data").mkdir(exist_ok=True)
    (configuration.root / "data/credentials.enc").write_bytes(b"no ciphertext")
    (configuration.root / "data/encryption.key").write_text("no key\n")
    diary = Diary()
    for name, code in (("mails", "SMTP-000"), ("waiting calls", "ZOHO-500"), ("odd", "SB-000")):
        diary.entries[name] = Entry(failures=4, code=code, due_at=1.9e9)
    down: Any = {
        "configuration": lambda: configuration,
        "chats_problem": lambda: TransientError("CHAT-101", f"It has a loop. {HOSTILE}"),
        "diary": diary,
    }
    async with console_stage(tmp_path, **down) as stage:
        stage.account()
        stage.db.run_sync(lambda conn: everything(conn, stage.sealer, stage.now()))
        said = words(await shown(stage))
        states = words(await shown(stage, "/dashboard/connections"))
    assert "Locked" in said
    assert "Put off after a failure" in said
    assert "Failed 4 times in a row" in said
    assert "Sign in again" in states


async def test_whatever_an_office_or_a_run_is_called_is_text(stage: ConsoleStage) -> None:
    def fill(conn: sa.Connection) -> None:
        summary = '{"offices": [{"seen": 1}], "stopped_by": "RC-500: <img src=x>"}'
        row = {"id": "r1", "kind": "calls", "office": "philadelphia", "summary": summary}
        times = {"started_at": stage.now() - 9, "finished_at": stage.now() - 5}
        conn.execute(sa.insert(t.run).values(**row, **times, outcome="stopped"))
        audit.append(conn, actor="console:<u>eve</u>", action="configuration.change",
                     subject="data/settings.json", detail={"title": HOSTILE})  # fmt: skip
        ledger.upsert(conn, [an_interaction(1, started_at=stage.now() - 60, person=HOSTILE)])

    stage.db.run_sync(fill)
    text = await shown(stage)
    for raw in (HOSTILE, "<i>morning</i>", "<u>eve</u>", "<img src=x"):
        assert raw not in text
        assert str(escape(raw)) in text
    assert "style=" not in text.replace("stylesheet", "")


async def test_runs_are_told_in_the_zone_of_their_timetable(stage: ConsoleStage) -> None:
    said = words(await shown(stage))
    assert re.search(r"(today|tomorrow) 08:00 (GMT|BST)", said)


async def test_times_are_kept_in_the_address_and_unknown_ones_are_the_usual(
    stage: ConsoleStage,
) -> None:
    assert "Calls, 12 weeks" in await shown(stage, "/dashboard?range=weeks")
    assert "Calls, today by hour" in await shown(stage, "/dashboard?range=today")
    assert "Calls, 14 days" in await shown(stage, "/dashboard?range=%3Cb%3E")


async def test_what_changes_by_itself_can_be_replaced_on_its_own(stage: ConsoleStage) -> None:
    """Every part that is looked at again has an id that is there once."""
    for path in ("/dashboard", "/dashboard/connections"):
        text = await shown(stage, path)
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        fresh = re.findall(r"<[^>]*data-refresh[^>]*>", text)
        assert fresh
        assert all(' id="' in each for each in fresh)
    assert len(re.findall(r"data-refresh", await shown(stage))) >= 4


async def test_viewers_are_not_offered_what_they_may_not_do(stage: ConsoleStage) -> None:
    seen, done = await shown(stage, name="vera"), await shown(stage, name="ben")
    assert "Run now" in done
    assert "Run now" not in seen
    assert "Show what a run would do" not in seen
    assert "Check now</span>" not in await shown(stage, "/dashboard/connections", "vera")
    vera = await stage.signed_in("vera")
    answer = await vera.submit("/dashboard", "/dashboard/connections/check")
    assert answer.status_code == 403


async def test_a_stranger_sees_nothing_of_it(stage: ConsoleStage) -> None:
    for path in ("/dashboard", "/dashboard/connections"):
        answer = await stage.browser().get(f"/console{path}")
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["location"]


async def examined(
    stage: ConsoleStage, examiner: Examiner, gate: asyncio.Event | None = None
) -> tuple[str, str]:
    """Press Check now; return the page at once, and the one when it is done: after *gate*."""
    stage.console.state.dashboard = replace(Dashboard(), examiner=examiner)
    browser = await stage.signed_in("ben")
    answer = await browser.submit("/dashboard/connections", "/dashboard/connections/check")
    assert answer.status_code == 303
    at_once = (await browser.get("/console/dashboard/connections")).text
    if gate is not None:
        gate.set()
    await examiner.finished()
    return at_once, (await browser.get("/console/dashboard/connections")).text


async def test_a_check_runs_beside_the_page_and_tells_what_to_do(stage: ConsoleStage) -> None:
    asked: list[tuple[Path, float]] = []
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def examine(root: Path, limit: float) -> Examination:
        asked.append((root, limit))
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(gate.wait(), loop))
        checks = ok("Zoho CRM", "Sign-in", "Fine."), warning("Store", "Size", "DB-002", "Large.")
        return Examination((*checks, error("RingCentral", "Sign-in", "RC-401", f"No {HOSTILE}")))

    examiner = Examiner(examine)
    at_once, done = await examined(stage, examiner, gate)
    assert "Asking every vendor" in at_once
    assert 'data-refresh="2"' in at_once
    assert "Check now</span>" not in at_once
    said = words(done)
    assert "Checked just now by ben" in said
    assert said.index("Sign-in RC-401") < said.index("Size DB-002") < said.index("Fine.")
    assert "switchboard credentials set" in said
    assert HOSTILE not in done
    assert asked == [(stage.service.configuration().root, examiner.limit)]


async def test_a_check_that_fails_or_hangs_is_a_line_of_the_page(stage: ConsoleStage) -> None:
    async def breaks(_root: Path, _limit: float) -> Examination:
        raise OperatorError("CFG-026", "The key is gone.")

    async def hangs(_root: Path, _limit: float) -> Examination:
        await asyncio.sleep(60)
        raise AssertionError

    _, done = await examined(stage, Examiner(breaks))
    assert "CFG-026" in done
    _, late = await examined(stage, Examiner(hangs, limit=0.05))
    assert "No answer within" in late


async def test_only_one_check_is_at_work(configuration: Configuration) -> None:
    count = 0

    async def examine(_root: Path, _limit: float) -> Examination:
        nonlocal count
        count += 1
        await asyncio.sleep(0.05)
        return Examination(())

    examiner = Examiner(examine)
    assert examiner.begin(configuration.root, "ana", lambda: 1.0)
    assert not examiner.begin(configuration.root, "ben", lambda: 2.0)
    await examiner.finished()
    assert (count, examiner.by) == (1, "ana")


def test_groups_with_errors_come_first() -> None:
    checks: tuple[Check, ...] = (ok("A", "x", ""), warning("B", "x", "DB-002", ""))
    assert list(by_group((*checks, error("C", "x", "DB-002", "")))) == ["C", "B", "A"]
