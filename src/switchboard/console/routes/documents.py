"""The documents as text: for what has no page of its own, and what no page can read any more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response

from switchboard.config.editing import is_document, title_of
from switchboard.config.places import DESK, SALESIQ
from switchboard.config.secrets import masked
from switchboard.console import saving
from switchboard.console.configuration.forms import BACK, entered
from switchboard.console.configuration.proposals import look
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError

router = APIRouter(prefix="/configuration/documents")
HOME = "/configuration/documents"
_WHERE = ("sorted/data/*.json", "data/*.json", "sorted/*/*.json")


@router.get("")
async def listed(visit: Viewer) -> Response:
    root, offices = visit.service.configuration().root, saving.offices_of(visit)
    places = await asyncio.to_thread(_places, root)
    documents = [(title_of(each, offices), each, (root / each).exists()) for each in places]
    return await visit.page("configuration/documents.html", documents=documents)


@router.get("/text")
async def text(visit: Viewer, place: Annotated[str, Query()] = "") -> Response:
    document = await asyncio.to_thread(look, _root(visit, place), place)
    shown = document.text or ""
    secret = masked(shown) != shown
    return await _page(visit, place, masked(shown), seen=document.digest, secret=secret)


@router.post("/text")
async def change(visit: Administrator) -> Response:
    """Propose a document's text as it was typed; its line ends stay what they were."""
    sent = await visit.request.form()
    place, seen = str(sent.get("place", "")), (await entered(visit)).get("seen", "")
    document = await asyncio.to_thread(look, _root(visit, place), place)
    typed = str(sent.get("text", "")).replace("\r\n", "\n").rstrip() + "\n"
    if document.text is not None and masked(document.text) != document.text:
        raise RejectedError("CON-422", "This document holds a secret: remove it by hand first.")
    if document.text is not None and "\r\n" in document.text:
        typed = typed.replace("\n", "\r\n")
    title = title_of(place, saving.offices_of(visit))
    if sent.get("action") == BACK:
        return await _page(visit, place, typed, seen=seen)
    return await saving.review(
        visit,
        title=title,
        changes={place: typed},
        seen={place: seen},
        back=HOME,
        edit=f"{HOME}/text",
    )


async def _page(
    visit: Visit, place: str, text: str, *, seen: str, secret: bool = False
) -> Response:
    return await visit.page(
        "configuration/document.html",
        title=title_of(place, saving.offices_of(visit)),
        place=place,
        text=text,
        secret=secret,
        seen=seen,
    )


def _places(root: Path) -> list[str]:
    found = [path for pattern in _WHERE for path in sorted(root.glob(pattern))]
    there = [each.relative_to(root).as_posix() for each in found]
    return [each for each in dict.fromkeys([*there, DESK, SALESIQ]) if is_document(each)]


def _root(visit: Visit, place: str) -> Path:
    if not is_document(place) or not place.endswith(".json"):
        raise RejectedError("CON-404", "There is no such document.")
    return visit.service.configuration().root
