"""The offices: their order, names, zones; adding and removing them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from switchboard.config.editing import ABSENT
from switchboard.config.load import MAIN_OFFICE
from switchboard.config.places import OFFICES, SETTINGS, office_file
from switchboard.console.configuration import offices
from switchboard.console.configuration.account import Answer, extensions_of
from switchboard.console.configuration.choosing import countries, zones
from switchboard.console.configuration.forms import Errors, as_seen, entered, opened, propose
from switchboard.console.configuration.offices import OfficeForm
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError

router = APIRouter(prefix="/configuration/offices")
HOME = "/configuration/offices"
_STEPS = {"up": -1, "down": 1}


@router.get("")
async def listed(visit: Viewer) -> Response:
    return await _list(visit)


@router.post("/order")
async def arrange(visit: Administrator) -> Response:
    """Move an office in the list, or propose the list as it stands."""
    sent = await entered(visit)
    seen = sent.get("seen", "")
    wanted = [each for each in sent.get("order", "").split(",") if each]
    step, _, office = sent.get("action", "").partition(":")
    if step in _STEPS:
        return await _list(visit, offices.moved(wanted, office, _STEPS[step]), seen)
    document = await as_seen(visit, OFFICES, seen)
    edits = [(document, offices.reordered(document.value, wanted))]
    return await propose(visit, edits, title="Order of the offices", back=HOME)


@router.get("/new")
async def new(visit: Administrator) -> Response:
    document = await opened(visit, OFFICES)
    return await _form(visit, OfficeForm(), document.digest, new=True)


@router.post("/new")
async def add(visit: Administrator) -> Response:
    sent = await entered(visit)
    seen, name = sent.get("seen", ""), sent.get("name", "")
    form = OfficeForm(
        name=name,
        zone=sent.get("zone", ""),
        region=sent.get("region", ""),
        id=sent.get("id", "") or offices.id_from(name),
        like=sent.get("like", ""),
        picked=tuple(str(each) for each in (await visit.request.form()).getlist("picked")),
        extension_id=sent.get("extension_id", ""),
        extension_name=sent.get("extension_name", ""),
        extension_number=sent.get("extension_number", ""),
    )
    configuration = visit.service.configuration()

    async def again(errors: Errors) -> Response:
        return await _form(visit, form, seen, errors, new=True)

    if errors := offices.mistakes(form, configuration, new=True):
        return await again(errors)
    document = await as_seen(visit, OFFICES, seen)
    edits: list[tuple[Any, Any]] = [(document, offices.with_office(document.value, form.id, form))]
    if configuration.calls:
        extensions, owners = [
            await opened(visit, office_file(form.id, each, several=True))
            for each in offices.DOCUMENTS
        ]
        answer = await extensions_of(configuration, visit.now())
        edits.append((extensions, offices.first_extensions(form, answer.extensions or ())))
        if owners.text is None:
            model = await opened(visit, office_file(form.like, offices.DOCUMENTS[1], several=True))
            edits.append((owners, model.value))
    return await propose(
        visit,
        edits,
        title=f"New office {form.name}",
        back=HOME,
        field_of=lambda finding: offices.field_of(finding, form.id),
        again=again,
    )


@router.post("/several")
async def several(visit: Administrator) -> Response:
    """Turn a company with one office into one that lists its offices."""
    configuration = visit.service.configuration()
    edits: list[tuple[Any, Any]] = [(await opened(visit, OFFICES), offices.several(configuration))]
    for name in offices.DOCUMENTS:
        old = await opened(visit, office_file("", name, several=False))
        if old.text is not None:
            there = await opened(visit, office_file(MAIN_OFFICE, name, several=True))
            edits += [(there, old.value), (old, None)]
    return await propose(visit, edits, title="List several offices", back=HOME)


@router.get("/{office}")
async def edit(visit: Viewer, office: str) -> Response:
    configuration = visit.service.configuration()
    document = await opened(visit, OFFICES if configuration.several_offices else SETTINGS)
    return await _form(visit, _stored(visit, document.value, office), document.digest)


@router.post("/{office}")
async def change(visit: Administrator, office: str) -> Response:
    sent = await entered(visit)
    seen, name = sent.get("seen", ""), sent.get("name", "")
    form = OfficeForm(name, sent.get("zone", ""), sent.get("region", ""), office)
    configuration = visit.service.configuration()
    is_list = configuration.several_offices
    document = await as_seen(visit, OFFICES if is_list else SETTINGS, seen)
    _stored(visit, document.value, office)

    async def again(errors: Errors) -> Response:
        return await _form(visit, form, seen, errors)

    if errors := offices.mistakes(form, configuration, new=False):
        return await again(errors)
    value = document.value
    made = (
        offices.with_office(value, office, form) if is_list else offices.with_company(value, form)
    )
    return await propose(
        visit,
        [(document, made)],
        title=f"Office {form.name}",
        back=HOME,
        field_of=lambda finding: offices.field_of(finding, office),
        again=again,
    )


@router.post("/{office}/remove")
async def remove(visit: Administrator, office: str) -> Response:
    """Propose to take an office out of the list, its documents with it."""
    found = visit.service.configuration().office(office)
    document = await opened(visit, OFFICES)
    edits: list[tuple[Any, Any]] = [(document, offices.without_office(document.value, office))]
    for name in offices.DOCUMENTS:
        each = await opened(visit, office_file(office, name, several=True))
        if each.digest != ABSENT:
            edits.append((each, None))
    return await propose(visit, edits, title=f"Remove the office {found.name}", back=HOME)


def _stored(visit: Visit, document: dict[str, Any], office: str) -> OfficeForm:
    configuration = visit.service.configuration()
    if not configuration.several_offices and office == MAIN_OFFICE:
        return offices.form_of_company(document)
    found = offices.form_of(document, office)
    if found is None:
        raise RejectedError("CON-404", "There is no such office.")
    return found


async def _list(visit: Visit, order: list[str] | None = None, seen: str = "") -> Response:
    configuration = visit.service.configuration()
    if not seen and configuration.several_offices:
        seen = (await opened(visit, OFFICES)).digest
    return await visit.page(
        "configuration/offices.html",
        rows=offices.rows(configuration, order or ()),
        several=configuration.several_offices,
        moved=order is not None,
        seen=seen,
    )


async def _form(
    visit: Visit, form: OfficeForm, seen: str, errors: Errors | None = None, *, new: bool = False
) -> Response:
    configuration = visit.service.configuration()
    answer = Answer(0.0)
    if new and configuration.calls:
        answer = await extensions_of(configuration, visit.now())
    return await visit.page(
        "configuration/office.html",
        422 if errors else 200,
        form=form,
        answer=answer,
        free=offices.free_extensions(configuration, answer.extensions or ()),
        new=new,
        several=configuration.several_offices,
        calls=configuration.calls,
        row=next((each for each in offices.rows(configuration) if each.id == form.id), None),
        others=[(each.id, each.name) for each in configuration.offices],
        zones=zones(visit.now(), form.zone),
        countries=countries(),
        seen=seen,
        errors=errors or {},
    )
