"""Check Zoho CRM: sign-in, every module a run needs, owners and field mappings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.config.places import MAPPINGS, SETTINGS, office_file
from switchboard.doctor.results import SIGN_IN, Check, error, info, ok, warning
from switchboard.flows.call_to_lead.callback_task import check_task_fields
from switchboard.flows.call_to_lead.map import check_against_metadata
from switchboard.flows.call_to_lead.models import FieldProblem
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store.tables import directory
from switchboard.vendors.settings import ZOHO_DATA_CENTRES
from switchboard.vendors.zoho_crm.models import CrmUser

GROUP = "Zoho CRM"
ACTIVE = "active"
# No subscriber has it (ITU E.164 knows no country 999): the query finds nobody, permitted or not.
NOBODYS_NUMBER = "+999000000000"


async def sign_in(tools: Tools) -> list[Check]:
    """Prove token, data centre (the client refuses an API host of another one) and organisation."""
    org = await tools.crm.read_org()
    name = org.get("company_name") or org.get("id") or "unnamed"
    centre = data_centre(tools.configuration.settings.vendors.zoho_accounts_url)
    return [ok(GROUP, SIGN_IN, f"Connected to the organisation {name} ({centre}).")]


async def modules(tools: Tools) -> list[Check]:
    """Read a little of everything a run reads: a missing scope shows here, not at night."""
    for module in ("Leads", "Contacts"):
        await tools.crm.find_people_by_phone(module, [NOBODYS_NUMBER])
    read = ["Leads", "Contacts"]
    if tools.configuration.settings.callbacks.enabled:
        await tools.crm.read_fields("Tasks")
        read.append("Tasks")
    known = await tools.db.run(_some_person)
    if known is None:
        return [
            ok(GROUP, "Modules", f"{', '.join(read)} can be read."),
            info(
                GROUP, "Notes", "Not tried: no lead or contact is known yet. Run once, ask again."
            ),
        ]
    module, record_id = known
    await tools.crm.read_notes(module, record_id)
    read.append("Notes")
    if tools.configuration.settings.media.enabled:
        await tools.crm.read_attachments(module, record_id)
        read.append("Attachments")
    return [ok(GROUP, "Modules", f"{', '.join(read)} can be read.")]


async def owners(tools: Tools) -> list[Check]:
    users = {each.id: each for each in await tools.crm.read_users()}
    several = tools.configuration.several_offices
    return list(judge_owners(tools.configuration.offices, users, several=several))


async def mappings(tools: Tools) -> list[Check]:
    fields = await tools.crm.read_fields("Leads")
    problems = check_against_metadata(
        tools.configuration.mappings, {each.api_name: each for each in fields}
    )
    callbacks = tools.configuration.settings.callbacks
    checks = list(judge_mappings(problems))
    if callbacks.enabled:
        fields = await tools.crm.read_fields("Tasks")
        found = check_task_fields({each.api_name: each for each in fields}, callbacks)
        checks += judge_tasks(found)
    return checks


def data_centre(accounts_url: str) -> str:
    host = urlsplit(accounts_url).hostname or ""
    for name, (accounts, _) in ZOHO_DATA_CENTRES.items():
        if host == accounts:
            return f"data centre {name.upper()}"
    return f"sign-in at {host}"


def judge_owners(
    offices: Iterable[Office], users: Mapping[str, CrmUser], *, several: bool
) -> Iterator[Check]:
    """Every owner a lead may go to is an active user of the organisation."""
    sound, number = True, 0
    for office in offices:
        file = office_file(office.id, "lead_owners.json", several=several)
        listed = list(owners_of(office))
        number += len(listed)
        gone = [(owner, role) for owner, role in listed if not _active(users.get(owner))]
        nobody_left = bool(listed) and len(gone) == len(listed)
        for owner, role in gone:
            sound = False
            user = users.get(owner)
            state = "is no user of Zoho CRM" if user is None else f"is {user.status} in Zoho CRM"
            message = f"{file}: {role} {owner} {state}."
            if nobody_left:
                message += " Nobody of this office is left to own a lead."
            yield (error if nobody_left else warning)(GROUP, "Owners", "DOC-006", message)
    if sound:
        yield ok(GROUP, "Owners", f"All {number} are active users of Zoho CRM.")


def owners_of(office: Office) -> Iterator[tuple[str, str]]:
    """Return each owner a lead of the office may get, once, with the place that names it."""
    rules, seen = office.owners.assignment_rules, set[str]()
    named = [(each.id, "the owner") for each in office.owners.lead_owners if each.active]
    named += [
        (each, role)
        for each, role in (
            (rules.fallback_owner_id, "fallback_owner_id"),
            (rules.after_hours_owner_id, "after_hours_owner_id"),
        )
        if each
    ]
    departments = rules.department_specific
    if departments is not None and departments.enabled:
        for department, ids in departments.mappings.items():
            named += [(each, f"the owner of {department}") for each in ids]
    for owner, role in named:
        if owner not in seen:
            seen.add(owner)
            yield owner, role


def judge_mappings(problems: Iterable[FieldProblem]) -> Iterator[Check]:
    sound = True
    for each in problems:
        sound = False
        message = f"{MAPPINGS}: {each.section or 'Leads'}.{each.field}: {each.message}"
        yield (error if each.fatal else warning)(GROUP, "Field mappings", "CFG-035", message)
    if sound:
        yield ok(GROUP, "Field mappings", "They fit the fields of the Leads module.")


def judge_tasks(problems: Iterable[FieldProblem]) -> Iterator[Check]:
    sound = True
    for each in problems:
        sound = False
        message = f"{SETTINGS}: callbacks, {each.field}: {each.message}"
        yield (error if each.fatal else warning)(GROUP, "Tasks", "CFG-035", message)
    if sound:
        yield ok(GROUP, "Tasks", "Call-back tasks fit the fields of the Tasks module.")


def _active(user: CrmUser | None) -> bool:
    return user is not None and user.status.casefold() == ACTIVE


def _some_person(conn: sa.Connection) -> tuple[str, str] | None:
    row = conn.execute(sa.select(directory.c.module, directory.c.record_id).limit(1)).first()
    return None if row is None else (row[0], row[1])
