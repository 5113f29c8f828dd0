"""`/{module}/search`: the index that lags behind the records."""

from __future__ import annotations

from itertools import islice

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import criteria, errors, render
from switchboard.simulators.zoho_crm.call import PER_PAGE, Call
from switchboard.simulators.zoho_crm.listing import info

REACHABLE = 2_000


def search(call: Call) -> Response:
    table = call.table()
    fields = call.fields(required=False)
    page = call.number("page", 1, 10**6)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    if page * per_page > REACHABLE:
        raise errors.Refusal(
            400, "LIMIT_REACHED", "the limit of the search results has been reached", {}
        )
    converted = call.query.get("converted", "false")
    if converted not in {"true", "false", "both"}:
        raise errors.invalid_param("converted")
    if table.module.api_name != "Leads":
        converted = "both"
    matches = criteria.selector(call, table, lagging=True)
    found = (
        record
        for record in table.newest_first()
        if (converted == "both" or record.converted == (converted == "true")) and matches(record)
    )
    rows = list(islice(found, (page - 1) * per_page, page * per_page + 1))
    more, rows = len(rows) > per_page, rows[:per_page]
    if not rows:
        return Response(status_code=204)
    crm, module = call.crm, table.module
    data = []
    for row in rows:
        seen = row.searchable(crm.elapsed())
        data.append(render.record(crm, module, row, fields, seen=seen))
    return JSONResponse({"data": data, "info": info(page, per_page, len(rows), more)})
