"""Read Zoho Desk's answers: little of them is certain, so most is taken as it comes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.values import moment_of, text_of
from switchboard.vendors.zoho_desk.models import (
    DeskAgent,
    DeskAttachment,
    DeskComment,
    DeskContact,
    DeskDepartment,
    DeskField,
    DeskOrganization,
    DeskStatus,
    DeskTicket,
    TicketMetrics,
    status_type,
)

Item = Mapping[str, Any]
R = TypeVar("R")
_DURATION = re.compile(r"(\d+):(\d{2})\s*(?:hrs?)?", re.IGNORECASE)
_NO_CONTENT = 204
_MOST_DIGITS = 20
_MILLISECONDS = 100_000_000_000  # Epoch seconds reach this in the year 5138.


def items_of(answer: Answer, key: str = "data") -> list[Item]:
    """Return the rows of a list; nothing found is an answer without a body."""
    if answer.status == _NO_CONTENT or not answer.content:
        return []
    rows = object_of(answer).get(key)
    if not isinstance(rows, list):
        raise UnreadableError(f"The answer has no list `{key}`.")
    return [row for row in rows if isinstance(row, dict)]


def object_of(answer: Answer) -> Item:
    if not isinstance(answer.document, dict):
        raise UnreadableError("The answer is not an object.")
    return answer.document


def read_organizations(answer: Answer) -> list[DeskOrganization]:
    return [
        DeskOrganization(
            id=identity,
            name=text_of(item.get("companyName")),
            portal=text_of(item.get("portalName")),
            edition=text_of(item.get("edition")),
            is_default=truth_of(item.get("isDefault")),
            is_sandbox=truth_of(item.get("isSandboxPortal")),
        )
        for item in items_of(answer)
        if (identity := text_of(item.get("id")))
    ]


def department(item: Item) -> DeskDepartment | None:
    identity = text_of(item.get("id"))
    if identity is None:
        return None
    return DeskDepartment(
        id=identity,
        name=text_of(item.get("name")),
        is_enabled=item.get("isEnabled") is None or truth_of(item.get("isEnabled")),
        is_default=truth_of(item.get("isDefault")),
    )


def agent(item: Item) -> DeskAgent | None:
    identity = text_of(item.get("id"))
    if identity is None:
        return None
    departments = item.get("associatedDepartmentIds")
    return DeskAgent(
        id=identity,
        name=_name(item),
        email=text_of(item.get("emailId")) or text_of(item.get("email")),
        status=text_of(item.get("status")),
        department_ids=tuple(
            found
            for each in (departments if isinstance(departments, list) else [])
            if (found := text_of(each))
        ),
    )


def read_fields(answer: Answer) -> tuple[DeskField, ...]:
    return tuple(
        DeskField(
            api_name=name,
            label=text_of(item.get("displayLabel")),
            type=text_of(item.get("type")),
            custom=truth_of(item.get("isCustomField")),
            mandatory=truth_of(item.get("isMandatory")),
            encrypted=truth_of(item.get("isEncryptedField")),
            max_length=number_of(item.get("maxLength")),
            allowed=_allowed(item.get("allowedValues")),
        )
        for item in items_of(answer)
        if (name := text_of(item.get("apiName")))
    )


def read_statuses(answer: Answer) -> tuple[DeskStatus, ...]:
    found = []
    for item in items_of(answer):
        name = text_of(item.get("statusName")) or text_of(item.get("name"))
        kind = status_type(text_of(item.get("statusType")) or text_of(item.get("type")) or "")
        if name and kind:
            found.append(DeskStatus(name=name, type=kind))
    return tuple(found)


def contact(item: Item) -> DeskContact | None:
    identity = text_of(item.get("id"))
    if identity is None:
        return None
    return DeskContact(
        id=identity,
        last_name=text_of(item.get("lastName")),
        first_name=text_of(item.get("firstName")),
        email=text_of(item.get("email")),
        secondary_email=text_of(item.get("secondaryEmail")),
        phone=text_of(item.get("phone")),
        mobile=text_of(item.get("mobile")),
        created_time=time_of(item.get("createdTime")),
    )


def ticket(item: Item) -> DeskTicket | None:
    identity = text_of(item.get("id"))
    if identity is None:
        return None
    custom = item.get("cf")
    return DeskTicket(
        id=identity,
        number=text_of(item.get("ticketNumber")) or "",
        subject=text_of(item.get("subject")),
        description=text_of(item.get("description")),
        status=text_of(item.get("status")),
        status_type=text_of(item.get("statusType")),
        department_id=text_of(item.get("departmentId")),
        contact_id=text_of(item.get("contactId")),
        assignee_id=text_of(item.get("assigneeId")),
        priority=text_of(item.get("priority")),
        channel=text_of(item.get("channel")),
        email=text_of(item.get("email")),
        web_url=text_of(item.get("webUrl")),
        created_time=time_of(item.get("createdTime")),
        modified_time=time_of(item.get("modifiedTime")),
        closed_time=time_of(item.get("closedTime")),
        comment_count=number_of(item.get("commentCount")),
        thread_count=number_of(item.get("threadCount")),
        resolution=text_of(item.get("resolution")),
        is_spam=truth_of(item.get("isSpam")),
        is_trashed=truth_of(item.get("isTrashed")),
        custom=custom if isinstance(custom, dict) else {},
    )


def comment(item: Item) -> DeskComment | None:
    identity = text_of(item.get("id"))
    if identity is None:
        return None
    author = item.get("commenter")
    author = author if isinstance(author, dict) else {}
    return DeskComment(
        id=identity,
        content=str(item.get("content") or ""),
        content_type=text_of(item.get("contentType")),
        is_public=truth_of(item.get("isPublic")),
        commenter_id=text_of(item.get("commenterId")),
        commenter_name=text_of(author.get("name")),
        commenter_type=text_of(author.get("type")),
        commented_time=time_of(item.get("commentedTime")),
    )


def attachment(item: Item) -> DeskAttachment | None:
    identity = text_of(item.get("id"))
    if identity is None:
        return None
    public = item.get("isPublic")
    return DeskAttachment(
        id=identity,
        name=text_of(item.get("name")) or "",
        size=number_of(item.get("size")),
        href=text_of(item.get("href")),
        is_public=None if public is None else truth_of(public),
    )


def read_metrics(answer: Answer) -> TicketMetrics:
    item = object_of(answer)
    stages = item.get("stagingData")
    by_status: dict[str, int] = {}
    for stage in stages if isinstance(stages, list) else []:
        if isinstance(stage, dict):
            name, minutes = text_of(stage.get("status")), minutes_of(stage.get("handledTime"))
            if name and minutes is not None:
                by_status[name] = by_status.get(name, 0) + minutes
    return TicketMetrics(
        first_response_minutes=minutes_of(item.get("firstResponseTime")),
        resolution_minutes=minutes_of(item.get("resolutionTime")),
        total_response_minutes=minutes_of(item.get("totalResponseTime")),
        response_count=number_of(item.get("responseCount")),
        outgoing_count=number_of(item.get("outgoingCount")),
        thread_count=number_of(item.get("threadCount")),
        reassign_count=number_of(item.get("reassignCount")),
        reopen_count=number_of(item.get("reopenCount")),
        minutes_by_status=by_status,
    )


def one(answer: Answer, read: Callable[[Item], R | None]) -> R:
    """Return the record an answer consists of; without an id it is none."""
    found = read(object_of(answer))
    if found is None:
        raise UnreadableError("The record has no id.")
    return found


def many(answer: Answer, read: Callable[[Item], R | None]) -> list[R]:
    return [found for item in items_of(answer) if (found := read(item)) is not None]


def minutes_of(value: Any) -> int | None:
    """Return minutes of Desk's "01:50 hrs"."""
    found = _DURATION.fullmatch((text_of(value) or "").strip())
    return int(found[1]) * 60 + int(found[2]) if found else None


def number_of(value: Any) -> int | None:
    """Return a counter, which Desk sends as text or as a number."""
    text = text_of(value)
    return int(text) if text is not None and _is_number(text) else None


def truth_of(value: Any) -> bool:
    """Read a truth value, which some of Desk's samples write as text."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def time_of(value: Any) -> datetime | None:
    """Return a moment, from ISO 8601 or from milliseconds since 1970 (zoho-desk.md §4)."""
    text = text_of(value)
    if text is not None and _is_number(text) and int(text) > _MILLISECONDS:
        try:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            return None
    return moment_of(value)


def _is_number(text: str) -> bool:
    return len(text) < _MOST_DIGITS and text.isascii() and text.isdigit()


def _allowed(values: Any) -> tuple[str, ...]:
    names = (
        text_of(each.get("value")) if isinstance(each, dict) else text_of(each)
        for each in (values if isinstance(values, list) else [])
    )
    return tuple(name for name in names if name is not None)


def _name(item: Item) -> str | None:
    parts = (text_of(item.get("firstName")), text_of(item.get("lastName")))
    return text_of(item.get("name")) or " ".join(part for part in parts if part) or None
