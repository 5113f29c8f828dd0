"""Zoho Desk's records and answers in typed values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

OPEN, ON_HOLD, CLOSED = "Open", "On Hold", "Closed"
STATUS_TYPES = (OPEN, ON_HOLD, CLOSED)
FieldValue = str | int | float | bool | None


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class NewContact(_Value):
    """A person to be entered; Desk demands a last name and keeps one contact per e-mail address."""

    last_name: str
    first_name: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""


class NewTicket(_Value):
    """A ticket to be raised. `description` is plain text: escaping it is wire.py's business."""

    subject: str
    department_id: str
    contact_id: str | None = None
    contact: NewContact | None = None  # Instead of `contact_id`: Desk finds or makes the person.
    marker: str = ""  # Our reference, kept at the end of the subject however long that is.
    description: str = ""
    email: str = ""
    phone: str = ""
    priority: str = ""
    status: str = ""
    channel: str = ""
    classification: str = ""
    category: str = ""
    language: str = ""
    assignee_id: str | None = None
    team_id: str | None = None
    due: datetime | None = None
    custom: Mapping[str, FieldValue] = Field(default_factory=dict)  # By API name: `cf_...`.
    uploads: tuple[str, ...] = ()


class TicketChanges(_Value):
    """What to change about a ticket; only what was given is sent (`model_fields_set`)."""

    subject: str = ""
    marker: str = ""
    description: str = ""
    priority: str = ""
    status: str = ""
    assignee_id: str | None = None
    team_id: str | None = None
    due: datetime | None = None
    custom: Mapping[str, FieldValue] = Field(default_factory=dict)


class DeskContact(_Value):
    id: str
    last_name: str | None = None
    first_name: str | None = None
    email: str | None = None
    secondary_email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    created_time: datetime | None = None


class DeskTicket(_Value):
    """A ticket; from a list most of it is missing (zoho-desk.md §5)."""

    id: str
    number: str  # What people quote; the id is for machines.
    subject: str | None = None
    description: str | None = None  # HTML.
    status: str | None = None  # The customer's own name for it: decide on `status_type`.
    status_type: str | None = None  # Open, On Hold or Closed.
    department_id: str | None = None
    contact_id: str | None = None
    assignee_id: str | None = None
    priority: str | None = None
    channel: str | None = None
    email: str | None = None
    web_url: str | None = None  # For agents only.
    created_time: datetime | None = None
    modified_time: datetime | None = None
    closed_time: datetime | None = None
    comment_count: int | None = None
    thread_count: int | None = None
    resolution: str | None = None
    is_spam: bool = False
    is_trashed: bool = False
    custom: Mapping[str, Any] = Field(default_factory=dict)

    @field_validator("status_type", mode="before")
    @classmethod
    def _folded(cls, value: Any) -> Any:
        """Portals write it in several ways: `ONHOLD`, `On Hold` (zoho-desk.md §5)."""
        return status_type(value) if isinstance(value, str) else value

    @property
    def is_closed(self) -> bool:
        return self.status_type == CLOSED


class DeskComment(_Value):
    id: str
    content: str = ""
    content_type: str | None = None  # "html", "plainText".
    is_public: bool = False
    commenter_id: str | None = None
    commenter_name: str | None = None
    commenter_type: str | None = None  # "AGENT", "END_USER".
    commented_time: datetime | None = None


class DeskAttachment(_Value):
    id: str
    name: str
    size: int | None = None
    href: str | None = None
    is_public: bool | None = None


class DeskOrganization(_Value):
    id: str  # What every request carries as `orgId`.
    name: str | None = None
    portal: str | None = None
    edition: str | None = None
    is_default: bool = False
    is_sandbox: bool = False


class DeskDepartment(_Value):
    id: str
    name: str | None = None
    is_enabled: bool = True
    is_default: bool = False


class DeskAgent(_Value):
    id: str
    name: str | None = None
    email: str | None = None
    status: str | None = None  # ACTIVE or DISABLED.
    department_ids: tuple[str, ...] = ()


class DeskField(_Value):
    """Metadata of one field of a module, as far as filling it in needs it."""

    api_name: str
    label: str | None = None
    type: str | None = None
    custom: bool = False
    mandatory: bool = False
    encrypted: bool = False
    max_length: int | None = None
    allowed: tuple[str, ...] = ()


class DeskStatus(_Value):
    name: str
    type: str  # Open, On Hold or Closed.


class TicketMetrics(_Value):
    """How long a ticket took; None where Desk has not measured it yet."""

    first_response_minutes: int | None = None
    resolution_minutes: int | None = None
    total_response_minutes: int | None = None
    response_count: int | None = None
    outgoing_count: int | None = None
    thread_count: int | None = None
    reassign_count: int | None = None
    reopen_count: int | None = None
    minutes_by_status: Mapping[str, int] = Field(default_factory=dict)


class DeskEvent(_Value):
    """One event of a webhook delivery: a hint that something happened to a record, no proof."""

    type: str  # "Ticket_Update", "Ticket_Comment_Add", ...
    record_id: str
    ticket_id: str | None = None
    org_id: str | None = None
    at: datetime | None = None
    key: str  # The same for a repeated delivery (zoho-desk.md §12).


def status_type(text: str) -> str | None:
    """Return Open, On Hold or Closed, whichever way it is written; None for anything else."""
    folded = "".join(text.split()).replace("_", "").casefold()
    return next((name for name in STATUS_TYPES if name.replace(" ", "").casefold() == folded), None)
