"""Messages the detector was unsure about: turned into examples, or dismissed."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Response

from switchboard.console.routes.workflow_examples import changed_examples
from switchboard.console.routes.workflows import root_of
from switchboard.console.saving import review
from switchboard.console.saving import seen as seen_now
from switchboard.console.visit import Administrator, Operator, Viewer, Visit
from switchboard.console.workflows.learning import (
    Lesson,
    Suggestion,
    choices_of,
    lesson_of,
    lessons,
    names_of,
    suggestion,
)
from switchboard.console.workflows.understanding import classify_of, library_of
from switchboard.errors import OperatorError, RejectedError
from switchboard.flows.chat_to_ticket.detector.editing import LONGEST_EXAMPLE
from switchboard.flows.chat_to_ticket.detector.sets import ExampleSet, example_sets
from switchboard.store import audit, unsure_messages

router = APIRouter(prefix="/configuration/examples")
BACK = "/configuration/examples"
PAGE = 25


@router.get("")
async def messages(visit: Viewer, page: Annotated[int, Query(ge=0, le=1000)] = 0) -> Response:
    return await _page(visit, page=page)


@router.post("/add")
async def add(
    visit: Administrator,
    chat: Annotated[str, Form()],
    number: Annotated[int, Form()],
    target: Annotated[str, Form()],
    text: Annotated[str, Form()],
) -> Response:
    """Append the text to its set, through the review every change goes through."""
    root, key = root_of(visit), (chat, number)
    sets = await asyncio.to_thread(example_sets, root)
    found = lesson_of(await _lessons(visit, sets), key)
    if found is None:
        return await visit.go(BACK, "Somebody else has dealt with this message.")
    choices = choices_of((await library_of(visit.service)).workflows, sets)
    words = " ".join(text.split())[:LONGEST_EXAMPLE]
    problem = "" if words else "Write the message as an example."
    if target not in choices:
        problem = "Choose what visitors mean by it."
    place, new = "", None
    if not problem:
        label = sets[target].label if target in sets else target
        try:
            place, new, wrong = await asyncio.to_thread(
                changed_examples, root, target, label, add=[words], remove=[]
            )
            problem = " ".join(wrong)
        except OperatorError as error:
            problem = error.message
    if problem:
        typed = {key: (target, words)}
        return await _page(visit, 422, errors={_id(key): problem}, typed=typed)
    sealer = visit.service.sealer()

    def note(conn: sa.Connection) -> None:
        unsure_messages.note_example(conn, sealer, found.keys, (target, words))

    await visit.run(note)
    return await review(
        visit,
        title=f"Example: {choices[target]}",
        changes={place: new},
        seen={place: await asyncio.to_thread(seen_now, root, place)},
        back=BACK,
    )


@router.post("/dismiss")
async def dismiss(
    visit: Operator, chat: Annotated[str, Form()], number: Annotated[int, Form()]
) -> Response:
    """Show a message no more: it teaches nothing."""
    sets = await asyncio.to_thread(example_sets, root_of(visit))
    found = lesson_of(await _lessons(visit, sets), (chat, number))
    if found is not None:
        actor = visit.actor

        def work(conn: sa.Connection) -> None:
            unsure_messages.dismiss(conn, found.keys)
            audit.append(conn, actor=actor, action="example.dismiss", subject=chat)

        await visit.run(work)
    return await visit.go(BACK, "It is not shown any more.")


async def _lessons(visit: Visit, sets: dict[str, ExampleSet]) -> list[Lesson]:
    sealer = visit.service.sealer()
    rows = await visit.read(lambda conn: unsure_messages.waiting(conn, sealer))
    return lessons(rows, sets)


async def _page(visit: Visit, status: int = 200, page: int = 0, **context: Any) -> Response:
    root = root_of(visit)
    sets = await asyncio.to_thread(example_sets, root)
    found = await _lessons(visit, sets)
    library = await library_of(visit.service)
    choices = choices_of(library.workflows, sets)
    shown = found[page * PAGE : (page + 1) * PAGE]
    if page and not shown:
        raise RejectedError("CON-404", "There is no such page.")
    titles = {each.id: each.title for each in library.workflows.values()}
    more: dict[str, Any] = {"errors": {}, "typed": {}, **context}
    return await visit.page(
        "unsure.html",
        status,
        suggestions=await _suggestions(visit, shown, choices) if shown else [],
        count=len(found),
        titles=titles,
        choices=list(choices.items()),
        newer=f"{BACK}?page={page - 1}" if page else "",
        older=f"{BACK}?page={page + 1}" if len(found) > (page + 1) * PAGE else "",
        first=page * PAGE,
        id_of=_id,
        learning=await asyncio.to_thread(visit.service.learning),
        **more,
    )


async def _suggestions(
    visit: Visit, shown: list[Lesson], choices: dict[str, str]
) -> list[Suggestion]:
    sealer, classify = visit.service.sealer(), await classify_of(visit.service)

    def names(conn: sa.Connection) -> list[list[str]]:
        return [names_of(conn, sealer, each) for each in shown]

    called = await visit.read(names)
    return await asyncio.to_thread(
        lambda: [
            suggestion(each, mine, choices, classify)
            for each, mine in zip(shown, called, strict=True)
        ]
    )


def _id(key: tuple[str, int]) -> str:
    """Return a name for the fields of one message, fit for an address within the page."""
    return f"{key[0].encode().hex()}-{key[1]}"
