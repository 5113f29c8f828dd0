"""What visitors say when they mean a workflow: the examples its detector learns from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from switchboard.config.editing import read
from switchboard.console.routes.workflows import BACK, entry_of, root_of, title_of
from switchboard.console.saving import review
from switchboard.console.saving import seen as seen_now
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.detector.editing import examples_place, with_examples
from switchboard.flows.chat_to_ticket.detector.sets import (
    ExampleSet,
    example_sets,
    examples_check,
)
from switchboard.flows.chat_to_ticket.detector.sources import read_sources

router = APIRouter(prefix="/configuration/workflows")
MOST_AT_ONCE = 100


@router.get("/{name}/examples")
async def examples(visit: Viewer, name: str) -> Response:
    return await _page(visit, name)


@router.post("/{name}/examples/add")
async def add(
    visit: Administrator,
    name: str,
    seen: Annotated[str, Form()],
    lines: Annotated[str, Form()] = "",
) -> Response:
    new = [each for each in lines.splitlines() if each.strip()][:MOST_AT_ONCE]
    if not new:
        errors = {"lines": "Write at least one message, each on a line of its own."}
        return await _page(visit, name, 422, errors=errors)
    return await _change(visit, name, seen, add=new, typed=lines)


@router.post("/{name}/examples/remove")
async def remove(
    visit: Administrator,
    name: str,
    seen: Annotated[str, Form()],
    example: Annotated[str, Form()],
) -> Response:
    return await _change(visit, name, seen, remove=[example])


def changed_examples(
    root: Path, identity: str, label: str, *, add: list[str], remove: list[str]
) -> tuple[str, str | None, list[str]]:
    """Return the document's place, its new text, and what keeps the detector from learning it."""
    place = examples_place(root, identity, read_sources(root).workflows)
    text = with_examples(read(root, place).text, identity, label, add=add, remove=remove)
    before = {(each.code, each.message) for each in examples_check(root, {})}
    wrong = [
        each.message
        for each in examples_check(root, {place: text})
        if each.severity == "error" and (each.code, each.message) not in before
    ]
    return place, text, wrong


async def _change(
    visit: Visit,
    name: str,
    seen: str,
    *,
    add: list[str] | None = None,
    remove: list[str] | None = None,
    typed: str = "",
) -> Response:
    found = await entry_of(visit, name)
    root = root_of(visit)
    try:
        place, text, wrong = await asyncio.to_thread(
            changed_examples, root, name, name, add=add or [], remove=remove or []
        )
    except OperatorError as error:
        return await _page(visit, name, 422, errors={"lines": error.message}, typed=typed)
    if wrong:
        return await _page(visit, name, 422, errors={"lines": " ".join(wrong)}, typed=typed)
    return await review(
        visit,
        title=f"Examples: {title_of(found)}",
        changes={place: text},
        seen={place: seen},
        back=f"{BACK}/{name}/examples",
    )


async def _page(visit: Visit, name: str, status: int = 200, **context: Any) -> Response:
    found, root = await entry_of(visit, name), root_of(visit)
    sets, place, seen = await asyncio.to_thread(_read, root, name)
    shown: dict[str, Any] = {"errors": {}, "typed": "", **context}
    known = sets.get(name) or ExampleSet(name, name, title_of(found))
    return await visit.page(
        "workflow_examples.html",
        status,
        entry=found,
        known=known,
        place=place,
        seen=seen,
        tab="examples",
        learning=await asyncio.to_thread(visit.service.learning),
        writable=visit.account.may("administrator"),
        **shown,
    )


def _read(root: Path, name: str) -> tuple[dict[str, ExampleSet], str, str]:
    place = examples_place(root, name, read_sources(root).workflows)
    return example_sets(root), place, seen_now(root, place)
