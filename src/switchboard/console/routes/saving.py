"""Where proposals of all pages of the configuration end up, and what became of earlier ones."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Response

from switchboard.config.editing import is_document, title_of
from switchboard.console import saving
from switchboard.console.configuration.proposals import Proposal, compare
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError
from switchboard.store import configuration_history
from switchboard.store.configuration_history import Change

router = APIRouter(prefix="/configuration")
_PAGE = 25
Carried = Annotated[str, Form()]


@router.post("/save")
async def save(visit: Administrator, proposal: Carried) -> Response:
    return await saving.save(visit, Proposal.from_text(proposal))


@router.post("/merge")
async def merge(visit: Administrator, proposal: Carried) -> Response:
    return await saving.on_top(visit, Proposal.from_text(proposal))


@router.get("/history")
async def history(
    visit: Viewer,
    document: Annotated[str, Query()] = "",
    before: Annotated[float | None, Query()] = None,
) -> Response:
    await saving.settled(visit)
    place = document if is_document(document) else ""

    def work(conn: sa.Connection) -> tuple[list[Change], list[str]]:
        found = configuration_history.recent(conn, place=place, before=before, limit=_PAGE + 1)
        return found, configuration_history.places(conn)

    changes, places = await visit.read(work)
    offices = saving.offices_of(visit)
    names = {each: title_of(each, offices) for change in changes for each in _places(change)}
    older = ""
    if len(changes) > _PAGE:
        changes = changes[:_PAGE]
        older = f"/configuration/history?document={place}&before={changes[-1].at!r}"
    return await visit.page(
        "configuration/history.html",
        changes=changes,
        names=names,
        options=[("", "All documents"), *((each, title_of(each, offices)) for each in places)],
        document=place,
        older=older,
        newer=f"/configuration/history?document={place}" if before is not None else "",
    )


@router.get("/history/{change_id}")
async def change(visit: Viewer, change_id: str) -> Response:
    found, offices = await _change(visit, change_id), saving.offices_of(visit)
    documents = [compare(each.place, each.old, each.new, offices) for each in found.edits]
    return await visit.page("configuration/change.html", change=found, documents=documents)


@router.get("/history/{change_id}/undo")
async def undo(visit: Administrator, change_id: str) -> Response:
    """Propose what was there before: like any other change it is checked, shown and saved."""
    found = await _change(visit, change_id)
    return await saving.review(
        visit,
        title=f"Undo: {found.title}",
        changes={each.place: each.old for each in found.edits},
        seen={each.place: each.after for each in found.edits},
        back="/configuration/history",
        undoes=found.id,
    )


async def _change(visit: Visit, change_id: str) -> Change:
    sealer = visit.service.sealer()
    find = partial(configuration_history.load, sealer=sealer, change_id=change_id)
    found = await visit.read(find)
    if found is None:
        raise RejectedError("CON-404", "There is no such change, or it is older than we keep them.")
    return found


def _places(change: Change) -> list[str]:
    return [each.place for each in change.edits]
