"""Requests to Zoho Desk hold what was decided and nothing else; answers are read tolerantly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.settings import VendorSettings
from switchboard.vendors.zoho_desk import access, answers, refusals, wire
from switchboard.vendors.zoho_desk.models import NewContact, NewTicket, TicketChanges, status_type

READ, WRITE = wire.ticket_request("7"), wire.create_comment_request("7", "hello", public=False)


def an_answer(status: int, body: Any = None, **headers: str) -> Answer:
    content = b"" if body is None else httpx.Response(200, json=body).content
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers(named), content)


def a_ticket(**changes: Any) -> NewTicket:
    values: dict[str, Any] = {"subject": "Printer", "department_id": "11", "contact_id": "22"}
    return NewTicket(**(values | changes))


def test_a_ticket_holds_what_was_given_only() -> None:
    assert wire.ticket_body(a_ticket()) == {
        "subject": "Printer",
        "departmentId": "11",
        "contactId": "22",
    }


def test_a_person_without_a_name_is_entered_under_the_address() -> None:
    """Desk demands a last name."""
    body = wire.contact_body(NewContact(last_name=" ", email="jo@example.com"))
    assert body == {"lastName": "jo@example.com", "email": "jo@example.com"}


def test_a_contact_within_a_ticket_has_the_fields_desk_takes_there() -> None:
    person = NewContact(last_name="Marlowe", mobile="+12155550100", phone="+12155550101")
    body = wire.ticket_body(a_ticket(contact_id=None, contact=person))
    assert body["contact"] == {"lastName": "Marlowe", "phone": "+12155550101"}


@pytest.mark.parametrize(
    "wrong",
    [a_ticket(subject=" \n"), a_ticket(department_id="x"), a_ticket(contact_id="../1"),
     a_ticket(email="nobody"), a_ticket(assignee_id="12a"), a_ticket(uploads=("1", "?"))],
)  # fmt: skip
def test_what_desk_would_refuse_is_not_sent(wrong: NewTicket) -> None:
    with pytest.raises(RejectedError) as caught:
        wire.ticket_body(wrong)
    assert caught.value.code == "DESK-422"


def test_custom_fields_go_by_their_api_name_and_length() -> None:
    """Labels can be changed by anybody, and a text field holds 255 characters."""
    made = wire.custom_fields({"cf_a": "x" * 300, "cf_b": 3, "cf_c": None, "cf_d": True})
    assert len(made["cf_a"]) == 255
    assert (made["cf_b"], made["cf_c"], made["cf_d"]) == (3, None, "true")
    with pytest.raises(ValueError, match="API name"):
        wire.custom_fields({"Site": "x"})


def test_a_change_says_what_was_given_even_if_it_is_nothing() -> None:
    """Taking a ticket from its agent is a change, leaving the agent alone is none."""
    assert wire.changes_body(TicketChanges(assignee_id=None)) == {"assigneeId": None}
    due = datetime(2026, 11, 3, 15, 4, tzinfo=UTC)
    body = wire.changes_body(TicketChanges(status="Closed", due=due, description="a<b"))
    assert body == {
        "description": "a&lt;b",
        "status": "Closed",
        "dueDate": "2026-11-03T15:04:00.000Z",
    }
    with pytest.raises(ValueError, match="change of nothing"):
        wire.update_ticket_request("7", TicketChanges())


@pytest.mark.parametrize("content", ["", " \n", "x" * 32_001, "😀" * 16_001])
def test_a_comment_has_to_fit(content: str) -> None:
    with pytest.raises(ValueError, match="32000"):
        wire.create_comment_request("7", content, public=True)


def test_a_comment_is_shown_to_the_customer_only_if_that_was_said() -> None:
    assert WRITE.json["isPublic"] is False
    assert WRITE.json["contentType"] == "plainText"


@given(st.text(max_size=300))
def test_file_names_are_ones_desk_keeps(name: str) -> None:
    made = wire.file_name(name)
    assert 1 <= len(made) <= wire.FILE_NAME_LENGTH
    assert made.isascii()
    assert "/" not in made
    assert wire.file_name(made) == made


def test_a_file_keeps_its_ending() -> None:
    assert wire.file_name("a" * 200 + ".png").endswith("a.png")


CASES: list[tuple[int, str, type[SwitchboardError], str]] = [
    (400, "BAD_REQUEST", RejectedError, "DESK-400"),
    (401, "INVALID_OAUTH", OperatorError, "DESK-401"),
    (403, "SCOPE_MISMATCH", OperatorError, "DESK-403"),
    (403, "OAUTH_ORG_MISMATCH", OperatorError, "DESK-403"),
    (403, "LICENSE_ACCESS_LIMITED", OperatorError, "DESK-403"),
    (401, "ONLY_LIVECHAT_USER", OperatorError, "DESK-403"),
    (404, "URL_NOT_FOUND", RejectedError, "DESK-404"),
    (413, "RESOURCE_SIZE_EXCEEDED", RejectedError, "DESK-413"),
    (422, "INVALID_DATA", RejectedError, "DESK-422"),
    (429, "TOO_MANY_REQUESTS", TransientError, "DESK-429"),
    (429, "THRESHOLD_EXCEEDED", TransientError, "DESK-429"),
    (500, "INTERNAL_SERVER_ERROR", InDoubtError, "DESK-500"),
    (502, "", InDoubtError, "DESK-500"),
    (408, "", InDoubtError, "DESK-500"),
]


@pytest.mark.parametrize(("status", "code", "kind", "ours"), CASES)
def test_refusals_say_what_to_do_next(
    status: int, code: str, kind: type[SwitchboardError], ours: str
) -> None:
    """Try again, park it, call the operator, or look first."""
    error = refusals.judge(WRITE, an_answer(status, {"errorCode": code, "message": "x"}))
    assert type(error) is kind
    assert error.code == ours


def test_a_read_that_failed_is_in_no_doubt() -> None:
    assert type(refusals.judge(READ, an_answer(500))) is TransientError


@pytest.mark.parametrize("body", [None, [], {"errors": 7}, {"errors": [7, {}]}, {"errorCode": 9}])
def test_odd_errors_are_errors(body: Any) -> None:
    """A gateway answers with a page, and Desk's schema and samples disagree."""
    error = refusals.judge(WRITE, an_answer(422, body))
    assert error is not None
    assert error.code == "DESK-422"


def test_the_fields_are_named_and_duplicates_told_apart() -> None:
    wrong = [{"fieldName": "/cf/cf_site", "errorType": "missing"}]
    error = refusals.judge(WRITE, an_answer(422, {"errorCode": "INVALID_DATA", "errors": wrong}))
    assert "cf/cf_site missing" in str(error)
    twice = [{"fieldName": "/email", "errorType": "duplicate"}]
    error = refusals.judge(WRITE, an_answer(422, {"errorCode": "INVALID_DATA", "errors": twice}))
    assert error is not None
    assert error.code == "DESK-409"


def test_nobody_is_named_in_logs_and_messages() -> None:
    """Desk repeats what was sent in its messages; our logs and reports must not."""
    said = {"errorCode": "INVALID_DATA", "message": "jo@example.com, +1 215-555-0100 is wrong"}
    error = refusals.judge(WRITE, an_answer(422, said))
    assert error is not None
    shown = f"{error} {error.detail} {wire.create_ticket_request(a_ticket(subject='Jo Doe'))!r}"
    assert [word for word in ("jo@example.com", "555-0100", "Jo Doe") if word in shown] == []
    assert "***" in error.detail


def test_pauses_grow_and_obey_the_header() -> None:
    once = an_answer(429, {"errorCode": "TOO_MANY_REQUESTS"})
    (first,) = refusals.signals(READ, once, 60.0, 1).pauses.values()
    (third,) = refusals.signals(READ, once, 60.0, 3).pauses.values()
    assert 1.0 <= first <= 2.0
    assert 4.0 <= third <= 8.0
    told = an_answer(429, {"errorCode": "THRESHOLD_EXCEEDED"}, retry_after="3600")
    assert refusals.signals(READ, told, 60.0, 1).pauses == {"zoho_desk": 3600.0}
    untold = an_answer(429, {"errorCode": "THRESHOLD_EXCEEDED"})
    assert refusals.signals(READ, untold, 60.0, 1).pauses == {"zoho_desk": 900.0}


@pytest.mark.parametrize(("header", "weight"), [("3", 3.0), ("", None), ("-1", None), ("x", None)])
def test_the_weight_is_read_from_the_header(header: str, weight: float | None) -> None:
    answer = an_answer(200, {}, x_rate_limit_request_weight_v3=header)
    assert refusals.weight(answer) == weight


def test_values_are_read_whichever_way_desk_writes_them() -> None:
    """Its samples show milliseconds, and truth as text, against its own schemas."""
    found = answers.ticket(
        {
            "id": 4567,
            "ticketNumber": 1001,
            "statusType": "ONHOLD",
            "createdTime": "1763668509000",
            "closedTime": "2025-11-20T19:55:09.000Z",
            "commentCount": "12",
            "isSpam": "true",
            "cf": None,
        }
    )
    assert found is not None
    assert (found.id, found.number, found.status_type) == ("4567", "1001", "On Hold")
    assert found.created_time == found.closed_time == datetime(2025, 11, 20, 19, 55, 9, tzinfo=UTC)
    assert (found.comment_count, found.is_spam, dict(found.custom)) == (12, True, {})


@pytest.mark.parametrize(
    ("written", "kind"),
    [("Open", "Open"), ("CLOSED", "Closed"), ("On Hold", "On Hold"), ("on_hold", "On Hold"),
     ("Erledigt", None), ("", None)],
)  # fmt: skip
def test_types_of_status_are_compared_without_case_or_space(written: str, kind: str | None) -> None:
    assert status_type(written) == kind


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["id", "ticketNumber", "cf", "createdTime", "commenter", "isPublic", "statusType", "size",
     "allowedValues", "associatedDepartmentIds", "maxLength", "apiName", "stagingData", "name"]
)  # fmt: skip


@given(st.dictionaries(KEYS, JSON))
def test_odd_records_never_break_the_reading(item: dict[str, Any]) -> None:
    """A vendor may send anything; we leave out what does not fit."""
    readers = (answers.ticket, answers.contact, answers.comment, answers.attachment)
    for read in (*readers, answers.agent, answers.department):
        found = read(item)
        assert found is None or found.id
    answers.read_fields(an_answer(200, {"data": [item]}))
    answers.read_metrics(an_answer(200, item))


def test_a_record_without_an_id_is_no_answer() -> None:
    """A create whose reply does not say what was made is in doubt."""
    with pytest.raises(UnreadableError):
        answers.one(an_answer(200, {}), answers.ticket)
    with pytest.raises(UnreadableError):
        answers.items_of(an_answer(200, {"rows": []}))
    assert answers.items_of(an_answer(204)) == []


@pytest.mark.parametrize(
    ("written", "minutes"), [("01:50 hrs", 110), ("00:00", 0), ("120:05 Hrs", 7205), ("-", None)]
)
def test_durations_are_minutes(written: str, minutes: int | None) -> None:
    assert answers.minutes_of(written) == minutes


def test_a_key_is_a_client_and_its_secret() -> None:
    """With a refresh token it is an agent's consent, without one a self client of the portal."""
    agent = access.read_key(SecretStr("1000.A:s3cret:1000.r.t"), "700")
    assert isinstance(agent, ZohoCredentials)
    assert agent.refresh_token.get_secret_value() == "1000.r.t"
    own = access.read_key(SecretStr(" 1000.A:s3cret\n"), "700")
    assert isinstance(own, ZohoSelfClient)
    assert own.soid == "ZohoDesk.700"
    assert "s3cret" not in repr((agent, own))


@pytest.mark.parametrize("key", ["", "your_key", "1000.r.t", "a:", ":b", "a:b:c:d", "a::c"])
def test_what_is_no_key_is_explained_and_not_repeated(key: str) -> None:
    """The message says what belongs there, and never what stood there."""
    with pytest.raises(OperatorError, match="client_id:client_secret") as caught:
        access.read_key(SecretStr(key), "700")
    assert not key or len(key) < 3 or key not in caught.value.message


def test_the_portals_id_is_a_number() -> None:
    with pytest.raises(OperatorError, match="number"):
        access.read_key(SecretStr("a:b"), "your_org_id")


def test_desk_is_where_the_sign_in_is() -> None:
    """One setting for the data centre is enough."""
    assert VendorSettings().desk_url == "https://desk.zoho.com"
    assert VendorSettings(zoho_accounts_url="https://accounts.zoho.eu").desk_url == (
        "https://desk.zoho.eu"
    )
    given_ = VendorSettings(zoho_desk_url="https://desk.zoho.in/")
    assert given_.desk_url == "https://desk.zoho.in"
    assert VendorSettings(zoho_accounts_url="https://accounts.example.com").desk_url == ""


@pytest.mark.parametrize(
    "url", ["http://desk.zoho.com", "desk.zoho.com", "https://u:p@desk.zoho.eu"]
)
def test_an_unsafe_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="zoho_desk_url"):
        VendorSettings(zoho_desk_url=url)
