"""The list of calls: looked for, taken along as a file, and tried again several at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response
from fastapi.responses import StreamingResponse

from switchboard.config.documents import Office
from switchboard.console.calls import asking, calling_back, exporting, listing
from switchboard.console.calls.words import FATES, KINDS
from switchboard.console.service import ConsoleService
from switchboard.console.visit import Operator, Viewer
from switchboard.errors import OperatorError
from switchboard.flows.call_to_lead.owners import Owners
from switchboard.flows.call_to_lead.retry import reopen
from switchboard.store import audit, call_search
from switchboard.store.call_search import NO_OFFICE, CallFilter, Place

router = APIRouter()
_SLICE = 500
_MOST_AT_ONCE = 500


@router.get("/calls")
async def calls(visit: Viewer) -> Response:
    """Show the newest calls that fit the filters of the address."""
    query = visit.request.query_params
    those = asking.asked(query)
    offices, zone = offices_of(visit.service), visit.service.zone()
    look = partial(
        listing.listed,
        wanted=asking.wanted(those, offices, zone, visit.now()),
        offices=offices,
        zone=zone,
        now=visit.now(),
        before=asking.place(query.get("before", "")),
        after=asking.place(query.get("after", "")),
    )
    found = await visit.read(look)
    return await visit.page(
        "calls.html",
        found=found,
        asked=those,
        options=_options(offices, those),
        newer=those.address(after=asking.place_text(found.newer)) if found.newer else "",
        older=those.address(before=asking.place_text(found.older)) if found.older else "",
        days_of=next((each.timezone for each in offices if each.id == those.office), zone),
        operator=visit.account.may("operator"),
        back=visit.request.url.query,
    )


@router.post("/calls/retry")
async def retry(
    visit: Operator,
    call: Annotated[list[str] | None, Form()] = None,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Try the chosen calls again: those that are still parked."""
    chosen, actor = (call or [])[:_MOST_AT_ONCE], visit.actor

    def work(conn: sa.Connection) -> list[str]:
        opened = reopen(conn, chosen)
        for each in opened:
            audit.append(conn, actor=actor, action="call.retry", subject=each)
        return opened

    opened = await visit.run(work)
    if opened:
        visit.service.wake("calls")
    home = asking.asked(dict(parse_qsl(back))).address()
    if not chosen:
        return await visit.go(home, "Choose the calls to try again first.", kind="fail")
    if not opened:
        return await visit.go(home, "None of them needs another try any more.")
    number = len(opened)
    said = "1 call is tried again." if number == 1 else f"{number} calls are tried again."
    return await visit.go(home, said)


@router.post("/calls/export")
async def export(visit: Operator, back: Annotated[str, Form()] = "") -> Response:
    """Hand out all calls that fit as a CSV file."""
    those = asking.asked(dict(parse_qsl(back)))
    offices, zone, actor = offices_of(visit.service), visit.service.zone(), visit.actor
    wanted = asking.wanted(those, offices, zone, visit.now())

    def note(conn: sa.Connection) -> None:
        count = call_search.page(conn, wanted, size=1).count
        detail = {"calls": count, "filters": _masked(those)}
        audit.append(conn, actor=actor, action="calls.export", subject="calls", detail=detail)

    await visit.run(note)
    headers = {"Content-Disposition": 'attachment; filename="calls.csv"'}
    lines = _csv(visit.service, wanted, offices, zone)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def offices_of(service: ConsoleService) -> Sequence[Office]:
    """Return the offices; none where none are configured: what is stored can be seen anyway."""
    try:
        return service.configuration().offices
    except OperatorError:
        return ()


async def _csv(
    service: ConsoleService, wanted: CallFilter, offices: Sequence[Office], zone: str
) -> AsyncIterator[str]:
    yield "\ufeff" + exporting.csv_text([exporting.COLUMNS])  # The mark Excel knows UTF-8 by.
    before: Place | None = None

    def some(conn: sa.Connection) -> tuple[Place | None, str]:
        rows = call_search.walk(conn, wanted, before, _SLICE)
        last = Place(rows[-1].started_at, rows[-1].id) if len(rows) == _SLICE else None
        return last, exporting.csv_text(exporting.cells(conn, rows, offices, zone))

    while True:
        before, text = await service.db.read(some)
        yield text
        if before is None:
            return


def _masked(those: asking.Asked) -> dict[str, Any]:
    """Return the filters for the trail: whom somebody looked for is not repeated there."""
    return {name: "***" if name == "q" else value for name, value in those.fields.items()}


def _options(offices: Sequence[Office], those: asking.Asked) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen; what the address holds already is among it."""
    owners = {
        each: Owners(office).name(each) for office in offices for each in Owners(office).listed_ids
    }
    names = {office.id: office.name for office in offices}
    if those.office and those.office != NO_OFFICE:
        names.setdefault(those.office, those.office)
    if those.owner:
        owners.setdefault(those.owner, those.owner)
    whose = sorted(owners.items(), key=lambda each: each[1].casefold())
    return {
        "office": [("", "All offices"), *names.items(), (NO_OFFICE, "No office")],
        "fate": [("", "Any state"), *((name, chip.word) for name, chip in FATES.items())],
        "outcome": [("", "Any outcome"), *((name, word) for name, (word, _) in KINDS.items())],
        "owner": [("", "Anybody"), *whose],
        "callback": [
            ("", "Any"),
            *((name, word) for name, (word, _) in calling_back.FILTERS.items()),
        ],
        "when": [("", "Any time"), *((name, each[0]) for name, each in asking.PERIODS.items())],
    }
