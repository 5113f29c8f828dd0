"""Check Zoho Desk: what the key opens, and whether the portal has what the document names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from switchboard.bootstrap import ChatVendors, public_url
from switchboard.config.chat_documents import DeskConfig
from switchboard.config.load import Configuration
from switchboard.config.places import DESK
from switchboard.doctor.results import SIGN_IN, Check, error, info, ok, some, warning
from switchboard.flows.chat_to_ticket.models import AUTOMATION_SOURCE
from switchboard.vendors.allowances import ZOHO_DESK
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_desk.models import (
    CLOSED,
    OPEN,
    DeskAgent,
    DeskDepartment,
    DeskField,
    DeskOrganization,
    DeskStatus,
)

GROUP = "Zoho Desk"
MISFIT = "DOC-014"
# Reserved by RFC 2606: nobody has it, and whether looking for it is allowed is what matters.
NOBODYS_ADDRESS = "nobody@doctor.invalid"
NOBODYS_TICKET = "[doctor-looks-for-nothing]"
ACTIVE = "ACTIVE"
TEXT_TYPES = {"text", "textarea", "largetext"}
LONGEST = {"workflow_type": 30, "automation_source": len(AUTOMATION_SOURCE)}
LONGEST_ID = 50  # SalesIQ's ids of chats and visitors are far shorter.
WARN_SHARE = 0.8
FEW_CREDITS = 1_000  # A ticket costs about twenty, all its comments and looks included.
_SPARE = "Raise poll_minutes or set a webhook up: at its limit Zoho Desk refuses everything."


async def sign_in(_configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    if vendors.desk_problem is not None:
        raise vendors.desk_problem
    if vendors.desk is None:
        message = "It is not set up: chats are led, and their tickets wait."
        advice = f"`switchboard credentials set desk`, and its ids in {DESK}."
        return [warning(GROUP, SIGN_IN, MISFIT, message, advice)]
    found = await vendors.desk.read_organizations()
    remaining = vendors.transport.counters.credits_remaining.get(ZOHO_DESK)
    return [judge_organisation(found, vendors.desk.org_id), *judge_remaining(remaining)]


async def departments(configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    if vendors.desk is None:
        return []
    there = {each.id: each for each in await vendors.desk.read_departments()}
    mapped = configuration.desk.departments if configuration.desk else {}
    return list(judge_departments(there, vendors.department_id, mapped))


async def assignee(configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    wanted = configuration.desk.default_assignee if configuration.desk else None
    if vendors.desk is None:
        return []
    agents = {each.id: each for each in await vendors.desk.read_agents()}
    return [judge_assignee(agents, wanted, vendors.department_id)]


async def fields(configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    if vendors.desk is None:
        return []
    found = await vendors.desk.read_fields(department_id=vendors.department_id)
    there = {each.api_name: each for each in found}
    return list(judge_fields(there, configuration.desk or DeskConfig()))


async def statuses(_configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    if vendors.desk is None:
        return []
    return [judge_statuses(await vendors.desk.read_statuses())]


async def people(_configuration: Configuration, vendors: ChatVendors) -> list[Check]:
    """Search for nobody and nothing: a missing scope shows here, not when somebody waits."""
    if vendors.desk is None:
        return []
    await _search(vendors.desk)
    message = "Contacts and tickets can be read. Writing is not tried: the first ticket shows it."
    return [ok(GROUP, "Permissions", message)]


ASKED = (
    (GROUP, SIGN_IN, sign_in),
    (GROUP, "Departments", departments),
    (GROUP, "Assignee", assignee),
    (GROUP, "Fields", fields),
    (GROUP, "Statuses", statuses),
    (GROUP, "Permissions", people),
)


def examine(configuration: Configuration, spent: float) -> Iterator[Check]:
    """Judge what needs no answer: how news of tickets come, and the credits *spent* in 24 hours."""
    yield judge_news(configuration.desk or DeskConfig(), public_url(configuration.settings.server))
    yield judge_credits(spent, configuration.settings.vendors.budgets.zoho_desk_credits_per_day)


def judge_organisation(found: Sequence[DeskOrganization], org_id: str) -> Check:
    here = next((each for each in found if each.id == org_id), None)
    if here is None:
        names = some(f"{each.id} ({each.name})" for each in found) or "none"
        message = f"The key does not lead to the organisation {org_id}, but to: {names}."
        advice = (
            f"Correct org_id in {DESK} or ZOHO_DESK_ORG_ID, or take a key of that organisation."
        )
        return error(GROUP, SIGN_IN, "DESK-401", message, advice)
    edition = f", edition {here.edition}" if here.edition else ""
    sandbox = ", a sandbox" if here.is_sandbox else ""
    return ok(
        GROUP, SIGN_IN, f"Connected to the organisation {here.name or here.id}{edition}{sandbox}."
    )


def judge_departments(
    there: Mapping[str, DeskDepartment], default: str, mapped: Mapping[str, str]
) -> Iterator[Check]:
    wanted = {"department_id": default}
    wanted |= {f"departments.{name}": each for name, each in mapped.items()}
    sound = True
    for key, department_id in wanted.items():
        found = there.get(department_id)
        if found is None or not found.is_enabled:
            sound = False
            state = "is disabled" if found else "does not exist, or the key's agent may not see it"
            message = f"{DESK}: {key}: the department {department_id} {state}."
            yield error(GROUP, "Departments", MISFIT, message)
    if sound:
        names = some(dict.fromkeys(there[each].name or each for each in wanted.values()))
        yield ok(GROUP, "Departments", f"Tickets go to {names}.")


def judge_assignee(
    agents: Mapping[str, DeskAgent], wanted: str | None, department_id: str
) -> Check:
    if wanted is None:
        return ok(GROUP, "Assignee", "None is named: Zoho Desk's own rules give tickets away.")
    found = agents.get(wanted)
    name = f"{found.name or wanted}" if found else wanted
    problem = ""
    if found is None:
        problem = "is no agent of the portal"
    elif (found.status or "").upper() != ACTIVE:
        problem = f"is {(found.status or 'not active').casefold()}"
    elif found.department_ids and department_id not in found.department_ids:
        problem = f"does not belong to the department {department_id}"
    if problem:
        message = f"{DESK}: default_assignee: {name} {problem}; tickets come without an assignee."
        return warning(GROUP, "Assignee", MISFIT, message)
    return ok(GROUP, "Assignee", f"{name} gets the tickets.")


def judge_fields(there: Mapping[str, DeskField], config: DeskConfig) -> Iterator[Check]:
    """Compare the document's fields and our values with the portal's."""
    sound = True
    for name, api_name in config.custom_fields.model_dump().items():
        problem = "" if api_name is None else _problem(there.get(api_name), name)
        if problem:
            sound = False
            message = f"{DESK}: custom_fields.{name}: {api_name} {problem}."
            yield warning(GROUP, "Fields", MISFIT, message)
    missing = _not_listed(there.get("priority"), ("High", "Medium", "Low"))
    if missing:
        sound = False
        message = f"The portal has no priority {some(missing)}: such tickets come without one."
        yield warning(GROUP, "Fields", MISFIT, message)
    if sound:
        yield ok(GROUP, "Fields", "The custom fields and priorities fit.")
    if _not_listed(there.get("channel"), (config.ticket_source,)):
        message = f"The portal has no channel {config.ticket_source}: tickets come without one."
        advice = f"Add it in Zoho Desk, or name one it has as ticket_source in {DESK}."
        yield info(GROUP, "Channel", message, advice)


def judge_statuses(found: Sequence[DeskStatus]) -> Check:
    types = {each.type for each in found}
    missing = [each for each in (OPEN, CLOSED) if each not in types]
    if missing:
        message = f"The portal has no status of the type {some(missing)}."
        advice = "Add one in Zoho Desk: without it tickets can be neither closed nor reopened here."
        return warning(GROUP, "Statuses", MISFIT, message, advice)
    return ok(GROUP, "Statuses", f"{some((each.name for each in found), 8)}.")


def judge_news(config: DeskConfig, address: str) -> Check:
    if config.webhook_id is None:
        message = (
            f"Open tickets are read every {config.poll_minutes:g} minutes: there is no webhook."
        )
        return ok(GROUP, "News of tickets", message)
    message = f"Zoho Desk tells of them at {address}/webhook/desk."
    return ok(GROUP, "News of tickets", message)


def judge_credits(spent: float, limit: int | None) -> Check:
    if limit is None:
        return ok(GROUP, "API credits", f"{spent:,.0f} spent within 24 hours.")
    message = f"{spent:,.0f} of {limit:,} a day are spent."
    if spent > limit * WARN_SHARE:
        advice = (
            "Raise poll_minutes or set a webhook up; Zoho Desk refuses everything at the limit."
        )
        return warning(GROUP, "API credits", "DESK-429", message, advice)
    return ok(GROUP, "API credits", message)


def judge_remaining(remaining: int | None) -> Iterator[Check]:
    """Judge what Zoho Desk itself says is left of the day; it need not say anything."""
    if remaining is not None and remaining < FEW_CREDITS:
        message = f"Zoho Desk leaves {remaining:,} for the rest of the day."
        yield warning(GROUP, "API credits", "DESK-429", message, _SPARE)


async def _search(client: ZohoDeskClient) -> None:
    await client.find_contacts(NOBODYS_ADDRESS)
    await client.find_tickets(NOBODYS_TICKET)


def _problem(field: DeskField | None, name: str) -> str:
    if field is None:
        return "does not exist in Zoho Desk; tickets come without it"
    if (field.type or "text").replace(" ", "").casefold() not in TEXT_TYPES:
        return f"is of the type {field.type}, and has to be a text of one line"
    longest = LONGEST.get(name, LONGEST_ID)
    if field.max_length is not None and field.max_length < longest:
        return f"holds {field.max_length} characters; {longest} are needed"
    return ""


def _not_listed(field: DeskField | None, values: Collection[str]) -> list[str]:
    allowed = field.allowed if field else ()
    return [each for each in values if allowed and each not in allowed]
