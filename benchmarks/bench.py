"""Measure the targets and print them as tables: `make bench` (`ARGS="--only calls"` for one part).

The simulators run as a process of their own, with every limit of the vendors in force on a clock
that is `BENCH_SPEED` times as fast, and each answer takes as long as a vendor's (`LATENCY_SECONDS`,
shortened alike). The product runs as the command people use, configured by `--write-config`.

For chats see `webhook.py`, for consoles beside them `console_followers.py`, for how visitors are
understood `detector.py`.

Environment: BENCH_CALLS (memory row, default 10000), BENCH_SPEED, BENCH_SCRIPT_CALLS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from benchmarks import console_followers, detector, webhook
from benchmarks.webhook import Row
from rich.console import Console
from rich.table import Table
from tests.acceptance.harness import RUN, Outcome, Product, Sandbox

from switchboard.flows.chat_to_ticket.detector.detector import Detector

CALLS = 1480  # Of which about 1,000 are written; the others are internal, outbound, blocked, ...
# Only the vendors' minutes get shorter, not our own computing: faster makes us look worse.
SPEED = float(os.environ.get("BENCH_SPEED", "10"))
BACKLOG = int(os.environ.get("BENCH_CALLS", "10000"))
SCRIPT_CALLS = int(os.environ.get("BENCH_SCRIPT_CALLS", "100"))
LATENCY_SECONDS = 0.25
TARGET_RATIO = 20
SEED = 11
MEDIA_ALONE = ("calls", "media", "--fetch", "--minutes", "60", "--json")
CALLS_ALONE = (*RUN, "--no-media", "--no-email")  # The targets are "media apart".


@dataclass(frozen=True)
class Measured:
    seconds: float
    megabytes: float
    document: dict[str, Any]


def watch(process: subprocess.Popen[str], product: Product) -> Measured:
    """Wait for the run and note the most memory it held."""
    started, peak = time.monotonic(), 0
    inside = psutil.Process(process.pid)

    def sample() -> None:
        nonlocal peak
        while True:
            try:
                peak = max(peak, inside.memory_info().rss)
            except psutil.Error:
                return
            time.sleep(0.02)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    finished = product.wait(process, patience=3600)
    if finished.code not in (0, 1):
        raise SystemExit(f"The run failed with {finished.code}:\n{finished.errors[-3000:]}")
    return Measured(time.monotonic() - started, peak / 2**20, finished.document)


def take_time_like_a_vendor(sandbox: Sandbox) -> None:
    sandbox.plan_faults(
        {"match": "", "kind": "slow", "probability": 1.0, "delay_s": LATENCY_SECONDS / SPEED}
    )


def a_thousand_calls(home: Path) -> list[Row]:
    """Requests and time for 1,000 calls, and the same with the one-by-one script."""
    with Sandbox(home, calls=CALLS, speed=SPEED, seed=SEED) as sandbox:
        product = Product.fresh(sandbox, home / "product")
        take_time_like_a_vendor(sandbox)
        ours = watch(product.start(*CALLS_ALONE), product)
        requests = sandbox.requests()
        sound = watch(product.start(*MEDIA_ALONE), product)
        outcome = sandbox.outcome()
        sandbox.clear_faults()
        sandbox.reset()
        take_time_like_a_vendor(sandbox)
        paced = one_by_one(sandbox)
        sandbox.clear_faults()
        sandbox.reset()
        take_time_like_a_vendor(sandbox)
        unpaced = one_by_one(sandbox, "--unpaced")
    zoho = sum(row["vendor"] == "zoho_crm" for row in requests)
    groups = Counter(
        str(row["group"]).lower() for row in requests if row["vendor"] == "ringcentral"
    )
    worked = sum(len(found) for found in outcome.notes.values())
    rows = [
        facts_about(ours, outcome, worked),
        ("Zoho CRM requests", str(zoho), "≤ 45", zoho <= 45),
        ("RingCentral Heavy requests", str(groups["heavy"]), "≤ 6", groups["heavy"] <= 6),
        media_of(sound, outcome),
    ]
    for name, script, target in (
        ("keeping the limits", paced, TARGET_RATIO),
        ("as fast as it may", unpaced, 0),
    ):
        share = worked / script["calls"]
        ratio = script["seconds"] * share / ours.seconds
        requests_sent = script["zoho_requests"] * share
        rows.append(
            (
                f"one by one with the SDKs, {name} ({script['calls']} calls measured)",
                f"{script['seconds'] * share:.0f} s, {requests_sent:.0f} requests → {ratio:.0f}x",
                f"≥ {target}x" if target else "no target",
                ratio >= target,
            )
        )
    return rows


def facts_about(ours: Measured, outcome: Outcome, worked: int) -> Row:
    calls, created = ours.document["calls"], sum(outcome.new_leads.values())
    return (
        f"{calls['seen']:,} calls seen, {worked:,} written, {created} new leads, limits {SPEED:g}x",
        f"{ours.seconds:.1f} s",
        "accounted for",
        bool(ours.document["accounted_for"]) and calls["parked"] == 0,
    )


def media_of(sound: Measured, outcome: Outcome) -> Row:
    """What attaching the recordings and voicemails of these calls took, afterwards.

    RingCentral's Heavy limit decides about the pace: a request for each.
    """
    files = sum(len(found) for found in outcome.files.values())
    pace = files / sound.seconds * 60 / SPEED
    return (
        f"{files} recordings and voicemails attached afterwards, limits {SPEED:g}x",
        f"{sound.megabytes:.0f} MB, {sound.seconds:.1f} s, {pace:.1f} per vendor's minute",
        "no target",
        True,
    )


def one_by_one(sandbox: Sandbox, *options: str) -> dict[str, Any]:
    script = Path(__file__).with_name("one_by_one.py")
    ran = subprocess.run(
        [
            *(sys.executable, str(script), sandbox.base_url),
            *("--calls", str(SCRIPT_CALLS), "--speed", str(SPEED), *options),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    if ran.returncode != 0:
        raise SystemExit(f"The one-by-one script failed:\n{ran.stderr[-3000:]}")
    facts: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return facts


def backlogs(home: Path) -> list[Row]:
    """Memory and time for a backlog, and for a fifth of it."""
    rows, per_call = [], []
    for calls in (BACKLOG // 5, BACKLOG):
        place = home / str(calls)
        place.mkdir()
        with Sandbox(place, calls=calls, speed=10_000, seed=SEED) as sandbox:
            product = Product.fresh(sandbox, place / "product")
            measured = watch(product.start(*CALLS_ALONE), product)
        per_call.append(measured.seconds / calls)
        speed = calls / measured.seconds
        rows.append(
            (
                f"backlog of {calls:,} calls, limits out of the way",
                f"{measured.megabytes:.0f} MB, {measured.seconds:.1f} s, {speed:.0f} calls/s",
                "≤ 300 MB",
                measured.megabytes <= 300,
            )
        )
    growth = per_call[1] / per_call[0]
    rows.append(("time per call, large against small", f"{growth:.2f}x", "linear", growth <= 1.3))
    return rows


def calls() -> Table:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "thousand").mkdir()
        return listed("Calls to leads", a_thousand_calls(home / "thousand") + backlogs(home))


def chats() -> Table:
    return listed("Chats to tickets", webhook.rows())


def consoles() -> Table:
    return listed("Consoles beside chats", console_followers.rows())


def understanding() -> Table:
    return detector.table(detector.measure(Detector()))


def listed(title: str, rows: list[Row]) -> Table:
    table = Table(title=f"{title}, on {psutil.cpu_count()} cores", title_justify="left")
    for column in ("what", "measured", "target", ""):
        table.add_column(column)
    for what, measured, target, kept in rows:
        table.add_row(what, measured, target, "ok" if kept else "MISSED")
    return table


PARTS = {"detector": understanding, "chats": chats, "consoles": consoles, "calls": calls}


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the targets.")
    arguments.add_argument("--only", choices=PARTS, help="measure one part")
    only = arguments.parse_args().only
    console = Console(width=None if sys.stdout.isatty() else 130)
    for name, part in PARTS.items():
        if only in {None, name}:
            console.print(part())


if __name__ == "__main__":
    main()
