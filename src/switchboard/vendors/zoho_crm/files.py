"""Zoho CRM's requests about files under records and about single notes. Pure."""

from __future__ import annotations

import math
import re

from switchboard.errors import (
    InDoubtError,
    OperatorError,
    RejectedError,
    SwitchboardError,
    TransientError,
)
from switchboard.vendors.allowances import ZOHO_CRM, ZOHO_CRM_SEATS
from switchboard.vendors.bodies import ReadableFile, Upload
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.values import text_of
from switchboard.vendors.zoho_crm import answers, wire
from switchboard.vendors.zoho_crm.models import Attachment, ItemResult
from switchboard.vendors.zoho_crm.refusals import OPERATOR_CODES, ZOHO_CRM_VENDOR

COST_UPLOAD = 2.0  # The manual's appendix: an attachment takes 2 of its 100 per minute.
FILE_NAME_LENGTH = 250
ATTACHMENT_FIELDS = "id,File_Name,Size,Created_Time"
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()+-]")
_STATE_OF_THE_RECORD = {
    "CANNOT_PERFORM_ACTION",
    "RECORD_LOCKED",
    "RECORD_IN_BLUEPRINT",
    "NOT_ALLOWED",
    "NOT_APPROVED",
    "NOT_REVIEWED",
}
_ID_FIELDS = {None, "id", "Parent_Id"}  # An unknown id; other fields would be our own mistake.


def upload_request(
    module: str,
    record_id: str,
    file: ReadableFile,
    *,
    name: str,
    content_type: str,
    size: int,
    seconds: float,
) -> Request:
    """Attach one file to a record; Zoho takes one part called `file` per request."""
    return Request(
        vendor=ZOHO_CRM_VENDOR,
        operation="upload_attachment",
        method="POST",
        url=_attachments(module, record_id),
        upload=Upload("file", file_name(name), content_type, size, file),
        timeout=seconds,
        costs={ZOHO_CRM: COST_UPLOAD},
        seats=ZOHO_CRM_SEATS,
        write=True,
        priority=Urgency.MEDIA,
    )


def attachments_request(module: str, record_id: str, page: int) -> Request:
    """Ask for a page of what hangs on a record."""
    # The answer tells of further pages, the description of the request does not.
    further = {"page": str(page)} if page > 1 else {}
    return wire.read_request(
        "read_attachments",
        _attachments(module, record_id),
        {"fields": ATTACHMENT_FIELDS, **further},
        priority=Urgency.MEDIA,
    )


def note_request(note_id: str) -> Request:
    return wire.read_request(
        "read_note", f"{wire.API}/Notes/{wire.checked_id(note_id)}", {"fields": wire.NOTE_FIELDS}
    )


def update_note_request(note_id: str, content: str) -> Request:
    """Replace a note's text; its title, which carries the marker, stays."""
    text = wire.cut(content, wire.NOTE_CONTENT_LENGTH)
    url = f"{wire.API}/Notes/{wire.checked_id(note_id)}"
    return wire.write_request("update_note", "PUT", url, [{"Note_Content": text}])


def file_name(name: str) -> str:
    """Return *name* as Zoho surely stores it: ASCII, at most 250 characters, its ending kept."""
    safe = _UNSAFE.sub("_", name).strip(" .") or "file"
    stem, dot, ending = safe.rpartition(".")
    if len(safe) <= FILE_NAME_LENGTH or not dot or len(ending) > FILE_NAME_LENGTH // 2:
        return safe[:FILE_NAME_LENGTH]
    return stem[: FILE_NAME_LENGTH - len(ending) - 1] + dot + ending


def read_attachments(page: answers.Page) -> list[Attachment]:
    return [
        Attachment(
            id=str(item["id"]),
            name=text_of(item.get("File_Name")) or "",
            size=_size(text_of(item.get("Size"))),
        )
        for item in page.items
        if item.get("id")
    ]


def read_single(answer: Answer, what: str) -> ItemResult:
    """Return what became of the one item sent; raise if it was refused."""
    result = answers.read_items(answer, 1)[0]
    if result.ok:
        return result
    raise _refusal(result, what, answer)


def _refusal(result: ItemResult, what: str, answer: Answer) -> SwitchboardError:
    detail = answer.describe(f"{result.code} {result.message}")
    kind: type[SwitchboardError] = RejectedError
    if result.in_doubt:
        kind, code, text = InDoubtError, "ZOHO-500", f"Zoho CRM failed at {what}"
    elif result.transient:
        kind, code, text = TransientError, "ZOHO-500", f"Zoho CRM put off {what}"
    elif result.code in OPERATOR_CODES:
        kind, code = OperatorError, "ZOHO-403"
        text = f"Zoho CRM does not let this user write {what}; change the profile or the edition"
    elif result.code in _STATE_OF_THE_RECORD:
        code = "ZOHO-403"
        text = f"Zoho CRM does not allow {what}: it is another user's, or the record is locked"
    elif _is_gone(result):
        code = "ZOHO-404"
        text = f"The record for {what} is not in Zoho CRM any more: deleted, merged or converted"
    else:
        code, text = "ZOHO-422", f"Zoho CRM refused {what}"
    return kind(code, f"{text} ({result.code}).", detail=detail)


def _is_gone(result: ItemResult) -> bool:
    unknown = result.code == "INVALID_DATA" and result.field in _ID_FIELDS
    return unknown or result.code == "ID_ALREADY_CONVERTED"


def _attachments(module: str, record_id: str) -> str:
    return f"{wire.API}/{wire.checked_name(module)}/{wire.checked_id(record_id)}/Attachments"


def _size(text: str | None) -> int | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number >= 0 else None
