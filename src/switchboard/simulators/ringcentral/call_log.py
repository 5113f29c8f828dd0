"""The call log: lists with their filters, single records, several at once, active calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from starlette.responses import Response

from switchboard.simulators.ringcentral.bulk import Part, multi_status, split_ids
from switchboard.simulators.ringcentral.calls import (
    SimCall,
    key_of_session,
    key_of_telephony_session,
    parse_record_id,
)
from switchboard.simulators.ringcentral.errors import ApiError, bad_parameter, not_found
from switchboard.simulators.ringcentral.gate import ACCOUNT, EXTENSION, Endpoint, Visit
from switchboard.simulators.ringcentral.query import Query, listing

DAY = 86400.0
ACTIVE_LINGER_SECONDS = 120.0
Row = tuple[SimCall, int]
_DIRECTIONS, _TYPES, _VIEWS = ("Inbound", "Outbound"), ("Voice", "Fax"), ("Simple", "Detailed")
_RECORDINGS = ("Automatic", "OnDemand", "All")


async def company_log(visit: Visit) -> dict[str, object]:
    return _log(visit, None)


async def extension_log(visit: Visit) -> dict[str, object]:
    return _log(visit, visit.extension_id())


async def company_record(visit: Visit) -> Response | dict[str, object]:
    return _by_id(visit, None)


async def extension_record(visit: Visit) -> Response | dict[str, object]:
    return _by_id(visit, visit.extension_id())


async def company_active(visit: Visit) -> dict[str, object]:
    return _active(visit, None)


async def extension_active(visit: Visit) -> dict[str, object]:
    return _active(visit, visit.extension_id())


def detailed(query: Query) -> bool:
    return query.one("view", _VIEWS) == "Detailed"


def rows_of(call: SimCall, extension: str | None) -> Iterator[Row]:
    """A call's records: in the company log one per part, in an extension's own log one."""
    if extension is None:
        for part in range(call.facts.parts):
            yield call, part
    elif extension in call.involved:
        yield call, 0


def recording_filter(visit: Visit) -> Callable[[Row], bool]:
    """Let the records with the recordings asked for through; all, if none were asked for."""
    wanted = visit.query.one("recordingType", _RECORDINGS)
    if wanted is None and not visit.query.flag("withRecording", default=False):
        return lambda _: True

    def fits(row: Row) -> bool:
        call, part = row
        if call.recording_id is None or (part and call.kind == "queue_elsewhere"):
            return False
        return wanted in (None, "All", "Automatic" if call.key % 4 else "OnDemand")

    return fits


def _log(visit: Visit, extension: str | None) -> dict[str, object]:
    query = visit.query
    end = query.moment("dateTo") or visit.world.clock.now()
    start = query.moment("dateFrom")
    start = end - DAY if start is None else start
    if start > end:
        raise bad_parameter("dateFrom")
    filters, recorded = _filters(visit, extension), recording_filter(visit)
    page, per_page = query.page(), query.per_page()
    view = detailed(query)
    found = (
        row
        for call in visit.state.newest_first(start, end)
        if all(fits(call) for fits in filters)
        for row in rows_of(call, extension)
        if recorded(row)
    )
    first = (page - 1) * per_page
    rows = list(islice(found, first, first + per_page + 1))
    writer = visit.writer()
    records = [
        writer.record(call, part, detailed=view, extension=extension)
        for call, part in rows[:per_page]
    ]
    return listing(query, records, page=page, per_page=per_page, more=len(rows) > per_page)


def _filters(visit: Visit, extension: str | None) -> list[Callable[[SimCall], bool]]:
    query = visit.query
    filters: list[Callable[[SimCall], bool]] = []
    types = query.many("type", _TYPES)
    if types and set(types) != set(_TYPES):
        filters.append(lambda call: call.facts.type in types)
    directions = query.many("direction", _DIRECTIONS)
    if directions:
        writer = visit.writer()
        filters.append(
            lambda call: (
                writer.record(call, detailed=False, extension=extension)["direction"] in directions
            )
        )
    if query.many("metadataCategory"):
        filters.append(lambda _: False)  # No call here carries metadata categories.
    if extension is not None:
        transports = query.many("transport", ("PSTN", "VoIP"))
        if transports:
            filters.append(
                lambda call: ("VoIP" if call.kind.startswith("internal") else "PSTN") in transports
            )
        if not query.flag("showBlocked", default=True):
            filters.append(lambda call: call.kind != "blocked")
    if not query.flag("showDeleted", default=False):
        filters.append(lambda call: not call.deleted)
    return filters + _identity_filters(visit)


def _identity_filters(visit: Visit) -> list[Callable[[SimCall], bool]]:
    query = visit.query
    phone, short = query.one("phoneNumber"), query.one("extensionNumber")
    session, telephony = query.one("sessionId"), query.one("telephonySessionId")
    if phone is not None and short is not None:
        raise bad_parameter("extensionNumber", short)
    if session is not None and short is not None:
        raise ApiError(400, "CLG-110", "Parameter [sessionId] conflicts with [extensionNumber]")
    filters: list[Callable[[SimCall], bool]] = []
    if phone is not None:
        if not phone.isdigit():
            raise bad_parameter("phoneNumber", phone)
        filters.append(lambda call: phone in _digits(call))
    if short is not None:
        numbers = {e.id for e in visit.company.extensions.values() if e.number == short}
        filters.append(lambda call: not numbers.isdisjoint(call.involved))
    if session is not None:
        filters.append(
            lambda call: (
                call.key == key_of_session(session)
                and session in [call.session_id(part) for part in range(call.facts.parts)]
            )
        )
    if telephony is not None:
        filters.append(
            lambda call: (
                call.key == key_of_telephony_session(telephony) and call.session == telephony
            )
        )
    return filters


def _digits(call: SimCall) -> tuple[str, str]:
    return (call.caller.e164 or "").lstrip("+"), call.dialled.lstrip("+")


def _by_id(visit: Visit, extension: str | None) -> Response | dict[str, object]:
    wanted = visit.request.path_params["ids"]
    ids = split_ids(wanted)
    view = detailed(visit.query)
    if len(ids) == 1:
        return _record(visit, ids[0], extension, view=view)
    parts = []
    for record_id in ids:
        href = f"{visit.account_uri}/call-log/{record_id}"
        try:
            body = _record(visit, record_id, extension, view=view)
            parts.append(Part(record_id, href, 200, body))
        except ApiError as error:
            parts.append(Part(record_id, href, error.status, error.body()))
    return multi_status(visit.request, parts, prefer_json=False)


def _record(visit: Visit, record_id: str, extension: str | None, *, view: bool) -> dict[str, Any]:
    parsed = parse_record_id(record_id)
    call = visit.state.call(parsed[0]) if parsed else None
    if parsed is None or call is None or call.deleted or parsed[1] >= call.facts.parts:
        raise not_found("callRecordId")
    if parsed[2] != extension or (extension and extension not in call.involved):
        raise not_found("callRecordId")
    return visit.writer().record(call, parsed[1], detailed=view, extension=extension)


def _active(visit: Visit, extension: str | None) -> dict[str, object]:
    """Calls in progress, and those that ended a moment ago."""
    query, clock = visit.query, visit.world.clock
    filters = _filters(visit, extension)
    query.one("conferenceType", ("AllConferences", "HostConference", "None"))
    linger = clock.elapsed() - ACTIVE_LINGER_SECONDS
    view, writer = detailed(query), visit.writer()
    found = [
        writer.record(call, 0, detailed=view, extension=extension)
        for call in visit.state.changing
        if call.shown(clock.elapsed())
        and call.living is not None
        and call.living.settles_at > linger
        and (extension is None or extension in call.involved)
        and all(fits(call) for fits in filters)
    ]
    found.sort(key=lambda record: str(record["startTime"]), reverse=True)
    page, per_page = query.page(), query.per_page()
    first = (page - 1) * per_page
    rows = found[first : first + per_page]
    more = len(found) > first + per_page
    return listing(query, rows, page=page, per_page=per_page, more=more)


ENDPOINTS = (
    Endpoint(f"{ACCOUNT}/call-log", "Heavy", "ReadCallLog", "ReadCompanyCallLog", company_log),
    Endpoint(
        f"{ACCOUNT}/call-log/{{ids}}", "Heavy", "ReadCallLog", "ReadCompanyCallLog", company_record
    ),
    Endpoint(
        f"{ACCOUNT}/active-calls", "Heavy", "ReadCallLog", "ReadCompanyCallLog", company_active
    ),
    Endpoint(f"{EXTENSION}/call-log", "Heavy", "ReadCallLog", "ReadCallLog", extension_log),
    Endpoint(
        f"{EXTENSION}/call-log/{{ids}}", "Heavy", "ReadCallLog", "ReadCallLog", extension_record
    ),
    Endpoint(f"{EXTENSION}/active-calls", "Heavy", "ReadCallLog", "ReadCallLog", extension_active),
)
