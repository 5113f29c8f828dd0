"""What was asked of the stand-ins: one row per request, with the cost the vendor counted."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.types import Scope

ROWS_KEPT = 200_000
_KEY = "switchboard.simulator"


@dataclass(slots=True)
class RequestRow:
    vendor: str
    method: str
    path: str
    query: str
    at: float
    status: int | None = None  # What the vendor decided, even when the answer was then lost.
    cost: float = 1.0
    group: str | None = None
    fault: str | None = None
    index_lag: float = 0.0  # Extra seconds before searches find what this request writes.


class RequestLog:
    """The newest rows; the oldest fall out at the end."""

    def __init__(self) -> None:
        self._rows: deque[RequestRow] = deque(maxlen=ROWS_KEPT)
        self.total = 0  # Of all requests ever, also those that fell out.

    def open(self, scope: Scope, row: RequestRow) -> RequestRow:
        scope[_KEY] = row
        self.total += 1
        self._rows.append(row)
        return row

    def rows(self, vendor: str | None = None) -> list[RequestRow]:
        return [row for row in self._rows if vendor in (None, row.vendor)]

    def as_json(self, vendor: str | None = None) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows(vendor)]

    def clear(self) -> None:
        self._rows.clear()


def row_of(request: Request) -> RequestRow:
    """The row of the request being answered; routes set its `cost` and `group`."""
    row = request.scope.get(_KEY)
    if isinstance(row, RequestRow):
        return row
    return RequestRow("", request.method, request.url.path, request.url.query, 0.0)


def origin(request: Request) -> str:
    """`http://host:port` as the client wrote it; links in answers start with it."""
    return f"{request.url.scheme}://{request.url.netloc}"
