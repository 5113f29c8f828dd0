"""Starting, stopping and looking back at runs, as people do it in the console."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest
from tests.console_stage import ConsoleStage
from tests.running_rig import RunningRig

from switchboard.errors import OperatorError
from switchboard.store import run_lines, runs
from switchboard.store.run_lines import Line
from switchboard.store.runs import Run

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> +12155550123'


async def started(stage: ConsoleStage, who: str = "ben", **fields: str) -> str:
    """Start a run with the form; return its id."""
    browser = await stage.signed_in(who)
    sent = {"hours": "48", "types": "all", **fields}
    answer = await browser.submit("/processing", "/processing/start", **sent)
    assert answer.status_code == 303, answer.text
    place = re.fullmatch(r"/console/processing/runs/([\w-]+)", answer.headers["location"])
    assert place, answer.headers["location"]
    return place[1]


async def page(stage: ConsoleStage, path: str, who: str = "vera") -> str:
    answer = await (await stage.signed_in(who)).get(f"/console{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def put(rig: RunningRig, run_id: str, **rest: object) -> None:
    options = json.dumps({"offices": ["north"], "types": ["missed"], "hours_back": 24})
    values = {"kind": "calls", "started_at": 1000.0, "options": options, **rest}
    new = Run(id=run_id, **values)  # type: ignore[arg-type]
    await rig.db.run(lambda conn: runs.start(conn, new))


async def test_an_operator_starts_a_run_and_sees_what_came_of_it(
    stage: ConsoleStage, rig: RunningRig
) -> None:
    run_id = await started(stage, office="north")
    await rig.over(run_id)
    seen = await page(stage, f"/processing/runs/{run_id}")
    assert "Run: North office" in seen
    assert "All calls of the last 48 hours" in seen
    assert "ben in the console" in seen
    assert 'data-label="Calls">6</td>' in seen
    assert "Done: call s-0008" in seen
    assert "data-events" not in seen, "a run that is over is not followed"
    listed = await page(stage, "/processing?in=north&outcome=done&by=console%3Aben")
    assert run_id in listed
    assert "1 run<" in listed
    assert run_id not in await page(stage, "/processing?in=south")


@pytest.mark.parametrize("action", ["start", "runs/r1/stop", "runs/r1/apply"])
async def test_viewers_start_and_stop_nothing(
    stage: ConsoleStage, rig: RunningRig, action: str
) -> None:
    await put(rig, "r1")
    browser = await stage.signed_in("vera")
    assert "Start</span>" not in (await browser.get("/console/processing")).text
    answer = await browser.submit("/account", f"/processing/{action}", hours="1", types="all")
    assert answer.status_code == 403
    stranger = stage.browser()
    for path in ("/processing", "/processing/runs/r1", "/processing/runs/r1/events"):
        assert (await stranger.get(f"/console{path}")).status_code == 303, path


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"hours": "0"}, "above 0 and up to 168"),
        ({"hours": "169"}, "above 0 and up to 168"),
        ({"hours": "nan"}, "above 0 and up to 168"),
        ({"hours": "two"}, "above 0 and up to 168"),
        ({"office": "gone"}, "no longer in the configuration"),
        ({"types": "other"}, "Choose one of the three"),
    ],
)
async def test_a_form_that_cannot_be_run_is_shown_again(
    stage: ConsoleStage, fields: dict[str, str], words: str
) -> None:
    browser = await stage.signed_in("ben")
    sent = {"hours": "24", "types": "all", "dry_run": "1", **fields}
    answer = await browser.submit("/processing", "/processing/start", **sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert re.search(r'name="dry_run" value="1" checked', answer.text), "what was chosen stays"


async def test_what_keeps_a_run_from_starting_is_said_beside_the_form(
    stage: ConsoleStage, rig: RunningRig
) -> None:
    rig.failing = OperatorError("CFG-025", "There are no credentials yet.")
    browser = await stage.signed_in("ben")
    answer = await browser.submit("/processing", "/processing/start", hours="1", types="all")
    assert answer.status_code == 422
    assert "CFG-025: There are no credentials yet." in answer.text


async def test_a_run_is_watched_and_stopped(stage: ConsoleStage, rig: RunningRig) -> None:
    rig.gate.clear()
    run_id = await started(stage)
    listed = await page(stage, "/processing", "ben")
    assert f'href="/console/processing/runs/{run_id}"' in listed
    assert "Running</span>" in listed
    browser = await stage.signed_in("ben")
    path = f"/processing/runs/{run_id}"
    live = (await browser.get(f"/console{path}")).text
    assert f'data-events="/console{path}/events"' in live
    assert (await browser.submit(path, f"{path}/stop")).status_code == 303
    await rig.over(run_id)
    seen = await page(stage, path)
    assert "Stopped by ben</span>" in seen
    assert "RUN-002" in seen
    again = await browser.submit(path, f"{path}/stop", follow_redirects="")
    assert again.status_code == 303
    assert "had ended already" in (await browser.get(f"/console{path}")).text


async def test_a_second_run_on_the_same_offices_is_told(
    stage: ConsoleStage, rig: RunningRig
) -> None:
    rig.gate.clear()
    first = await started(stage)
    second = await started(stage, office="south")
    seen = await page(stage, f"/processing/runs/{second}")
    assert f'<a href="/console/processing/runs/{first}">Another run</a> works on' in seen


async def test_a_run_whose_process_died_does_not_run_for_ever(
    stage: ConsoleStage, rig: RunningRig
) -> None:
    await put(rig, "r1", worker="elsewhere/1/x", actor="schedule:daily")
    seen = await page(stage, "/processing/runs/r1", "ben")
    assert "Ended without a word</span>" in seen
    assert "Timetable: daily" in seen
    assert "/processing/runs/r1/stop" not in seen
    assert "r1" in await page(stage, "/processing?outcome=died")
    assert "No run matches" in await page(stage, "/processing?outcome=running")


async def test_the_last_run_that_failed_says_why_and_what_helps(
    stage: ConsoleStage, rig: RunningRig
) -> None:
    """Yesterday's run failed: why, and what repairs it? The first look at Processing says both."""
    summary = json.dumps({"stopped_by": "ZOHO-401: Zoho CRM refused <b>the token</b>."})
    await put(rig, "r0", started_at=900.0, finished_at=950.0, outcome="done", closed_at=950.0)
    await put(
        rig, "r1", finished_at=1100.0, outcome="failed", summary=summary, closed_at=1100.0
    )  # fmt: skip
    for path in ("/processing", "/processing/runs/r1"):
        seen = await page(stage, path, "ana")
        assert "Zoho CRM refused &lt;b&gt;the token&lt;/b&gt;." in seen
        assert "What to do:" in seen
        assert 'href="/console/configuration/credentials"' in seen
        assert 'class="button plain" href="/console/configuration/' not in await page(stage, path)
    await put(
        rig, "r2", started_at=2000.0, finished_at=2100.0, outcome="done", closed_at=2100.0
    )  # fmt: skip
    assert "What to do:" not in await page(stage, "/processing"), "it went well since"


async def test_hostile_words_stay_words(stage: ConsoleStage, rig: RunningRig) -> None:
    """A caller may call himself anything: on the page and in the file it is text."""
    await put(rig, "r1", actor=f"cli:{HOSTILE}", outcome="done", finished_at=1001.0)
    line = Line(1, 1000.0, "warn", HOSTILE)
    await rig.db.run(partial(run_lines.append, run_id="r1", lines=[line]))
    for path in ("/processing/runs/r1", "/processing"):
        seen = await page(stage, path)
        assert "<script>alert" not in seen
        assert "<img" not in seen
    log = await (await stage.signed_in("vera")).get("/console/processing/runs/r1/log")
    assert log.headers["content-type"].startswith("text/plain")
    assert log.headers["content-disposition"] == 'attachment; filename="run-r1.log"'
    assert log.text == f"00:16:40.000  warn   {HOSTILE}\n"


@pytest.mark.parametrize("path", ["", "/log", "/events"])
async def test_a_run_nobody_knows_is_no_page(stage: ConsoleStage, path: str) -> None:
    browser = await stage.signed_in("vera")
    answer = await browser.get(f"/console/processing/runs/no%22%3E%3Cb/{path[1:]}".rstrip("/"))
    assert answer.status_code == 404


async def test_a_long_log_shows_its_end_and_the_file_has_all(
    stage: ConsoleStage, rig: RunningRig
) -> None:
    await put(rig, "r1", outcome="done", finished_at=1001.0)
    many = [Line(n, 1000.0, "info", f"line {n}.") for n in range(1, 1501)]
    await rig.db.run(partial(run_lines.append, run_id="r1", lines=many))
    seen = await page(stage, "/processing/runs/r1")
    assert "1,200 earlier lines are in the full log." in seen
    assert "line 1200." not in seen
    assert "line 1201." in seen
    log = await (await stage.signed_in("vera")).get("/console/processing/runs/r1/log")
    assert log.text.count("\n") == 1500


async def test_a_plan_says_why_and_is_applied(stage: ConsoleStage, rig: RunningRig) -> None:
    """The real run covers at least the calls of the plan, for the same offices and types."""
    planned = await started(stage, office="north", types="missed", dry_run="1", hours="24")
    await rig.over(planned)
    stage.skipped = 3600.0
    path = f"/processing/runs/{planned}"
    seen = await page(stage, path, "ben")
    assert "What a run would do" in seen
    assert "Nobody in Zoho CRM has this number" in seen
    assert "create lead, note" in seen
    assert "E" in (re.search(r'plan-when">\d+ \w+, \d\d:\d\d (E[SD]T)', seen) or [""])[0]
    assert re.search(r"looks 25(\.\d+)? hours back", seen)
    assert "No plan" not in seen
    only = await page(stage, f"{path}?action=skip", "ben")
    assert "create lead" not in only
    browser = await stage.signed_in("ben")
    answer = await browser.submit(path, f"{path}/apply")
    applied = answer.headers["location"].rpartition("/")[2]
    run = (await rig.over(applied)).run
    options = json.loads(run.options)
    assert options["offices"] == ["north"]
    assert options["types"] == ["missed"]
    assert 25 <= options["hours_back"] <= 25.1
    assert (options["dry_run"], options["applies"]) == (False, planned)
    assert "decided anew" in await page(stage, f"/processing/runs/{applied}")
    assert len(rig.company.world.notes) == 3
    refused = await browser.submit(path, f"/processing/runs/{applied}/apply")
    assert refused.status_code == 404, "only dry runs have a plan"


async def test_without_any_run_the_page_says_what_the_first_one_does(stage: ConsoleStage) -> None:
    assert "No run yet" in await page(stage, "/processing")


async def test_without_a_runner_the_page_says_where_runs_come_from(rig: RunningRig) -> None:
    stage = ConsoleStage(rig.db, configuration=lambda: rig.configuration)
    stage.account()
    assert "command line and the timetable" in await page(stage, "/processing", "ana")
