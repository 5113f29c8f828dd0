"""What is measured of requests: how long an answer took, and not how long somebody looked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from switchboard.api.metrics import Metrics
from switchboard.api.middleware import Gatehouse
from switchboard.jobs.chores import Diary

LABELS = {"method": "GET", "route": "(none)", "status": "200"}
_UNSEEN = "not counted"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(Diary())


async def visit(metrics: Metrics, answer: PlainTextResponse | StreamingResponse) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None: ...

    gate = Gatehouse(app, metrics=metrics, most_bytes=lambda: 100)
    scope: Scope = {
        "type": "http", "method": "GET", "path": "/x", "headers": [],
        "asgi": {"spec_version": "2.4"},
    }  # fmt: skip
    await gate(scope, receive, send)


def value(metrics: Metrics, name: str, labels: dict[str, str] | None = None) -> float | str:
    for line in metrics.page(()).decode().splitlines():
        said, _, number = line.rpartition(" ")
        wanted = ",".join(f'{key}="{each}"' for key, each in (labels or {}).items())
        if said == (f"{name}{{{wanted}}}" if wanted else name):
            return float(number)
    return _UNSEEN


async def test_a_live_page_is_a_request_and_no_slow_one(metrics: Metrics) -> None:
    """Its stream stays open for as long as somebody looks: that is no time to answer."""
    during = []

    async def events() -> AsyncIterator[str]:
        during.append(value(metrics, "switchboard_http_streams_open"))
        during.append(value(metrics, "switchboard_http_requests_total", LABELS))
        yield ": keep-alive\n\n"

    await visit(metrics, StreamingResponse(events(), media_type="text/event-stream"))
    assert during == [1.0, 1.0], "counted as it begins, for its end may be hours away"
    assert value(metrics, "switchboard_http_streams_open") == 0
    assert value(metrics, "switchboard_http_requests_total", LABELS) == 1
    assert value(metrics, "switchboard_http_request_seconds_count", LABELS) == _UNSEEN


async def test_any_other_answer_is_counted_and_timed(metrics: Metrics) -> None:
    await visit(metrics, PlainTextResponse("fine"))
    assert value(metrics, "switchboard_http_requests_total", LABELS) == 1
    assert value(metrics, "switchboard_http_request_seconds_count", LABELS) == 1
    assert value(metrics, "switchboard_http_streams_open") == 0
