"""An office's owners and rules as a form holds them, and back into the document. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_HOLIDAY = re.compile(r"(?:\d{4}-)?\d{2}-\d{2}")
_DAYS = frozenset("1234567")
_WORKDAYS = (1, 2, 3, 4, 5)
MOST_ROWS = 500


@dataclass(slots=True)
class OwnerRow:
    """One owner; `weight` as somebody typed it."""

    id: str
    name: str = ""
    email: str = ""
    active: bool = True
    weight: str = "1"


@dataclass(slots=True)
class Department:
    """A queue or extension, and whose leads its calls become."""

    name: str
    owners: list[str] = field(default_factory=list)


@dataclass(slots=True)
class OwnersForm:
    """Everything of the page that can be changed."""

    owners: list[OwnerRow] = field(default_factory=list)
    round_robin: bool = True
    respect_weights: bool = True
    fallback: str = ""
    by_department: bool = False
    departments: list[Department] = field(default_factory=list)
    hours_only: bool = False
    start: str = ""
    end: str = ""
    days: list[int] = field(default_factory=lambda: list(_WORKDAYS))
    holidays: str = ""
    after_hours: str = ""


def from_document(document: Mapping[str, Any]) -> OwnersForm:
    """Read a document as it is on the disk, of which any part may be missing or wrong."""
    rules = _mapping(document.get("assignment_rules"))
    by_department = _mapping(rules.get("department_specific"))
    hours = _mapping(rules.get("office_hours"))
    rows = [_mapping(each) for each in _list(document.get("lead_owners"))]
    days = hours.get("days")
    return OwnersForm(
        owners=[
            OwnerRow(
                id=_text(row.get("id")),
                name=_text(row.get("name")),
                email=_text(row.get("email")),
                active=row.get("active") is not False,
                weight=_number(row.get("assignment_weight", 1)),
            )
            for row in rows
        ],
        round_robin=rules.get("round_robin") is not False,
        respect_weights=rules.get("respect_weights") is not False,
        fallback=_text(rules.get("fallback_owner_id")),
        by_department=bool(by_department) and by_department.get("enabled") is not False,
        departments=[
            Department(str(name), [_text(each) for each in _list(ids)])
            for name, ids in _mapping(by_department.get("mappings")).items()
        ],
        hours_only=rules.get("office_hours_only") is True,
        start=_text(hours.get("start")),
        end=_text(hours.get("end")),
        days=[each for each in _list(days) if isinstance(each, int)] if days else [*_WORKDAYS],
        holidays="\n".join(map(_holiday_line, _list(hours.get("holidays")))),
        after_hours=_text(rules.get("after_hours_owner_id")),
    )


def from_fields(fields: FormData) -> OwnersForm:
    """Read what the page sent; rows are numbered as they stood on it."""

    def text(name: str) -> str:
        return str(fields.get(name, "")).strip()

    def count(name: str) -> int:
        given = text(name)
        return min(int(given), MOST_ROWS) if given.isdecimal() else 0

    return OwnersForm(
        owners=[
            OwnerRow(
                id=text(f"owner-{n}-id"),
                name=text(f"owner-{n}-name"),
                email=text(f"owner-{n}-email"),
                active=bool(text(f"owner-{n}-active")),
                weight=text(f"owner-{n}-weight"),
            )
            for n in range(count("owners"))
        ],
        round_robin=bool(text("round_robin")),
        respect_weights=bool(text("respect_weights")),
        fallback=text("fallback"),
        by_department=bool(text("by_department")),
        departments=[
            Department(
                text(f"department-{n}-name"),
                [str(each) for each in fields.getlist(f"department-{n}-owners")],
            )
            for n in range(count("departments"))
        ],
        hours_only=bool(text("hours_only")),
        start=text("start"),
        end=text("end"),
        days=sorted(
            {int(each) for each in map(str, fields.getlist("days")) if each in set("1234567")}
        ),
        holidays=str(fields.get("holidays", "")).strip(),
        after_hours=text("after_hours"),
    )


def acted(form: OwnersForm, action: str, fields: FormData) -> None:
    """Carry out a button that changes the form alone, such as "remove-owner:2"."""
    what, _, which = action.partition(":")
    number = int(which) if which.isdecimal() else -1
    if what == "add-owner":
        wanted = str(fields.get("new_owner", "")).strip()
        if wanted and all(each.id != wanted for each in form.owners):
            form.owners.append(OwnerRow(id=wanted))
    elif what == "remove-owner" and 0 <= number < len(form.owners):
        del form.owners[number]
    elif what == "add-department":
        form.departments.append(Department(""))
        form.by_department = True
    elif what == "remove-department" and 0 <= number < len(form.departments):
        del form.departments[number]


def mistakes(form: OwnersForm) -> dict[str, str]:
    """Return by field what a document cannot hold; the rest is judged with all documents."""
    return {**_weights(form), **_department_names(form), **_times(form)}


def _weights(form: OwnersForm) -> dict[str, str]:
    found = {}
    for n, row in enumerate(form.owners):
        weight, whose = _weight(row.weight), f"Weight of {row.name or row.id}"
        if weight is None:
            found[f"owner-{n}-weight"] = f"{whose}: enter a number, such as 2."
        elif weight < 0:
            found[f"owner-{n}-weight"] = f"{whose}: enter 0 or more."
    return found


def _department_names(form: OwnersForm) -> dict[str, str]:
    found = {}
    names = [each.name.casefold() for each in form.departments]
    for n, each in enumerate(form.departments):
        if not each.name:
            found[f"department-{n}-name"] = "Choose the queue or extension."
        elif names.index(each.name.casefold()) != n:
            found[f"department-{n}-name"] = f"{each.name} is listed twice."
    return found


def _times(form: OwnersForm) -> dict[str, str]:
    found = {}
    for name, label in (("start", "Opens"), ("end", "Closes")):
        given = getattr(form, name)
        if given and not _CLOCK.fullmatch(given) and (name, given) != ("end", "24:00"):
            found[name] = f"{label}: enter a time such as 09:00."
    for line in form.holidays.splitlines():
        day, _, _ = line.strip().partition(" ")
        if day and not _HOLIDAY.fullmatch(day):
            found["holidays"] = f'"{line.strip()}" does not begin with a day such as 2026-12-25.'
    return found


def to_document(form: OwnersForm, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document to write; what the page does not show stays as it was."""
    old_rows = {
        str(_mapping(row).get("id")): _mapping(row) for row in _list(before.get("lead_owners"))
    }
    rules = dict(_mapping(before.get("assignment_rules")))
    rows = [_row(each, old_rows.get(each.id, {})) for each in form.owners]
    _set(rules, "round_robin", form.round_robin, default=True)
    _set(rules, "respect_weights", form.respect_weights, default=True)
    _set(rules, "fallback_owner_id", form.fallback, default="")
    _set(rules, "office_hours_only", form.hours_only, default=False)
    _set(rules, "after_hours_owner_id", form.after_hours, default="")
    departments = dict(_mapping(rules.get("department_specific")))
    if form.departments or departments:
        departments["enabled"] = form.by_department
        departments["mappings"] = {each.name: each.owners for each in form.departments}
        rules["department_specific"] = departments
    hours = dict(_mapping(rules.get("office_hours")))
    if hours or form.start or form.end:
        _set(hours, "start", form.start, default="")
        _set(hours, "end", form.end, default="")
        _set(hours, "days", form.days, default=list(_WORKDAYS))
        old_days = {_holiday_line(each): each for each in _list(hours.get("holidays"))}
        lines = [line.strip() for line in form.holidays.splitlines() if line.strip()]
        _set(hours, "holidays", [old_days.get(line, _holiday(line)) for line in lines], default=[])
        rules["office_hours"] = hours
    document = dict(before)
    document["lead_owners"] = rows
    if rules or "assignment_rules" in before:
        document["assignment_rules"] = rules
    return document


def _row(row: OwnerRow, before: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {**before, "id": row.id}
    _set(made, "name", row.name, default="")
    _set(made, "email", row.email, default="")
    _set(made, "active", row.active, default=True)
    weight = _weight(row.weight)
    if weight is not None and weight != made.get("assignment_weight", 1):
        made["assignment_weight"] = int(weight) if weight == int(weight) else weight
    return made


def _set(document: dict[str, Any], key: str, value: object, *, default: object) -> None:
    """Write a value, unless it was left out and still says what leaving it out says."""
    if key in document or value != default:
        document[key] = value
        if value in ("", []) and value == default:
            del document[key]


def _weight(text: str) -> float | None:
    try:
        weight = float(text.replace(",", "."))
    except ValueError:
        return None
    return weight if math.isfinite(weight) else None


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else _text(value)


def _holiday_line(holiday: object) -> str:
    if isinstance(holiday, Mapping):
        return f"{holiday.get('date', '')} {holiday.get('name', '')}".strip()
    return _text(holiday)


def _holiday(line: str) -> dict[str, str] | str:
    day, _, name = line.partition(" ")
    return {"date": day, "name": name.strip()} if name.strip() else day


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
