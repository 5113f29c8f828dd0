"""RingCentral's requests, pages, parts and refusals as values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from switchboard.errors import InDoubtError, OperatorError, RejectedError, TransientError
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.ringcentral import records, refusals, wire
from switchboard.vendors.ringcentral.models import CallRecord

BASE = "https://platform.ringcentral.com"
SAMPLES = Path(__file__).parents[3].parent / "shared" / "vendors" / "samples" / "ringcentral"
NOW = datetime(2026, 11, 3, 15, 4, 5, 120_000, tzinfo=UTC)
REQUEST = wire.call_log_request(NOW, NOW, 1000)


def answer(status: int, document: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers(named), json.dumps(document).encode())


def a_record(**changes: Any) -> dict[str, Any]:
    return {
        "id": "Qx1",
        "sessionId": "88001",
        "telephonySessionId": "s-1",
        "startTime": "2026-11-03T15:04:05.120Z",
        "type": "Voice",
        "direction": "Inbound",
        "action": "Phone Call",
        **changes,
    }


def error(code: str, **more: str) -> dict[str, Any]:
    return {"errorCode": "Top", "message": "m", "errors": [{"errorCode": code, **more}]}


def test_a_window_is_written_in_utc_with_milliseconds() -> None:
    """As RingCentral writes its own times."""
    local = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert wire.format_time(local) == "2026-11-03T15:04:05.120Z"
    with pytest.raises(ValueError, match="time zone"):
        wire.format_time(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_call_log_is_read_once_for_the_company() -> None:
    """Voice only, with legs, and never without `dateFrom`."""
    assert REQUEST.url == "/restapi/v1.0/account/~/call-log"
    assert REQUEST.params == {
        "dateFrom": "2026-11-03T15:04:05.120Z",
        "dateTo": "2026-11-03T15:04:05.120Z",
        "type": "Voice",
        "view": "Detailed",
        "perPage": "1000",
        "page": "1",
    }
    assert list(REQUEST.costs) == ["ringcentral", "ringcentral:heavy"]


def test_a_record_needs_little_and_invents_nothing() -> None:
    """`result`, `duration`, `from` and `to` may all be missing."""
    record = records.read_record(a_record())
    assert isinstance(record, CallRecord)
    assert (record.result, record.duration_seconds, record.legs) == (None, 0, ())
    assert record.start_time == NOW
    assert record.session_key == "s-1"


def test_ids_are_strings_whatever_the_vendor_sends() -> None:
    """`extension.id` is a number, `from.extensionId` a string, a message's id either."""
    record = records.read_record(
        a_record(
            extension={"id": 700100304},
            message={"id": 7, "type": "VoiceMail"},
            recording={"id": "99", "type": "Automatic", "contentUri": "https://x/y"},
            **{"from": {"phoneNumber": "+12155550100", "extensionId": 5}},
            legs=[{"extension": {"id": 700100200}, "durationMs": 15_020, "master": True}, "odd"],
        )
    )
    assert isinstance(record, CallRecord)
    assert record.extension_id == "700100304"
    assert record.message is not None
    assert record.message.id == "7"
    assert record.from_.extension_id == "5"
    assert record.legs[0].extension_id == "700100200"
    assert record.legs[0].duration_seconds == 15
    assert len(record.legs) == 1


@pytest.mark.parametrize("missing", ["id", "startTime", "direction"])
def test_a_record_without_its_core_is_a_problem_not_a_crash(missing: str) -> None:
    """The page's other records are read all the same."""
    broken = {key: value for key, value in a_record().items() if key != missing}
    page, _ = records.read_page(answer(200, {"records": [broken, a_record(), 3]}))
    assert [record.id for record in page.records] == ["Qx1"]
    assert len(page.problems) == 2
    assert len(page.raw) == 2


@pytest.mark.parametrize("document", [[], {"records": {}}, {}, "x", None])
def test_a_page_without_records_is_unreadable(document: object) -> None:
    """An empty page has an empty list; anything else is somebody else's answer."""
    with pytest.raises(UnreadableError):
        records.read_page(answer(200, document))


def test_the_vendors_own_sample_can_be_read() -> None:
    """The captured call log of the vendor's documentation."""
    sample = SAMPLES / "call-log-sample.json"
    if not sample.exists():
        pytest.skip("the vendor's samples are not beside this checkout")
    document = json.loads(sample.read_text())
    items = document.get("records", [document])
    assert all(isinstance(records.read_record(item), CallRecord) for item in items)


def test_the_next_page_is_followed_on_the_same_host_only() -> None:
    """Navigation is an address from outside; our token does not follow it anywhere."""

    def page(uri: str) -> dict[str, Any]:
        return {"navigation": {"nextPage": {"uri": uri}}}

    path = "/restapi/v1.0/account/1/call-log?page=2"
    assert wire.next_page(page(BASE + path), BASE) == path
    assert wire.next_page(page("http://127.0.0.1:1/rc" + path), "http://127.0.0.1:1/rc") == path
    assert wire.next_page({"navigation": {}}, BASE) is None
    assert wire.next_page({}, BASE) is None
    for uri in ("https://evil.example" + path, "http://platform.ringcentral.com" + path):
        with pytest.raises(OperatorError):
            wire.next_page(page(uri), BASE)


def multipart(parts: list[tuple[int, object]]) -> Answer:
    head = {"response": [{"href": f"/call-log/{n}", "status": s} for n, (s, _) in enumerate(parts)]}
    bodies = [head, *(body for _, body in parts)]
    text = "".join(
        f"--Boundary_1\r\nContent-Type: application/json\r\n\r\n{json.dumps(body)}\r\n"
        for body in bodies
    )
    headers = httpx.Headers({"Content-Type": "multipart/mixed; boundary=Boundary_1"})
    return Answer(207, headers, (text + "--Boundary_1--\r\n").encode())


def test_a_bulk_answer_says_of_each_id_what_became_of_it() -> None:
    """Three ids, three fates, in multipart form."""
    found = records.read_bulk(
        multipart([(200, a_record(id="A")), (404, error("CMN-102")), (503, error("CMN-201"))]),
        ["A", "B", "C"],
    )
    assert isinstance(found["A"], CallRecord)
    assert isinstance(found["B"], RejectedError)
    assert isinstance(found["C"], TransientError)


def test_the_json_form_of_a_bulk_answer_is_read_as_well() -> None:
    """The vendor documents it for messages; it may come for calls one day."""
    parts = [
        {"resourceId": "B", "status": 404, "body": error("CMN-102")},
        {"resourceId": "A", "status": 200, "body": a_record(id="A")},
    ]
    found = records.read_bulk(answer(207, parts), ["A", "B", "C"])
    assert isinstance(found["A"], CallRecord)
    assert isinstance(found["B"], RejectedError)
    assert isinstance(found["C"], TransientError)


def test_one_id_comes_back_as_a_plain_record() -> None:
    """One id is no bulk."""
    found = records.read_bulk(answer(200, a_record(id="A")), ["A"])
    assert isinstance(found["A"], CallRecord)


def test_parts_that_do_not_match_their_statuses_are_unreadable() -> None:
    """Guessing which record is which would give a call somebody else's fate."""
    whole = multipart([(200, a_record(id="A")), (200, a_record(id="B"))])
    with pytest.raises(UnreadableError):
        records.read_bulk(Answer(207, whole.headers, whole.content[:400]), ["A", "B"])


@pytest.mark.parametrize(
    ("status", "code", "kind", "ours"),
    [
        (401, "OAU-213", OperatorError, "RC-401"),
        (403, "CMN-401", OperatorError, "RC-403"),
        (403, "CMN-408", OperatorError, "RC-403"),
        (404, "CMN-102", RejectedError, "RC-404"),
        (400, "CMN-101", RejectedError, "RC-400"),
        (429, "CMN-301", TransientError, "RC-429"),
        (408, "", TransientError, "RC-500"),
        (500, "CMN-203", TransientError, "RC-500"),
        (503, "CMN-201", TransientError, "RC-500"),
    ],
)
def test_every_refusal_says_what_to_do_next(
    status: int, code: str, kind: type[Exception], ours: str
) -> None:
    """The one table of RingCentral's errors."""
    found = refusals.judge(REQUEST, answer(status, error(code)))
    assert isinstance(found, kind)
    assert not isinstance(found, InDoubtError)
    assert found.code == ours


def test_a_missing_permission_is_named() -> None:
    """The operator reads which one to add."""
    found = refusals.judge(REQUEST, answer(403, error("CMN-401", permissionName="ReadCallLog")))
    assert found is not None
    assert "ReadCallLog" in found.message


def test_a_penalty_closes_the_group_and_nothing_else() -> None:
    """429 in Heavy leaves Light open."""
    signals = refusals.signals(
        REQUEST,
        answer(
            429,
            error("CMN-301"),
            x_rate_limit_group="heavy",
            x_rate_limit_limit="10",
            x_rate_limit_window="60",
            retry_after="42",
        ),
        60.0,
        1,
    )
    assert signals.pauses == {"ringcentral:heavy": 42.0}
    assert (signals.limits[0].bucket, signals.limits[0].count) == ("ringcentral:heavy", 10.0)


def test_a_group_the_vendor_moved_is_believed() -> None:
    """The header's group is closed, and the one we charged as well."""
    signals = refusals.signals(
        REQUEST, answer(429, error("CMN-301"), x_rate_limit_group="Medium"), 60.0, 1
    )
    assert set(signals.pauses) == {"ringcentral:medium", "ringcentral:heavy"}
    assert set(signals.pauses.values()) == {60.0}


def test_the_global_limit_closes_everything() -> None:
    """CMN-310 counts per address, whatever the group."""
    signals = refusals.signals(REQUEST, answer(429, error("CMN-310"), retry_after="5"), 60.0, 1)
    assert signals.pauses == {"ringcentral": 5.0}


def test_nothing_remaining_waits_for_the_next_window() -> None:
    """Another user of the app has taken the rest; the next request would be the one too many."""
    signals = refusals.signals(
        REQUEST,
        answer(
            200,
            {},
            x_rate_limit_group="heavy",
            x_rate_limit_remaining="0",
            x_rate_limit_window="60",
        ),
        60.0,
        0,
    )
    assert signals.pauses == {"ringcentral:heavy": 60.0}


def test_missing_app_permissions_are_named() -> None:
    """ReadCallRecording includes ReadCallLog."""
    assert wire.missing_scopes(("ReadAccounts", "ReadCallRecording")) == []
    assert wire.missing_scopes(("ReadMessages",)) == ["ReadCallLog", "ReadAccounts"]
    assert wire.missing_scopes(()) == []


@pytest.mark.parametrize("document", [{}, {"access_token": ""}, {"access_token": "t"}, []])
def test_a_token_answer_without_a_token_is_unreadable(document: object) -> None:
    """HTTP 200 alone proves nothing."""
    with pytest.raises(UnreadableError):
        wire.read_token(answer(200, document), BASE)
