"""Measure what 50 consoles cost the webhook: `python -m benchmarks.console_followers`.

One service, one run that writes lines all the time from a process of its own (as `calls run` does),
deliveries at a steady pace. In turns nobody follows the run, and 50 signed-in consoles do, so that
whatever else this machine does weighs on both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import sqlalchemy as sa
from benchmarks.webhook import Row, bodies
from tests.acceptance.chat_harness import ChatSite

from switchboard import logs
from switchboard.bootstrap import open_store
from switchboard.config.load import load
from switchboard.flows.call_to_lead.tools import Event
from switchboard.jobs.at_work import registered
from switchboard.recording import recorded
from switchboard.store import accounts, console_sessions, runs
from switchboard.store.database import Database
from switchboard.store.runs import Run

CONSOLES = 50
LINES_PER_SECOND = 40
TARGET_RATIO = 1.5
RUN_ID = "20260101-000000-bench0"
WARM_UP = 30
_SETTLE_SECONDS = 1.5  # Consoles come, or go.


@dataclass
class Measured:
    """How long deliveries took, in milliseconds, and what the consoles heard."""

    alone: list[float] = field(default_factory=list)
    followed: list[float] = field(default_factory=list)
    refused: int = 0
    cpu_alone: float = (
        0.0  # Processor seconds of the service, which no other program's work changes.
    )
    cpu_followed: float = 0.0
    lines: list[int] = field(default_factory=list)  # Of each console, over all turns.
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def rows(self) -> list[Row]:
        alone, followed = p99(self.alone), p99(self.followed)
        ratio, fewest, most = followed / alone, min(self.lines), max(self.lines)
        return [
            (
                f"chat webhook, p99 of {len(self.alone):,} deliveries while nobody follows the run",
                f"{alone:.1f} ms (p50 {middle(self.alone):.1f} ms)",
                "no target",
                True,
            ),
            (
                f"the same of {len(self.followed):,} while {CONSOLES} consoles follow it; ratio",
                f"{followed:.1f} ms (p50 {middle(self.followed):.1f} ms) → {ratio:.2f}x",
                f"≤ {TARGET_RATIO}x",
                ratio <= TARGET_RATIO and not self.refused,
            ),
            (
                "processor time of the service for one delivery, without and with consoles",
                " and ".join(
                    f"{1000 * seconds / len(times):.1f} ms"
                    for seconds, times in (
                        (self.cpu_alone, self.alone),
                        (self.cpu_followed, self.followed),
                    )
                ),
                "no target",
                True,
            ),
            (
                f"lines of the run each console got; load of the machine {self.load[0]:.1f}",
                f"{fewest:,} to {most:,}; {self.refused} deliveries refused",
                "all consoles alike",
                fewest > 0 and most - fewest <= LINES_PER_SECOND,
            ),
        ]


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def middle(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def measure(seconds: float, turns: int, pace: int) -> Measured:
    with TemporaryDirectory() as folder, ChatSite(Path(folder), seed=11) as site:
        cookies = signed_in(Path(folder))
        talking = _beside("talk", folder)
        try:
            site.start()
            return asyncio.run(_measured(site, cookies, seconds, turns, pace))
        finally:
            talking.kill()
            talking.wait()


def signed_in(home: Path) -> list[str]:
    """Put one account and the sessions of all consoles into the store; return their cookies."""
    with open_store(load(home)) as db:

        def work(conn: sa.Connection) -> list[str]:
            now = time.time()
            who = accounts.create(
                conn, "bench", "viewer", now, actor="cli:bench", password_hash="-"
            )
            begin = console_sessions.start
            return [
                begin(conn, who.id, "in", now, address="", agent="bench") for _ in range(CONSOLES)
            ]

        return db.run_sync(work)


async def _measured(
    site: ChatSite, cookies: list[str], seconds: float, turns: int, pace: int
) -> Measured:
    await site.ready()
    found, heard = Measured(), dict.fromkeys(cookies, 0)
    keys = site.simulators.world.salesiq.state.keys
    address = f"http://127.0.0.1:{site.ports[0]}/webhook/salesiq"
    each = int(seconds * pace)
    children = psutil.Process().children()
    service = next(child for child in children if "serve" in child.cmdline())

    def worked() -> float:
        return float(sum(service.cpu_times()[:2]))

    spare = itertools.chain(bodies(WARM_UP + 2 * turns * each))
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=50)) as http:

        async def post(raw: bytes, times: list[float]) -> None:
            signed = {"x-siqsignature": keys.sign(raw)}
            begun = time.perf_counter()
            answer = await http.post(address, content=raw, headers=signed)
            times.append((time.perf_counter() - begun) * 1000)
            found.refused += not answer.is_success

        async def deliver(count: int, times: list[float]) -> None:
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for place, raw in enumerate(itertools.islice(spare, count)):
                    await asyncio.sleep(max(began + place / pace - time.perf_counter(), 0))
                    group.create_task(post(raw, times))

        await _talking(http, site.ports[0], cookies[0])
        await deliver(WARM_UP, [])
        for _ in range(turns):
            begun = worked()
            await deliver(each, found.alone)
            found.cpu_alone += worked() - begun
            async with _consoles(site.ports[0], cookies, heard):
                begun = worked()
                await deliver(each, found.followed)
                found.cpu_followed += worked() - begun
    found.lines, found.load = list(heard.values()), os.getloadavg()
    return found


async def _talking(http: httpx.AsyncClient, port: int, cookie: str) -> None:
    """Wait until the run has begun to talk."""
    where = f"http://127.0.0.1:{port}/console/processing/runs/{RUN_ID}"
    headers = {"Cookie": f"sb_session={cookie}"}
    while "Done: call" not in (await http.get(where, headers=headers)).text:  # noqa: ASYNC110
        await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def _consoles(port: int, cookies: list[str], heard: dict[str, int]) -> AsyncIterator[None]:
    """Have all consoles listen, in a process of their own."""
    process = _beside("listen", str(port), *cookies)
    assert process.stdout is not None
    ready = await asyncio.to_thread(process.stdout.readline)
    assert ready == "ready\n", ready
    await asyncio.sleep(_SETTLE_SECONDS)
    try:
        yield
    finally:
        said, _ = await asyncio.to_thread(process.communicate, "stop\n")
        for cookie, number in json.loads(said).items():
            heard[cookie] += number
        await asyncio.sleep(_SETTLE_SECONDS)


def _beside(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.console_followers", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


async def _talk(home: Path) -> None:
    """Be a run that says something all the time, as `calls run` in a process of its own."""
    logs.configure(console=False)
    configuration = load(home)
    with open_store(configuration) as db:
        new = Run(id=RUN_ID, kind="calls", started_at=time.time(), worker="bench", total=10**6)
        await db.run(lambda conn: runs.start(conn, new))
        async with registered(db, "bench", 30.0):
            await _say_for_ever(db)


async def _say_for_ever(db: Database) -> None:
    async with recorded(db, RUN_ID, lambda _: None, names={}) as recorder:
        for number in itertools.count():
            recorder.take({"event": "call", "level": "info", "call": f"s-{number:012}",
                           "office": "philadelphia", "outcome": "missed", "fate": "done",
                           "why": "Nobody in Zoho CRM has this number."})  # fmt: skip
            recorder.tell(Event("finished", "philadelphia", 1, "done"))
            await asyncio.sleep(1 / LINES_PER_SECOND)


async def _listen(port: int, cookies: list[str]) -> None:
    """Follow the run with every cookie until somebody says stop; print how many lines came."""
    heard, open_ones = dict.fromkeys(cookies, 0), set[str]()
    where = f"http://127.0.0.1:{port}/console/processing/runs/{RUN_ID}"
    async with httpx.AsyncClient(cookies={"sb_session": cookies[0]}, timeout=30) as http:
        page = await http.get(where)
    last = page.text.partition('data-last="')[2].partition('"')[0]

    async def follow(cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        writer.write(
            f"GET /console/processing/runs/{RUN_ID}/events?after={last} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nCookie: sb_session={cookie}\r\n\r\n".encode()
        )
        status = await reader.readline()
        assert b" 200 " in status, status
        open_ones.add(cookie)
        if len(open_ones) == len(cookies):
            print("ready", flush=True)
        while line := await reader.readline():
            if line.startswith(b"data: {"):
                heard[cookie] += len(json.loads(line[6:])["lines"])

    following = [asyncio.create_task(follow(cookie)) for cookie in cookies]
    stop = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
    await asyncio.wait([stop, *following], return_when=asyncio.FIRST_COMPLETED)
    for task in following:
        if task.done():
            task.result()  # What ended a stream early is a defect.
        task.cancel()
    print(json.dumps(heard))


def rows(seconds: float = 8.0, turns: int = 4, pace: int = 50) -> list[Row]:
    """Serve, measure and return the rows of the table."""
    return measure(seconds, turns, pace).rows()


def main() -> None:
    if sys.argv[1:2] == ["talk"]:
        asyncio.run(_talk(Path(sys.argv[2])))
    elif sys.argv[1:2] == ["listen"]:
        asyncio.run(_listen(int(sys.argv[2]), sys.argv[3:]))
    else:
        arguments = argparse.ArgumentParser(description="Webhook beside 50 consoles of a run.")
        arguments.add_argument("--seconds", type=float, default=8.0)
        arguments.add_argument("--turns", type=int, default=4)
        arguments.add_argument("--pace", type=int, default=50)
        wanted = arguments.parse_args()
        for what, measured, target, kept in rows(wanted.seconds, wanted.turns, wanted.pace):
            print(f"{what} | {measured} | {target} | {'ok' if kept else 'MISSED'}")


if __name__ == "__main__":
    main()
