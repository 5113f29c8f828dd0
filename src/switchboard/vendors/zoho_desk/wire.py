"""Zoho Desk's requests as values, with what each costs: nothing here waits or sends.

The client adds the header `orgId`; addresses are paths below the portal's host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from switchboard.errors import RejectedError
from switchboard.vendors.allowances import ZOHO_DESK, ZOHO_DESK_SEATS
from switchboard.vendors.bodies import ReadableFile, Upload
from switchboard.vendors.exchange import Request
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.zoho_desk import text
from switchboard.vendors.zoho_desk.models import NewContact, NewTicket, TicketChanges
from switchboard.vendors.zoho_desk.refusals import ZOHO_DESK_VENDOR

API = "/api/v1"
KEYS_PATH = "/.well-known/jwks.json"
PAGE_SIZE = 100
LARGE_PAGE_SIZE = 200  # Of departments and agents.
LIST_END = 4_999  # `from` above it is 422, not an empty page: zoho-desk.md §4.
COST_READ, COST_LIST = 1.0, 3.0  # Credits: zoho-desk.md §10. A write's are read from its answer.
FILE_NAME_LENGTH = 100
_RECORD_ID = re.compile(r"[0-9]{1,25}")
_CUSTOM_NAME = re.compile(r"cf_[A-Za-z0-9_]{1,97}")
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9 ._()+-]")


def organizations_request() -> Request:
    return _list("read_organizations", "/organizations", {})


def departments_request(start: int) -> Request:
    return _list("read_departments", "/departments", page(start, LARGE_PAGE_SIZE))


def agents_request(start: int) -> Request:
    return _list("read_agents", "/agents", page(start, LARGE_PAGE_SIZE))


def fields_request(module: str, department_id: str | None) -> Request:
    params = {"module": module}
    if department_id is not None:
        params["departmentId"] = checked_id(department_id)
    return _list("read_fields", "/organizationFields", params)


def statuses_request() -> Request:
    return _list("read_statuses", "/ticketStatuses", {})


def contacts_request(address: str) -> Request:
    """Search for an address; who is found has to be compared exactly."""
    return _list(
        "find_contacts", "/contacts/search", {"email": text.email(address), "limit": str(PAGE_SIZE)}
    )


def create_contact_request(contact: NewContact) -> Request:
    return _write("create_contact", "POST", "/contacts", contact_body(contact))


def contact_tickets_request(contact_id: str, start: int) -> Request:
    """Ask for a person's tickets, newest first: a list, which does not lag as the search does."""
    return _list(
        "read_contact_tickets",
        f"/contacts/{checked_id(contact_id)}/tickets",
        {"sortBy": "-createdTime", **page(start, PAGE_SIZE)},
    )


def tickets_request(marker: str) -> Request:
    """Search for a subject that ends with our mark."""
    ending = text.subject("", marker)
    return _list("find_tickets", "/tickets/search", {"subject": ending, "limit": str(PAGE_SIZE)})


def create_ticket_request(ticket: NewTicket) -> Request:
    return _write("create_ticket", "POST", "/tickets", ticket_body(ticket))


def ticket_request(ticket_id: str) -> Request:
    return _read("read_ticket", f"/tickets/{checked_id(ticket_id)}", {}, COST_READ)


def update_ticket_request(ticket_id: str, changes: TicketChanges) -> Request:
    body = changes_body(changes)
    if not body:
        raise ValueError("Zoho Desk refuses a change of nothing.")
    return _write("update_ticket", "PATCH", f"/tickets/{checked_id(ticket_id)}", body)


def create_comment_request(ticket_id: str, content: str, *, public: bool) -> Request:
    """Write one comment of plain text; `text.comment_parts` splits longer ones."""
    kept = text.clean(content)
    if not kept.strip() or text.units(kept) > text.COMMENT_LENGTH:
        raise ValueError(f"A comment has 1 to {text.COMMENT_LENGTH} characters.")
    return _write(
        "create_comment",
        "POST",
        f"/tickets/{checked_id(ticket_id)}/comments",
        {"content": kept, "contentType": "plainText", "isPublic": public},
    )


def comments_request(ticket_id: str, start: int) -> Request:
    return _list(
        "read_comments",
        f"/tickets/{checked_id(ticket_id)}/comments",
        {"sortBy": "commentedTime", **page(start, PAGE_SIZE)},
    )


def upload_request(
    ticket_id: str,
    file: ReadableFile,
    *,
    name: str,
    content_type: str,
    size: int,
    seconds: float,
    public: bool,
) -> Request:
    """Attach one file to a ticket, read while it is sent."""
    return Request(
        vendor=ZOHO_DESK_VENDOR,
        operation="upload_attachment",
        method="POST",
        url=f"{API}/tickets/{checked_id(ticket_id)}/attachments",
        params={"isPublic": "true" if public else "false"},
        upload=Upload("file", file_name(name), content_type, size, file),
        timeout=seconds,
        costs={ZOHO_DESK: 1.0},
        seats=ZOHO_DESK_SEATS,
        write=True,
        priority=Urgency.MEDIA,
    )


def attachments_request(ticket_id: str, start: int) -> Request:
    return _list(
        "read_attachments",
        f"/tickets/{checked_id(ticket_id)}/attachments",
        page(start, PAGE_SIZE),
    )


def metrics_request(ticket_id: str) -> Request:
    url = f"/tickets/{checked_id(ticket_id)}/metrics"
    return _read("read_ticket_metrics", url, {}, COST_READ)


def keys_request(base_url: str, seconds: float) -> Request:
    """Ask for the keys that webhook deliveries are signed with: public, so no token goes along."""
    return Request(
        vendor=ZOHO_DESK_VENDOR,
        operation="read_webhook_keys",
        method="GET",
        url=base_url + KEYS_PATH,
        timeout=seconds,
        credits=0.0,
        priority=Urgency.READ,
    )


def contact_body(contact: NewContact) -> dict[str, Any]:
    """Return a contact; without a name the address stands in for it (zoho-desk.md §7)."""
    email = text.email(contact.email) if contact.email else ""
    last_name = text.fit(text.one_line(contact.last_name) or email, text.LAST_NAME_LENGTH)
    if not last_name:
        raise RejectedError("DESK-422", "Zoho Desk demands a last name or an e-mail address.")
    values = {
        "lastName": last_name,
        "firstName": text.fit(text.one_line(contact.first_name), text.FIRST_NAME_LENGTH),
        "email": email,
        "phone": _phone(contact.phone),
        "mobile": _phone(contact.mobile),
    }
    return {name: value for name, value in values.items() if value}


def ticket_body(ticket: NewTicket) -> dict[str, Any]:
    """Return a ticket with everything visitors wrote made harmless and short enough."""
    subject = text.subject(ticket.subject, ticket.marker)
    if not subject:
        raise RejectedError("DESK-422", "A ticket needs a subject.")
    body: dict[str, Any] = {"subject": subject, "departmentId": checked_id(ticket.department_id)}
    if ticket.contact_id is not None:
        body["contactId"] = checked_id(ticket.contact_id)
    elif ticket.contact is not None:
        inline = contact_body(ticket.contact)
        inline.pop("mobile", None)  # Not among the fields of a contact within a ticket.
        body["contact"] = inline
    else:
        raise ValueError("A ticket needs a contact.")
    values = {
        "description": text.description(ticket.description),
        "email": text.email(ticket.email) if ticket.email else "",
        "phone": _phone(ticket.phone),
        "priority": ticket.priority,
        "status": ticket.status,
        "channel": ticket.channel,
        "classification": ticket.classification,
        "category": ticket.category,
        "language": ticket.language,
        "assigneeId": _id_or_none(ticket.assignee_id),
        "teamId": _id_or_none(ticket.team_id),
        "dueDate": _time(ticket.due),
        "cf": custom_fields(ticket.custom),
        "uploads": [checked_id(each) for each in ticket.uploads],
    }
    return body | {name: value for name, value in values.items() if value}


def changes_body(changes: TicketChanges) -> dict[str, Any]:
    """Return what was given, and nothing else: an agent's newer edits must survive."""
    given = changes.model_fields_set
    body: dict[str, Any] = {}
    if "subject" in given:
        body["subject"] = text.subject(changes.subject, changes.marker)
    if "description" in given:
        body["description"] = text.description(changes.description)
    for name in ("priority", "status"):
        if name in given:
            body[name] = getattr(changes, name)
    if "assignee_id" in given:
        body["assigneeId"] = _id_or_none(changes.assignee_id)
    if "team_id" in given:
        body["teamId"] = _id_or_none(changes.team_id)
    if "due" in given:
        body["dueDate"] = _time(changes.due)
    if changes.custom:
        body["cf"] = custom_fields(changes.custom)
    return body


def custom_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom fields by API name, texts cleaned and cut to what such a field holds."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if not _CUSTOM_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the API name of a custom field (cf_...).")
        kept = text.fit(text.clean(value), text.FIELD_LENGTH) if isinstance(value, str) else value
        found[name] = str(kept).lower() if isinstance(kept, bool) else kept
    return found


def file_name(name: str) -> str:
    """Return *name* as Desk surely stores it: ASCII, at most 100 characters, its ending kept."""
    safe = _UNSAFE_IN_NAME.sub("_", name).strip(" .") or "file"
    stem, dot, ending = safe.rpartition(".")
    if len(safe) <= FILE_NAME_LENGTH or not dot or len(ending) > FILE_NAME_LENGTH // 2:
        return safe[:FILE_NAME_LENGTH].strip(" .")
    return stem[: FILE_NAME_LENGTH - len(ending) - 1] + dot + ending


def checked_id(record_id: str) -> str:
    """Return a record's id, fit for an address."""
    if not _RECORD_ID.fullmatch(record_id):
        raise RejectedError("DESK-422", "A record id of Zoho Desk is made of digits.")
    return record_id


def page(start: int, size: int) -> dict[str, str]:
    """Return the parameters of a page; the first one needs no `from`."""
    first = {"from": str(start)} if start else {}
    return {"limit": str(size), **first}


def _read(operation: str, path: str, params: Mapping[str, str], spent: float) -> Request:
    return Request(
        vendor=ZOHO_DESK_VENDOR,
        operation=operation,
        method="GET",
        url=API + quote(path),
        params=params,
        costs={ZOHO_DESK: 1.0},
        seats=ZOHO_DESK_SEATS,
        credits=spent,
        priority=Urgency.READ,
    )


def _list(operation: str, path: str, params: Mapping[str, str]) -> Request:
    return _read(operation, path, params, COST_LIST)


def _write(operation: str, method: str, path: str, body: dict[str, Any]) -> Request:
    return Request(
        vendor=ZOHO_DESK_VENDOR,
        operation=operation,
        method=method,
        url=API + path,
        json=body,
        costs={ZOHO_DESK: 1.0},
        seats=ZOHO_DESK_SEATS,
        write=True,
        priority=Urgency.WRITE,
    )


def _phone(number: str) -> str:
    return text.fit(text.one_line(number), text.PHONE_LENGTH)


def _id_or_none(record_id: str | None) -> str | None:
    return None if record_id is None else checked_id(record_id)


def _time(moment: datetime | None) -> str | None:
    """Write a moment as Desk does: UTC with milliseconds and a Z (zoho-desk.md §4)."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
