"""What the figures of chats and tickets say, and when they say nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.flows.chat_to_ticket.statistics import (
    Counted,
    Outcome,
    TicketCount,
    figures,
)

TITLES = {"password_reset": "Password reset", "printer_issues": "Printer issues"}
MINUTES = {"password_reset": 20, "printer_issues": 30}


def ticket(**changes: object) -> TicketCount:
    values: dict[str, object] = {
        "workflow": "password_reset",
        "day": "2026-11-20",
        "priority": "Medium",
        "from_chat": True,
        "escalated": False,
        "extends": False,
        "handling_minutes": 20,
    }
    return TicketCount(**{**values, **changes})  # type: ignore[arg-type]


def counted(*tickets: TicketCount, **changes: object) -> Counted:
    values: dict[str, object] = {"facts": {}, "tickets": tickets, "solved_unescalated": {}}
    return Counted(**{**values, **changes})  # type: ignore[arg-type]


def test_nothing_counted_gives_no_shares_instead_of_zeros() -> None:
    """A rate of 0 % would be a claim; where nothing was counted there is none."""
    found = figures(counted(), titles=TITLES, handling_minutes=MINUTES).document()
    assert found["rates"] == {"completion": None, "escalation": None, "automation": None}
    assert found["satisfaction"]["average"] is None
    assert found["resolution_minutes"]["average"] is None
    assert found["saved"]["minutes"] == 0


def test_minutes_saved_are_those_configured_for_requests_no_person_took_over() -> None:
    """Tickets with an operator in the chat save nothing; first aid that helped saves all."""
    found = figures(
        counted(
            ticket(),
            ticket(escalated=True),
            ticket(workflow="printer_issues", handling_minutes=25),
            ticket(from_chat=False),
            facts={("started", "password_reset"): 4, ("solved", "password_reset"): 2},
            solved_unescalated={"password_reset": 1},
        ),
        titles=TITLES,
        handling_minutes=MINUTES,
    )
    assert found.minutes_saved == 20 + 25 + 20
    assert found.automated == 3
    password = next(row for row in found.workflows if row.workflow == "password_reset")
    assert (password.tickets, password.solved, password.automated) == (2, 2, 2)
    assert password.completion_rate == 1.0


def test_a_ticket_keeps_the_minutes_of_the_day_it_was_raised() -> None:
    """Changing the configuration later does not rewrite what was saved."""
    found = figures(
        counted(ticket(handling_minutes=5)), titles=TITLES, handling_minutes={"password_reset": 99}
    )
    assert found.minutes_saved == 5


def test_tickets_are_counted_by_day_without_those_that_were_only_extended() -> None:
    """An addition to an open ticket is no new ticket."""
    found = figures(
        counted(ticket(), ticket(extends=True), ticket(day="2026-11-19", from_chat=False)),
        titles=TITLES,
        handling_minutes=MINUTES,
    ).document()
    assert found["tickets"]["per_day"] == [
        {"day": "2026-11-19", "tickets": 1},
        {"day": "2026-11-20", "tickets": 1},
    ]
    assert (found["tickets"]["created"], found["tickets"]["extended"]) == (2, 1)


def test_success_is_told_of_what_came_to_an_end() -> None:
    """Writes that still wait are neither success nor failure."""
    assert Outcome(done=9, failed=1, waiting=90).rate == pytest.approx(0.9)
    assert Outcome(waiting=3).rate is None


def test_satisfaction_and_resolution_are_those_of_tickets_that_have_them() -> None:
    """Missing answers are not zeros."""
    found = figures(
        counted(
            ticket(satisfaction=5, resolution_minutes=60),
            ticket(extends=True, resolution_minutes=60),  # The same ticket, added to.
            ticket(satisfaction=2, resolution_minutes=180, first_response_minutes=10),
            ticket(),
        ),
        titles=TITLES,
        handling_minutes=MINUTES,
    ).document()
    assert found["satisfaction"]["average"] == 3.5
    assert found["satisfaction"]["scores"] == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 1}
    assert found["resolution_minutes"] == {
        "average": 120.0,
        "median": 120.0,
        "first_response_average": 10.0,
    }


def test_a_workflow_that_is_gone_is_still_counted() -> None:
    """Removing a document does not remove its history."""
    found = figures(counted(ticket(workflow="old_one")), titles=TITLES, handling_minutes=MINUTES)
    assert [row.title for row in found.workflows] == ["Password reset", "Printer issues", "old one"]


@given(
    facts=st.dictionaries(
        st.tuples(
            st.sampled_from(["opened", "started", "solved", "escalated", "abandoned"]),
            st.sampled_from([*TITLES, ""]),
        ),
        st.integers(0, 1000),
    ),
    tickets=st.lists(
        st.builds(
            ticket,
            workflow=st.sampled_from([*TITLES, "other"]),
            escalated=st.booleans(),
            from_chat=st.booleans(),
            satisfaction=st.none() | st.integers(1, 5),
        ),
        max_size=20,
    ),
)
def test_shares_are_never_above_one_and_the_document_is_json(
    facts: dict[tuple[str, str], int], tickets: list[TicketCount]
) -> None:
    """Whatever was counted, also requests that began before the stretch that is looked at."""
    found = figures(
        counted(*tickets, facts=facts), titles=TITLES, handling_minutes=MINUTES
    ).document()
    json.dumps(found, allow_nan=False)
    shares = [each for each in found["rates"].values() if each is not None]
    shares += [row["completion_rate"] for row in found["workflows"] if row["completion_rate"]]
    assert all(0 <= each <= 1 for each in shares)
