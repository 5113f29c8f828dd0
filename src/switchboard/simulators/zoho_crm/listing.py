"""Read records: page by page, one by one, changed since, deleted since, and how many."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import criteria, errors, render, values
from switchboard.simulators.zoho_crm.call import PER_PAGE, Call
from switchboard.simulators.zoho_crm.records import moment
from switchboard.simulators.zoho_crm.table import Record, Table

BY_PAGE = 2_000  # Records reachable through `page`; beyond that `page_token` only.
BY_TOKEN = 100_000
TOKEN_LIFE_S = 86_400.0
KEPT_SNAPSHOTS = 200
SORT_FIELDS = ("id", "Created_Time", "Modified_Time")
IDS = 100


@dataclass(slots=True)
class Snapshot:
    """A list as it stood when its first page was read; its page tokens point into it."""

    ids: list[str]
    bound_to: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a snapshot a page starts, and its number."""

    start: int
    page: int


def read_many(call: Call) -> Response:
    table = call.table()
    call.fields(required=True)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    _check_sort(call)
    if "cvid" in call.query:
        raise errors.not_imitated("custom views (cvid)")
    token = call.query.get("page_token")
    if token is not None:
        if "page" in call.query:
            raise errors.Refusal(
                400,
                "AMBIGUITY_DURING_PROCESSING",
                "page and page_token cannot be given together",
                {"param_name": "page_token"},
            )
        snapshot, place = _continued(call, token)
    else:
        page = call.number("page", 1, 10**6)
        if page * per_page > BY_PAGE:
            raise errors.Refusal(
                400,
                "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
                "use page_token to read more records",
                {"limit": BY_PAGE},
            )
        place = Place((page - 1) * per_page, page)
        snapshot = Snapshot(
            [record.id for record in _selected(call, table)],
            _binding(call),
            call.crm.now() + TOKEN_LIFE_S,
        )
        if not snapshot.ids and "if-modified-since" in call.headers:
            return Response(status_code=304)
    return _page(call, table, snapshot, place)


def read_one(call: Call) -> Response:
    table = call.table()
    fields = call.fields(required=False)
    record = _addressed(call, table)
    if record is None:
        return Response(status_code=204)
    return JSONResponse({"data": [render.record(call.crm, table.module, record, fields)]})


def read_deleted(call: Call) -> Response:
    """Ids of deleted records; permanent deletion is not imitated, so all are `recycle`."""
    table = call.table()
    wanted = call.query.get("type", "all")
    if wanted not in {"all", "recycle", "permanent"}:
        raise errors.invalid_param("type")
    page = call.number("page", 1, 10**6)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    found = table.deleted if wanted != "permanent" else []
    header = call.headers.get("if-modified-since")
    if header is not None:
        since = moment(header, "If-Modified-Since")
        found = [each for each in found if int(each.deleted) > since]
    start = (page - 1) * per_page
    part = found[start : start + per_page]
    if not part:
        return Response(status_code=204)
    crm = call.crm
    data = [
        {
            "deleted_by": crm.user_ref(each.deleted_by),
            "id": each.id,
            "display_name": each.display_name,
            "type": "recycle",
            "created_by": crm.user_ref(each.created_by),
            "deleted_time": crm.time(each.deleted),
        }
        for each in part
    ]
    return JSONResponse(
        {"data": data, "info": info(page, per_page, len(part), start + len(part) < len(found))}
    )


def count(call: Call) -> Response:
    """How many records there are; criteria, phone, email and word are those of a search."""
    table = call.table()
    matches = (
        criteria.selector(call, table)
        if any(name in call.query for name in criteria.SELECTORS)
        else _everything
    )
    records = table.rows.values()
    return JSONResponse(
        {"count": sum(1 for each in records if not each.converted and matches(each))}
    )


def info(page: int, per_page: int, found: int, more: bool) -> dict[str, Any]:  # noqa: FBT001
    return {"per_page": per_page, "count": found, "page": page, "more_records": more}


def _everything(record: Record) -> bool:
    del record
    return True


def _addressed(call: Call, table: Table) -> Record | None:
    external = call.external
    if external is not None and external[0] == table.module.api_name:
        found = table.holding(external[1], [call.path["id"]])
        return table.rows[found[0]] if found else None
    if values.record_id(call.path["id"]) is None:
        raise errors.Refusal(
            400,
            "INVALID_DATA",
            "the related id given seems to be invalid",
            {"resource_path_index": 1},
        )
    return table.rows.get(call.path["id"])


def _check_sort(call: Call) -> None:
    if call.query.get("sort_by", "id") not in SORT_FIELDS:
        raise errors.invalid_param("sort_by")
    if call.query.get("sort_order", "desc") not in {"asc", "desc"}:
        raise errors.invalid_param("sort_order")


def _selected(call: Call, table: Table) -> Iterable[Record]:
    """The records asked for, in the order asked for; newest id first unless told otherwise."""
    keep = _filter(call, table)
    ids = call.query.get("ids")
    if ids is not None:
        wanted = [each.strip() for each in ids.split(",")]
        if len(wanted) > IDS:
            raise errors.limit_exceeded("ids", IDS)
        rows = (table.rows[each] for each in wanted if each in table.rows)
        return [record for record in rows if keep(record)]
    found = [record for record in table.newest_first() if keep(record)]
    sort_by = call.query.get("sort_by", "id")
    if sort_by != "id":
        found.sort(
            key=lambda record: record.created if sort_by == "Created_Time" else record.modified,
            reverse=True,
        )
    if call.query.get("sort_order", "desc") == "asc":
        found.reverse()
    return found


def _filter(call: Call, table: Table) -> Callable[[Record], bool]:
    converted = call.query.get("converted", "false")
    if converted not in {"true", "false", "both"}:
        raise errors.invalid_param("converted")
    if table.module.api_name != "Leads":
        converted = "both"
    header = call.headers.get("if-modified-since")
    since = None if header is None else moment(header, "If-Modified-Since")

    def keep(record: Record) -> bool:
        if converted != "both" and record.converted != (converted == "true"):
            return False
        return since is None or int(record.modified) > since

    return keep


def _binding(call: Call) -> str:
    """A page token belongs to the parameters it was made for, whatever page it is."""
    bound = sorted((k, v) for k, v in call.query.items() if k not in {"page", "page_token"})
    bound.append(("If-Modified-Since", call.headers.get("if-modified-since", "")))
    return hashlib.sha256(repr((call.path, bound)).encode()).hexdigest()[:16]


def _continued(call: Call, token: str) -> tuple[Snapshot, Place]:
    name, _, rest = token.partition(".")
    start, _, page = rest.partition(".")
    snapshot = call.crm.snapshots.get(name)
    if not isinstance(snapshot, Snapshot) or not start.isdigit() or not page.isdigit():
        raise errors.invalid_param("page_token")
    if snapshot.expires_at < call.crm.now():
        raise errors.Refusal(
            400, "EXPIRED_VALUE", "the page_token has expired", {"param_name": "page_token"}
        )
    if snapshot.bound_to != _binding(call):
        raise errors.Refusal(
            400,
            "TOKEN_BOUND_DATA_MISMATCH",
            "the page_token does not belong to these parameters",
            {"param_name": "page_token"},
        )
    if int(start) >= BY_TOKEN:
        raise errors.Refusal(
            400, "PAGINATION_LIMIT_EXCEEDED", "too many records", {"limit": BY_TOKEN}
        )
    return snapshot, Place(int(start), int(page))


def _page(call: Call, table: Table, snapshot: Snapshot, place: Place) -> Response:
    crm, fields = call.crm, call.fields(required=True)
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    start, page = place.start, place.page
    ids = snapshot.ids[start : start + per_page]
    rows = [table.rows[each] for each in ids if each in table.rows]
    end = start + per_page
    more = end < len(snapshot.ids)
    if not rows and not more:
        return Response(status_code=204)
    about = info(page, per_page, len(rows), more)
    about["sort_by"] = call.query.get("sort_by", "id")
    about["sort_order"] = call.query.get("sort_order", "desc")
    if more:
        about["next_page_token"] = f"{_keep(call, snapshot)}.{end}.{page + 1}"
        about["page_token_expiry"] = crm.time(snapshot.expires_at)
    data = [render.record(crm, table.module, row, fields, cut=True) for row in rows]
    return JSONResponse({"data": data, "info": about})


def _keep(call: Call, snapshot: Snapshot) -> str:
    snapshots = call.crm.snapshots
    for name, held in snapshots.items():
        if held is snapshot:
            return name
    name = hashlib.sha256(f"{call.crm.next_id()}".encode()).hexdigest()[:32]
    snapshots[name] = snapshot
    while len(snapshots) > KEPT_SNAPSHOTS:
        del snapshots[next(iter(snapshots))]
    return name
