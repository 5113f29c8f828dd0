"""Records find their call, and calls we placed ourselves are known."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.flows.call_to_lead.makers import CUSTOMER, MAIN, a_record, at

from switchboard.flows.call_to_lead.sessions import by_session, latest_versions, ringout_sessions
from switchboard.vendors.ringcentral.models import CallRecord, Party


def halves(distance: int, **changes: Any) -> list[CallRecord]:
    first = a_record("in", session_id="880012345004", telephony_session_id="s-in")
    values: dict[str, Any] = {
        "session_id": str(880012345004 + distance),
        "telephony_session_id": "s-out",
        "direction": "Outbound",
        "start_time": at(4),
        "from_": Party(phone_number=MAIN),
        "to": Party(phone_number="(215) 555-0142"),
    }
    return [first, a_record("out", **(values | changes))]


@pytest.mark.parametrize("distance", [1000, 2000, 3000, 4000, -1000, -4000])
def test_the_two_halves_of_a_ringout_are_known(distance: int) -> None:
    assert ringout_sessions(halves(distance)) == {"s-in", "s-out"}


@pytest.mark.parametrize(
    ("distance", "changes"),
    [
        (5000, {}),
        (1001, {}),
        (1000, {"to": Party(phone_number="+12155550777")}),
        (1000, {"direction": "Inbound"}),
        (1000, {"start_time": at(60)}),
        (1000, {"session_id": "not-a-number"}),
    ],
)
def test_neighbouring_calls_are_no_ringout(distance: int, changes: dict[str, Any]) -> None:
    assert ringout_sessions(halves(distance, **changes)) == frozenset()


def test_a_withheld_number_is_never_matched_to_another() -> None:
    records = [each.model_copy(update={"from_": Party(), "to": Party()}) for each in halves(1000)]
    assert ringout_sessions(records) == frozenset()


def test_a_ringout_that_rings_us_from_our_own_number_is_known() -> None:
    inbound, outbound = halves(1000)
    inbound = inbound.model_copy(update={"from_": Party(phone_number=MAIN)})
    assert ringout_sessions([outbound, inbound]) == {"s-in", "s-out"}


def test_records_are_grouped_by_telephony_session_then_session() -> None:
    records = [
        a_record("a", session_id="1", telephony_session_id="s-1"),
        a_record("b", session_id="1", telephony_session_id=None),
        a_record("c", session_id="2", telephony_session_id=None),
        a_record("d", session_id="", telephony_session_id=None),
    ]
    grouped = {key: [r.id for r in found] for key, found in by_session(records).items()}
    assert grouped == {"s-1": ["a", "b"], "2": ["c"], "d": ["d"]}


def test_of_two_versions_the_one_modified_last_is_kept_else_the_last_given() -> None:
    old, new = a_record(last_modified=at(1)), a_record(result="Busy", last_modified=at(2))
    assert latest_versions([new, old]) == (new,)
    undated, later = a_record(), a_record(result="Busy")
    assert latest_versions([undated, later]) == (later,)


def test_a_customer_s_two_calls_stay_two() -> None:
    again = a_record("r2", telephony_session_id="s-2", from_=Party(phone_number=CUSTOMER))
    assert len(by_session([a_record(), again])) == 2
