"""The trail as a file: CSV for a spreadsheet, JSON to prove the chain elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from switchboard.console.calls.exporting import csv_text
from switchboard.store import audit_search
from switchboard.store.audit import Entry
from switchboard.store.audit_search import Wanted
from switchboard.store.database import Database

Form = Literal["csv", "json"]
MEDIA_TYPES: dict[Form, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
COLUMNS = ("row", "at_utc", "actor", "action", "subject", "detail", "hash")
_SLICE = 1000


async def written(db: Database, wanted: Wanted, form: Form) -> AsyncIterator[str]:
    """Write the rows that fit, newest first, some at a time."""
    yield "\ufeff" + csv_text([COLUMNS]) if form == "csv" else "["
    before: int | None = None
    while True:
        look = partial(audit_search.walk, wanted=wanted, before=before, limit=_SLICE)
        rows = await db.read(look)
        if form == "csv":
            yield csv_text([_cells(each) for each in rows])
        elif rows:
            documents = (json.dumps(each.document(), ensure_ascii=False) for each in rows)
            yield ("\n" if before is None else ",\n") + ",\n".join(documents)
        if len(rows) < _SLICE:
            break
        before = rows[-1].seq
    if form == "json":
        yield "\n]\n"


def _cells(each: Entry) -> tuple[str, ...]:
    at = datetime.fromtimestamp(each.at, UTC).isoformat(timespec="seconds")
    return (str(each.seq), at, each.actor, each.action, each.subject, each.detail, each.hash)
