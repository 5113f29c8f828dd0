"""Find out at the vendor whether a write in doubt happened, before anything is sent again.

Markers (ARCHITECTURE §2): a lead's own E.164 number, read by COQL and never by the lagging search;
a note's exact title, which ends in the call's id; a status' value; a lead's owner. A look-up that
fails decides nothing: the write stays in doubt and is looked for again later.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from switchboard.errors import RejectedError, TransientError
from switchboard.store.journal import Effect
from switchboard.vendors.zoho_crm.client import ZohoCrmClient
from switchboard.vendors.zoho_crm.models import CrmPerson

log = structlog.get_logger(__name__)

LOOKUPS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """`found`: it happened, as that record. `absent`: it did not. `unclear`: ask again later.

    `stuck`: Zoho refuses the question itself, so a person has to look.
    """

    verdict: Literal["found", "absent", "overruled", "unclear", "stuck"]
    vendor_id: str | None = None
    person: CrmPerson | None = None
    code: str = ""
    message: str = ""


async def look_up(crm: ZohoCrmClient, effects: Sequence[Effect]) -> dict[str, Finding]:
    """Return what Zoho CRM shows of each of *effects* (by key)."""
    findings: dict[str, Finding] = {}
    leads = [effect for effect in effects if effect.kind == "lead"]
    findings |= await _leads(crm, leads)
    gate = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def one(effect: Effect) -> None:
        async with gate:
            try:
                finding = await _LOOKS[effect.kind](crm, effect)
            except TransientError as error:
                log.warning("lookup_failed", effect=effect.kind, code=error.code)
                finding = Finding("unclear")
            except RejectedError as error:
                finding = Finding("stuck", code=error.code, message=error.message)
            findings[effect.key] = finding

    await asyncio.gather(*(one(effect) for effect in effects if effect.kind != "lead"))
    return findings


async def _leads(crm: ZohoCrmClient, effects: Sequence[Effect]) -> dict[str, Finding]:
    if not effects:
        return {}
    try:
        people = await crm.find_people_by_phone("Leads", [effect.person for effect in effects])
    except TransientError as error:
        log.warning("lookup_failed", effect="lead", code=error.code)
        return {effect.key: Finding("unclear") for effect in effects}
    except RejectedError as error:
        stuck = Finding("stuck", code=error.code, message=error.message)
        return {effect.key: stuck for effect in effects}
    by_phone: dict[str, list[CrmPerson]] = {}
    for person in people:
        for phone in person.phones:
            by_phone.setdefault(phone, []).append(person)
    findings = {}
    for effect in effects:
        hits = sorted(
            by_phone.get(effect.person, ()), key=lambda person: (len(person.id), person.id)
        )
        findings[effect.key] = Finding("found", hits[0].id, hits[0]) if hits else Finding("absent")
    return findings


async def _note(crm: ZohoCrmClient, effect: Effect) -> Finding:
    body = json.loads(effect.request)
    for note in await crm.read_notes(effect.module, body["parent_id"]):
        if note.title == body["title"]:
            return Finding("found", note.id)
    return Finding("absent")


async def _status(crm: ZohoCrmClient, effect: Effect) -> Finding:
    body = json.loads(effect.request)
    person = await crm.read_person(effect.module, body["id"])
    if person is None:
        return Finding("overruled")  # Deleted meanwhile: there is nothing left to set.
    if person.lead_status == body["target"]:
        return Finding("found", person.id, person)
    if person.lead_status == body["previous"]:
        return Finding("absent")
    return Finding("overruled")  # A person chose another status meanwhile; theirs stays.


async def _owner(crm: ZohoCrmClient, effect: Effect) -> Finding:
    body = json.loads(effect.request)
    person = await crm.read_person(effect.module, body["id"])
    if person is None:
        return Finding("overruled")
    if person.owner_id == body["target"]:
        return Finding("found", person.id, person)
    if person.owner_id == body["previous"]:
        return Finding("absent")
    return Finding("overruled")  # A person gave it to somebody else meanwhile; that stays.


_LOOKS: Mapping[str, Callable[[ZohoCrmClient, Effect], Awaitable[Finding]]] = {
    "note": _note,
    "status": _status,
    "owner": _owner,
}
