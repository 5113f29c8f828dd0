"""Real services, killed at random moments while visitors chat, and started again."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.acceptance.chat_account import at_rest, faults_of
from tests.acceptance.chat_harness import SLOW, ChatSite
from tests.acceptance.random_visitors import random_visitors

from switchboard.simulators.salesiq.visitors.brain import Visitor
from switchboard.simulators.salesiq.visitors.cast import cast
from switchboard.simulators.salesiq.visitors.play import Visit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]

KILLS = max(int(os.environ.get("SOAK", "0")) // 2, 3)
ROUNDS = max(KILLS // 10, 1)
# Writes that take a while are hit in the middle more often.
WRITES = (
    {"vendor": "zoho_desk", "match": "^POST "},
    {"vendor": "salesiq", "match": "^(POST|PUT) "},
    {"vendor": "mail", "match": "DATA-END"},
)


async def killed_again_and_again(
    site: ChatSite, rng: random.Random, visitors: Sequence[Visitor], kills: int
) -> list[Visit]:
    """Let everybody chat while the service dies and comes back."""
    site.start()
    await site.ready()
    visiting = asyncio.create_task(site.visit(visitors))
    for _ in range(kills):
        site.disorder(rng, 2)
        if rng.random() < 0.8:
            await site.ready()
            await asyncio.sleep(rng.choice((rng.uniform(0, 0.3), rng.uniform(0, 1.5))))
        else:
            await asyncio.sleep(rng.uniform(0, 2.0))  # Perhaps while it is starting.
        site.kill()
        site.start()
    await site.ready()
    return await visiting


@pytest.mark.parametrize("part", range(ROUNDS))
def test_kills_lose_and_double_nothing_and_leave_no_visitor_behind(
    part: int, tmp_path: Path
) -> None:
    """Whoever goes on writing gets what they came for, and it is written down once."""
    seed = int(os.environ.get("KILL_SEED", "2026")) * 100 + part
    rng = random.Random(seed)
    kills = KILLS // ROUNDS + (part < KILLS % ROUNDS)
    visitors = [*cast(), *random_visitors(rng, 4 * kills)]
    rng.shuffle(visitors)

    async def run() -> list[str]:
        visits = await killed_again_and_again(site, rng, visitors, kills)
        return faults_of(site, await at_rest(site), visits)

    with ChatSite(tmp_path / "home", seed=seed) as site:
        for write in WRITES:
            site.plan(**write, **SLOW)
        assert asyncio.run(run()) == [], f"seed {seed}\n{site.said()}"
        assert site.kills == kills
