"""Zoho CRM's requests as values, with what each costs: nothing here waits or sends."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from switchboard.errors import RejectedError
from switchboard.vendors.allowances import ZOHO_CRM, ZOHO_CRM_SEATS
from switchboard.vendors.exchange import Request
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.zoho_crm.models import NoteDraft
from switchboard.vendors.zoho_crm.refusals import ZOHO_CRM_VENDOR

API = "/crm/v8"
MOST_ITEMS = 100
MOST_FIELDS = 50
MOST_IN_VALUES = 50  # One of Zoho's error texts says 50, another 100: zoho-crm.md §5.2.
PAGE_SIZE = 200
MOST_BY_PAGE_NUMBER = 10  # 2,000 records; further pages need a page_token.
LIGHT_WRITE_ITEMS = 10  # More items than this occupy Zoho's smaller pool: zoho-crm.md §9.2.
ITEMS_PER_CREDIT = 10

# The manual's appendix: what a request costs of its 100 per minute.
COST_SEARCH, COST_WRITE, COST_READ = 2.0, 1.0, 1.0

# Fields that recognising a caller needs, where the organisation has them.
PERSON_FIELDS = (
    "Full_Name",
    "First_Name",
    "Last_Name",
    "Owner",
    "Lead_Status",
    "Modified_Time",
    "Converted__s",
    "Converted_Contact",
)
CONVERTIBLE = ("Leads",)
NOTE_FIELDS = "Note_Title,Note_Content,Created_Time"
NOTE_TITLE_LENGTH, NOTE_CONTENT_LENGTH = 120, 32_000
_CUT = " […]"
_PHONE_KEY = re.compile(r"\+?[0-9]{3,20}")
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_$]*")
_RECORD_ID = re.compile(r"[0-9]{1,25}")


def create_request(module: str, records: Sequence[Mapping[str, Any]]) -> Request:
    """Insert up to 100 records. `trigger: []` keeps workflows from mailing about old calls."""
    return write_request("create_records", "POST", f"{API}/{checked_name(module)}", list(records))


def update_request(module: str, records: Sequence[Mapping[str, Any]]) -> Request:
    """Change the named fields of up to 100 records, each with its `id`."""
    for record in records:
        checked_id(str(record.get("id", "")))
    return write_request("update_records", "PUT", f"{API}/{checked_name(module)}", list(records))


def notes_request(notes: Sequence[NoteDraft]) -> Request:
    """Write up to 100 notes under as many leads and contacts in one request."""
    return write_request("create_notes", "POST", f"{API}/Notes", [_note(note) for note in notes])


def people_request(
    module: str, fields: Sequence[str], modified_since: datetime | None, page_token: str | None
) -> Request:
    """Ask for a page of people, converted leads included."""
    params = {"fields": ",".join(fields[:MOST_FIELDS]), "per_page": str(PAGE_SIZE)}
    if module in CONVERTIBLE:
        params["converted"] = "both"
    if page_token:
        params["page_token"] = page_token
    return read_request(
        "read_people", f"{API}/{checked_name(module)}", params, headers=_since(modified_since)
    )


def people_page_request(request: Request, page: int) -> Request:
    """Ask for a page by number, where the answer named no token."""
    params = {**(request.params or {}), "page": str(page)}
    params.pop("page_token", None)
    return read_request(request.operation, request.url, params, headers=request.headers)


def deleted_request(module: str, since: datetime | None, page: int) -> Request:
    return read_request(
        "read_deleted",
        f"{API}/{checked_name(module)}/deleted",
        {"type": "all", "per_page": str(PAGE_SIZE), "page": str(page)},
        headers=_since(since),
        spent=2.0,
    )


def coql_request(
    module: str, columns: Sequence[str], phones: Sequence[str], keys: Sequence[str], offset: int
) -> Request:
    """Ask who has one of the *keys* in one of the columns *phones*: COQL does not lag, search does.

    COQL has no bind variables, so nothing but digits and names of fields gets into the query.
    """
    if len(keys) > MOST_IN_VALUES:
        raise ValueError(f"COQL takes {MOST_IN_VALUES} values at once.")
    for key in keys:
        if not _PHONE_KEY.fullmatch(key):
            raise RejectedError("ZOHO-422", "A number to look up is not made of digits.")
    values = ", ".join(f"'{key}'" for key in keys)
    condition = f"{checked_name(phones[0])} in ({values})"
    for phone in phones[1:]:
        condition = f"({condition} or {checked_name(phone)} in ({values}))"
    selected = ", ".join(checked_name(column) for column in columns)
    query = (
        f"select {selected} from {checked_name(module)} where {condition} "  # noqa: S608 - all checked.
        f"order by id asc limit {offset}, {PAGE_SIZE}"
    )
    return Request(
        vendor=ZOHO_CRM_VENDOR,
        operation="find_people_by_phone",
        method="POST",
        url=f"{API}/coql",
        json={"select_query": query},
        costs={ZOHO_CRM: COST_SEARCH},
        seats=ZOHO_CRM_SEATS,
        crowding=True,
        priority=Urgency.READ,
    )


def person_request(module: str, record_id: str) -> Request:
    return read_request("read_person", f"{API}/{checked_name(module)}/{checked_id(record_id)}", {})


def notes_of_request(module: str, parent_id: str, page: int) -> Request:
    return read_request(
        "read_notes",
        f"{API}/{checked_name(module)}/{checked_id(parent_id)}/Notes",
        {
            "fields": NOTE_FIELDS,
            "per_page": str(PAGE_SIZE),
            "page": str(page),
            "sort_by": "Created_Time",
            "sort_order": "desc",
        },
        crowding=True,
    )


def users_request(page: int) -> Request:
    return read_request(
        "read_users",
        f"{API}/users",
        {"type": "AllUsers", "per_page": str(PAGE_SIZE), "page": str(page)},
    )


def fields_request(module: str) -> Request:
    return read_request("read_fields", f"{API}/settings/fields", {"module": checked_name(module)})


def layouts_request(module: str) -> Request:
    return read_request("read_layouts", f"{API}/settings/layouts", {"module": checked_name(module)})


def org_request() -> Request:
    return read_request("read_org", f"{API}/org", {})


def format_time(moment: datetime) -> str:
    """Write a moment as Zoho takes it: numeric offset, no milliseconds, never `Z`."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def cut(text: str, length: int) -> str:
    """Shorten *text* visibly."""
    return text if len(text) <= length else text[: length - len(_CUT)] + _CUT


def _note(note: NoteDraft) -> dict[str, Any]:
    return {
        "Note_Title": cut(note.title, NOTE_TITLE_LENGTH),
        "Note_Content": cut(note.content, NOTE_CONTENT_LENGTH),
        "Parent_Id": {
            "module": {"api_name": checked_name(note.module)},
            "id": checked_id(note.parent_id),
        },
    }


def write_request(operation: str, method: str, url: str, items: list[Any]) -> Request:
    """Write 1 to 100 items, whose fates the answer tells one by one."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise ValueError(f"Zoho takes 1 to {MOST_ITEMS} items at once, not {len(items)}.")
    body: dict[str, Any] = {"data": items}
    if operation not in {"create_notes", "update_note"}:
        body["trigger"] = []
    return Request(
        vendor=ZOHO_CRM_VENDOR,
        operation=operation,
        method=method,
        url=url,
        json=body,
        costs={ZOHO_CRM: COST_WRITE},
        seats=ZOHO_CRM_SEATS,
        crowding=len(items) > LIGHT_WRITE_ITEMS,
        credits=float(math.ceil(len(items) / ITEMS_PER_CREDIT)),
        write=True,
        priority=Urgency.WRITE,
    )


def read_request(
    operation: str,
    url: str,
    params: Mapping[str, str],
    *,
    headers: Mapping[str, str] | None = None,
    crowding: bool = False,
    spent: float = 1.0,
    priority: int = Urgency.READ,
) -> Request:
    """Ask for something; *spent* are Zoho's own credits."""
    return Request(
        vendor=ZOHO_CRM_VENDOR,
        operation=operation,
        method="GET",
        url=url,
        params=params,
        headers=headers,
        costs={ZOHO_CRM: COST_READ},
        seats=ZOHO_CRM_SEATS,
        crowding=crowding,
        credits=spent,
        priority=priority,
    )


def _since(moment: datetime | None) -> dict[str, str] | None:
    return None if moment is None else {"If-Modified-Since": format_time(moment)}


def checked_name(api_name: str) -> str:
    """Return the name of a module or field, fit for an address or a query."""
    if not _API_NAME.fullmatch(api_name):
        raise ValueError("Not an API name of Zoho CRM.")
    return quote(api_name)


def checked_id(record_id: str) -> str:
    """Return a record's id, fit for an address."""
    if not _RECORD_ID.fullmatch(record_id):
        raise RejectedError("ZOHO-422", "A record id of Zoho CRM is made of digits.")
    return record_id
