"""One call: its story, and what a person can do about it."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response

from switchboard.bootstrap import open_session
from switchboard.config.documents import Office
from switchboard.console.attention.notes import notes
from switchboard.console.calls import calling_back, listing, material, telling, words
from switchboard.console.calls.event import Setting, record_links, trouble
from switchboard.console.calls.material import Material
from switchboard.console.routes.calls import offices_of
from switchboard.console.service import ConsoleService
from switchboard.console.visit import Operator, Viewer, Visit
from switchboard.errors import OperatorError, RejectedError, SwitchboardError
from switchboard.flows.call_to_lead import by_hand
from switchboard.flows.call_to_lead.owners import Owners
from switchboard.flows.call_to_lead.retry import reopen
from switchboard.store import audit

router = APIRouter()
_SOON, _LATER = 3, 30  # Seconds between two looks: while it is worked on, and while it waits.
_SOON_SECONDS = 120.0


@router.post("/calls/{call_id:path}/retry")
async def retry(visit: Operator, call_id: str) -> Response:
    """Try a parked call again at once."""
    await _found(visit, call_id)
    actor = visit.actor

    def work(conn: sa.Connection) -> list[str]:
        opened = reopen(conn, [call_id])
        if opened:
            audit.append(conn, actor=actor, action="call.retry", subject=call_id)
        return opened

    if not await visit.run(work):
        return await visit.go(listing.href(call_id), "It needs no other try any more.")
    visit.service.wake("calls")
    return await visit.go(listing.href(call_id), "The call is tried again.")


@router.get("/calls/{call_id:path}/skip")
async def ask_to_skip(visit: Operator, call_id: str) -> Response:
    return await _skip_page(visit, await _found(visit, call_id))


@router.post("/calls/{call_id:path}/skip")
async def skip(visit: Operator, call_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Do nothing more about a waiting or parked call."""
    it = await _found(visit, call_id)
    work = partial(
        by_hand.skip, call_id=call_id, reason=reason, actor=visit.actor, who=visit.account.name
    )
    try:
        await visit.run(work)
    except OperatorError as error:
        errors = {"reason": error.message}
        return await _skip_page(visit, it, 422, errors=errors, reason=reason)
    return await visit.go(listing.href(call_id), "Skipped: nothing more is done about it.")


@router.get("/calls/{call_id:path}/reassign")
async def ask_to_reassign(visit: Operator, call_id: str) -> Response:
    return await _reassign_page(visit, await _found(visit, call_id))


@router.post("/calls/{call_id:path}/reassign")
async def reassign(visit: Operator, call_id: str, owner: Annotated[str, Form()] = "") -> Response:
    """Give the call's lead to another owner."""
    it = await _found(visit, call_id)
    names, _ = await _owners(visit.service, it)
    if owner not in names:
        said = "Choose one of them."
        return await _reassign_page(visit, it, 422, errors={"owner": said}, chosen=owner)
    work = partial(
        by_hand.reassign,
        call_id=call_id,
        owner_id=owner,
        owner_name=names[owner],
        actor=visit.actor,
        who=visit.account.name,
    )
    try:
        done = await visit.run(work)
    except OperatorError as error:
        errors = {"owner": error.message}
        return await _reassign_page(visit, it, 422, errors=errors, chosen=owner)
    visit.service.wake("calls")
    said = f"The lead is given to {done.owner_name}."
    if done.how == "pinned":
        said = f"{done.owner_name} gets the lead once it is made."
    return await visit.go(listing.href(call_id), said)


@router.get("/calls/{call_id:path}")
async def call(visit: Viewer, call_id: str) -> Response:
    """Tell the story of a call."""
    it = await _found(visit, call_id)
    offices, now = offices_of(visit.service), visit.now()
    office = _office(it, visit.service)
    names = {each: Owners(o).name(each) for o in offices for each in Owners(o).listed_ids}
    setting = Setting(
        office=office,
        zone=words.zone_of(it.row.office, offices, visit.service.zone()),
        owners=names,
        accounts_url=_accounts_url(visit.service),
        now=now,
    )
    told = telling.events(it, setting)
    name, number = listing.caller(it.row, it.call, {it.row.person: it.name}, offices)
    owner_id = _owner_id(it)
    return await visit.page(
        "call.html",
        it=it,
        events=told,
        name=name,
        number=number,
        person=listing.person_href(it.row.person) if it.row.person.startswith("+") else "",
        office=listing.office_name(it.row.office, offices),
        owner=names.get(owner_id, owner_id),
        outcome=words.outcome_word(it.row.outcome, it.row.reason, it.call.get("direction")),
        chip=words.fate_chip(it.row.fate),
        called_back=calling_back.told(it.call_back, now, setting.zone),
        task_url=_task_url(it, setting),
        trouble=trouble(it.row.error_code, it.row.why),
        may=_may(it, visit),
        aside=await visit.read(partial(notes, names=[call_id])),
        look=_look(it, now),
        href=listing.href(it.row.id),
        raw=[json.dumps(json.loads(each), indent=2, ensure_ascii=False) for each in it.records],
        zone=setting.zone.key,
    )


async def _found(visit: Visit, call_id: str) -> Material:
    it = await visit.read(partial(material.read, call_id=call_id))
    if it is None:
        raise RejectedError("CON-404", "There is no such call.")
    return it


def _may(it: Material, visit: Visit) -> dict[str, bool]:
    """Say what can be done now, by whoever asks."""
    operator = visit.account.may("operator") and not it.forgotten
    fate, parent = it.row.fate, material.parent_of(it.effects)
    given = (parent is not None and parent[0] == "Leads") or fate in {"waiting", "parked"}
    return {
        "retry": operator and fate == "parked",
        "skip": operator and fate in {"waiting", "parked"},
        "reassign": operator and given and it.row.person.startswith("+"),
        "download": operator,
    }


def _task_url(it: Material, setting: Setting) -> str:
    """Return where the task of the call-back is in Zoho CRM."""
    links = record_links(setting, "Tasks", it.call_back.task_id if it.call_back else None)
    return links[0].url if links else ""


def _look(it: Material, now: float) -> int:
    """Return after how many seconds the page looks again; 0: nothing changes by itself."""
    moving = any(each.state in {"intended", "sending"} for each in it.changes)
    if it.row.fate == "waiting" and it.row.due_at is not None:
        moving |= it.row.due_at < now + _SOON_SECONDS
    if moving:
        return _SOON
    return _LATER if it.row.fate == "waiting" else 0


def _owner_id(it: Material) -> str:
    """Return whose the lead is, as far as is known; else who was chosen for it."""
    if it.entry is not None and it.entry.owner_id:
        return it.entry.owner_id
    pinned = by_hand.chosen_owner(it.document)
    decision = it.document.get("decision") or {}
    return pinned.owner_id if pinned else str(decision.get("owner_id") or "")


def _office(it: Material, service: ConsoleService) -> Office | None:
    return next((each for each in offices_of(service) if each.id == it.row.office), None)


def _accounts_url(service: ConsoleService) -> str:
    try:
        return service.configuration().settings.vendors.zoho_accounts_url
    except OperatorError:
        return ""


async def _owners(service: ConsoleService, it: Material) -> tuple[dict[str, str], str]:
    """Return who can own the lead, by id: the office's owners first; and what went wrong."""
    office, problem = _office(it, service), ""
    users = None
    try:
        async with open_session(service.configuration()) as session:
            users = {each.id: each for each in await session.tools.crm.read_users()}
    except SwitchboardError as error:
        problem = str(error)
    names: dict[str, str] = {}
    if office is not None:
        owners = Owners(office, users)
        usable = [each for each in owners.listed_ids if owners.obstacle(each) is None]
        names = {each: owners.name(each) for each in usable}
    active = [each for each in (users or {}).values() if each.status == "active"]
    for user in sorted(active, key=lambda each: (each.full_name or "").casefold()):
        names.setdefault(user.id, user.full_name or user.id)
    return names, problem


async def _skip_page(visit: Visit, it: Material, status: int = 200, **context: Any) -> Response:
    shown: dict[str, Any] = {"errors": {}, "reason": "", **context}
    return await visit.page("call_skip.html", status, **_about(visit, it), **shown)


async def _reassign_page(visit: Visit, it: Material, status: int = 200, **more: Any) -> Response:
    names, problem = await _owners(visit.service, it)
    shown: dict[str, Any] = {"errors": {}, "chosen": _owner_id(it), **more}
    return await visit.page(
        "call_reassign.html", status, **_about(visit, it), owners=names, problem=problem, **shown
    )


def _about(visit: Visit, it: Material) -> dict[str, Any]:
    offices = offices_of(visit.service)
    name, number = listing.caller(it.row, it.call, {it.row.person: it.name}, offices)
    zone = words.zone_of(it.row.office, offices, visit.service.zone())
    when = words.day_and_time(it.row.started_at, zone)
    return {"name": name, "number": number, "when": when, "href": listing.href(it.row.id),
            "written": material.parent_of(it.effects) is not None}  # fmt: skip
