"""Compare the configuration with what the vendors know. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from switchboard.config.documents import Office, folded
from switchboard.config.findings import Finding, Severity, finding
from switchboard.config.load import Configuration
from switchboard.config.owners_check import DEPARTMENTS, meant
from switchboard.config.places import MAPPINGS, SETTINGS, office_file
from switchboard.config.reading import Place, Raw, key_text
from switchboard.flows.call_to_lead.map import check_against_metadata
from switchboard.flows.call_to_lead.owners import OFF_HERE, UNKNOWN, Owners, Users
from switchboard.flows.call_to_lead.vendor_facts import VendorFacts

Read = Callable[[str], Raw]


def check_with_vendors(
    configuration: Configuration, facts: VendorFacts, findings: Sequence[Finding], read: Read
) -> list[Finding]:
    """Return *findings* without guesses the vendors settle, and with what only they know.

    *read* gives a document as it stands, so that every finding has its line.
    """
    refuted = set(_refuted(configuration, facts))
    kept = [each for each in findings if (each.code, each.file, each.key) not in refuted]
    found = [*kept, *_fields(configuration, facts, read)]
    for office in configuration.offices:
        found += _owners(office, facts, read(_file(configuration, office)))
    found += _unasked(facts)
    return sorted(dict.fromkeys(found), key=lambda each: each.severity != "error")


def _refuted(configuration: Configuration, facts: VendorFacts) -> Iterator[tuple[str, str, str]]:
    """Yield the findings made without the vendors, of which the vendors know better."""
    for office in configuration.offices:
        file, owners = _file(configuration, office), Owners(office, facts.users)
        for place, owner_id in owners.named():
            if facts.users is not None and owner_id not in owners.listed:
                yield "CFG-012", file, key_text(place)
        names = {folded(name) for name in _ringcentral_names(facts)}
        rules = office.owners.assignment_rules.department_specific
        for name in rules.mappings if rules else ():
            if folded(name) in names:
                yield "CFG-038", file, key_text((*DEPARTMENTS, name))


def _owners(office: Office, facts: VendorFacts, raw: Raw) -> Iterator[Finding]:
    if facts.users is None:
        return
    owners = Owners(office, facts.users)
    usable = False
    for place, owner_id in owners.named():
        obstacle = owners.obstacle(owner_id)
        usable |= obstacle is None
        if obstacle in {None, OFF_HERE}:
            continue
        hint = _same_person(owners, owner_id, facts.users) if obstacle == UNKNOWN else ""
        name = owners.name(owner_id)
        who = f'{name} ("{owner_id}")' if name != owner_id else f'"{owner_id}"'
        yield _found("CFG-039", raw, place, f"{who} {obstacle}", hint=hint)
    if not usable:
        message = "has no owner who can own leads in Zoho CRM, which then chooses for itself"
        yield _found("CFG-039", raw, ("lead_owners",), message)


def _same_person(owners: Owners, owner_id: str, users: Users) -> str:
    """Say which active user has the same address, or else the same name."""
    listed = owners.listed.get(owner_id)
    if listed is None:
        return ""
    active = [user for user in users.values() if user.status == "active"]
    for user in active:
        if listed.email and user.email and folded(listed.email) == folded(user.email):
            return f'Zoho CRM knows {user.email} as "{user.id}".'
    for user in active:
        if listed.name and user.full_name and folded(listed.name) == folded(user.full_name):
            return f'Zoho CRM knows a {user.full_name} as "{user.id}".'
    return ""


def _fields(configuration: Configuration, facts: VendorFacts, read: Read) -> Iterator[Finding]:
    if facts.fields is None:
        return
    raw = read(MAPPINGS)
    for problem in check_against_metadata(configuration.mappings, facts.fields):
        place: Place = (problem.section or "accepted_calls", problem.field)
        severity: Severity = "error" if problem.fatal else "warning"
        yield _found("CFG-035", raw, place, problem.message, severity=severity)
    statuses = facts.fields["Lead_Status"].picklist if "Lead_Status" in facts.fields else ()
    raw = read(SETTINGS)
    for index, status in enumerate(configuration.settings.calls.protected_statuses):
        if statuses and status not in statuses:
            yield _found(
                "CFG-035",
                raw,
                ("calls", "protected_statuses", index),
                f'"{status}" is not in the Lead Status list of Zoho CRM and protects nothing',
                hint=meant(status, statuses) or f"The list: {', '.join(statuses)}.",
                severity="warning",
            )


def _unasked(facts: VendorFacts) -> Iterator[Finding]:
    for each in facts.unasked:
        message = f"{each.what} were not checked. {each.why}"
        yield finding("CFG-041", each.vendor, message)


def _ringcentral_names(facts: VendorFacts) -> Iterator[str]:
    for each in facts.extensions or ():
        yield from (name for name in (each.name, each.extension_number, each.id) if name)


def _file(configuration: Configuration, office: Office) -> str:
    several = configuration.several_offices
    return office_file(office.id, "lead_owners.json", several=several)


def _found(
    code: str,
    raw: Raw,
    place: Place,
    message: str,
    *,
    hint: str = "",
    severity: Severity | None = None,
) -> Finding:
    return finding(
        code,
        raw.file,
        message,
        key=key_text(place),
        hint=hint,
        line=raw.line(place),
        severity=severity,
    )
