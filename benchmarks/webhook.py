"""Measure the SalesIQ door in process: `python -m benchmarks.webhook [seconds] [per_second]`.

Signed deliveries of many visitors arrive at a steady pace, on a SQLite store in a temporary
directory; the detector is a fake one, so this is the door, the dialogue and the store alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from tests.component.door.door_stage import DoorStage, signed
from tests.unit.vendors.salesiq_makers import a_delivery

from switchboard.store.database import Database
from switchboard.store.tables import message

WORDS = ("I forgot my password", "Yes", "back", "what can you do?", "cancel")
TARGET_MS = 60.0


async def measure(home: Path, seconds: float, pace: int) -> dict[str, Any]:
    """Post at *pace* per second; return times in milliseconds, and what was lost or doubled."""
    db = Database.open(f"sqlite:///{home / 'store.db'}")
    stage = DoorStage(db, home)
    total, times, bad = int(seconds * pace), list[float](), list[str]()
    bodies = []
    for number in range(total):
        chat, turn = divmod(number, len(WORDS))
        visitor = {"id": f"v{chat}", "active_conversation_id": f"LD_{chat}", "channel": "Website"}
        request, text = {"id": f"req-{number}"}, {"text": WORDS[turn]}
        raw = json.dumps(a_delivery(visitor=visitor, request=request, message=text)).encode()
        bodies.append((raw, {"x-siqsignature": signed(raw)}))
    # One visitor's messages are spread out, as a person's are.
    order = sorted(range(total), key=lambda n: (n % len(WORDS), n))

    async def post(number: int) -> None:
        begun = time.perf_counter()
        answer = await stage.door.receive(*bodies[number], trusted=False)
        times.append((time.perf_counter() - begun) * 1000)
        if answer.outcome != "answered":
            bad.append(answer.outcome)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for place, number in enumerate(order):
            await asyncio.sleep(max(began + place / pace - time.perf_counter(), 0))
            group.create_task(post(number))
    heard = await db.run(
        lambda conn: conn.scalar(sa.select(sa.func.count()).where(message.c.direction == "visitor"))
    )
    await stage.door.aclose()
    await db.aclose()
    times.sort()
    return {
        "deliveries": total,
        "p50": times[total // 2],
        "p99": times[int(total * 0.99)],
        "not answered": len(bad),
        "lost or doubled": abs(total - int(heard or 0)),
    }


def main() -> None:
    """Print the row."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    pace = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with TemporaryDirectory() as folder:
        row = asyncio.run(measure(Path(folder), seconds, pace))
    good = row["p99"] <= TARGET_MS and not row["not answered"] and not row["lost or doubled"]
    print(
        f"chat webhook, {pace}/s for {seconds:g} s | p50 {row['p50']:.1f} ms, "
        f"p99 {row['p99']:.1f} ms, {row['not answered']} not answered, "
        f"{row['lost or doubled']} lost or doubled | p99 ≤ {TARGET_MS:g} ms, 0 | "
        f"{'met' if good else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
