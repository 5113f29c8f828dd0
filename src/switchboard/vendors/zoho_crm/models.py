"""Zoho CRM's records and answers in typed values."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ItemResult(_Value):
    """What became of one item of a write; a 2xx status alone proves nothing (zoho-crm.md §3.2)."""

    ok: bool
    id: str | None = None
    code: str = ""
    message: str = ""
    field: str | None = None  # `details.api_name`: the field Zoho complains about.
    duplicate_id: str | None = None  # Of DUPLICATE_DATA: the record that already holds the value.
    duplicate_module: str | None = None
    transient: bool = False  # The item may be sent again (DEPENDENT_SERVICE_ERROR and the like).
    in_doubt: bool = False  # Zoho failed on the way (INTERNAL_ERROR): look before sending again.


class CrmPerson(_Value):
    """A lead or contact as far as recognising a caller needs it."""

    module: str  # "Leads" or "Contacts"
    id: str
    phones: tuple[str, ...] = ()  # As typed by people: Phone, Mobile, Home_Phone, Other_Phone, ...
    full_name: str | None = None
    owner_id: str | None = None
    lead_status: str | None = None
    converted: bool = False
    converted_contact_id: str | None = None
    modified_time: datetime | None = None


class NoteDraft(_Value):
    """A note to be written under a lead or contact."""

    module: str
    parent_id: str
    title: str
    content: str


class Note(_Value):
    """A note as found at Zoho."""

    id: str
    title: str | None = None
    content: str | None = None


class CrmUser(_Value):
    """A Zoho CRM user, a possible owner."""

    id: str
    full_name: str | None = None
    email: str | None = None
    status: str = "active"


class CrmField(_Value):
    """Metadata of one field of a module (GET /settings/fields)."""

    api_name: str
    label: str | None = None
    data_type: str
    length: int | None = None
    mandatory: bool = False  # system_mandatory, or required by the layout
    read_only: bool = False
    unique: bool = False
    picklist: tuple[str, ...] = ()


class Attachment(_Value):
    """A file under a record, as far as recognising our own needs it."""

    id: str
    name: str
    size: int | None = None  # None for links, and where Zoho leaves it out.
