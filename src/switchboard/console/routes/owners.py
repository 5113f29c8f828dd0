"""Lead owners and assignment rules of each office: compared with Zoho CRM, and tried out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from switchboard.config.documents import Office
from switchboard.config.load import Configuration
from switchboard.config.places import office_file
from switchboard.console.configuration.forms import as_seen, opened, propose
from switchboard.console.owners import form as forms
from switchboard.console.owners.form import OwnersForm
from switchboard.console.owners.leaving import receivers, without_leads
from switchboard.console.owners.simulation import Simulation, drafted, simulate
from switchboard.console.vendor_facts import Known, VendorFacts
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.flows.call_to_lead.owners import Owners, Users
from switchboard.flows.call_to_lead.past_calls import past_calls, rotations_of
from switchboard.flows.call_to_lead.simulate import PastCall

router = APIRouter()
PATH = "/configuration/owners"
HOURS = (24, 72, 168, 720)
USUAL_HOURS = 168
_FILE = "lead_owners.json"


@router.get(PATH)
async def one_office(visit: Viewer, office: str = "") -> Response:
    configuration = visit.service.configuration()
    wanted = configuration.office(office) if office else configuration.offices[0]
    return await visit.go(f"{PATH}/{wanted.id}")


@router.get(f"{PATH}/{{office_id}}")
async def owners(visit: Viewer, office_id: str, again: str = "") -> Response:
    configuration = visit.service.configuration()
    office = configuration.office(office_id)
    document = await opened(visit, _place(configuration, office))
    form = forms.from_document(document.value)
    return await _page(visit, office, form, document.digest, again=bool(again))


@router.post(f"{PATH}/{{office_id}}")
async def change(visit: Administrator, office_id: str) -> Response:
    """Carry out a button of the form; "save" leads to the review of what would change."""
    configuration = visit.service.configuration()
    office = configuration.office(office_id)
    fields = await visit.request.form()
    form, action = forms.from_fields(fields), str(fields.get("action", "save"))
    seen = str(fields.get("seen", ""))
    before = await as_seen(visit, _place(configuration, office), seen)
    if action not in {"save", "simulate"}:
        forms.acted(form, action, fields)
        await _name(visit, form)
        return await _page(visit, office, form, seen, focus=action)
    errors = forms.mistakes(form)
    if errors:
        return await _page(visit, office, form, seen, 422, errors=errors)
    document = forms.to_document(form, before.value)
    if action == "simulate":
        hours = _hours(fields)
        found = await _simulated(visit, office, document, hours)
        said = {} if found else {"save": "These rules cannot be tried: save shows what is wrong."}
        return await _page(visit, office, form, seen, simulated=found, errors=said, hours=hours)
    return await propose(
        visit,
        [(before, document)],
        title=f"Lead owners of {office.name}",
        back=f"{PATH}/{office.id}",
        edit=f"{PATH}/{office.id}",
    )


@router.post(f"{PATH}/{{office_id}}/leave")
async def leave(visit: Administrator, office_id: str) -> Response:
    """Propose that somebody gets no more leads anywhere."""
    configuration = visit.service.configuration()
    back = f"{PATH}/{configuration.office(office_id).id}"
    owner = str((await visit.request.form()).get("leaver", ""))
    known = {each.id: each for each in receivers(configuration.offices)}
    if owner not in known:
        return await visit.go(back, "Choose who leaves first.", kind="fail")
    edits = []
    for office in configuration.offices:
        document = await opened(visit, _place(configuration, office))
        if (made := without_leads(document.value, owner)) != document.value:
            edits.append((document, made))
    return await propose(visit, edits, title=f"No more leads for {known[owner].name}", back=back)


async def _page(
    visit: Visit,
    office: Office,
    form: OwnersForm,
    seen: str,
    status: int = 200,
    *,
    again: bool = False,
    focus: str = "",
    **shown: Any,
) -> Response:
    configuration = visit.service.configuration()
    known = await _facts(visit).users(configuration, again=again)
    return await visit.page(
        "owners.html",
        status,
        office=office,
        offices=configuration.offices,
        leavers=[(each.id, each.words) for each in receivers(configuration.offices)],
        form=form,
        seen=seen,
        known=known,
        states=_states(form, office, known),
        others=_others(form, known),
        queues=[each.known_as[0] for each in office.extensions],
        days=forms.DAYS,
        hours_choices=[(str(each), _span(each)) for each in HOURS],
        focus=focus,
        may_change=visit.account.may("administrator"),
        **{"errors": {}, "simulated": None, "hours": USUAL_HOURS, **shown},
    )


async def _simulated(
    visit: Visit, office: Office, document: Mapping[str, Any], hours: int
) -> Simulation | None:
    configuration = visit.service.configuration()
    draft = drafted(office, document)
    if draft is None:
        return None
    since = visit.now() - hours * 3600

    def read(conn: sa.Connection) -> tuple[list[PastCall], dict[str, dict[str, float]]]:
        return past_calls(conn, since), rotations_of(conn, [office])

    calls, rotations = await visit.read(read)
    known = await _facts(visit).users(configuration)
    work = partial(simulate, configuration.offices, draft, calls, rotations, known.value, hours)
    return await asyncio.to_thread(work)


async def _name(visit: Visit, form: OwnersForm) -> None:
    """Give an owner who was just added the name and address Zoho has."""
    known = await _facts(visit).users(visit.service.configuration())
    for row in form.owners:
        user = (known.value or {}).get(row.id)
        if user is not None and not row.name:
            row.name, row.email = user.full_name or "", user.email or ""


def _states(form: OwnersForm, office: Office, known: Known[Users]) -> list[tuple[str, str]]:
    """Return of each row what a chip says, and of which kind it is."""
    draft = drafted(office, forms.to_document(form, {}))
    owners = Owners(draft or office, known.value)
    states: list[tuple[str, str]] = []
    for row in form.owners:
        obstacle = owners.obstacle(row.id) if row.active else None
        if not row.active:
            states.append(("Switched off", ""))
        elif obstacle is not None:
            said = obstacle.removeprefix("is ")
            states.append((said[:1].upper() + said[1:], "fail"))
        else:
            states.append(("Gets leads", "ok"))
    return states


def _others(form: OwnersForm, known: Known[Users]) -> list[tuple[str, str]]:
    """Return Zoho's active users who are not in the list yet."""
    listed = {each.id for each in form.owners}
    users = (known.value or {}).values()
    free = [each for each in users if each.status == "active" and each.id not in listed]
    return sorted(
        ((each.id, each.full_name or each.email or each.id) for each in free),
        key=lambda pair: pair[1].casefold(),
    )


def _facts(visit: Visit) -> VendorFacts:
    facts: VendorFacts = visit.request.app.state.vendor_facts
    return facts


def _place(configuration: Configuration, office: Office) -> str:
    return office_file(office.id, _FILE, several=configuration.several_offices)


def _hours(fields: FormData) -> int:
    given = str(fields.get("hours", ""))
    return int(given) if given.isdecimal() and int(given) in HOURS else USUAL_HOURS


def _span(hours: int) -> str:
    return f"the last {hours} hours" if hours < 168 else f"the last {hours // 24} days"  # noqa: PLR2004
