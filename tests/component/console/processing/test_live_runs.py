"""Following a run: nothing lost, nothing twice, cheap for many, and for those signed in alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest
from tests.console_stage import ConsoleStage
from tests.running_rig import RunningRig

from switchboard.console.processing import live
from switchboard.console.processing.live import END, GONE, KEEP_ALIVE, LiveRuns
from switchboard.store import leases, run_lines, runs
from switchboard.store.database import Database
from switchboard.store.leases import WorkerIdentity
from switchboard.store.run_lines import Line
from switchboard.store.runs import Run

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    new = Run(id="r1", kind="calls", started_at=1.0, worker="w")

    def work(conn: object) -> None:
        runs.start(conn, new)  # type: ignore[arg-type]
        leases.register(conn, WorkerIdentity("w", "h", 1, 1.0), 4e9)  # type: ignore[arg-type]

    await database.run(work)
    yield database
    await database.aclose()


async def say(db: Database, first: int, last: int) -> None:
    lines = [Line(n, 1.0, "info", f"line {n}") for n in range(first, last + 1)]
    await db.run(partial(run_lines.append, run_id="r1", lines=lines))


async def finish(db: Database) -> None:
    def work(conn: object) -> None:
        runs.finish(conn, "r1", outcome="done", summary="{}", finished_at=2.0)  # type: ignore[arg-type]
        runs.close(conn, "r1")  # type: ignore[arg-type]

    await db.run(work)


async def welcome() -> bool:
    return True


def numbers(event: bytes) -> list[int]:
    """Return the lines of an event; what tells no line has none."""
    found = [row for row in event.decode().splitlines() if row.startswith("data: {")]
    return [line[0] for row in found for line in json.loads(row[6:])["lines"]]


async def read(follower: LiveRuns, after: int = 0, most: int | None = None) -> list[int]:
    """Follow until the end, or until *most* lines have come, as a browser that goes away."""
    got: list[int] = []
    async with asyncio.timeout(PATIENCE):
        async with aclosing(follower.follow("r1", after, welcome)) as events:
            async for event in events:
                got += numbers(event)
                if event == END or (most is not None and len(got) >= most):
                    break
    return got


async def test_all_lines_come_in_order_and_then_the_end(db: Database) -> None:
    following = LiveRuns(db, asyncio.Event())
    await say(db, 1, 3)
    reading = asyncio.create_task(read(following))
    await asyncio.sleep(0.1)
    await say(db, 4, 6)
    await asyncio.sleep(0.1)
    await say(db, 7, 7)
    await finish(db)
    assert await reading == [1, 2, 3, 4, 5, 6, 7]


async def test_coming_back_loses_nothing_and_doubles_nothing(db: Database) -> None:
    """A train goes through a tunnel; meanwhile the run talks on, others listen on."""
    following = LiveRuns(db, asyncio.Event())
    steady = asyncio.create_task(read(following))
    talking = asyncio.create_task(_talk(db, 60))
    got: list[int] = []
    while len(got) < 40:
        got += await read(following, got[-1] if got else 0, most=7)
        await asyncio.sleep(0.01)
    await talking
    got += await read(following, got[-1])
    assert got == list(range(1, 61))
    assert await steady == got


async def _talk(db: Database, count: int) -> None:
    for number in range(1, count + 1):
        await say(db, number, number)
        await asyncio.sleep(0.005)
    await finish(db)


async def test_who_comes_late_is_brought_up_in_pieces(db: Database) -> None:
    await say(db, 1, 2500)
    following = LiveRuns(db, asyncio.Event())
    first = asyncio.create_task(read(following))
    await asyncio.sleep(0.1)
    late = asyncio.create_task(read(following))
    ahead = asyncio.create_task(read(following, 2495))
    await asyncio.sleep(0.1)
    await say(db, 2501, 2502)
    await finish(db)
    assert await first == list(range(1, 2503))
    assert await late == list(range(1, 2503))
    assert await ahead == list(range(2496, 2503))


async def test_fifty_pages_cost_one_reader(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    look = live._look

    def counted(conn, run_id, after):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        nonlocal looks
        looks += 1
        return look(conn, run_id, after)

    monkeypatch.setattr(live, "_look", counted)
    monkeypatch.setattr(live, "POLL_SECONDS", 0.1)
    following = LiveRuns(db, asyncio.Event())
    pages = [asyncio.create_task(read(following)) for _ in range(50)]
    await asyncio.sleep(0.5)
    await say(db, 1, 20)
    await finish(db)
    assert await asyncio.gather(*pages) == [list(range(1, 21))] * 50
    assert looks <= 12
    assert not following._readers, "nobody is read for after the last page went"


async def test_the_state_and_how_far_it_is_come_along(db: Database) -> None:
    following = LiveRuns(db, asyncio.Event())
    said: list[dict[str, object]] = []

    async def listen() -> None:
        async with aclosing(following.follow("r1", 0, welcome)) as events:
            told = [event async for event in events if b"data: {" in event]
            said.extend(json.loads(event.split(b"data: ")[1]) for event in told)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.1)
    await db.run(lambda conn: runs.move(conn, "r1", stage="Working <b>", done=2, total=5))
    await asyncio.sleep(0.1)
    await db.run(lambda conn: runs.request_stop(conn, "r1", "console:ana"))
    await asyncio.sleep(0.1)
    await finish(db)
    await asyncio.wait_for(listening, PATIENCE)
    states = [(each["state"], each["done"], each["total"], each["stage"]) for each in said]
    assert states == [
        ("running", 0, 0, ""), ("running", 2, 5, "Working <b>"),
        ("stopping", 2, 5, "Working <b>"), ("over", 2, 5, ""),
    ]  # fmt: skip


async def test_the_end_of_the_service_ends_every_stream(db: Database) -> None:
    stopping = asyncio.Event()
    reading = asyncio.create_task(read(LiveRuns(db, stopping)))
    await asyncio.sleep(0.1)
    stopping.set()
    assert await asyncio.wait_for(reading, PATIENCE) == []


async def test_a_quiet_run_keeps_the_line_open(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "QUIET_SECONDS", 0.05)
    async with aclosing(LiveRuns(db, asyncio.Event()).follow("r1", 0, welcome)) as events:
        said = [await anext(events)]
        async with asyncio.timeout(PATIENCE):
            while said[-1] != KEEP_ALIVE:
                said.append(await anext(events))
    assert len(said) < 4, "how it stands is said once"


async def test_signing_out_ends_the_stream(
    rig: RunningRig, stage: ConsoleStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this or any other tab: whoever is signed out hears nothing more."""
    monkeypatch.setattr(live, "QUIET_SECONDS", 0.1)
    rig.gate.clear()
    browser = await stage.signed_in("ben")
    answer = await browser.submit("/processing", "/processing/start", hours="48", types="all")
    path = f"{answer.headers['location']}/events"
    stream = asyncio.create_task(browser.get(path, headers={"Accept-Encoding": "gzip"}))
    await asyncio.sleep(0.5)
    assert not stream.done()
    await browser.submit("/account", "/sign-out")
    heard = await asyncio.wait_for(stream, PATIENCE)
    assert heard.content.endswith(GONE)
    assert heard.headers["content-type"].startswith("text/event-stream")
    assert heard.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in heard.headers, "compressed, lines would come late"


async def test_the_browsers_own_mark_goes_before_the_address(
    rig: RunningRig, stage: ConsoleStage
) -> None:
    """A browser that reconnects by itself asks the old address, and says what it had last."""
    browser = await stage.signed_in("ben")
    answer = await browser.submit("/processing", "/processing/start", hours="48", types="all")
    run_id = answer.headers["location"].rpartition("/")[2]
    await rig.over(run_id)
    path = f"/console/processing/runs/{run_id}/events?after=0"
    whole = numbers((await browser.get(path)).content)
    rest = numbers((await browser.get(path, headers={"Last-Event-ID": "3"})).content)
    assert whole == list(range(1, len(whole) + 1))
    assert rest == whole[3:]
    odd = await browser.get(path, headers={"Last-Event-ID": "9" * 30})
    assert numbers(odd.content) == whole
