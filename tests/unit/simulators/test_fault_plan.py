import random

import pytest
from pydantic import ValidationError

from switchboard.simulators.core.faults import Fault, FaultPlan

LINE = "POST /crm/v8/Leads"


def a_plan(*faults: Fault) -> FaultPlan:
    plan = FaultPlan(random.Random(1))
    for fault in faults:
        plan.add(fault)
    return plan


def strikes(plan: FaultPlan, count: int, line: str = LINE) -> list[bool]:
    return [plan.strike("zoho_crm", line) is not None for _ in range(count)]


def test_a_fault_without_a_number_strikes_once() -> None:
    assert strikes(a_plan(Fault(kind="drop")), 3) == [True, False, False]


def test_a_fault_strikes_as_often_as_asked_after_those_it_skips() -> None:
    plan = a_plan(Fault(kind="drop", times=2, skip=1))
    assert strikes(plan, 5) == [False, True, True, False, False]


def test_a_fault_concerns_only_the_requests_it_matches() -> None:
    plan = a_plan(Fault(kind="drop", vendor="zoho_crm", match=r"^POST .*/Notes$"))
    assert not any(strikes(plan, 2))
    assert plan.strike("ringcentral", "POST /x/Notes") is None
    assert plan.strike("zoho_crm", "POST /crm/v8/Notes") is not None


def test_text_that_is_no_regular_expression_matches_as_text() -> None:
    plan = a_plan(Fault(kind="drop", match="ids=(1"))
    assert strikes(plan, 1, "GET /x?ids=(1)") == [True]


def test_chance_is_the_same_for_the_same_seed() -> None:
    first = strikes(a_plan(Fault(kind="drop", probability=0.5)), 40)
    assert first == strikes(a_plan(Fault(kind="drop", probability=0.5)), 40)
    assert 5 < sum(first) < 35


def test_a_misspelt_fault_is_refused() -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"kind": "drop", "tmies": 2})
