"""Reports of runs: found, opened in their sandbox, sent again, written anew."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Response

from switchboard.console.insights.periods import day_bounds
from switchboard.console.reporting.reading import (
    PAGE_ROWS,
    no_report,
    office_names,
    read_one,
    read_page,
)
from switchboard.console.routes import compare
from switchboard.console.visit import Operator, Viewer, Visit
from switchboard.errors import OperatorError
from switchboard.reports.build import build_report
from switchboard.reports.document import document_of
from switchboard.reports.resending import send_again
from switchboard.store import audit, reports
from switchboard.store.report_list import Wanted

router = APIRouter()
router.include_router(compare.router)  # Before the reports: it is none of them.
# A report holds what callers call themselves. It is a page without scripts: so none runs, and what
# it shows has an origin of its own, which reads nothing of ours.
REPORT_CSP = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ORDER = re.compile(r"[0-9a-f]{16}")
Day = Annotated[str, Query(max_length=10)]


@router.get("/reports")
async def listed(
    visit: Viewer,
    office: Annotated[str, Query(max_length=64)] = "",
    since: Day = "",
    until: Day = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    configuration = visit.service.configuration()
    bounds = day_bounds(since, until, visit.service.zone())
    names = office_names(configuration)
    chosen = office if office in names else ""
    wanted = Wanted(since=bounds.since, until=bounds.until, office=chosen or None)
    found = await read_page(visit.service.db, configuration, wanted, page)
    kept = {"office": chosen, "since": since, "until": until}
    kept = {name: value for name, value in kept.items() if value}
    last = max((found.total + PAGE_ROWS - 1) // PAGE_ROWS, 1)
    return await visit.page(
        "reports.html",
        found=found,
        offices=[("", "All offices"), *names.items()],
        office=chosen,
        since=since,
        until=until,
        problem=bounds.problem,
        filtered=bool(kept),
        newer=_page(kept, min(page - 1, last)) if page > 1 else "",
        older=_page(kept, page + 1) if page < last else "",
        last=last,
        page=page,
    )


def _page(kept: dict[str, str], page: int) -> str:
    query = urlencode({**kept, **({"page": page} if page > 1 else {})})
    return f"/reports?{query}" if query else "/reports"


@router.get("/reports/{run_id}")
async def one(visit: Viewer, run_id: str) -> Response:
    return await _one(visit, run_id)


async def _one(visit: Visit, run_id: str, status: int = 200, **context: Any) -> Response:
    configuration = visit.service.configuration()
    found = await read_one(visit.service.db, configuration, run_id)
    recipients = configuration.email.recipients if configuration.email else ()
    had = {each.mail.recipient.casefold() for each in found.mails}
    shown = {"errors": {}, "chosen": {each.email for each in recipients}, **context}
    return await visit.page(
        "report.html",
        status,
        found=found,
        address=f"/reports/{quote(run_id, safe='')}",
        recipients=recipients,
        had=had,
        mails_set_up=configuration.email is not None,
        order=secrets.token_hex(8),
        **shown,
    )


@router.get("/reports/{run_id}/document")
async def document(visit: Viewer, run_id: str) -> Response:
    """The report itself, where nothing in it can do anything."""
    return await _file(visit, run_id, {"Content-Security-Policy": REPORT_CSP})


@router.get("/reports/{run_id}/download")
async def download(visit: Viewer, run_id: str) -> Response:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", run_id)[:80]
    disposition = f'attachment; filename="switchboard_report_{name}.html"'
    return await _file(
        visit,
        run_id,
        {"Content-Security-Policy": REPORT_CSP, "Content-Disposition": disposition},
    )


async def _file(visit: Visit, run_id: str, headers: dict[str, str]) -> Response:
    configuration = visit.service.configuration()
    known = await visit.read(lambda conn: reports.get(conn, run_id))
    if known is None:
        raise no_report()
    path = await asyncio.to_thread(document_of, configuration, known)
    if path is None:
        return await visit.go(f"/reports/{quote(run_id, safe='')}")  # Which says that it is gone.
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError:
        said = "The file of this report cannot be read: its permissions may be wrong."
        return await visit.go(f"/reports/{quote(run_id, safe='')}", said, kind="fail")
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/reports/{run_id}/send")
async def send(
    visit: Operator,
    run_id: str,
    order: Annotated[str, Form(max_length=64)],
    to: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Queue the report for people of the configuration; the same form sent twice queues once."""
    configuration = visit.service.configuration()
    known = {each.email for each in configuration.email.recipients} if configuration.email else ()
    chosen = [each for each in dict.fromkeys(to or ()) if each in known]
    if not chosen or not _ORDER.fullmatch(order):
        errors = {"to": "Choose who is to get the report"}
        return await _one(visit, run_id, 422, errors=errors, chosen=set(chosen))
    if await visit.read(lambda conn: reports.get(conn, run_id)) is None:
        raise no_report()
    db = visit.service.db
    added = await send_again(db, configuration, run_id, chosen, order=order, actor=visit.actor)
    visit.service.wake("mails")
    number = len(added)
    said = f"Queued for {number} {'person' if number == 1 else 'people'}; it goes out now."
    said = said if added else "This was on its way already: nothing is sent twice."
    return await visit.go(f"/reports/{quote(run_id, safe='')}", said)


@router.post("/reports/{run_id}/refresh")
async def refresh(visit: Operator, run_id: str) -> Response:
    """Write the report anew from what the store knows now."""
    if await visit.read(lambda conn: reports.get(conn, run_id)) is None:
        raise no_report()
    actor = visit.actor
    try:
        await build_report(visit.service.db, visit.service.configuration(), run_id)
    except OperatorError as error:
        return await visit.go(f"/reports/{quote(run_id, safe='')}", error.message, kind="fail")

    def note(conn: sa.Connection) -> None:
        audit.append(conn, actor=actor, action="report.refresh", subject=f"run:{run_id}")

    await visit.run(note)
    said = "Written anew from what is known now."
    return await visit.go(f"/reports/{quote(run_id, safe='')}", said)
