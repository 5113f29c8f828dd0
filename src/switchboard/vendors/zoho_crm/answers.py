"""Read Zoho CRM's answers: per item for writes, leniently for people, strictly for metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchboard.errors import RejectedError
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.redaction import redact
from switchboard.vendors.values import moment_of, text_of
from switchboard.vendors.zoho_crm import refusals
from switchboard.vendors.zoho_crm.models import CrmField, CrmPerson, CrmUser, ItemResult, Note

_NOTHING = {204, 304}
_CLIENT_ERROR = 400
PHONE_TYPE = "phone"
# Used where the metadata cannot tell: Zoho's own phone fields of leads and contacts.
PHONE_FIELDS = ("Phone", "Mobile", "Home_Phone", "Other_Phone", "Asst_Phone")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and how to go on."""

    items: tuple[Mapping[str, Any], ...]
    more: bool = False
    token: str | None = None


def read_page(answer: Answer, key: str = "data") -> Page:
    """Read a page; 204 and 304 have no body and mean nothing found."""
    if answer.status in _NOTHING:
        return Page(())
    document = answer.document
    items = document.get(key) if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnreadableError(f"The answer holds no list of {key}.")
    info = document.get("info")
    info = info if isinstance(info, dict) else {}
    token = info.get("next_page_token")
    return Page(
        tuple(items),
        more=info.get("more_records") is True,
        token=token if isinstance(token, str) and token else None,
    )


def read_items(answer: Answer, count: int) -> list[ItemResult]:
    """Read what became of each of *count* items, in the order they were sent.

    A 2xx whose items cannot be told apart proves nothing: that is unreadable, so in doubt.
    """
    document = answer.document
    items = document.get("data") if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnreadableError("The answer does not say what became of the items.")
    if len(items) != count:
        if answer.status == _CLIENT_ERROR:  # Everything failed, for one reason.
            code, text = refusals.error_of(answer)
            raise RejectedError(
                "ZOHO-422",
                f"Zoho CRM refused all {count} items ({code}).",
                detail=answer.describe(f"{code} {text}"),
            )
        raise UnreadableError(f"{count} items were sent, {len(items)} came back.")
    return [_item(item) for item in items]


def read_people(
    items: Iterable[Mapping[str, Any]], module: str, phones: Sequence[str]
) -> list[CrmPerson]:
    """Read leads or contacts; *phones* are the fields that hold numbers."""
    return [person for item in items if (person := _person(item, module, phones)) is not None]


def read_ids(page: Page) -> list[str]:
    return [str(item["id"]) for item in page.items if item.get("id")]


def read_notes(page: Page) -> list[Note]:
    return [
        Note(
            id=str(item["id"]),
            title=text_of(item.get("Note_Title")),
            content=text_of(item.get("Note_Content")),
        )
        for item in page.items
        if item.get("id")
    ]


def read_users(page: Page) -> list[CrmUser]:
    return [
        CrmUser(
            id=str(item["id"]),
            full_name=text_of(item.get("full_name")),
            email=text_of(item.get("email")),
            status=(text_of(item.get("status")) or "active").lower(),
        )
        for item in page.items
        if item.get("id")
    ]


def read_fields(fields: Page, layouts: Page) -> tuple[CrmField, ...]:
    """Merge the fields with what the active layouts require."""
    required = set(_required(layouts.items))
    return tuple(
        _field(item, required) for item in fields.items if text_of(item.get("api_name")) is not None
    )


def read_org(answer: Answer) -> dict[str, Any]:
    page = read_page(answer, "org")
    if not page.items:
        raise UnreadableError("The answer names no organisation.")
    return dict(page.items[0])


def page_of(key: str) -> Callable[[Answer], Page]:
    """Return a reader of pages whose list is called *key*."""
    return lambda answer: read_page(answer, key)


def _item(item: Mapping[str, Any]) -> ItemResult:
    details = item.get("details")
    details = details if isinstance(details, dict) else {}
    code, message = str(item.get("code") or ""), redact(str(item.get("message") or ""))
    if str(item.get("status")).lower() == "success":
        if not details.get("id"):
            raise UnreadableError("An item succeeded but has no id.")
        return ItemResult(ok=True, id=str(details["id"]), code=code, message=message)
    errors = item.get("errors") or details.get("errors")
    if code == "MULTIPLE_OR_MULTI_ERRORS" and isinstance(errors, list):
        inner = [error for error in errors if isinstance(error, dict)]
        # A duplicate decides: the person is there, whatever else is wrong with our version.
        inner.sort(key=lambda error: error.get("code") != refusals.DUPLICATE)
        if inner:
            return _item({**inner[0], "status": "error"})
    duplicate = details.get("duplicate_record")
    duplicate = duplicate if isinstance(duplicate, dict) else {}
    module = duplicate.get("module")
    duplicate_id = duplicate.get("id") or details.get("id")
    is_duplicate = code == refusals.DUPLICATE
    return ItemResult(
        ok=False,
        code=code,
        message=message,
        field=text_of(details.get("api_name")),
        duplicate_id=str(duplicate_id) if is_duplicate and duplicate_id else None,
        duplicate_module=text_of(module.get("api_name")) if isinstance(module, dict) else None,
        transient=code in refusals.TRANSIENT_CODES,
        in_doubt=code in refusals.IN_DOUBT_CODES,
    )


def _person(item: Mapping[str, Any], module: str, phones: Sequence[str]) -> CrmPerson | None:
    if not item.get("id"):
        return None
    names = [text_of(item.get("First_Name")), text_of(item.get("Last_Name"))]
    details = item.get("$converted_detail")
    details = details if isinstance(details, dict) else {}
    contact = details.get("contact") or item.get("Converted_Contact")
    numbers = [text for name in phones if (text := text_of(item.get(name))) is not None]
    return CrmPerson(
        module=module,
        id=str(item["id"]),
        phones=tuple(dict.fromkeys(numbers)),
        full_name=text_of(item.get("Full_Name")) or " ".join(filter(None, names)) or None,
        owner_id=_reference(item.get("Owner")),
        lead_status=text_of(item.get("Lead_Status")),
        converted=item.get("$converted") is True
        or item.get("Converted__s") is True
        or contact is not None,
        converted_contact_id=_reference(contact),
        modified_time=moment_of(item.get("Modified_Time")),
    )


def _required(layouts: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for layout in layouts:
        if str(layout.get("status", "active")).lower() not in {"active", "0"}:
            continue
        for section in _dicts(layout.get("sections")):
            for field in _dicts(section.get("fields")):
                if field.get("required") is True and (name := text_of(field.get("api_name"))):
                    yield name


def _field(item: Mapping[str, Any], required: set[str]) -> CrmField:
    name = str(item["api_name"])
    operations = item.get("operation_type")
    operations = operations if isinstance(operations, dict) else {}
    length = item.get("length")
    values = (
        text_of(value.get("actual_value")) or text_of(value.get("display_value"))
        for value in _dicts(item.get("pick_list_values"))
        if value.get("type") != "unused"
    )
    return CrmField(
        api_name=name,
        label=text_of(item.get("field_label")) or text_of(item.get("display_label")),
        data_type=text_of(item.get("data_type")) or "text",
        length=length if isinstance(length, int) else None,
        mandatory=item.get("system_mandatory") is True or name in required,
        read_only=item.get("read_only") is True
        or item.get("field_read_only") is True
        or (operations.get("api_create") is False and operations.get("api_update") is False),
        unique=bool(item.get("unique")),
        picklist=tuple(value for value in values if value is not None),
    )


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _reference(value: Any) -> str | None:
    found = value.get("id") if isinstance(value, dict) else value
    return str(found) if found and not isinstance(found, bool) else None
