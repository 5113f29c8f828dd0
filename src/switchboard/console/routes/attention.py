"""Everything that waits for a person, by its cause; operators have it tried again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, get_args
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response

from switchboard.console.attention import looking, stopped
from switchboard.console.attention.items import NOUNS, Cause, Item, Kind
from switchboard.console.attention.taking_up import take_up
from switchboard.console.attention.words import explained
from switchboard.console.visit import Operator, Viewer, Visit
from switchboard.errors import SwitchboardError

router = APIRouter()
SIZE = 25


@router.get("/attention")
async def attention(visit: Viewer) -> Response:
    live, alarm, at = await _live(visit)
    found = await visit.read(partial(looking.look, live=live, at=at, alarm=alarm))
    aside = await visit.read(partial(stopped.count, at=at, alarm_days=alarm, aside=True))
    summary = _summary(found)
    return await _show(visit, "attention.html", causes=found, summary=summary, aside=aside)


@router.get("/attention/cause/{cause:path}")
async def one_cause(
    visit: Viewer, cause: str, page: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> Response:
    live, alarm, at = await _live(visit)
    look = partial(
        looking.look_at, live=live, at=at, alarm=alarm, cause=cause, page=page, size=SIZE
    )
    found = await visit.read(look)
    if found is None and page:  # What was here has been taken up meanwhile.
        return await visit.go(f"/attention/cause/{quote(cause, safe='')}")
    return await _show(visit, "attention_cause.html", found=found, cause=cause, number=page)


@router.post("/attention/retry")
async def retry(
    visit: Operator,
    cause: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    id: Annotated[str, Form()] = "",  # noqa: A002 - the field's name.
    shown: Annotated[str, Form()] = "",
) -> Response:
    """Take up all of a cause, or one thing; only what is stopped at this very moment."""
    live, alarm, at = await _live(visit)
    chosen: list[tuple[Kind, str]] = [
        (each.kind, each.id)
        for each in live
        if each.retryable and (each.cause == cause if cause else (each.kind, each.id) == (kind, id))
    ]
    if cause or kind in get_args(Kind):
        find = partial(stopped.retryable, at=at, alarm_days=alarm, cause=cause, kind=kind, id=id)
        chosen += await visit.read(find)
    taken = await take_up(visit.service, chosen, actor=visit.actor)
    visit.badge.forget()
    back = f"/attention/cause/{quote(shown, safe='')}" if shown else "/attention"
    return await visit.go(back, taken.message, kind="fail" if taken.problem else "ok")


async def _live(visit: Visit) -> tuple[list[Item], float, float]:
    service = visit.service
    return await looking.live_items(service), looking.alarm_days(service), visit.now()


async def _show(visit: Visit, template: str, **context: Any) -> Response:
    offices = offices_of(visit)
    return await visit.page(template, explained=explained, nouns=NOUNS, offices=offices, **context)


def _summary(found: list[Cause]) -> str:
    number = sum(each.number for each in found)
    things = "1 thing needs you" if number == 1 else f"{number:,} things need you"
    return f"{things}, {'one cause' if len(found) == 1 else f'{len(found)} causes'}."


def offices_of(visit: Visit) -> dict[str, str]:
    """Return the names of the offices by their ids."""
    try:
        return {each.id: each.name for each in visit.service.configuration().offices}
    except SwitchboardError:
        return {}
