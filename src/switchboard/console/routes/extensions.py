"""Extensions: whose calls become leads, beside what RingCentral has."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from switchboard.config.findings import Finding
from switchboard.config.places import office_file
from switchboard.console import saving
from switchboard.console.configuration.account import Answer, extensions_of
from switchboard.console.configuration.extensions import (
    Filter,
    added,
    adopted,
    changed,
    compared,
)
from switchboard.console.configuration.forms import WHOLE, Opened, as_seen, entered, opened, propose
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError

router = APIRouter(prefix="/configuration/extensions")
HOME = "/configuration/extensions"
_PAGE = 25
_TITLES = {
    "process": "Process {}",
    "ignore": "Stop processing {}",
    "remove": "Remove {}",
    "adopt": "Take over RingCentral's name of {}",
}


@router.get("")
async def listed(
    visit: Viewer,
    office: Annotated[str, Query()] = "",
    show: Annotated[str, Query()] = "",
    words: Annotated[str, Query()] = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    again = visit.request.query_params.get("again", "")
    asked_again = bool(again) and visit.account.may("operator")
    configuration = visit.service.configuration()
    answer = await extensions_of(configuration, visit.now(), again=asked_again)
    return await _page(visit, Filter(office, show, words.strip()), answer, page)


@router.post("/change")
async def change(visit: Administrator) -> Response:
    """Do one thing to all that were ticked."""
    sent = await visit.request.form()
    action, keys = str(sent.get("action", "")), [str(each) for each in sent.getlist("extension")]
    if action not in _TITLES:
        raise RejectedError("CON-422", "The form lacks something, or holds what it cannot hold.")
    chosen: dict[str, list[str]] = {}
    for each in keys:
        office, _, own = each.partition(":")
        chosen.setdefault(office, []).append(own)
    if not chosen:
        return await visit.go(_back(sent), "Tick the extensions first.", kind="fail")
    answer = Answer(0.0, ())
    if action == "adopt":
        answer = await extensions_of(visit.service.configuration(), visit.now())
    edits = []
    for office, ids in chosen.items():
        document = await _document(visit, office, str(sent.get(f"seen:{office}", "")))
        if action == "adopt":
            made = adopted(document.value, ids, answer.extensions or ())
        else:
            made = changed(document.value, ids, action)
        edits.append((document, made))
    title = _TITLES[action].format(_number(len(keys)))
    return await propose(visit, edits, title=title, back=_back(sent))


@router.post("/add")
async def add(visit: Administrator) -> Response:
    """Put extensions that only RingCentral has into an office."""
    sent = await visit.request.form()
    office, ids = str(sent.get("office", "")), [str(each) for each in sent.getlist("extension")]
    if not ids:
        return await visit.go(_back(sent), "Tick the extensions first.", kind="fail")
    answer = await extensions_of(visit.service.configuration(), visit.now())
    found = [each for each in answer.extensions or () if each.id in ids]
    document = await _document(visit, office, str(sent.get(f"seen:{office}", "")))
    made = added(document.value, found, processed=bool(sent.get("processed")))
    name = visit.service.configuration().office(office).name
    title = f"Add {_number(len(found))} to {name}"
    return await propose(visit, [(document, made)], title=title, back=_back(sent))


@router.post("/new")
async def new(visit: Administrator) -> Response:
    """Put an extension into an office by hand, where RingCentral cannot be asked."""
    sent = await entered(visit)
    office, entry = sent.get("office", ""), _entry(sent)
    document = await _document(visit, office, sent.get(f"seen:{office}", ""))
    listed = [*document.value.get("extensions", []), entry]
    number = len(listed) - 1

    def field_of(finding: Finding) -> str:
        ours = finding.key.startswith(f"extensions[{number}]") and finding.file == document.place
        return finding.key.rpartition(".")[2] if ours else WHOLE

    async def again(errors: dict[str, str]) -> Response:
        answer = await extensions_of(visit.service.configuration(), visit.now())
        return await _page(visit, Filter(), answer, 1, errors=errors, sent=sent)

    if not entry["id"]:
        return await again({"id": "Enter RingCentral's id of the extension."})
    return await propose(
        visit,
        [(document, {**document.value, "extensions": listed})],
        title=f"Add {entry['name'] or entry['id']}",
        back=_back(sent),
        field_of=field_of,
        again=again,
    )


def _entry(sent: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": sent.get("id", ""), "name": sent.get("name", "")}
    if sent.get("number"):
        entry["number"] = sent["number"]
    return {**entry, "process_calls": "processed" in sent}


async def _document(visit: Visit, office: str, seen: str) -> Opened:
    configuration = visit.service.configuration()
    configuration.office(office)
    place = office_file(office, "extensions.json", several=configuration.several_offices)
    return await as_seen(visit, place, seen)


async def _page(
    visit: Visit,
    wanted: Filter,
    answer: Answer,
    page: int,
    *,
    errors: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    configuration, names = visit.service.configuration(), saving.offices_of(visit)
    documents = {}
    for each in configuration.offices:
        place = office_file(each.id, "extensions.json", several=configuration.several_offices)
        documents[each.id] = await opened(visit, place)
    values = {office: each.value for office, each in documents.items()}
    listing = compared(values, names, answer.extensions)
    lines = [each for each in listing.listed if wanted.fits(each)]
    pages = max(1, ceil(len(lines) / _PAGE))
    page = min(page, pages)
    return await visit.page(
        "configuration/extensions.html",
        422 if errors else 200,
        listing=listing,
        lines=lines[(page - 1) * _PAGE : page * _PAGE],
        total=len(lines),
        wanted=wanted,
        names=names,
        seen={office: each.digest for office, each in documents.items()},
        answer=answer,
        at=_address(wanted, page),
        newer=_address(wanted, page - 1) if page > 1 else "",
        older=_address(wanted, page + 1) if page < pages else "",
        errors=errors or {},
        sent=sent or {},
    )


def _address(wanted: Filter, page: int) -> str:
    query = {"office": wanted.office, "show": wanted.show, "words": wanted.words, "page": page}
    return f"{HOME}?{urlencode({name: value for name, value in query.items() if value})}"


def _back(sent: Mapping[str, Any]) -> str:
    """Return where somebody was in the list: the same filters, the same page."""
    at = str(sent.get("at", ""))
    return at if at.startswith(f"{HOME}?") else HOME


def _number(count: int) -> str:
    return "one extension" if count == 1 else f"{count} extensions"
