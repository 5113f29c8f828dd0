"""What a person has settled otherwise: set aside after a look, listed, brought back."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response

from switchboard.console.attention import looking, setting_aside, stopped
from switchboard.console.attention.items import NOUNS, Item, causes, tally_of, told
from switchboard.console.attention.words import explained
from switchboard.console.routes.attention import SIZE, offices_of
from switchboard.console.trail.words import actor_words
from switchboard.console.visit import Operator, Viewer, Visit

router = APIRouter()
_GONE = "Nothing of it is stopped any more."


@router.get("/attention/set-aside")
async def listed(visit: Viewer) -> Response:
    look = partial(looking.look_aside, at=visit.now(), alarm=looking.alarm_days(visit.service))
    found = await visit.read(look)
    return await _show(visit, "attention_aside.html", causes=found)


@router.get("/attention/set-aside/{cause:path}")
async def one_cause(
    visit: Viewer, cause: str, page: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> Response:
    look = partial(
        looking.look_at, live=[], at=visit.now(), alarm=looking.alarm_days(visit.service),
        cause=cause, page=page, size=SIZE, aside=True,
    )  # fmt: skip
    found = await visit.read(look)
    if found is None:
        return await visit.go("/attention/set-aside")
    return await _show(visit, "attention_aside_cause.html", found=found, cause=cause, number=page)


@router.get("/attention/put-aside")
async def ask(
    visit: Operator,
    cause: str = "",
    kind: str = "",
    id: str = "",  # noqa: A002 - the address's name.
    shown: str = "",
) -> Response:
    chosen = await _chosen(visit, cause, kind, id)
    if not chosen:
        return await visit.go(_back(shown), _GONE)
    return await _ask(visit, chosen, every=bool(cause), shown=shown)


@router.post("/attention/put-aside")
async def put_aside(  # noqa: PLR0917 - the fields of the form.
    visit: Operator,
    cause: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    id: Annotated[str, Form()] = "",  # noqa: A002 - the field's name.
    reason: Annotated[str, Form()] = "",
    seen: Annotated[int, Form()] = 1,
    shown: Annotated[str, Form()] = "",
) -> Response:
    """Set aside one thing, or all of a cause: no more than the person was shown."""
    chosen = await _chosen(visit, cause if not id else "", kind, id)
    if id and cause:  # It may have stopped anew meanwhile, with something else.
        chosen = [each for each in chosen if each.cause == cause]
    if not id and len(chosen) > seen:
        more = f"{len(chosen) - seen:,} more stopped meanwhile. Look again before you go on."
        return await _ask(
            visit, chosen, 422, every=True, shown=shown, reason=reason, errors={"reason": more}
        )
    done = await setting_aside.put_aside(visit.service, chosen, reason=reason, actor=visit.actor)
    _changed(visit)
    if not done:
        return await visit.go(_back(shown), _GONE)
    is_or_are = "is" if done.total() == 1 else "are"
    said = f"{told(done)} {is_or_are} set aside."
    return await visit.go(_back(shown), said, link=("See all that is", "/attention/set-aside"))


@router.post("/attention/bring-back")
async def bring_back(
    visit: Operator,
    cause: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    id: Annotated[str, Form()] = "",  # noqa: A002 - the field's name.
) -> Response:
    """Let one thing, or all of a cause, be listed and counted as stopped again."""
    chosen = await _chosen(visit, cause, kind, id, aside=True)
    done = await setting_aside.bring_back(visit.service, chosen, actor=visit.actor)
    _changed(visit)
    if not done:
        return await visit.go("/attention/set-aside", "Nothing of it was set aside any more.")
    is_or_are = "is" if done.total() == 1 else "are"
    said = f"{told(done)} {is_or_are} among what needs attention again."
    return await visit.go("/attention/set-aside", said, link=("Look", "/attention"))


async def _chosen(
    visit: Visit, cause: str, kind: str, name: str, *, aside: bool = False
) -> list[Item]:
    """Return what is meant, as it is at this moment; of a cause only what can be set aside."""
    if not cause and not (kind and name):
        return []
    find = partial(
        stopped.named, at=visit.now(), alarm_days=looking.alarm_days(visit.service), cause=cause,
        kind=kind, id=name, aside=aside,
    )  # fmt: skip
    return [each for each in await visit.read(find) if each.settable]


async def _ask(
    visit: Visit, chosen: list[Item], status: int = 200, *, every: bool, shown: str,
    reason: str = "", errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    (found,) = causes(map(tally_of, chosen))
    return await _show(
        visit, "attention_put_aside.html", status, found=found, chosen=chosen, every=every,
        back=_back(shown), shown=shown, reason=reason, errors=errors or {},
    )  # fmt: skip


async def _show(visit: Visit, template: str, status: int = 200, **context: Any) -> Response:
    return await visit.page(
        template, status, explained=explained, nouns=NOUNS, offices=offices_of(visit),
        who=lambda actor: actor_words(actor)[0], **context,
    )  # fmt: skip


def _back(shown: str) -> str:
    return f"/attention/cause/{quote(shown, safe='')}" if shown else "/attention"


def _changed(visit: Visit) -> None:
    visit.badge.forget()
    visit.request.app.state.dashboard.forget()
