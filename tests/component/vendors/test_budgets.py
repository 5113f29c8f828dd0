"""The allowance every process shares is kept in every window, wherever it begins."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.store import budgets
from switchboard.store.budgets import Budget, Charge, Seats
from switchboard.store.database import Database
from switchboard.store.holders import Holder, this_process
from switchboard.store.tables import budget

NOW = 1_700_000_000.0


def forget(conn: sa.Connection) -> None:
    conn.execute(sa.delete(budget))


def most_in_a_window(moments: list[float], window: float) -> int:
    moments = sorted(moments)
    return max(
        (
            sum(1 for later in moments[i:] if later < start + window)
            for i, start in enumerate(moments)
        ),
        default=0,
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    limit=st.integers(1, 30),
    share=st.floats(0.0, 1.0),
    pauses=st.lists(st.floats(0.0, 40.0), min_size=1, max_size=60),
)
def test_no_window_holds_more_than_the_limit(
    database: Database, limit: int, share: float, pauses: list[float]
) -> None:
    """Whenever the callers come, and however large the burst."""
    allowance = Budget("b", limit, 60.0, burst=max(1.0, float(round(limit * share))))

    def simulate(conn: sa.Connection) -> list[float]:
        forget(conn)
        now, went = NOW, []
        for pause in pauses:
            now += pause
            while (wait := budgets.admit(conn, [Charge(allowance)], now).wait) > 0:
                now += wait
            went.append(now)
        return went

    # The six zeros of rounding in `admit` may let a request go a microsecond early.
    assert most_in_a_window(database.run_sync(simulate), 60.0 - 1e-4) <= limit


def test_a_burst_runs_ahead_and_the_rest_is_spaced(shared: Database) -> None:
    """Nine a minute with a burst of two: 0, 0, 7.5, 15, …"""
    allowance = Budget("b", 9.0, 60.0, burst=2.0)

    def simulate(conn: sa.Connection) -> list[float]:
        now, went = NOW, []
        for _ in range(5):
            while (wait := budgets.admit(conn, [Charge(allowance)], now).wait) > 0:
                now += wait
            went.append(round(now - NOW, 2))
        return went

    assert shared.run_sync(simulate) == [0.0, 0.0, 7.5, 15.0, 22.5]


def test_cost_is_charged(shared: Database) -> None:
    """A search takes two of the manual's hundred."""
    allowance = Budget("b", 4.0, 60.0, burst=2.0)

    def simulate(conn: sa.Connection) -> float:
        assert budgets.admit(conn, [Charge(allowance, 2.0)], NOW).wait == 0
        return budgets.admit(conn, [Charge(allowance, 2.0)], NOW).wait

    assert shared.run_sync(simulate) == pytest.approx(40.0, abs=0.001)


def test_one_closed_bucket_takes_nothing_of_the_others(shared: Database) -> None:
    """Who has to wait for Heavy does not use up the account's minute meanwhile."""
    wide, narrow = Budget("wide", 10, 60.0), Budget("narrow", 10, 60.0)

    def simulate(conn: sa.Connection) -> tuple[float, float]:
        budgets.block(conn, "narrow", NOW + 30, NOW)
        refused = budgets.admit(conn, [Charge(wide), Charge(narrow)], NOW).wait
        return refused, budgets.admit(conn, [Charge(wide)], NOW).wait

    refused, open_wait = shared.run_sync(simulate)
    assert refused == pytest.approx(30.0)
    assert open_wait == 0.0


def test_a_shorter_block_never_shortens_a_longer_one(shared: Database) -> None:
    """The vendor's penalty stands until its end."""

    def simulate(conn: sa.Connection) -> float:
        budgets.block(conn, "b", NOW + 60, NOW)
        budgets.block(conn, "b", NOW + 5, NOW)
        return budgets.blocked_until(conn, "b")

    assert shared.run_sync(simulate) == NOW + 60


def test_seats_are_few_and_come_back(shared: Database) -> None:
    """At most so many requests in flight, over all processes."""
    seats = Seats("s", 2, 25.0)
    me, other = this_process(), Holder(number=7, started_at=1.0)

    def simulate(conn: sa.Connection) -> None:
        first = budgets.admit(conn, [], NOW, seats=seats, holder=me)
        second = budgets.admit(conn, [], NOW, seats=seats, holder=other)
        assert first.seat
        assert second.seat
        full = budgets.admit(conn, [], NOW, seats=seats, holder=me)
        assert (full.seat, full.crowded, full.wait) == (None, True, 25.0)
        budgets.stand_up(conn, second.seat, me)  # It is not ours to give back.
        assert budgets.admit(conn, [], NOW, seats=seats, holder=me).crowded
        budgets.stand_up(conn, second.seat, other)
        assert budgets.admit(conn, [], NOW, seats=seats, holder=me).seat == second.seat
        assert budgets.admit(conn, [], NOW + 26, seats=seats, holder=me).seat

    shared.run_sync(simulate)


def test_the_seat_of_a_killed_process_is_free_at_once(shared: Database) -> None:
    """A kill -9 does not hold up the next run until a lease ends."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    me = this_process()
    same_host = (me.number >> 22 << 22) | process.pid
    dead = Holder(number=same_host, started_at=me.started_at)
    seats = Seats("s", 1, 25.0)

    def simulate(conn: sa.Connection) -> str | None:
        assert budgets.admit(conn, [], NOW, seats=seats, holder=dead).seat
        return budgets.admit(conn, [], NOW, seats=seats, holder=me).seat

    assert shared.run_sync(simulate) == "s:00"


def test_another_hosts_seat_is_left_alone() -> None:
    """A process id says nothing on another machine, nor in another container."""
    me = this_process()
    assert not Holder.of(os.getpid(), 0.0, "elsewhere").is_gone(me)
    assert not Holder.of(4_000_000, 0.0, "elsewhere").is_gone(me)
    assert Holder.read(f"{me}#ab12") == me
    assert Holder.read("nonsense") is None


def test_a_reused_process_id_is_another_process() -> None:
    """The start time tells them apart."""
    me = this_process()
    parent = Holder(number=(me.number >> 22 << 22) | os.getppid(), started_at=1.0)
    assert parent.is_gone(me)


def test_usage_adds_up_by_day_and_operation(shared: Database) -> None:
    """What all processes sent and spent."""

    def simulate(conn: sa.Connection) -> None:
        for _ in range(2):
            budgets.count_use(conn, "zoho_crm", "create_records", NOW, requests=1, spent=10)
        budgets.count_use(conn, "zoho_crm", "read_org", NOW - 86_400, requests=1, spent=100)

    shared.run_sync(simulate)
    found = shared.run_sync(lambda conn: budgets.usage_today(conn, clock=lambda: NOW))
    assert found == {"zoho_crm": {"create_records": budgets.Use(2, 20.0)}}
    rolling = shared.run_sync(lambda conn: budgets.credits_in_24_hours(conn, "zoho_crm", NOW))
    assert 20.0 < rolling < 120.0


KNOCKER = """
import asyncio, sys, time
import httpx
from cryptography.fernet import Fernet
from switchboard.store.database import Database
from switchboard.vendors.settings import BudgetSettings, VendorSettings
from switchboard.vendors.exchange import Request
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_crm.refusals import ZOHO_CRM_VENDOR

async def main(url, count):
    def arrive(request):
        print("at", repr(time.time()), flush=True)
        return httpx.Response(200, json={})
    settings = VendorSettings(
        budgets=BudgetSettings(zoho_crm_credits_per_minute=20, window_seconds=2.0)
    )
    database = Database.open(url)
    http = httpx.AsyncClient(transport=httpx.MockTransport(arrive))
    transport = Transport(http, database, settings, cipher=Fernet(Fernet.generate_key()))
    request = Request(vendor=ZOHO_CRM_VENDOR, operation="knock", method="GET",
                      url="https://vendor.example/", costs={"zoho_crm": 1.0}, seats="zoho_crm:seat")
    await asyncio.gather(*(transport.send(request, lambda answer: None) for _ in range(count)))
    await http.aclose()
    await database.aclose()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
def test_two_processes_together_stay_within_the_bound(shared: Database, database_url: str) -> None:
    """20 per two seconds for both: never more than 21 in any two, wherever they begin."""
    assert shared.dialect in database_url  # The tables are there before both want to make them.
    command = [sys.executable, "-c", textwrap.dedent(KNOCKER), database_url, "25"]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    moments: list[float] = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        moments += [float(line[3:]) for line in out.splitlines() if line.startswith("at ")]
    assert len(moments) == 50
    assert most_in_a_window(moments, 2.0) <= 21
    # It is a pace, not a stop: 50 requests take a burst and about eight seconds.
    assert max(moments) - min(moments) < 30
