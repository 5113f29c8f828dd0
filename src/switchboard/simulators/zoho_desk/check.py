"""Say what is wrong with a ticket or contact somebody wants to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from switchboard.simulators.zoho_desk import errors
from switchboard.simulators.zoho_desk.schema import INLINE_CONTACT, INLINE_LENGTHS, Field
from switchboard.simulators.zoho_desk.state import DeskState

Wrong = tuple[str, str, str]
ELSEWHERE = {"entitySkills", "secondaryContacts", "sharedDepartments", "layoutId", "customFields"}
ELSEWHERE |= {"webUrl", "ticketCreationType", "clonedTicketId", "parentTicket", "sourceTicket"}
ELSEWHERE |= {"blueprint"}


def new_ticket(desk: DeskState, body: Mapping[str, Any]) -> None:
    """Refuse a ticket that Desk would not take, naming everything that is wrong with it."""
    wrong = _fields(desk.ticket_fields, body, {"contact", "cf", "uploads"})
    wrong += _custom(desk.ticket_fields, body)
    wrong += _missing(desk.ticket_fields, body)
    wrong += _ticket_references(desk, body)
    if not body.get("contactId") and not body.get("contact"):
        wrong.append(("contactId", "missing", "A contact is needed."))
    elif not body.get("contactId"):
        wrong += _inline(body["contact"])
    wrong += [
        ("uploads", "invalid", "There is no such upload.")
        for each in body.get("uploads") or ()
        if str(each) not in desk.files
    ]
    _refuse(wrong)


def ticket_change(desk: DeskState, body: Mapping[str, Any]) -> None:
    wrong = _fields(desk.ticket_fields, body, {"cf", "uploads"}) + _custom(desk.ticket_fields, body)
    for name, field in desk.ticket_fields.items():
        if field.mandatory and name in body and body[name] in (None, ""):
            wrong.append((name, "missing", "It must not be empty."))
    _refuse(wrong + _ticket_references(desk, body))


def new_contact(desk: DeskState, body: Mapping[str, Any]) -> None:
    wrong = _fields(desk.contact_fields, body, {"cf"}) + _missing(desk.contact_fields, body)
    email = str(body.get("email") or "")
    if email and desk.contact_by_email(email) is not None:
        wrong.append(("email", "duplicate", "A contact with this email exists already."))
    _refuse(wrong)


def _fields(known: Mapping[str, Field], body: Mapping[str, Any], more: set[str]) -> list[Wrong]:
    wrong = []
    for name, value in body.items():
        if name in more or value is None:
            continue
        if name in ELSEWHERE:
            raise errors.not_imitated(f"the field {name}")
        if name not in known or known[name].custom:
            raise errors.unprocessable(f"An extra parameter '{name}' is found.")
        problem = _problem(known[name], value)
        if problem:
            wrong.append((name, "invalid", problem))
    return wrong


def _custom(known: Mapping[str, Field], body: Mapping[str, Any]) -> list[Wrong]:
    custom = body.get("cf") or {}
    if not isinstance(custom, dict):
        return [("cf", "invalid", "It has to be an object.")]
    wrong = []
    for name, value in custom.items():
        if name not in known:
            wrong.append((f"cf/{name}", "invalid", "There is no such field."))
        elif value is not None and (problem := _problem(known[name], value)):
            wrong.append((f"cf/{name}", "invalid", problem))
    return wrong


def _problem(field: Field, value: Any) -> str | None:
    if isinstance(value, bool | list | dict):
        return "It has the wrong type."
    text = str(value)
    if len(text.encode("utf-16-le")) // 2 > field.max_length:  # The harsher way of counting.
        return f"It has more than {field.max_length} characters."
    if field.type == "LookUp" and not text.isdigit():
        return "It has to be an id."
    if field.type == "Email" and "@" not in text:
        return "It has to be an email address."
    if field.allowed and text not in field.allowed:
        return "Not one of the allowed values."
    return None


def _missing(known: Mapping[str, Field], body: Mapping[str, Any]) -> list[Wrong]:
    custom = body.get("cf") if isinstance(body.get("cf"), dict) else {}
    found = []
    for name, field in known.items():
        value = (custom or {}).get(name) if field.custom else body.get(name)
        if field.mandatory and value in (None, ""):
            found.append((f"cf/{name}" if field.custom else name, "missing", "It is mandatory."))
    return found


def _ticket_references(desk: DeskState, body: Mapping[str, Any]) -> list[Wrong]:
    """Check what has to exist: department, contact, agent, team, status."""
    departments = [each.id for each in desk.departments.values() if each.enabled]
    agents = [each.id for each in desk.agents.values() if each.status == "ACTIVE"]
    contacts = [each.id for each in desk.contacts.values() if not each.trashed]
    known: dict[str, Iterable[str]] = {
        "departmentId": departments,
        "assigneeId": agents,
        "contactId": contacts,
        "teamId": desk.teams,
        "status": [each.name for each in desk.statuses],
    }
    return [
        (name, "invalid", "There is nothing of that name or id.")
        for name, ids in known.items()
        if body.get(name) not in (None, "") and str(body[name]) not in ids
    ]


def _inline(contact: Any) -> list[Wrong]:
    if not isinstance(contact, dict):
        return [("contact", "invalid", "It has to be an object.")]
    if not contact.get("lastName") and not contact.get("email"):
        return [("contact/lastName", "missing", "A last name or an email is needed.")]
    wrong = []
    for name, value in contact.items():
        if name not in INLINE_CONTACT:
            raise errors.unprocessable(f"An extra parameter '{name}' is found.")
        if value is not None and len(str(value)) > INLINE_LENGTHS[name]:
            wrong.append((f"contact/{name}", "invalid", "It is too long."))
    return wrong


def _refuse(wrong: list[Wrong]) -> None:
    if wrong:
        unique = {each[0]: each for each in reversed(wrong)}
        raise errors.invalid(*reversed(unique.values()))
