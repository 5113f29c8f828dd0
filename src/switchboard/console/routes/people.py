"""Persons: looked for, shown with all that happened, exported and forgotten at their wish."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Response

from switchboard.config.documents import Office
from switchboard.config.findings import ConfigError
from switchboard.console.chats import words as chat_words
from switchboard.console.chats.known import workflows_of
from switchboard.console.people import events, finding
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import OperatorError, RejectedError, SwitchboardError
from switchboard.flows import personal_data
from switchboard.people.phone import international
from switchboard.store.ledger import FORGOTTEN
from switchboard.store.personal import Person
from switchboard.store.sealing import Sealer

router = APIRouter()
SIZE = 25


@router.get("/people")
async def people(visit: Viewer, q: Annotated[str, Query()] = "") -> Response:
    wanted = finding.asked(q, _regions(visit))
    look = _with_sealer(visit, lambda conn, sealer: finding.find(conn, lambda: sealer, wanted))
    found, problem = await visit.read(look)
    return await visit.page(
        "people.html",
        found=found,
        wanted=wanted,
        problem=problem,
        spoken=_spoken,
        most=finding.MOST,
    )


@router.get("/people/forget")
async def ask_to_forget(visit: Administrator, who: str = "") -> Response:
    """Say exactly what would go; nothing is changed."""
    return await _forgetting(visit, _person(visit, who))


@router.post("/people/forget")
async def forget(
    visit: Administrator,
    who: Annotated[str, Form()],
    typed: Annotated[str, Form()] = "",
) -> Response:
    """Take a person out of the store, once their number or address was typed again."""
    person = _person(visit, who)
    if _typed(visit, typed) != person:
        said = f"Type {_spoken(_key(person))} to confirm."
        return await _forgetting(visit, person, 422, errors={"typed": said}, typed=typed[:200])
    work = partial(_forget, visit, person, keep=False)
    try:
        await visit.run(work)
    except OperatorError as error:
        return await _forgetting(visit, person, 422, errors={"typed": error.message})
    visit.badge.forget()
    return await visit.go("/people", f"Forgotten. {personal_data.ELSEWHERE}")


@router.post("/people/export")
async def export(visit: Administrator, who: Annotated[str, Form()]) -> Response:
    """Hand out everything the store holds about a person, as `people export` writes it."""
    person, actor = _person(visit, who), visit.actor

    def work(conn: sa.Connection) -> str:
        sealer = personal_data.sealer_for(conn, visit.service.sealer)
        return personal_data.export(conn, sealer, person, actor=actor)[0]

    text = await visit.run(work)
    headers = {"Content-Disposition": 'attachment; filename="person.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get("/people/{who:path}")
async def person(
    visit: Viewer, who: str, page: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> Response:
    if who.startswith(f"{FORGOTTEN}:"):
        return await visit.page("person_forgotten.html")
    wanted = _person(visit, who)
    workflows = await workflows_of(visit.service)
    titled = partial(chat_words.titled, workflows)
    look = _with_sealer(
        visit,
        lambda conn, sealer: events.known_of(
            conn, sealer, wanted, offices=_offices(visit), titled=titled
        ),
    )
    known, problem = await visit.read(look)
    first = page * SIZE
    shown = known.happenings[first : first + SIZE]
    if page and not shown:
        return await visit.go(_path(wanted))
    return await visit.page(
        "person.html",
        key=_key(wanted),
        known=known,
        shown=shown,
        problem=problem,
        spoken=_spoken,
        path=_path(wanted),
        path_of=lambda each: finding.Found(each).href,
        newer=f"{_path(wanted)}?page={page - 1}" if page else "",
        older=f"{_path(wanted)}?page={page + 1}" if first + SIZE < len(known.happenings) else "",
    )


async def _forgetting(
    visit: Visit, person: Person, status: int = 200, **context: Any
) -> Response:  # fmt: skip
    shown: dict[str, Any] = {"errors": {}, "typed": "", "counts": {}, "problem": None, **context}
    try:
        shown["counts"] = await visit.run(partial(_forget, visit, person, keep=True))
    except OperatorError as error:
        shown["problem"] = error
    key = _key(person)
    return await visit.page(
        "person_forget.html", status, key=key, spoken=_spoken, path=_path(person),
        elsewhere=personal_data.ELSEWHERE, **shown,
    )  # fmt: skip


def _forget(visit: Visit, person: Person, conn: sa.Connection, *, keep: bool) -> dict[str, int]:
    return personal_data.forget(
        conn,
        sealer=personal_data.sealer_for(conn, visit.service.sealer),
        person=person,
        key=secrets.token_bytes(32),
        now=visit.now(),
        keep=keep,
        actor=visit.actor,
    )


def _with_sealer(
    visit: Visit, fn: Callable[[sa.Connection, Sealer | None], Any]
) -> Callable[[sa.Connection], tuple[Any, SwitchboardError | None]]:
    """Let *fn* look, without what is sealed where the vault cannot be opened; say so then."""

    def look(conn: sa.Connection) -> tuple[Any, SwitchboardError | None]:
        try:
            return fn(conn, personal_data.sealer_for(conn, visit.service.sealer)), None
        except ConfigError as error:
            return fn(conn, None), error

    return look


def _person(visit: Visit, who: str) -> Person:
    """Return whom an address of ours means; there is no page for what is no person."""
    for region in _regions(visit):
        try:
            return personal_data.person_of(who, region)
        except OperatorError:
            continue
    raise RejectedError("CON-404", "This is neither a telephone number nor an e-mail address.")


def _typed(visit: Visit, typed: str) -> Person | None:
    try:
        return _person(visit, typed)
    except RejectedError:
        return None


def _key(person: Person) -> str:
    return person.phone or person.email or ""


def _path(person: Person) -> str:
    return finding.Found(_key(person)).href


def _spoken(key: str) -> str:
    """Return a number with its country code and spaces; an address as it is."""
    return international(key) if key.startswith("+") else key


def _offices(visit: Visit) -> Sequence[Office]:
    try:
        return visit.service.configuration().offices
    except SwitchboardError:
        return ()


def _regions(visit: Visit) -> list[str]:
    return list(dict.fromkeys(each.region for each in _offices(visit))) or ["US"]
