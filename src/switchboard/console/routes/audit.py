"""The audit trail, for administrators: looked through, proved, taken along."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl

import sqlalchemy as sa
from fastapi import APIRouter, Form, Response
from fastapi.responses import StreamingResponse

from switchboard.console.trail import exporting, words
from switchboard.console.trail.asking import asked, row
from switchboard.console.visit import Administrator, Visit
from switchboard.store import audit, audit_search
from switchboard.store.audit import Anchor

router = APIRouter()
SIZE = 25


@router.get("/audit")
async def trail(visit: Administrator) -> Response:
    return await _page(visit)


@router.post("/audit/verify")
async def verify(visit: Administrator, anchor: Annotated[str, Form()] = "") -> Response:
    """Compute the chain again, and say whether it is what was written."""
    known = Anchor.read(anchor) if anchor.strip() else None
    if anchor.strip() and known is None:
        said = "This is no anchor: paste the whole line, HASH@ROW."
        return await _page(visit, 422, errors={"anchor": said}, anchor=anchor[:200])
    report = await visit.read(partial(audit.verify, anchors=[known] if known else []))
    return await _page(visit, report=report, anchor=anchor.strip())


@router.post("/audit/export")
async def export(
    visit: Administrator,
    form: Annotated[exporting.Form, Form()],
    back: Annotated[str, Form()] = "",
) -> Response:
    """Hand out all that fits as a file; that it was taken along is in the trail itself."""
    those = asked(dict(parse_qsl(back)))
    wanted, actor = those.wanted(visit.service.zone()), visit.actor

    def note(conn: sa.Connection) -> None:
        number = audit_search.page(conn, wanted, size=1).count
        detail = {"rows": number, "as": form, "filters": those.fields}
        audit.append(conn, actor=actor, action="audit.export", subject="audit", detail=detail)

    await visit.run(note)
    headers = {"Content-Disposition": f'attachment; filename="audit-trail.{form}"'}
    lines = exporting.written(visit.service.db, wanted, form)
    return StreamingResponse(lines, media_type=exporting.MEDIA_TYPES[form], headers=headers)


async def _page(visit: Visit, status: int = 200, **context: Any) -> Response:
    query = visit.request.query_params
    those = asked(query)
    before, after = row(query.get("before", "")), row(query.get("after", ""))
    look = partial(
        audit_search.page, wanted=those.wanted(visit.service.zone()), before=before, after=after,
        size=SIZE,
    )  # fmt: skip
    found = await visit.read(look)
    first, last = (found.entries[0].seq, found.entries[-1].seq) if found.entries else (0, 0)
    shown: dict[str, Any] = {"report": None, "errors": {}, "anchor": "", **context}
    return await visit.page(
        "audit.html",
        status,
        found=found,
        asked=those,
        back=visit.request.url.query,
        groups=words.GROUPS,
        words=words,
        newer=those.address(after=first) if found.newer else "",
        older=those.address(before=last) if found.older else "",
        **shown,
    )
