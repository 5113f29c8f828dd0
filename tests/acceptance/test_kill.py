"""Real processes, killed at random moments and started again."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from tests.acceptance.harness import Killer, Product, Sandbox, Undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]

KILLS = int(os.environ.get("SOAK", "6"))
ROUNDS = 3  # Spread over the test workers.
# Writes that take a while are hit in the middle more often.
SLOW_WRITES = {
    "vendor": "zoho_crm",
    "match": r"^(POST|PUT) /crm/v8/(Leads|Notes)",
    "kind": "slow",
    "probability": 0.5,
    "delay_s": 0.15,
}


@pytest.mark.parametrize("part", range(ROUNDS))
def test_kills_at_random_moments_leave_the_crm_as_an_undisturbed_run_does(
    part: int, sandbox: Sandbox, expected: Undisturbed, tmp_path: Path
) -> None:
    """Whatever moment a process dies at, a rerun completes its work and repeats none of it."""
    seed = int(os.environ.get("KILL_SEED", "2026")) * 100 + part
    rng = random.Random(seed)
    killer = Killer(rng, sandbox, expected)
    quota = KILLS // ROUNDS + (part < KILLS % ROUNDS)
    while quota > 0:
        product = Product.fresh(sandbox, tmp_path / "home")
        sandbox.plan_faults(SLOW_WRITES)
        for _ in range(min(quota, rng.randint(1, 3))):
            quota -= killer.strike(product.start())
        sandbox.clear_faults()
        finished = product.finish()
        assert sandbox.duplicates() == [], f"seed {seed}"
        assert sandbox.outcome().differences(expected.outcome) == [], f"seed {seed}"
        assert finished.document["calls"] == expected.finished.document["calls"], f"seed {seed}"
