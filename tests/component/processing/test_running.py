"""Runs of any door: recorded, stopped from anywhere, and never "running" for ever."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from tests.running_rig import RunningRig, no_report

from switchboard import running
from switchboard.errors import OperatorError, TransientError
from switchboard.flows.call_to_lead.run import RunOptions
from switchboard.people.mentions import mentions_of
from switchboard.running import run_in
from switchboard.store import audit, forgetting, ledger, run_lines, run_plans, runs
from switchboard.store.database import Database
from switchboard.store.personal import Person

ALL = RunOptions(hours_back=48)


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[RunningRig]:
    if request.node.name != "test_a_run_is_recorded_from_its_first_line_to_its_end":
        monkeypatch.setattr(running, "conclude", no_report)
    made = RunningRig(tmp_path)
    yield made
    await made.aclose()


async def texts(rig: RunningRig, run_id: str) -> list[str]:
    found = await rig.db.read(partial(run_lines.after, run_id=run_id, number=0))
    return [line.text for line in found]


async def fates(rig: RunningRig) -> dict[str, int]:
    rows = await rig.db.read(lambda conn: ledger.search(conn, limit=100))
    return {fate: sum(row.fate == fate for row in rows) for fate in {row.fate for row in rows}}


async def test_a_run_is_recorded_from_its_first_line_to_its_end(rig: RunningRig) -> None:
    run_id = await rig.runner.start(ALL, "console:ana")
    watched = await rig.over(run_id)
    run = watched.run
    assert (run.actor, run.outcome, run.done, run.total) == ("console:ana", "done", 9, 9)
    assert json.loads(run.summary)["offices"][0]["seen"] == 6
    said = await texts(rig, run_id)
    assert said[0] == "Reading what changed in Zoho CRM"
    assert "North office: 6 calls to work on" in said
    assert sum(text.startswith("Done: call ") for text in said) == 9
    assert said[-1].startswith("Report built")
    entries = await rig.db.read(audit.entries)
    assert [(each.actor, each.action, each.subject) for each in entries] == [
        ("console:ana", "run.start", run_id)
    ]


async def test_a_run_stops_for_another_process_and_the_next_goes_on(rig: RunningRig) -> None:
    """The console asks in the store; the run may be anybody's, such as one of the shell."""
    rig.gate.clear()

    async def at_the_shell() -> str | None:
        async with rig.opened(rig.configuration) as session:
            report = await run_in(session, ALL, actor="cli:root")
        return report.stopped_by

    running = asyncio.create_task(at_the_shell())
    async with asyncio.timeout(30):
        while not (found := await rig.db.read(runs.running)):  # noqa: ASYNC110 - a store.
            await asyncio.sleep(0.02)
    run_id = found[0].run.id
    elsewhere = Database.open(f"sqlite:///{rig.company.root / 'store.db'}")
    try:
        stop = partial(runs.request_stop, run_id=run_id, actor="console:ana")
        assert await elsewhere.run(stop)
    finally:
        await elsewhere.aclose()
    stopped_by = await asyncio.wait_for(running, 30)
    assert stopped_by == "RUN-002: Stopped by ana. What waits goes on with the next run."
    watched = await rig.watched(run_id)
    assert (watched.run.outcome, watched.over) == ("interrupted", True)
    assert json.loads(watched.run.summary)["stopped_by"] == stopped_by
    rig.gate.set()
    following = await rig.runner.start(ALL, "console:ana")
    assert (await rig.over(following)).run.outcome == "done"
    assert (await fates(rig)) == {"done": 9}
    assert len(rig.company.world.notes) == 9


async def test_stopping_is_in_the_audit_trail_and_happens_once(rig: RunningRig) -> None:
    rig.gate.clear()
    run_id = await rig.runner.start(ALL, "console:ana")
    assert await rig.runner.stop(run_id, "console:ben")
    assert not await rig.runner.stop(run_id, "console:ben")
    await rig.over(run_id)
    actions = [(each.actor, each.action) for each in await rig.db.read(audit.entries)]
    assert set(actions) == {("console:ana", "run.start"), ("console:ben", "run.stop")}
    assert len(actions) == 2


async def test_the_end_of_the_service_interrupts_runs_in_good_order(rig: RunningRig) -> None:
    rig.gate.clear()
    run_id = await rig.runner.start(ALL, "console:ana")
    await rig.runner.aclose()
    watched = await rig.watched(run_id)
    assert (watched.run.outcome, watched.run.stop_requested_by) == ("interrupted", None)
    assert watched.over


@pytest.mark.parametrize(
    ("error", "code"),
    [(OperatorError("CFG-025", "No credentials."), "CFG-025"), (ValueError("odd"), "SB-000")],
)
async def test_what_keeps_a_run_from_beginning_is_told_to_whoever_asked(
    rig: RunningRig, error: Exception, code: str
) -> None:
    rig.failing = error
    with pytest.raises(OperatorError) as caught:
        await rig.runner.start(ALL, "console:ana")
    assert caught.value.code == code


async def test_a_vendor_that_stops_a_run_is_told_on_its_page_too(rig: RunningRig) -> None:
    rig.gate.clear()
    run_id = await rig.runner.start(ALL, "console:ana")

    def refuse() -> None:
        raise TransientError("RC-500", "RingCentral did not answer.")

    rig.to_say.append(refuse)
    watched = await rig.over(run_id)
    assert watched.run.outcome == "failed"
    assert json.loads(watched.run.summary)["stopped_by"].startswith("RC-500")


async def test_details_are_recorded_when_asked_for(rig: RunningRig) -> None:
    rig.gate.clear()
    rig.say("detail", "debug", x=1)
    plain = await rig.runner.start(ALL, "console:ana")
    rig.gate.set()
    await rig.over(plain)
    rig.gate.clear()
    rig.say("detail", "debug", x=2)
    detailed = await rig.runner.start(ALL, "console:ana", debug=True)
    rig.gate.set()
    await rig.over(detailed)
    assert not [text for text in await texts(rig, plain) if text.startswith("Detail")]
    assert "Detail: x=2" in await texts(rig, detailed)


async def test_a_dry_run_leaves_its_plan_without_names_and_writes_nothing(rig: RunningRig) -> None:
    run_id = await rig.runner.start(RunOptions(hours_back=48, dry_run=True), "console:ana")
    await rig.over(run_id)
    assert await rig.db.read(partial(run_plans.counts, run_id=run_id)) == {"write": 9}
    (first, *_) = await rig.db.read(partial(run_plans.lines, run_id=run_id, limit=9))
    assert set(first) == {
        "call", "office", "started_at", "caller", "outcome", "reason", "action", "why",
        "writes",
    }  # fmt: skip
    assert first["writes"][0] == "create lead"
    assert not rig.company.world.notes
    assert (await fates(rig)) == {}


async def test_forgotten_callers_are_gone_from_plans_as_well(rig: RunningRig) -> None:
    run_id = await rig.runner.start(RunOptions(hours_back=48, dry_run=True), "console:ana")
    await rig.over(run_id)
    (line, *_) = await rig.db.read(partial(run_plans.lines, run_id=run_id, limit=1))
    person = Person(phone=line["caller"], email=None)
    mentions = mentions_of(person.phone, None)
    await rig.db.run(
        lambda conn: forgetting.forget(conn, None, person, mentions, b"k" * 32, time.time())
    )
    left = await rig.db.read(partial(run_plans.lines, run_id=run_id, limit=9))
    assert line["caller"] not in json.dumps(left)


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.running_rig import RunningRig
from switchboard.flows.call_to_lead.run import RunOptions

async def main():
    rig = RunningRig(Path(sys.argv[1]))
    rig.gate.clear()
    print(await rig.runner.start(RunOptions(hours_back=48), "cli:root"), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_killed_process_leaves_no_run_running(rig: RunningRig, tmp_path: Path) -> None:
    """Whoever looks next buries its worker; the run is then told as ended without a word."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        assert process.stdout is not None
        run_id = (await asyncio.to_thread(process.stdout.readline)).strip()
        assert (await rig.watched(run_id)).running
        process.send_signal(signal.SIGKILL)
        process.wait()
    following = await rig.runner.start(ALL, "console:ana")
    await rig.over(following)
    assert (await rig.watched(run_id)).died
    assert (await fates(rig)) == {"done": 9}
