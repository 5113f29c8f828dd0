"""Edit a workflow's document: checked while it is written, tried before it is saved."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from switchboard.console.routes.workflows import BACK, root_of, title_of
from switchboard.console.saving import review
from switchboard.console.saving import seen as seen_now
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.console.workflows.drafts import Draft, draft_of, plain, template
from switchboard.console.workflows.trying import (
    CODE,
    LONGEST_MESSAGE,
    Opening,
    Tried,
    play,
    words_said,
    world_with,
)
from switchboard.console.workflows.understanding import classify_of, library_of, settings_of
from switchboard.errors import RejectedError

router = APIRouter(prefix="/configuration/workflows")


@router.get("/{name}")
async def edit(visit: Viewer, name: str, title: Annotated[str, Query()] = "") -> Response:
    text = template(name, title) if title else None
    draft = await _draft(visit, name, None)
    if draft is None and text and visit.account.may("administrator"):
        draft = await _draft(visit, name, text)
    if draft is None:
        raise RejectedError("CON-404", "There is no such workflow.")
    tried = await _tried(visit, draft, "workflow", ())
    return await _page(visit, draft, tried=tried)


@router.post("/{name}")
async def save(
    visit: Administrator,
    name: str,
    text: Annotated[str, Form()],
    seen: Annotated[str, Form()],
) -> Response:
    """Show what would change; a document with an error is not taken."""
    draft = await _draft(visit, name, text)
    if draft is None:
        raise RejectedError("CON-404", "There is no such workflow.")
    if draft.errors:
        tried = await _tried(visit, draft, "workflow", ())
        return await _page(visit, draft, 422, tried=tried, seen=seen, refused=True)
    new: str | None = draft.text
    if draft.entry.shipped is not None and plain(draft.entry.shipped) == new:
        new = None  # The same as ours: nothing of the operator's is needed.
    return await review(
        visit,
        title=f"Workflow: {draft.workflow.title if draft.workflow else name}",
        changes={draft.entry.place: new},
        seen={draft.entry.place: seen},
        back=f"{BACK}/{name}",
    )


@router.post("/{name}/check")
async def check(
    visit: Viewer, name: str, text: Annotated[str, Form()], seen: Annotated[str, Form()] = ""
) -> Response:
    draft = await _draft(visit, name, text)
    if draft is None:
        raise RejectedError("CON-404", "There is no such workflow.")
    tried = await _tried(visit, draft, "workflow", ())
    return await _page(visit, draft, tried=tried, seen=seen)


@router.post("/{name}/try")
async def try_it(  # noqa: PLR0917 - the fields of one form.
    visit: Viewer,
    name: str,
    text: Annotated[str, Form()],
    seen: Annotated[str, Form()] = "",
    said: Annotated[str, Form()] = "",
    say: Annotated[str, Form()] = "",
    pick: Annotated[str, Form()] = "",
    opening: Annotated[Opening, Form()] = "workflow",
    anew: Annotated[str, Form()] = "",
) -> Response:
    """Go on with the chat in the form, with the document in the form; nothing is kept."""
    draft = await _draft(visit, name, text)
    if draft is None:
        raise RejectedError("CON-404", "There is no such workflow.")
    heard = () if anew else words_said(said)
    new = (pick or say).strip()[:LONGEST_MESSAGE]
    if new and not anew:
        heard = (*heard, new)
    tried = await _tried(visit, draft, opening, heard)
    return await _page(visit, draft, tried=tried, opening=opening, seen=seen)


async def _draft(visit: Visit, name: str, text: str | None) -> Draft | None:
    return await asyncio.to_thread(draft_of, root_of(visit), name, text)


async def _tried(
    visit: Visit, draft: Draft, opening: Opening, said: tuple[str, ...]
) -> Tried | None:
    """Return the chat; None while the document is broken, for it would be another one's."""
    if draft.workflow is None:
        return None
    service = visit.service
    library, classify = await library_of(service), await classify_of(service)
    world = world_with(library, draft.workflow, classify, settings_of(service), visit.now())
    begin = draft.workflow.id if opening == "workflow" else ""
    return await asyncio.to_thread(play, world, begin, said)


async def _page(visit: Visit, draft: Draft, status: int = 200, **context: Any) -> Response:
    found = draft.entry
    now = await asyncio.to_thread(seen_now, root_of(visit), found.place)
    shown: dict[str, Any] = {"opening": "workflow", "refused": False, **context}
    shown["seen"] = shown.get("seen") or now
    title = draft.workflow.title if draft.is_new and draft.workflow else title_of(found)
    return await visit.page(
        "workflow.html",
        status,
        **shown,
        entry=found,
        draft=draft,
        title=title,
        code=CODE,
        tab="edit",
        writable=visit.account.may("administrator"),
    )
