"""Settings and retention: everything the other documents have no place for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from switchboard.config.environment import environment
from switchboard.config.findings import Finding
from switchboard.config.load import Configuration
from switchboard.config.places import SETTINGS
from switchboard.console.configuration import settings
from switchboard.console.configuration.choosing import countries, zones
from switchboard.console.configuration.forms import Errors, as_seen, entered, opened, propose
from switchboard.console.configuration.settings import Section
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError

router = APIRouter(prefix="/configuration/settings")
HOME = "/configuration/settings"
_FIRST = "retention"


@router.get("")
async def shown(visit: Viewer, section: Annotated[str, Query()] = _FIRST) -> Response:
    document = await opened(visit, SETTINGS)
    found = _section(visit.service.configuration(), section, document.value)
    return await _page(visit, found, document.digest)


@router.post("")
async def change(visit: Administrator) -> Response:
    sent = await entered(visit)
    name, seen = sent.get("section", ""), sent.get("seen", "")
    document = await as_seen(visit, SETTINGS, seen)
    found = _section(visit.service.configuration(), name, document.value)

    async def again(errors: Errors) -> Response:
        return await _page(visit, found, seen, errors, sent)

    fixed = frozenset(each.name for each in found.fields if each.variable)
    made, errors = settings.changed(name, document.value, sent, fixed=fixed)
    if errors:
        return await again(errors)

    def field_of(finding: Finding) -> str:
        return settings.field_of(finding.key, name) if finding.file == SETTINGS else "form"

    return await propose(
        visit,
        [(document, made)],
        title=f"Settings: {found.title}",
        back=f"{HOME}?section={name}",
        field_of=field_of,
        again=again,
    )


def _section(configuration: Configuration, name: str, document: dict[str, object]) -> Section:
    variables = environment(configuration.root)
    found = settings.section(name, document, configuration.settings, variables)
    if found is None:
        raise RejectedError("CON-404", "There is no such section of the settings.")
    return found


async def _page(
    visit: Visit,
    found: Section,
    seen: str,
    errors: Errors | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    configuration = visit.service.configuration()
    zone = next((each.value for each in found.fields if each.kind == "zone"), "")
    return await visit.page(
        "configuration/settings.html",
        422 if errors else 200,
        section=found,
        tabs=[
            (title, f"{HOME}?section={name}", name == found.name)
            for name, title in settings.TITLES.items()
        ],
        sent=sent,
        seen=seen,
        errors=errors or {},
        several=configuration.several_offices,
        zones=zones(visit.now(), zone),
        countries=countries() if any(e.kind == "region" for e in found.fields) else [],
    )
