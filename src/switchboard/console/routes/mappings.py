"""Field mappings: which field of a lead is filled with what, shown with a call of before."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from switchboard.config.mapping_check import SOURCES, TRANSFORMS, VARIABLES
from switchboard.config.places import MAPPINGS
from switchboard.console.configuration.forms import as_seen, opened, propose
from switchboard.console.mappings import form as forms
from switchboard.console.mappings.form import MappingsForm
from switchboard.console.mappings.preview import (
    Example,
    drafted,
    examples,
    preview,
    troubles,
)
from switchboard.console.vendor_facts import Known, VendorFacts
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.vendors.zoho_crm.models import CrmField

router = APIRouter()
PATH = "/configuration/mappings"


@router.get(PATH)
async def mappings(visit: Viewer, again: str = "", call: str = "") -> Response:
    document = await opened(visit, MAPPINGS)
    form = forms.from_document(document.value)
    return await _page(visit, form, document.digest, chosen=call, again=bool(again))


@router.post(PATH)
async def change(visit: Administrator) -> Response:
    """Carry out a button of the form; "save" leads to the review of what would change."""
    fields = await visit.request.form()
    form, action = forms.from_fields(fields), str(fields.get("action", "save"))
    seen, chosen = str(fields.get("seen", "")), str(fields.get("call", ""))
    if action == "preview":
        return await _page(visit, form, seen, chosen=chosen, focus=action)
    if action != "save":
        forms.acted(form, action, fields)
        return await _page(visit, form, seen, chosen=chosen, focus=action)
    errors = forms.mistakes(form)
    if errors:
        return await _page(visit, form, seen, 422, chosen=chosen, errors=errors)
    before = await as_seen(visit, MAPPINGS, seen)
    document = forms.to_document(form, before.value)
    return await propose(visit, [(before, document)], title="Field mappings", back=PATH, edit=PATH)


async def _page(
    visit: Visit,
    form: MappingsForm,
    seen: str,
    status: int = 200,
    *,
    chosen: str = "",
    again: bool = False,
    focus: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    configuration = visit.service.configuration()
    facts: VendorFacts = visit.request.app.state.vendor_facts
    known = await facts.lead_fields(configuration, again=again)
    there = await visit.read(examples)
    example = next((each for each in there if each.id == chosen), there[0] if there else None)
    draft = drafted(forms.to_document(form, {}))
    found = troubles(draft, known.value) if draft is not None else []
    return await visit.page(
        "mappings.html",
        status,
        form=form,
        seen=seen,
        known=known,
        sections=forms.SECTIONS,
        statuses=forms.STATUSES,
        fields=_offered(known),
        status_options=_status_options(known, form),
        sources=SOURCES,
        variables=VARIABLES,
        transforms=TRANSFORMS,
        examples=[(each.id, _told(visit, each)) for each in there],
        shown=preview(configuration, draft, example, known.value) if draft and example else None,
        problems={(each.section, each.field): each for each in found},
        focus=focus,
        errors=errors or {},
        may_change=visit.account.may("administrator"),
    )


def _offered(known: Known[Any]) -> list[tuple[str, str]]:
    """Return Zoho's fields that can be filled, the label first."""
    fields: list[CrmField] = list((known.value or {}).values())
    free = [each for each in fields if not each.read_only]
    pairs = [(each.api_name, _label(each)) for each in free]
    return sorted(pairs, key=lambda pair: pair[1].casefold())


def _label(field: CrmField) -> str:
    plain = field.api_name.replace("_", " ")
    name = field.label or plain
    if name.casefold() != plain.casefold():
        name = f"{name} ({field.api_name})"
    return f"{name} · required" if field.mandatory else name


def _status_options(known: Known[Any], form: MappingsForm) -> list[str]:
    field: CrmField | None = (known.value or {}).get("Lead_Status")
    listed = list(field.picklist) if field is not None else []
    return [
        *listed,
        *(each for each in dict.fromkeys(form.statuses.values()) if each not in listed),
    ]


def _told(visit: Visit, example: Example) -> str:
    office = visit.service.configuration().office(example.office).name
    kind = "answered" if example.section == "accepted_calls" else "missed"
    return f"{example.caller}, {kind}, {office}"
