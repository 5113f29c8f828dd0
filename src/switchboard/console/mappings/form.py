"""The field mappings as a form holds them, and back into the document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from switchboard.config.documents import FieldMappings

SECTIONS = {"accepted_calls": "Answered calls", "missed_calls": "Missed calls"}
STATUSES = {
    "new": "A new lead",
    "accepted_call": "After an answered call",
    "missed_call": "After a missed call",
    "missed_call_with_voicemail": "After a missed call with a voicemail",
}
MOST_ROWS = 300


@dataclass(slots=True)
class Line:
    """One field of a lead, and where its value comes from."""

    field: str
    value: str = ""


@dataclass(slots=True)
class MappingsForm:
    """Everything of the page that can be changed; sections by their key in the document."""

    sections: dict[str, list[Line]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)


def from_document(document: Mapping[str, Any]) -> MappingsForm:
    """Read a document as it is on the disk; a section left out is the manual's."""
    usual = FieldMappings()
    sections = {}
    for key in SECTIONS:
        lines = document.get(key)
        if not isinstance(lines, Mapping):
            lines = getattr(usual, key)
        kept = {name: value for name, value in lines.items() if not name.startswith("_comment")}
        sections[key] = [Line(str(name), str(value)) for name, value in kept.items()]
    given = document.get("lead_status")
    given = given if isinstance(given, Mapping) else {}
    statuses = {key: str(given.get(key, getattr(usual.lead_status, key))) for key in STATUSES}
    return MappingsForm(sections, statuses)


def from_fields(fields: FormData) -> MappingsForm:
    """Read what the page sent."""

    def text(name: str) -> str:
        return str(fields.get(name, "")).strip()

    form = MappingsForm(statuses={key: text(f"status-{key}") for key in STATUSES})
    for key in SECTIONS:
        given = text(key)
        count = min(int(given), MOST_ROWS) if given.isdecimal() else 0
        form.sections[key] = [
            Line(text(f"{key}-{n}-field"), text(f"{key}-{n}-value")) for n in range(count)
        ]
    return form


def acted(form: MappingsForm, action: str, fields: FormData) -> None:
    """Carry out a button that changes the form alone: "add:missed_calls", "remove:…:2"."""
    what, _, rest = action.partition(":")
    key, _, which = rest.partition(":")
    lines = form.sections.get(key)
    if lines is None:
        return
    if what == "add":
        wanted = str(fields.get(f"new-{key}", "")).strip()
        if wanted and all(each.field != wanted for each in lines):
            lines.append(Line(wanted))
    elif what == "remove" and which.isdecimal() and int(which) < len(lines):
        del lines[int(which)]


def mistakes(form: MappingsForm) -> dict[str, str]:
    """Return by field what a document cannot hold; the rest is judged with all documents."""
    found: dict[str, str] = {}
    for key, title in SECTIONS.items():
        names = [each.field for each in form.sections[key]]
        for n, each in enumerate(form.sections[key]):
            if not each.field:
                found[f"{key}-{n}-field"] = f"{title}: name the field."
            elif names.index(each.field) != n:
                found[f"{key}-{n}-field"] = f"{title}: {each.field} is filled twice."
            elif not each.value:
                found[f"{key}-{n}-value"] = f"{title}: say what {each.field} is filled with."
    for key, title in STATUSES.items():
        if not form.statuses[key]:
            found[f"status-{key}"] = f"{title}: name the status."
    return found


def to_document(form: MappingsForm, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document to write; comments and an unchanged order stay."""
    document = dict(before)
    for key, lines in form.sections.items():
        old = before.get(key)
        old = old if isinstance(old, Mapping) else {}
        comments = {name: value for name, value in old.items() if name.startswith("_comment")}
        section = comments | {each.field: each.value for each in lines}
        if key in before or lines != from_document({}).sections[key]:
            document[key] = section
    status = dict(before.get("lead_status") or {})
    for key, value in form.statuses.items():
        if key in status or value != from_document({}).statuses[key]:
            status[key] = value
    if status:
        document["lead_status"] = status
    return document
