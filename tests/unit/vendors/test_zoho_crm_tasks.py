"""Asking Zoho CRM about tasks, as values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from switchboard.errors import RejectedError
from switchboard.vendors.zoho_crm import tasks
from switchboard.vendors.zoho_crm.answers import Page


def test_tasks_are_looked_for_where_nothing_lags() -> None:
    """By COQL, never by the search; it counts as a search on the budget."""
    request = tasks.find_request(["Call back [rc:s-1]", "Call back [rc:s-2]"], 200)
    assert request.json["select_query"] == (
        "select id, Subject, Status from Tasks"
        " where Subject in ('Call back [rc:s-1]', 'Call back [rc:s-2]')"
        " order by id asc limit 200, 200"
    )
    assert not request.write


@pytest.mark.parametrize("subject", ["it's", "back\\slash", "line\nbreak"])
def test_nothing_that_needs_escaping_gets_into_a_query(subject: str) -> None:
    """COQL has no bind variables."""
    with pytest.raises(RejectedError, match="ZOHO-422"):
        tasks.find_request([subject], 0)
    tasks.find_request([tasks.quotable(subject)], 0)


def test_a_query_and_a_list_stay_within_zohos_limits() -> None:
    with pytest.raises(ValueError, match="25"):
        tasks.find_request(["x"] * 26, 0)
    with pytest.raises(ValueError, match="50"):
        tasks.read_request(["1"] * 51)
    request = tasks.read_request(["5843104000007701011"] * 50)
    assert len((request.params or {})["ids"]) <= 1024


def test_only_ids_are_asked_for_by_id() -> None:
    with pytest.raises(RejectedError, match="ZOHO-422"):
        tasks.read_request(["1;drop"])


def test_a_task_is_read_with_what_a_person_may_have_done_to_it() -> None:
    page = Page(
        (
            {
                "id": "5",
                "Subject": "Call back",
                "Status": "Completed",
                "Description": None,
                "Closed_Time": "2026-11-03T11:00:00-05:00",
                "Modified_Time": "2026-11-03T11:00:00-05:00",
            },
            {"Subject": "without an id"},
        )
    )
    moment = datetime(2026, 11, 3, 16, tzinfo=UTC)
    assert tasks.read_tasks(page) == [
        tasks.CrmTask(
            id="5",
            subject="Call back",
            status="Completed",
            closed_time=moment,
            modified_time=moment,
        )
    ]
