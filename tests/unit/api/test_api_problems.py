"""Which status an error becomes, and what it tells."""

from __future__ import annotations

import json

import pytest

from switchboard.api.keys import neighbourhood
from switchboard.api.problems import problem_of, status_of, wrong_of
from switchboard.errors import OperatorError, RejectedError, SwitchboardError, TransientError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RejectedError("DESK-404", "gone"), 404),
        (RejectedError("DESK-409", "there already"), 409),
        (RejectedError("DESK-422", "refused"), 422),
        (TransientError("DESK-503", "down"), 503),
        (OperatorError("DESK-401", "credentials"), 503),
        (TransientError("DB-002", "locked"), 503),
        (OperatorError("API-003", "not set up"), 503),
        (SwitchboardError("SB-000", "ours"), 500),
    ],
)
def test_the_status_says_whose_turn_it_is(error: SwitchboardError, status: int) -> None:
    """4xx: change the request. 503: it was fine, try again once we are."""
    assert status_of(error) == status


def test_the_wait_is_told_and_the_detail_is_not() -> None:
    """What a vendor said is for the log."""
    error = TransientError("DESK-429", "Too busy.", detail="vendor's words", retry_after=12.3)
    answer = problem_of(error, "r1")
    assert answer.headers["retry-after"] == "12"
    assert "vendor's words" not in bytes(answer.body).decode()
    assert json.loads(bytes(answer.body))["type"] == "urn:switchboard:error:DESK-429"


def test_places_are_named_and_values_are_not_repeated() -> None:
    errors = [
        {
            "loc": ("body", "metadata", "priority"),
            "msg": "Input should be 'High'",
            "input": "sEcret",
        },
        {"loc": ("path", "ticket_id"), "msg": "too long"},
        {"loc": ("body",), "msg": "Field required"},
        {"loc": ("body", "a\nb"), "msg": "Extra inputs are not permitted"},
    ]
    wrong = wrong_of(errors)
    assert [each.where for each in wrong] == [
        "metadata.priority", "path: ticket_id", "body", r"'a\nb'"
    ]  # fmt: skip
    assert "sEcret" not in repr(wrong)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, counted: str) -> None:
    """Whoever has one address there has 2^64 of them."""
    assert neighbourhood(address) == counted
