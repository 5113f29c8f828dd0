"""Several processes on one store: overlapping schedules, a second machine, impatience."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.acceptance.harness import Killer, Product, Sandbox, Undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]


def assert_same_crm(sandbox: Sandbox, expected_calls: Undisturbed) -> None:
    assert sandbox.duplicates() == []
    assert sandbox.outcome().differences(expected_calls.outcome) == []


def test_a_repeated_run_writes_nothing_new(
    sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path
) -> None:
    product = Product.fresh(sandbox, tmp_path / "home", media=False)
    product.finish()
    before = len(writes(sandbox))
    product.run()
    assert writes(sandbox)[before:] == []
    assert_same_crm(sandbox, expected_calls)


def test_two_processes_at_once_double_nothing(
    sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path
) -> None:
    product = Product.fresh(sandbox, tmp_path / "home", media=False)
    both = [product.start(), product.start()]
    for process in both:
        assert product.wait(process).code in (0, 1)
    product.finish()
    assert_same_crm(sandbox, expected_calls)


def test_a_process_takes_over_from_a_killed_neighbour(
    sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path
) -> None:
    rng = random.Random(7)
    for _ in range(3):
        product = Product.fresh(sandbox, tmp_path / "home", media=False)
        victim, survivor = product.start(), product.start()
        Killer(rng, sandbox, expected_calls).strike(victim)
        assert product.wait(survivor).code in (0, 1)
        product.finish()
        assert_same_crm(sandbox, expected_calls)


@pytest.mark.postgresql
def test_two_processes_on_postgresql_double_nothing(
    sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path, postgres_url: str
) -> None:
    product = Product.fresh(
        sandbox, tmp_path / "home", media=False, SWITCHBOARD_DATABASE_URL=postgres_url
    )
    both = [product.start(), product.start()]
    for process in both:
        assert product.wait(process).code in (0, 1)
    product.finish()
    assert_same_crm(sandbox, expected_calls)


@pytest.mark.postgresql
def test_a_kill_on_postgresql_loses_and_doubles_nothing(
    sandbox: Sandbox, expected_calls: Undisturbed, tmp_path: Path, postgres_url: str
) -> None:
    product = Product.fresh(
        sandbox, tmp_path / "home", media=False, SWITCHBOARD_DATABASE_URL=postgres_url
    )
    killer = Killer(random.Random(5), sandbox, expected_calls)
    for _ in range(3):
        victim, survivor = product.start(), product.start()
        killer.strike(victim)
        product.wait(survivor)
    product.finish()
    assert_same_crm(sandbox, expected_calls)


def writes(sandbox: Sandbox) -> list[str]:
    return [
        f"{row['method']} {row['path']}"
        for row in sandbox.requests("zoho_crm")
        if row["method"] in ("POST", "PUT", "DELETE") and not row["path"].endswith("/coql")
    ]
