"""Compare an office's assignment rules with its owners, its extensions and the calendar."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from switchboard.config.check import used_twice
from switchboard.config.documents import (
    AssignmentRules,
    ExtensionConfig,
    OfficeHours,
    OwnersConfig,
    folded,
)
from switchboard.config.findings import Finding, finding
from switchboard.config.reading import Place, Raw, key_text

RULES = "assignment_rules"
HOURS: Place = (RULES, "office_hours")
DEPARTMENTS: Place = (RULES, "department_specific", "mappings")
ALL_DAY = 'Write "start": "00:00", "end": "24:00" for day and night.'
NOT_LISTED = "is not in lead_owners"


def check_owners(
    document: OwnersConfig, raw: Raw, extensions: Sequence[ExtensionConfig] | None
) -> Iterator[Finding]:
    """Check one office's owners and rules; *extensions* None: they could not be read."""
    rules = document.assignment_rules
    yield from used_twice(raw, "lead_owners", "id")
    if rules.office_hours is not None:
        yield from _hours(rules.office_hours, raw)
    if not raw.whole:
        return
    yield from _owners(document, raw)
    yield from _after_hours(rules, raw)
    yield from _departments(rules, raw, extensions)


def _owners(document: OwnersConfig, raw: Raw) -> Iterator[Finding]:
    listed = document.lead_owners
    active = {each.id for each in listed if each.active}
    inactive = {each.id for each in listed} - active
    named = list(_named(document.assignment_rules))
    if not active:
        # Owners may be named by the rules alone, as in the manual's advanced examples.
        yield finding(
            "CFG-011",
            raw.file,
            "has no active owner" + (", only the ones its rules name" if named else ""),
            key="lead_owners",
            severity="warning" if named else "error",
            line=raw.line(("lead_owners",)),
        )
    for place, owner_id in named:
        if owner_id not in active:
            state = "is not active" if owner_id in inactive else NOT_LISTED
            yield _found("CFG-012", raw, place, f'the owner "{owner_id}" {state}')


def _named(rules: AssignmentRules) -> Iterator[tuple[Place, str]]:
    if rules.fallback_owner_id:
        yield (RULES, "fallback_owner_id"), rules.fallback_owner_id
    if rules.after_hours_owner_id:
        yield (RULES, "after_hours_owner_id"), rules.after_hours_owner_id
    departments = rules.department_specific
    if departments and departments.enabled:
        for name, ids in departments.mappings.items():
            for index, owner_id in enumerate(ids):
                yield (*DEPARTMENTS, name, index), owner_id


def _hours(hours: OfficeHours, raw: Raw) -> Iterator[Finding]:
    if raw.whole and (hours.start is None) != (hours.end is None):
        lacking = "start" if hours.start is None else "end"
        yield _found("CFG-022", raw, HOURS, f"{lacking} is missing", f'Add "{lacking}".')
    elif raw.whole and hours.start is None and not hours.periods:
        message = "name no hours: neither start and end, nor periods"
        yield _found("CFG-022", raw, HOURS, message, ALL_DAY)
    spans = [(HOURS, hours.start, hours.end, hours.days)]
    for index, each in enumerate(hours.periods):
        days = hours.days if each.days is None else each.days
        spans.append(((*HOURS, "periods", index), each.start, each.end, days))
    for place, start, end, days in spans:
        if start is not None and start == end:
            yield _found("CFG-022", raw, place, "opens and closes at the same time", ALL_DAY)
        if raw.whole and start is not None and end is not None and not days:
            message = "names no day on which the office is open"
            yield _found("CFG-022", raw, place, message, 'Write "days": [1, 2, 3, 4, 5].')
    if {each.date for each in hours.holidays} >= _EVERY_DAY:
        message = "leave no day on which the office is open"
        yield _found("CFG-022", raw, (*HOURS, "holidays"), message, "Remove some.")


# Every weekday meets every day of the year in time: only all 366 close an office for ever.
_EVERY_DAY = {
    f"{month:02}-{day:02}"
    for month in range(1, 13)
    for day in range(1, calendar.monthrange(2028, month)[1] + 1)
}


def _after_hours(rules: AssignmentRules, raw: Raw) -> Iterator[Finding]:
    switch: Place = (RULES, "office_hours_only")
    owner: Place = (RULES, "after_hours_owner_id")
    if rules.office_hours_only and rules.office_hours is None:
        yield _found("CFG-022", raw, switch, "is true, but there are no office_hours")
    elif rules.office_hours_only and rules.after_hours_owner_id is None:
        message = "is true, but no after_hours_owner_id says who takes the calls after hours"
        yield _found("CFG-040", raw, switch, message, "Add after_hours_owner_id.")
    if rules.after_hours_owner_id and not rules.office_hours_only:
        message = "is not used, because office_hours_only is not true"
        yield _found("CFG-040", raw, owner, message, 'Add "office_hours_only": true.')


def _departments(
    rules: AssignmentRules, raw: Raw, extensions: Sequence[ExtensionConfig] | None
) -> Iterator[Finding]:
    departments = rules.department_specific
    if departments is None or not departments.enabled:
        return
    if not departments.mappings:
        message = "are enabled, but there are no mappings"
        yield _found("CFG-040", raw, DEPARTMENTS[:-1], message)
    first: dict[str, str] = {}
    for name, ids in departments.mappings.items():
        place: Place = (*DEPARTMENTS, name)
        other = first.setdefault(folded(name), name)
        if other != name:
            yield _found("CFG-040", raw, place, f'is not used: "{other}" is the same department')
        if not ids:
            yield _found("CFG-040", raw, place, "names no owner")
        if extensions is not None and not is_extension(name, extensions):
            known = [each for extension in extensions for each in extension.known_as]
            message = f'no extension of this office is called "{name}"'
            yield _found("CFG-038", raw, place, message, meant(name, known))


def is_extension(name: str, extensions: Sequence[ExtensionConfig]) -> bool:
    """Tell whether a department's name is that of one of the extensions, or its number or id."""
    return any(folded(name) == folded(each) for one in extensions for each in one.known_as)


def meant(name: str, known: Sequence[str]) -> str:
    """Say which of the known names was probably meant."""
    near = {folded(each): each for each in known}
    close = get_close_matches(folded(name), near, n=1)
    # "Sales" hardly resembles "Philadelphia Sales", but is what people call it.
    close = close or [each for each in near if folded(name) in each.split()]
    return f'Did you mean "{near[close[0]]}"?' if close else ""


def _found(code: str, raw: Raw, place: Place, message: str, hint: str = "") -> Finding:
    return finding(code, raw.file, message, key=key_text(place), hint=hint, line=raw.line(place))
