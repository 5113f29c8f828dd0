"""Everything that can go wrong with a write, on every write, ends in the same CRM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.harness import Product, Sandbox, Undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]

WRITES = ("POST /crm/v8/Leads", "POST /crm/v8/Notes", "PUT /crm/v8/Leads")
FAULTS: dict[str, dict[str, Any]] = {
    "done, but the answer is lost": {"kind": "done_but_lost"},
    "the connection closes before anything is done": {"kind": "drop"},
    "no answer in time, nothing done": {"kind": "timeout", "delay_s": 4},
    "no answer in time, but done": {"kind": "timeout", "delay_s": 4, "processed": True},
    "an error, nothing done": {"kind": "error", "status": 500, "body": {"code": "INTERNAL_ERROR"}},
    "an error page, but done": {
        "kind": "error",
        "status": 502,
        "body": "<html>Bad gateway</html>",
        "processed": True,
    },
    "too many requests": {"kind": "rate_limit"},
    "done, but the answer is unreadable": {"kind": "garbage"},
    "a slow answer": {"kind": "slow", "delay_s": 0.6},
    "the token has just expired": {"kind": "expired_token"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_write_changes_nothing_in_the_end(
    fault: str, sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path
) -> None:
    """Each kind of write meets it: its second request, then two of those that follow."""
    product = Product.fresh(sandbox, tmp_path / "home", media=False)
    product.set("data/settings.json", "vendors", read_timeout_seconds=2.0)
    for write in WRITES:
        struck_write = {"vendor": "zoho_crm", "match": f"^{write}", **FAULTS[fault]}
        sandbox.plan_faults(
            {**struck_write, "skip": 1, "times": 1}, {**struck_write, "skip": 2, "times": 2}
        )
    product.finish()
    struck = {planned["match"] for planned in sandbox.clear_faults() if planned["struck"]}
    assert len(struck) == len(WRITES), "the fault did not happen everywhere"
    assert sandbox.duplicates() == []
    assert sandbox.outcome().differences(expected_calls.outcome) == []


def test_faults_of_every_kind_at_once_change_nothing_in_the_end(
    sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path
) -> None:
    product = Product.fresh(sandbox, tmp_path / "home", media=False)
    product.set("data/settings.json", "vendors", read_timeout_seconds=2.0)
    sandbox.plan_faults(
        *({"match": "", "probability": 0.04, "times": 3, **fault} for fault in FAULTS.values())
    )
    product.run()
    sandbox.clear_faults()
    product.finish()
    assert sandbox.duplicates() == []
    assert sandbox.outcome().differences(expected_calls.outcome) == []
