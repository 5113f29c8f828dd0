"""Call-log synchronisation: what is newest, and what changed since a token was given."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import islice
from typing import Any

from switchboard.simulators.ringcentral.call_log import (
    DAY,
    Row,
    detailed,
    recording_filter,
    rows_of,
)
from switchboard.simulators.ringcentral.calls import SimCall
from switchboard.simulators.ringcentral.errors import bad_parameter, sync_token_unusable
from switchboard.simulators.ringcentral.formats import stamp
from switchboard.simulators.ringcentral.gate import ACCOUNT, EXTENSION, Endpoint, Visit

RECORDS_MAX, EXTRACT_MAX = 250, 1000
RANGE_SECONDS = 30 * DAY
_MODES = ("FSync", "ISync")


async def company_sync(visit: Visit) -> dict[str, object]:
    return _sync(visit, None)


async def extension_sync(visit: Visit) -> dict[str, object]:
    return _sync(visit, visit.extension_id())


def _sync(visit: Visit, extension: str | None) -> dict[str, object]:
    query, clock = visit.query, visit.world.clock
    mode = query.one("syncType", _MODES) or "FSync"
    missed = "Missed" in query.many("statusGroup", ("Missed", "All"))
    recorded = recording_filter(visit)

    def fits(call: SimCall) -> bool:
        return not missed or not call.facts.answered

    if mode == "FSync":
        count = query.count("recordCount", None, RECORDS_MAX)
        if count is None:
            raise bad_parameter("recordCount")
        start = query.moment("dateFrom")
        start = clock.now() - DAY if start is None else start
        start = max(start, clock.now() - RANGE_SECONDS)
        calls = visit.state.newest_first(start, clock.now())
        found = (r for c in calls if fits(c) and not c.deleted for r in rows_of(c, extension))
        rows = list(islice(filter(recorded, found), count))
    else:
        since = _read_token(visit, "call-log-sync", extension)
        deleted = query.flag("showDeleted", default=False)
        changed = [c for c in visit.state.changing if _changed(c, since, clock.elapsed())]
        rows = [
            row
            for call in changed
            if fits(call) and (deleted or not call.deleted)
            for row in rows_of(call, extension)
            if recorded(row)
        ]
        if len(rows) > RECORDS_MAX:
            raise sync_token_unusable(
                "CLG-104", "Sync token is invalid: the maximum number of changes is exceeded"
            )
    token = {"at": clock.elapsed()}
    return _answer(visit, mode, rows, extension, _token("call-log-sync", extension, token))


async def extract_sync(visit: Visit) -> dict[str, object]:
    """Everything modified after a moment, oldest change first."""
    query, clock = visit.query, visit.world.clock
    mode = query.one("syncType", _MODES) or "FSync"
    if mode == "FSync":
        count = query.count("recordCount", RECORDS_MAX, EXTRACT_MAX) or RECORDS_MAX
        start = query.moment("dateFrom")
        after = clock.now() - 3600 if start is None else start
    else:
        state = _token_body(visit, "extract", None)
        count, after = int(state["count"]), float(state["after"])
    elapsed = clock.elapsed()
    changed = sorted(
        (modified, call.key, call)
        for call in visit.state.newest_first(0, clock.now())
        if not call.deleted and (modified := _modified(call, elapsed)) > after
    )
    last = changed[min(count, len(changed)) - 1][0] if changed else after
    page = [entry for entry in changed if entry[0] <= last]  # Same millisecond: may exceed count.
    rows = [row for _, _, call in page for row in rows_of(call, None)]
    token = _token("extract", None, {"after": last, "count": count})
    answer = _answer(visit, mode, rows, None, token)
    answer["syncInfo"] |= {"newerRecordsExist": len(changed) > len(page)}
    return answer


def _changed(call: SimCall, since: float, elapsed: float) -> bool:
    living = call.living
    if living is None:
        return False
    return any(since < moment <= elapsed for moment in (living.shown_at, living.settles_at))


def _modified(call: SimCall, elapsed: float) -> float:
    return call.modified if call.settled(elapsed) else call.start + 2


def _answer(
    visit: Visit, mode: str, rows: list[Row], extension: str | None, token: str
) -> dict[str, Any]:
    view, writer = detailed(visit.query), visit.writer()
    records = [writer.record(c, part, detailed=view, extension=extension) for c, part in rows]
    for (call, _), record in zip(rows, records, strict=True):
        if call.deleted:
            record["deleted"] = True
    return {
        "uri": visit.query.uri(),
        "records": records,
        "syncInfo": {
            "syncType": mode,
            "syncToken": token,
            "syncTime": stamp(visit.world.clock.now()),
        },
    }


def _token(kind: str, extension: str | None, state: dict[str, float]) -> str:
    body = json.dumps({"kind": kind, "extension": extension, **state})
    return urlsafe_b64encode(body.encode()).decode()


def _token_body(visit: Visit, kind: str, extension: str | None) -> dict[str, Any]:
    value = visit.query.one("syncToken")
    if value is None:
        raise bad_parameter("syncToken")
    try:
        body: dict[str, Any] = json.loads(urlsafe_b64decode(value))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise sync_token_unusable("CLG-101", "Sync token is malformed") from None
    if body.get("kind") != kind or body.get("extension") != extension:
        raise sync_token_unusable("CLG-102", "Sync token belongs to another resource")
    return body


def _read_token(visit: Visit, kind: str, extension: str | None) -> float:
    since = float(_token_body(visit, kind, extension)["at"])
    if since > visit.world.clock.elapsed():
        raise sync_token_unusable("CLG-103", "Sync token is not known any more")
    return since


ENDPOINTS = (
    Endpoint(f"{ACCOUNT}/call-log-sync", "Heavy", "ReadCallLog", "ReadCallLog", company_sync),
    Endpoint(
        f"{ACCOUNT}/call-log-extract-sync",
        "Heavy",
        "ReadCallLog",
        "ReadCompanyCallLog",
        extract_sync,
    ),
    Endpoint(f"{EXTENSION}/call-log-sync", "Heavy", "ReadCallLog", "ReadCallLog", extension_sync),
)
