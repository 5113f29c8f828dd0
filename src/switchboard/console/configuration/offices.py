"""The offices as their page shows them, and what its forms make of the documents. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchboard.config.documents import Office, OfficeHours, is_office_id
from switchboard.config.findings import Finding
from switchboard.config.load import MAIN_OFFICE, Configuration
from switchboard.config.places import OFFICES, SETTINGS, office_file
from switchboard.console.configuration.extensions import Line, added, unlisted
from switchboard.vendors.ringcentral.models import Extension

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DOCUMENTS = ("extensions.json", "lead_owners.json")


@dataclass(frozen=True, slots=True)
class OfficeForm:
    """What a person enters about one office."""

    name: str = ""
    zone: str = ""  # Empty: the default of all offices.
    region: str = ""
    id: str = ""  # Only of a new one.
    like: str = ""  # Of a new one: whose lead owners and rules it begins with.
    picked: tuple[str, ...] = ()  # Of a new one: ids of RingCentral's extensions.
    extension_id: str = ""
    extension_name: str = ""
    extension_number: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One office of the list."""

    id: str
    name: str
    zone: str
    region: str
    processed: int
    extensions: int
    owners: int
    hours: str


def rows(configuration: Configuration, order: Sequence[str] = ()) -> list[Row]:
    """Return the offices in processing order, or in the one somebody tries."""
    listed = {each.id: _row(each) for each in configuration.offices}
    wanted = [each for each in order if each in listed]
    return [listed[each] for each in dict.fromkeys([*wanted, *listed])]


def _row(office: Office) -> Row:
    owners = office.owners
    return Row(
        id=office.id,
        name=office.name,
        zone=office.timezone,
        region=office.region,
        processed=len(office.processed_extensions),
        extensions=len(office.extensions),
        owners=sum(each.active for each in owners.lead_owners),
        hours=hours_in_words(owners.assignment_rules.office_hours),
    )


def hours_in_words(hours: OfficeHours | None) -> str:
    """Say when an office is open: "Mon to Fri 09:00 to 17:00"."""
    if hours is None or (hours.start is None and not hours.periods):
        return "Always open"
    spans = []
    if hours.start and hours.end:
        spans.append(f"{_days(hours.days)} {hours.start} to {hours.end}")
    spans += [
        f"{_days(each.days or hours.days)} {each.start} to {each.end}" for each in hours.periods
    ]
    return ", ".join(spans)


def _days(days: Sequence[int]) -> str:
    numbers = sorted(set(days))
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):  # noqa: PLR2004
        return f"{_DAYS[numbers[0] - 1]} to {_DAYS[numbers[-1] - 1]}"
    return ", ".join(_DAYS[each - 1] for each in numbers)


def moved(order: Sequence[str], office: str, step: int) -> list[str]:
    """Return the order with one office a place further up (-1) or down (+1)."""
    result = list(order)
    if office in result:
        at = result.index(office)
        to = min(max(at + step, 0), len(result) - 1)
        result.insert(to, result.pop(at))
    return result


def reordered(document: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    """Return `offices.json` with the offices numbered in *order*, where they stand."""
    made = copy.deepcopy(dict(document))
    known = [each for each in order if each in made["offices"]]
    for number, office in enumerate(dict.fromkeys([*known, *made["offices"]]), start=1):
        if isinstance(made["offices"][office], dict):
            made["offices"][office]["processing_order"] = number
    return made


def form_of(document: Mapping[str, Any], office: str) -> OfficeForm | None:
    """Return what `offices.json` says of one office, None where it has no such."""
    entry = _entries(document).get(office)
    if not isinstance(entry, dict):
        return None
    return _form(entry, office)


def form_of_company(document: Mapping[str, Any]) -> OfficeForm:
    """Return what `settings.json` says of a company with one office."""
    company = document.get("company")
    entry = company if isinstance(company, dict) else {}
    return _form(entry, MAIN_OFFICE)


def _form(entry: Mapping[str, Any], office: str) -> OfficeForm:
    name, zone, region = (_text(entry.get(each)) for each in ("name", "timezone", "region"))
    return OfficeForm(name, zone, region, office)


def with_office(document: Mapping[str, Any], office: str, form: OfficeForm) -> dict[str, Any]:
    """Return `offices.json` with one office as the form has it; a new one comes last."""
    made = copy.deepcopy(dict(document))
    entries = made.setdefault("offices", {})
    if office not in entries:
        last = max(map(_order, entries.values()), default=0)
        entries[office] = {"name": form.name, "processing_order": last + 1}
    _fill(entries[office], form)
    return made


def with_company(document: Mapping[str, Any], form: OfficeForm) -> dict[str, Any]:
    """Return `settings.json` with the only office as the form has it."""
    made = copy.deepcopy(dict(document))
    company = dict(made.get("company") or {})
    _fill(company, form)
    return {**made, "company": company}


def without_office(document: Mapping[str, Any], office: str) -> dict[str, Any]:
    made = copy.deepcopy(dict(document))
    made["offices"].pop(office, None)
    return made


def several(configuration: Configuration) -> dict[str, Any]:
    """Return `offices.json` for a company with one office, which the store goes on calling main."""
    only = configuration.offices[0]
    entry = {
        "name": only.name,
        "processing_order": 1,
        "timezone": only.timezone,
        "region": only.region,
    }
    return {"offices": {MAIN_OFFICE: entry}}


def first_extensions(form: OfficeForm, remote: Iterable[Extension]) -> dict[str, Any]:
    """Return `extensions.json` of a new office: what was picked of *remote*, then by hand."""
    made = added({}, [each for each in remote if each.id in form.picked], processed=True)
    if form.extension_id:
        entry: dict[str, Any] = {"id": form.extension_id, "name": form.extension_name}
        if form.extension_number:
            entry["number"] = form.extension_number
        made["extensions"].append({**entry, "process_calls": True})
    return made


def free_extensions(configuration: Configuration, remote: Iterable[Extension]) -> list[Line]:
    """Return what a new office can take: the extensions of *remote* that no office lists."""
    listed = {each.id for office in configuration.offices for each in office.extensions}
    return unlisted(listed, remote)


def mistakes(form: OfficeForm, configuration: Configuration, *, new: bool) -> dict[str, str]:
    """Return what only the form knows to be wrong, by field."""
    errors = {}
    if not form.name:
        errors["name"] = "Give the office a name."
    elif any(each.name == form.name and each.id != form.id for each in configuration.offices):
        errors["name"] = f"Another office is called {form.name}: choose another name."
    if not new:
        return errors
    if not is_office_id(form.id):
        errors["id"] = "Use letters, digits, - and _ only, such as new-york."
    elif any(each.id.casefold() == form.id.casefold() for each in configuration.offices):
        errors["id"] = f"There is an office {form.id} already: choose another id."
    if configuration.calls and not form.extension_id and not form.picked:
        errors["extension_id"] = "Choose an extension of this office, or enter RingCentral's id."
    return errors


def id_from(name: str) -> str:
    """Return an id that fits an office's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]


def field_of(finding: Finding, office: str) -> str:
    """Name the field of the form a finding is about."""
    last = finding.key.rpartition(".")[2]
    if finding.file in {OFFICES, SETTINGS}:
        return {"name": "name", "timezone": "zone", "region": "region"}.get(last, "form")
    if finding.file == office_file(office, "extensions.json", several=True):
        return {"id": "extension_id", "number": "extension_number"}.get(last, "extension_id")
    return "form"


def _fill(entry: dict[str, Any], form: OfficeForm) -> None:
    for key, value in (("name", form.name), ("timezone", form.zone), ("region", form.region)):
        if value:
            entry[key] = value
        else:
            entry.pop(key, None)


def _order(entry: Any) -> int:
    order = entry.get("processing_order") if isinstance(entry, dict) else None
    return order if isinstance(order, int) else 0


def _entries(document: Mapping[str, Any]) -> Mapping[str, Any]:
    entries = document.get("offices")
    return entries if isinstance(entries, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
