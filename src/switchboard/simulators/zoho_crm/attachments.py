"""Attachments on records and notes, and the file store behind file fields."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import errors
from switchboard.simulators.zoho_crm.call import PER_PAGE, Call
from switchboard.simulators.zoho_crm.listing import info
from switchboard.simulators.zoho_crm.state import Attachment

FILE_NAME = 250
LINK = 3_000
TITLE = 255
FILES = 10
FILE_BYTES = 20 * 1024 * 1024

Body = dict[str, Any]


def upload(call: Call) -> Response:
    """Attach one file, or a link, to the record in the path."""
    module, _ = _parent(call)
    form = _form(call)
    files = _files(form)
    link = form.get("attachmentUrl")
    if len(files) > 1 or (files and link):
        raise errors.Refusal(400, "INVALID_DATA", "invalid data provided")
    if not files and not isinstance(link, str):
        raise errors.Refusal(400, "MANDATORY_NOT_FOUND", "required field not found")
    if files:
        name, content = files[0]
        if not name or len(name) > FILE_NAME:
            raise errors.Refusal(400, "INVALID_DATA", "invalid data provided")
        if len(content) > call.crm.rules.attachment_bytes:
            raise too_large(413)
        return _attach(call, module, name, content=content)
    text, title = str(link), str(form.get("title") or "")
    if len(text) > LINK or len(title) > TITLE or urlsplit(text).scheme not in {"http", "https"}:
        raise errors.Refusal(400, "INVALID_URL_PATTERN", "the given attachment URL is incorrect")
    name = title or unquote(urlsplit(text).path.rpartition("/")[2]) or text[:FILE_NAME]
    return _attach(call, module, name, link=text)


def read_many(call: Call) -> Response:
    call.fields(required=True)
    _, parent_id = _parent(call)
    page = call.number("page", 1, 10**6)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    found = call.crm.attachments.of(parent_id)[::-1]
    part = found[(page - 1) * per_page : page * per_page]
    if not part:
        return Response(status_code=204)
    about = info(page, per_page, len(part), page * per_page < len(found))
    about.update({"next_page_token": None, "previous_page_token": None, "page_token_expiry": None})
    fields = call.fields(required=True)
    return JSONResponse({"data": [_shown(call, each, fields) for each in part], "info": about})


def download(call: Call) -> Response:
    found = _attachment(call)
    if found is None:
        return Response(status_code=204)
    if found.link is not None:
        raise errors.Refusal(
            400, "DOWNLOAD_NOT_ALLOWED", "the attachment is a link and cannot be downloaded"
        )
    disposition = f"attachment;filename*=UTF-8''{quote(found.file_name)}"
    return Response(
        found.content,
        media_type="application/x-download",
        headers={"Content-Disposition": disposition},
    )


def delete(call: Call) -> Response:
    found = _attachment(call)
    if found is None:
        raise errors.Refusal(
            400,
            "INVALID_DATA",
            "the related id given seems to be invalid",
            {"resource_path_index": 3},
        )
    call.crm.attachments.remove(found)
    item = {
        "code": "SUCCESS",
        "details": {"id": found.id},
        "message": "record deleted",
        "status": "success",
    }
    return JSONResponse({"data": [item]})


def upload_files(call: Call) -> Response:
    """Keep files for file fields; one file too big refuses the whole request."""
    files = _files(_form(call))
    if not files or len(files) > FILES:
        raise errors.Refusal(
            400,
            "INVALID_REQUEST",
            "unable to process your request. please verify whether you have entered proper method"
            " name, parameter and parameter values.",
        )
    if any(len(content) > FILE_BYTES for _, content in files):
        raise too_large(415)
    data = []
    for name, content in files:
        file_id = hashlib.sha256(call.crm.next_id().encode()).hexdigest()
        call.crm.files[file_id] = (name, content)
        data.append(
            {
                "code": "SUCCESS",
                "details": {"name": name, "id": file_id},
                "message": f"{name} uploaded Succesfully",
                "status": "success",
            }
        )
    return JSONResponse({"data": data})


def read_file(call: Call) -> Response:
    found = call.crm.files.get(call.query.get("id", ""))
    if found is None:
        return Response(status_code=204)
    return Response(found[1], media_type="application/x-download")


def too_large(status: int) -> errors.Refusal:
    return errors.Refusal(
        status,
        "FILE_SIZE_MORE_THAN_ALLOWED_SIZE",
        "Please check if the size of the file is in the correct range",
    )


def _form(call: Call) -> FormData:
    if call.form is None:
        raise errors.Refusal(
            400,
            "INVALID_REQUEST",
            "unable to process your request. please verify whether you have entered proper method"
            " name, parameter and parameter values.",
        )
    return call.form


def _files(form: FormData) -> list[tuple[str, bytes]]:
    uploads: Iterable[Any] = form.getlist("file")
    return [(each.filename or "", each.file.read()) for each in uploads if _is_upload(each)]


def _is_upload(part: object) -> bool:
    return isinstance(part, UploadFile)


def _parent(call: Call) -> tuple[str, str]:
    module, parent_id = call.path["module"], call.path["id"]
    rows = call.crm.notes.by_id if module == "Notes" else call.table().rows
    if parent_id not in rows:
        raise errors.Refusal(
            400,
            "INVALID_DATA",
            "the related id given seems to be invalid",
            {"resource_path_index": 1},
        )
    return module, parent_id


def _attach(
    call: Call, module: str, name: str, *, content: bytes = b"", link: str | None = None
) -> Response:
    crm, parent_id = call.crm, call.path["id"]
    made = Attachment(
        crm.next_id(), module, parent_id, name, content, link, crm.now(), crm.current_user
    )
    crm.attachments.put(made)
    by, at = crm.user_ref(made.created_by), crm.time(made.created)
    details = {
        "Modified_Time": at,
        "Modified_By": by,
        "Created_Time": at,
        "id": made.id,
        "Created_By": by,
    }
    item = {
        "code": "SUCCESS",
        "details": details,
        "message": "attachment uploaded successfully",
        "status": "success",
    }
    return JSONResponse({"data": [item]})


def _attachment(call: Call) -> Attachment | None:
    _, parent_id = _parent(call)
    found = call.crm.attachments.by_id.get(call.path["attachment"])
    if found is None or found.parent_id != parent_id:
        return None
    attachment: Attachment = found
    return attachment


def _shown(call: Call, each: Attachment, fields: list[str] | None) -> Body:
    crm = call.crm
    by, at = crm.user_ref(each.created_by, email=True), crm.time(each.created)
    whole: Body = {
        "Owner": by,
        "File_Name": each.file_name,
        "Size": str(len(each.content)),
        "Parent_Id": {"id": each.parent_id, "name": ""},
        "$type": "Attachment" if each.link is None else "Link URL",
        "$link_url": each.link,
        "$se_module": each.parent_module,
        "$editable": True,
        "$file_id": None if each.link else hashlib.sha256(each.id.encode()).hexdigest()[:40],
    }
    shown = {
        name: value
        for name, value in whole.items()
        if fields is None or name in fields or name.startswith("$")
    }
    always = {"Created_Time": at, "Created_By": by, "Modified_Time": at, "Modified_By": by}
    return {**shown, **always, "id": each.id}
