"""Real processes that bring recordings to the CRM, killed at random moments and started again."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.acceptance.harness import Product, Sandbox

from switchboard.simulators.ringcentral.audio import audio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]

KILLS = int(os.environ.get("SOAK", "11"))
FETCH = ("calls", "media", "--fetch", "--minutes", "5", "--json")
# Transfers take a while: then processes die in the middle of them more often.
SLOW_TRANSFERS = [
    {"vendor": "zoho_crm", "match": "/Attachments", "kind": "slow", "times": 400, "delay_s": 0.1},
    {"vendor": "ringcentral", "match": "/content", "kind": "slow", "times": 400, "delay_s": 0.05},
]
PATIENCE_SECONDS = 240.0


def test_kills_in_the_middle_of_transfers_lose_and_double_no_recording(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """However often the fetching dies, each recording is attached once, whole, and nothing of it
    stays on the disk."""
    rng = random.Random(int(os.environ.get("KILL_SEED", "2026")))
    product = Product.fresh(sandbox, tmp_path / "home")
    product.set("data/settings.json", "media", minutes_per_run=0, transfer_seconds=1.0)
    _write_calls(product)
    sandbox.plan_faults(*SLOW_TRANSFERS)
    struck = sum(_strike(rng, sandbox, product.start(*FETCH)) for _ in range(KILLS))
    assert struck > min(KILLS, 25) // 3  # The work runs out, however many kills are asked for.
    sandbox.clear_faults()
    done = _finish(product)
    assert _attached(sandbox) == _recorded(sandbox, done)
    assert not list((tmp_path / "home/data/tmp").glob("*"))
    assert sandbox.duplicates() == []


def _write_calls(product: Product) -> None:
    """Bring every lead and note to the CRM, and leave the recordings owed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while product.run().document["calls"]["waiting"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _strike(rng: random.Random, sandbox: Sandbox, process: subprocess.Popen[str]) -> bool:
    """Kill the process after some more requests; return whether it was still alive."""
    goal = len(sandbox.requests()) + rng.randint(1, 12)
    while process.poll() is None and len(sandbox.requests()) < goal:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 0.15))
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive


def _finish(product: Product) -> list[str]:
    """Fetch until nothing is owed; return the media ids that are said to be attached."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        finished = product.run(*FETCH, "--state", "all", "--limit", "10000")
        assert "Traceback" not in finished.errors, finished.errors[-4000:]
        pieces = finished.document.get("pieces", [])
        left = [p for p in pieces if p["state"] == "owed" or p["transcript"] == "waiting"]
        if pieces and not left:
            assert {piece["state"] for piece in pieces} <= {"done", "needless"}, finished
            return [piece["media_id"] for piece in pieces if piece["state"] == "done"]
        assert time.monotonic() < deadline, left
        time.sleep(0.3)


def _attached(sandbox: Sandbox) -> Counter[str]:
    return Counter(each["sha256"] for each in sandbox.state("attachments"))


def _recorded(sandbox: Sandbox, wanted: list[str]) -> Counter[str]:
    """Return the sound RingCentral has under these ids."""
    assert len(wanted) == len(set(wanted)) > 10
    found: Counter[str] = Counter()
    for call in sandbox.state("calls", "ringcentral"):
        for media_id in {str(call["recording"]), str(call["message"])} & set(wanted):
            sound = b"".join(audio(media_id, call["talk_seconds"]))
            found[hashlib.sha256(sound).hexdigest()] += 1
    assert found.total() == len(wanted)
    return found
