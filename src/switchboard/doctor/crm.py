"""Check Zoho CRM: sign-in, every module a run needs, and what the documents have to fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import sqlalchemy as sa

from switchboard.config.places import SETTINGS
from switchboard.doctor.learned import Learned
from switchboard.doctor.results import SIGN_IN, Check, error, info, ok, warning
from switchboard.flows.call_to_lead.callback_task import check_task_fields
from switchboard.flows.call_to_lead.models import FieldProblem
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store.tables import directory
from switchboard.vendors.settings import ZOHO_DATA_CENTRES

GROUP = "Zoho CRM"
# No subscriber has it (ITU E.164 knows no country 999): the query finds nobody, permitted or not.
NOBODYS_NUMBER = "+999000000000"


async def sign_in(tools: Tools, _: Learned) -> list[Check]:
    """Prove token, data centre (the client refuses an API host of another one) and organisation."""
    org = await tools.crm.read_org()
    name = org.get("company_name") or org.get("id") or "unnamed"
    centre = data_centre(tools.configuration.settings.vendors.zoho_accounts_url)
    return [ok(GROUP, SIGN_IN, f"Connected to the organisation {name} ({centre}).")]


async def modules(tools: Tools, _: Learned) -> list[Check]:
    """Read a little of everything a run reads: a missing scope shows here, not at night."""
    for module in ("Leads", "Contacts"):
        await tools.crm.find_people_by_phone(module, [NOBODYS_NUMBER])
    read = ["Leads", "Contacts"]
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


async def users(tools: Tools, learned: Learned) -> list[Check]:
    learned.users = {each.id: each for each in await tools.crm.read_users()}
    return []


async def fields(tools: Tools, learned: Learned) -> list[Check]:
    learned.fields = {each.api_name: each for each in await tools.crm.read_fields("Leads")}
    return []


async def tasks(tools: Tools, _: Learned) -> list[Check]:
    callbacks = tools.configuration.settings.callbacks
    if not callbacks.enabled:
        return []
    fields = await tools.crm.read_fields("Tasks")
    problems = check_task_fields({each.api_name: each for each in fields}, callbacks)
    return list(judge_tasks(problems))


def data_centre(accounts_url: str) -> str:
    host = urlsplit(accounts_url).hostname or ""
    for name, (accounts, _) in ZOHO_DATA_CENTRES.items():
        if host == accounts:
            return f"data centre {name.upper()}"
    return f"sign-in at {host}"


def judge_tasks(problems: Iterable[FieldProblem]) -> Iterator[Check]:
    sound = True
    for each in problems:
        sound = False
        message = f"{SETTINGS}: {each.message}"
        advice = "Write a value the Tasks module of Zoho CRM has, or add it there."
        yield (error if each.fatal else warning)(GROUP, "Tasks", "CFG-035", message, advice)
    if sound:
        yield ok(GROUP, "Tasks", "Call-back tasks fit the fields of the Tasks module.")


def _some_person(conn: sa.Connection) -> tuple[str, str] | None:
    row = conn.execute(sa.select(directory.c.module, directory.c.record_id).limit(1)).first()
    return None if row is None else (row[0], row[1])
