"""A foreign client: the vendor's own SDK, set up as its README says, in a process of its own.

Run as `python zoho_sdk_client.py BASE_URL WORK_DIR`; prints one JSON object of what the SDK
understood. The SDK's Initializer is process-wide, hence a process and not a fixture.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.attachments import (
    AttachmentsOperations,
    GetAttachmentsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.attachments import FileBodyWrapper as AttachmentBody
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as CoqlBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.notes import BodyWrapper as NotesBody
from zohocrmsdk.src.com.zoho.crm.api.notes import GetNotesParam, Note, NotesOperations, ParentId
from zohocrmsdk.src.com.zoho.crm.api.record import (
    ActionWrapper,
    BodyWrapper,
    Field,
    GetRecordsParam,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.util import Choice, StreamWrapper


def begin(base_url: str, work: Path) -> None:
    token = OAuthToken(
        client_id="sim-zoho-client",
        client_secret="sim-zoho-secret",
        refresh_token="sim-zoho-refresh",
        find_user=False,
    )
    Initializer.initialize(
        DataCenter.Environment(
            base_url + "/zoho-crm", f"{base_url}/zoho-accounts/oauth/v2/token", base_url
        ),
        token,
        store=FileStore(str(work / "tokens.txt")),
        sdk_config=SDKConfig(
            auto_refresh_fields=False,
            pick_list_validation=False,
            connect_timeout=10.0,
            read_timeout=10.0,
            update_api_domain=False,
        ),
        resource_path=str(work),
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(work / "sdk.log")),
    )


def lead(**fields: Any) -> Record:
    record = Record()
    for name, value in fields.items():
        record.add_key_value(name, value)
    return record


def body(*records: Record) -> BodyWrapper:
    request = BodyWrapper()
    request.set_data(list(records))
    request.set_trigger([])
    return request


def parameters(**given: Any) -> ParameterMap:
    """`Owner__name=value`: the parameter classes are looked up by the operation's name."""
    classes = {
        "records": GetRecordsParam,
        "search": SearchRecordsParam,
        "notes": GetNotesParam,
        "attachments": GetAttachmentsParam,
        "users": GetUsersParam,
    }
    found = ParameterMap()
    for key, value in given.items():
        owner, name = key.split("__")
        found.add(getattr(classes[owner], name), value)
    return found


def results(response: Any) -> dict[str, Any]:
    """What became of each item, as the SDK read it."""
    items = []
    answer = response.get_object()
    for each in answer.get_data() if isinstance(answer, ActionWrapper) else [answer]:
        details = each.get_details() or {}
        items.append(
            {
                "status": each.get_status().get_value(),
                "code": each.get_code().get_value(),
                "id": str(details["id"]) if "id" in details else None,
                "field": details.get("api_name"),
            }
        )
    return {"http": response.get_status_code(), "items": items}


def rows(response: Any) -> list[Any]:
    return [] if response.get_object() is None else response.get_object().get_data()


def a_note(lead_id: int) -> Note:
    module = MinifiedModule()
    module.set_api_name("Leads")
    parent = ParentId()
    parent.set_module(module)
    parent.set_id(lead_id)
    note = Note()
    note.set_note_title("Call [rc:s-1]")
    note.set_note_content("Answered.")
    note.set_parent_id(parent)
    return note


def main(base_url: str, work: Path) -> dict[str, Any]:
    begin(base_url, work)
    leads = RecordOperations("Leads")
    seen: dict[str, Any] = {}
    created = results(
        leads.create_records(
            body(
                lead(Last_Name="Okafor", Phone="+12155550100", Lead_Status=Choice("New")),
                lead(Phone="+12155550101"),
            )
        )
    )
    seen["created"] = created
    lead_id = int(created["items"][0]["id"])
    seen["all_refused"] = results(leads.create_records(body(lead(Phone="1"))))
    seen["updated"] = results(leads.update_records(body(lead(id=lead_id, City="Erie"))))
    person = {"Last_Name": "Obi", "Email": "obi@example.com"}
    seen["upserted"] = [results(leads.upsert_records(body(lead(**person)))) for _ in range(2)]
    listed = leads.get_records(parameters(records__fields="Last_Name,City"), HeaderMap())
    seen["listed"] = {r.get_key_value("Last_Name"): r.get_key_value("City") for r in rows(listed)}
    missing = leads.search_records(parameters(search__phone="+12155550199"), HeaderMap())
    seen["search_none"] = [missing.get_status_code(), missing.get_object() is None]
    found = leads.search_records(parameters(search__phone="+12155550100"), HeaderMap())
    seen["search_found"] = [r.get_key_value("Last_Name") for r in rows(found)]

    call = Record()
    for name, value in {
        "Subject": "Call",
        "Call_Type": Choice("Inbound"),
        "Call_Start_Time": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        "Call_Duration": "01:30",
        "What_Id": lead(id=lead_id),
        "$se_module": "Leads",
    }.items():
        call.add_key_value(name, value)
    seen["call"] = results(RecordOperations("Calls").create_records(body(call)))

    notes = NotesBody()
    notes.set_data([a_note(lead_id), a_note(1)])
    noted = NotesOperations().create_notes(notes)
    seen["notes"] = [
        noted.get_status_code(),
        [each.get_code().get_value() for each in noted.get_object().get_data()],
    ]
    read = NotesOperations().get_notes(parameters(notes__fields="Note_Title"))
    seen["notes_read"] = [note.get_note_title() for note in rows(read)]

    recording = work / "2026-03-01 Gespräch.mp3"
    recording.write_bytes(b"audio")
    upload = AttachmentBody()
    upload.set_file(StreamWrapper(file_path=str(recording)))
    attached = AttachmentsOperations().upload_attachments(lead_id, "Leads", upload)
    seen["attached"] = [
        attached.get_status_code(),
        [each.get_code().get_value() for each in attached.get_object().get_data()],
    ]
    files = AttachmentsOperations().get_attachments(
        lead_id, "Leads", parameters(attachments__fields="id,File_Name")
    )
    seen["files"] = [each.get_file_name() for each in rows(files)]

    query = CoqlBody()
    query.set_select_query(
        "select Last_Name, City from Leads where Phone in ('+12155550100') limit 10"
    )
    asked = CoqlOperations().get_records(query)
    seen["coql"] = [row.get_key_value("City") for row in rows(asked)]
    query.set_select_query("select Last_Name from Leads")
    refused = CoqlOperations().get_records(query)
    seen["coql_refused"] = [refused.get_status_code(), refused.get_object().get_code().get_value()]

    users = UsersOperations().get_users(parameters(users__type="ActiveUsers"))
    seen["users"] = [user.get_full_name() for user in users.get_object().get_users()]
    assert Field.Leads.last_name().get_api_name() == "Last_Name"
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
