"""The timetable as its page shows it, and what its forms make of `schedule.json`. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from switchboard.config.findings import Finding
from switchboard.config.load import Configuration
from switchboard.console.configuration.settings import exact
from switchboard.console.configuration.timing import (
    Timing,
    cron_of,
    gap_warning,
    in_words,
    next_times,
    timing_from,
    timing_of,
)

TYPES = {"all": "All calls", "accepted": "Answered calls", "missed": "Missed calls"}


@dataclass(frozen=True, slots=True)
class RunForm:
    """What a person enters about one run."""

    name: str = ""
    timing: Timing = field(default_factory=Timing)
    offices: tuple[str, ...] = ()
    type: str = "all"
    hours_back: str = ""
    enabled: bool = True
    email: bool = True


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the list."""

    name: str
    when: str
    what: str
    enabled: bool
    following: tuple[float, ...]
    warning: str


def zone_of(document: Mapping[str, Any], configuration: Configuration) -> str:
    """Return the zone of all times: the document's, or the first office's."""
    zone = document.get("timezone")
    return zone if isinstance(zone, str) and zone else configuration.offices[0].timezone


def rows(document: Mapping[str, Any], configuration: Configuration, now: float) -> list[RunRow]:
    """Return the runs with what comes next."""
    zone = zone_of(document, configuration)
    names = {each.id: each.name for each in configuration.offices}
    listed = []
    for entry in entries(document):
        cron, enabled = str(entry.get("cron", "")), entry.get("enabled", True) is True
        back = entry.get("hours_back") or configuration.processing.default_hours_back
        listed.append(
            RunRow(
                name=str(entry.get("name", "")),
                when=in_words(cron),
                what=_what(entry, names),
                enabled=enabled,
                following=tuple(next_times(cron, zone, now)) if enabled else (),
                warning=gap_warning(cron, zone, now, float(back)) if enabled else "",
            )
        )
    return listed


def form_of(document: Mapping[str, Any], name: str) -> RunForm | None:
    """Return one run for its form, None where there is none of that name."""
    entry = next((each for each in entries(document) if each.get("name") == name), None)
    if entry is None:
        return None
    back = entry.get("hours_back")
    return RunForm(
        name=name,
        timing=timing_of(str(entry.get("cron", ""))),
        offices=tuple(map(str, entry.get("offices") or ())),
        type=str(entry.get("type", "all")),
        hours_back=exact(back) if isinstance(back, int | float) else "",
        enabled=entry.get("enabled", True) is True,
        email=not entry.get("no_email", False),
    )


def form_from(sent: Mapping[str, str], offices: tuple[str, ...]) -> RunForm:
    """Return what was entered."""
    return RunForm(
        name=sent.get("name", ""),
        timing=timing_from(sent),
        offices=offices,
        type=sent.get("type", "all"),
        hours_back=sent.get("hours_back", "").replace(",", "."),
        enabled="enabled" in sent,
        email="email" in sent,
    )


def mistakes(form: RunForm, document: Mapping[str, Any], former: str) -> dict[str, str]:
    """Return what only the form knows to be wrong, by field."""
    _, errors = cron_of(form.timing)
    if not form.name:
        errors["name"] = "Give the run a name."
    elif form.name != former and form_of(document, form.name) is not None:
        errors["name"] = f"There is a run called {form.name} already."
    try:
        usable = not form.hours_back or float(form.hours_back) > 0
    except ValueError:
        usable = False
    if not usable:
        errors["hours_back"] = "Enter a number of hours such as 24, or leave it empty."
    return errors


def with_run(document: Mapping[str, Any], form: RunForm, former: str) -> dict[str, Any]:
    """Return `schedule.json` with one run as the form has it; *former* is its name before."""
    made = copy.deepcopy(dict(document))
    runs = made.setdefault("runs", [])
    entry = next((e for e in entries(made) if former and e.get("name") == former), None)
    if entry is None:
        entry = {}
        runs.append(entry)
    entry["name"], entry["cron"] = form.name, cron_of(form.timing)[0]
    number = float(form.hours_back) if form.hours_back else None
    whole = int(number) if number is not None and number.is_integer() else number
    _set(entry, "offices", list(form.offices), standard=[])
    _set(entry, "type", form.type, standard="all")
    _set(entry, "hours_back", whole, standard=None)
    _set(entry, "enabled", form.enabled, standard=True)
    _set(entry, "no_email", not form.email, standard=False)
    return made


def without_run(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    made = copy.deepcopy(dict(document))
    made["runs"] = [each for each in made.get("runs", []) if each.get("name") != name]
    return made


def with_zone(document: Mapping[str, Any], zone: str) -> dict[str, Any]:
    made = copy.deepcopy(dict(document))
    if zone:
        made["timezone"] = zone
    else:
        made.pop("timezone", None)
    return made


def field_of(finding: Finding, name: str, document: Mapping[str, Any]) -> str:
    """Name the field of the form a finding is about."""
    names = [each.get("name") for each in entries(document)]
    number = names.index(name) if name in names else -1
    if not finding.key.startswith(f"runs[{number}]"):
        return "form"
    last = finding.key.partition("].")[2].partition("[")[0]
    return last if last in {"name", "cron", "offices", "type", "hours_back"} else "form"


def entries(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    runs = document.get("runs")
    return [each for each in runs if isinstance(each, dict)] if isinstance(runs, list) else []


def _what(entry: Mapping[str, Any], names: Mapping[str, str]) -> str:
    offices = [names.get(str(each), str(each)) for each in entry.get("offices") or ()]
    where = ", ".join(offices) if offices else "All offices"
    kind = TYPES.get(str(entry.get("type", "all")), "").lower()
    back = entry.get("hours_back")
    looks = f", {back:g} hours back" if isinstance(back, int | float) else ""
    return f"{where}, {kind}{looks}"


def _set(entry: dict[str, Any], key: str, value: Any, *, standard: Any) -> None:
    """Write what differs from the default; a value written out before stays written out."""
    if value != standard or key in entry:
        entry[key] = value
    if value is None:
        entry.pop(key, None)
