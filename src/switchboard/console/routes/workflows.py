"""The chat workflows: which there are, what each does, where it comes from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response

from switchboard.console.saving import review, seen
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.console.workflows.drafts import against_ours
from switchboard.errors import RejectedError
from switchboard.flows.chat_to_ticket.catalogue import (
    Entry,
    catalogue,
    entry,
    is_name,
    switched,
)
from switchboard.flows.chat_to_ticket.detector.sets import ExampleSet, example_sets
from switchboard.flows.chat_to_ticket.outline import outline

router = APIRouter(prefix="/configuration/workflows")
BACK = "/configuration/workflows"


@router.get("")
async def every(visit: Viewer) -> Response:
    known, sets = await asyncio.to_thread(_everything, root_of(visit))
    return await visit.page("workflows.html", known=known, sets=sets)


@router.get("/new-workflow")
async def begin(
    visit: Administrator,
    name: Annotated[str, Query()] = "",
    title: Annotated[str, Query()] = "",
) -> Response:
    """Ask for id and title; the editor goes on from there."""
    name, title = name.strip(), title.strip()
    errors: dict[str, str] = {}
    known = await asyncio.to_thread(entry, root_of(visit), name)
    if name and not is_name(name):
        errors["name"] = "Small letters, digits and _, beginning with a letter, such as headset."
    elif known is not None:
        errors["name"] = "There is a workflow with this id."
    if name and not title:
        errors["title"] = "Write how visitors and technicians shall call it."
    if name and not errors:
        return await visit.go(f"{BACK}/{name}?title={quote(title)}")
    status = 422 if errors else 200
    return await visit.page("workflow_new.html", status, name=name, title=title, errors=errors)


@router.get("/{name}/steps")
async def steps(visit: Viewer, name: str) -> Response:
    found = await entry_of(visit, name)
    points = outline(found.workflow) if found.workflow else []
    return await visit.page("workflow_steps.html", entry=found, points=points, tab="steps")


@router.get("/{name}/difference")
async def difference(visit: Viewer, name: str) -> Response:
    found = await entry_of(visit, name)
    root = root_of(visit)
    lines = await asyncio.to_thread(against_ours, root, found)
    return await visit.page(
        "workflow_difference.html",
        entry=found,
        lines=lines,
        tab="difference",
        seen=seen(root, found.place),
    )


@router.post("/{name}/restore")
async def restore(visit: Administrator, name: str, seen: Annotated[str, Form()]) -> Response:
    """Take the operator's document away: ours is in force again, or the workflow is gone."""
    found = await entry_of(visit, name)
    ends = "Back to the shipped one" if found.shipped is not None else "Delete"
    return await review(
        visit,
        title=f"{ends}: {title_of(found)}",
        changes={found.place: None},
        seen={found.place: seen},
        back=f"{BACK}/{name}" if found.shipped is not None else BACK,
    )


@router.post("/{name}/switch")
async def switch(
    visit: Administrator,
    name: str,
    seen: Annotated[str, Form()],
    to: Annotated[str, Form()],
) -> Response:
    """Offer a workflow to visitors, or not."""
    found, on = await entry_of(visit, name), to == "on"
    if found.workflow is None or found.broken:
        raise RejectedError("CON-422", "Its document has to be corrected first.")
    text: str | None = switched(found.text, on=on)
    if text == found.shipped:
        text = None
    return await review(
        visit,
        title=f"Switch {'on' if on else 'off'}: {title_of(found)}",
        changes={found.place: text},
        seen={found.place: seen},
        back=f"{BACK}/{name}",
    )


def root_of(visit: Visit) -> Path:
    return visit.service.configuration().root


async def entry_of(visit: Visit, name: str) -> Entry:
    found = await asyncio.to_thread(entry, root_of(visit), name)
    if found is None:
        raise RejectedError("CON-404", "There is no such workflow.")
    return found


def title_of(found: Entry) -> str:
    return found.workflow.title if found.workflow else found.id


def _everything(root: Path) -> tuple[list[Entry], dict[str, ExampleSet]]:
    return catalogue(root), example_sets(root)
