"""The sentences the bot says in every workflow."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from switchboard.console.configuration.forms import BACK
from switchboard.console.routes.workflows import root_of
from switchboard.console.saving import review
from switchboard.console.saving import seen as seen_now
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.console.workflows.sentences import PLACE, reworded, sentences
from switchboard.errors import RejectedError

router = APIRouter(prefix="/configuration/bot-wording")
_FIELD = "say-"


@router.get("")
async def wording(visit: Viewer, q: str = "") -> Response:
    return await _page(visit, sought=q.strip())


@router.post("")
async def save(visit: Administrator) -> Response:
    root = root_of(visit)
    form = await visit.request.form()
    given = {
        name.removeprefix(_FIELD): str(value)
        for name, value in form.multi_items()
        if name.startswith(_FIELD)
    }
    known = await asyncio.to_thread(sentences, root)
    if not known.usable:
        raise RejectedError("CON-422", f"{PLACE} has to be corrected with an editor first.")
    if form.get("action") == BACK:
        return await _page(visit, typed=given)
    new, errors = await asyncio.to_thread(reworded, root, given)
    if errors:
        return await _page(visit, 422, errors=errors, typed=given)
    return await review(
        visit,
        title="The bot's sentences",
        changes={PLACE: new},
        seen={PLACE: str(form.get("seen", ""))},
        back="/configuration/bot-wording",
        edit="/configuration/bot-wording",
    )


async def _page(visit: Visit, status: int = 200, **context: Any) -> Response:
    root = root_of(visit)
    known = await asyncio.to_thread(sentences, root)
    shown: dict[str, Any] = {"errors": {}, "typed": {}, "sought": "", **context}
    return await visit.page(
        "wording.html",
        status,
        known=known,
        groups=known.grouped(shown["sought"]),
        seen=await asyncio.to_thread(seen_now, root, PLACE),
        place=PLACE,
        writable=visit.account.may("administrator"),
        **shown,
    )
