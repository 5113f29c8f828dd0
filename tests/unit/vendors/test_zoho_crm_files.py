"""Names of files, refusals of single writes, and lists of attachments."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.exchange import Answer
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.zoho_crm import answers, files, refusals


def an_answer(status: int, document: Any) -> Answer:
    return Answer(status, httpx.Headers(), json.dumps(document).encode())


def refused(code: str, **details: Any) -> Answer:
    item = {"status": "error", "code": code, "message": "no", "details": details}
    return an_answer(400, {"data": [item]})


def upload(size: int = 3) -> Any:
    return files.upload_request(
        "Leads",
        "77",
        io.BytesIO(b"abc"),
        name="Anruf für 3.mp3",
        content_type="audio/mpeg",
        size=size,
        seconds=60,
    )


def test_an_upload_costs_what_the_manual_says_and_goes_last() -> None:
    """Two of the 100 a minute; behind everything that is a call or a lead."""
    request = upload()
    assert dict(request.costs) == {"zoho_crm": 2.0}
    assert (request.write, request.credits, request.priority) == (True, 1.0, Urgency.MEDIA)
    assert request.upload.name == "Anruf f_r 3.mp3"
    assert "Anruf" not in repr(request)


@given(st.text(max_size=400))
def test_file_names_are_what_zoho_surely_stores(name: str) -> None:
    """ASCII, at most 250 characters, no path, never empty; once made, they stay as they are."""
    made = files.file_name(name)
    assert 1 <= len(made) <= files.FILE_NAME_LENGTH
    assert made.isascii()
    assert made.isprintable()
    assert not set('/\\"') & set(made)
    assert files.file_name(made) == made


def test_a_long_name_keeps_its_ending() -> None:
    """Players go by it."""
    made = files.file_name("x" * 300 + ".mp3")
    assert (len(made), made[-5:]) == (250, "x.mp3")


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refused("CANNOT_PERFORM_ACTION"), RejectedError, "ZOHO-403"),
        (refused("RECORD_LOCKED"), RejectedError, "ZOHO-403"),
        (refused("NO_PERMISSION"), OperatorError, "ZOHO-403"),
        (refused("INVALID_DATA", api_name="id"), RejectedError, "ZOHO-404"),
        (refused("INVALID_DATA", resource_path_index=1), RejectedError, "ZOHO-404"),
        (refused("INVALID_DATA", api_name="Note_Content"), RejectedError, "ZOHO-422"),
        (refused("ID_ALREADY_CONVERTED"), RejectedError, "ZOHO-404"),
        (refused("INTERNAL_ERROR"), InDoubtError, "ZOHO-500"),
        (refused("DEPENDENT_SERVICE_ERROR"), TransientError, "ZOHO-500"),
    ],
)
def test_a_refused_write_says_what_to_do_next(
    answer: Answer, kind: type[SwitchboardError], code: str
) -> None:
    """The same item codes mean the same, whichever write they refuse."""
    with pytest.raises(SwitchboardError) as raised:
        files.read_single(answer, "a note")
    assert type(raised.value) is kind
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("status", "document", "code"),
    [
        (413, {"code": "BODY_SIZE_REACHED"}, "ZOHO-413"),
        (413, "<html>too large</html>", "ZOHO-413"),
        (400, {"code": "FILE_SIZE_MORE_THAN_ALLOWED_SIZE"}, "ZOHO-413"),
        (400, {"code": "INVALID_DATA", "details": {"resource_path_index": 1}}, "ZOHO-404"),
        (400, {"code": "INVALID_DATA", "details": {"resource_path_index": 0}}, "ZOHO-422"),
        (400, {"code": "INVALID_DATA", "details": {}}, "ZOHO-422"),
        (400, {"code": "INVALID_DATA"}, "ZOHO-422"),
    ],
)
def test_refusals_of_the_whole_request_are_told_apart(
    status: int, document: Any, code: str
) -> None:
    """Also when a gateway answers instead of Zoho."""
    error = refusals.judge(upload(), an_answer(status, document))
    assert isinstance(error, RejectedError)
    assert error.code == code


def test_attachments_are_listed_with_name_and_size() -> None:
    """Sizes come as texts; links have none."""
    page = answers.Page(
        (
            {"id": "1", "File_Name": "a.mp3", "Size": "2048"},
            {"id": "2", "File_Name": None, "Size": None},
            {"File_Name": "without an id"},
        )
    )
    found = files.read_attachments(page)
    assert [(one.id, one.name, one.size) for one in found] == [
        ("1", "a.mp3", 2048),
        ("2", "", None),
    ]
