"""Random histories, faults, kills and repeats: never two open tasks of a person, none lost."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.calls.callback_company import CallbackCompany
from tests.component.calls.company import CALLERS, a_record
from tests.component.calls.fakes import Hazard

EXAMPLES = int(os.environ.get("EXAMPLES", "15"))

calls = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["accepted", "missed", "voicemail"]),
        st.integers(10, 600),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda call: call[2],
)
faults = st.dictionaries(
    st.integers(1, 16),
    st.sampled_from(["kill_before", "kill_after", "lost", "drop", "refused"]),
    max_size=3,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls, st.lists(faults, max_size=4), st.randoms(use_true_random=False))
def test_whatever_happens_everybody_waiting_has_one_task(
    told: list[tuple[int, str, int]], plans: list[dict[int, str]], chance: object
) -> None:
    """Calls are heard of in any order between runs that die, are refused or lose an answer."""
    order = list(range(len(told)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    asyncio.run(_live(told, plans, order))


async def _live(
    told: list[tuple[int, str, int]], plans: list[dict[int, str]], order: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        records = [
            a_record(number, caller=CALLERS[who], minutes_ago=ago, outcome=outcome)
            for number, (who, outcome, ago) in enumerate(told)
        ]
        company = CallbackCompany(Path(folder), records)
        try:
            await company.run()
            for number, plan in enumerate(plans):
                heard = order[number :: len(plans)]
                await company.tell([f"call:7:s-{each:04}" for each in heard])
                await company.call_backs(Hazard(plan))
                _nobody_twice(company)
            await company.tell()
            while await company.call_backs() is not None:
                pass
            _nobody_twice(company)
            _as_it_should_be(company, told)
        finally:
            company.close()


def _number(who: int) -> str:
    return f"555-010{who}"


def _nobody_twice(company: CallbackCompany) -> None:
    tasks = company.tasks.values()
    assert max(Counter(task["Subject"] for task in tasks).values(), default=1) == 1
    waiting = Counter(
        t["Subject"][: len("Call back +1 215-555-0100")]
        for t in tasks
        if t["Status"] == "Not Started"
    )
    assert max(waiting.values(), default=1) == 1


def _as_it_should_be(company: CallbackCompany, told: list[tuple[int, str, int]]) -> None:
    open_tasks = [t for t in company.tasks.values() if t["Status"] == "Not Started"]
    for who in range(3):
        mine = sorted((-ago, outcome) for each, outcome, ago in told if each == who)
        waits = bool(mine) and mine[-1][1] != "accepted"
        found = [task for task in open_tasks if _number(who) in task["Subject"]]
        assert len(found) == int(waits), (who, mine)
