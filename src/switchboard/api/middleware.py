"""What holds for every request: an id, a bounded body, safe headers, one log line, never a crash.

The log names the route, not the address: links hold tokens, and addresses ids of chats.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard.api.metrics import Metrics
from switchboard.api.problems import DEFECT, problem

log = structlog.get_logger(__name__)

BODY_SECONDS = 20.0  # From a sender that answers in milliseconds; a proxy hands over whole bodies.
UNKNOWN_ROUTE = "(none)"
CLOSED_EARLY = 499  # As nginx logs a sender that left; nobody reads the answer.
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CLOSED_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_STREAM = "text/event-stream"
_HSTS = "max-age=31536000"


class Gatehouse:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        most_bytes: Callable[[], int],
        https: bool = False,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._app, self._metrics, self._https = app, metrics, https
        self._most_bytes, self._body_seconds = most_bytes, body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # No websockets here, and nothing to start or stop.
            return
        visit = _Visit(scope, send, https=self._https, on_stream=partial(self._opened, scope))
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=visit.id):
            try:
                await self._handle(scope, receive, visit)
            except Exception as error:
                log.exception("request_failed", code=DEFECT, error=type(error).__name__)
                if not visit.status:
                    said = "Something went wrong that should not have; it is in our log."
                    await problem(500, DEFECT, said, visit.id)(scope, receive, visit.send)
            finally:
                seconds = time.perf_counter() - started
                self._note(scope, visit, seconds)

    async def _handle(self, scope: Scope, receive: Receive, visit: _Visit) -> None:
        most = self._most_bytes()
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared[:18]) > most:
            answer = _too_large(most, visit)
        else:
            try:
                async with asyncio.timeout(self._body_seconds):
                    body = await read_body(receive, most)
            except TimeoutError:
                said = "The request did not arrive in time."
                answer = problem(408, "API-408", said, visit.id, headers=_HANG_UP)
            except BodyTooLargeError:
                answer = _too_large(most, visit)
            else:
                if body is not None:
                    await self._app(scope, _replay(body, receive), visit.send)
                return
        await answer(scope, receive, visit.send)

    def _opened(self, scope: Scope, status: int) -> None:
        """Count a stream as it begins: its end may be hours away."""
        self._metrics.requests.labels(*_named(scope), str(status)).inc()
        self._metrics.streams.inc()

    def _note(self, scope: Scope, visit: _Visit, seconds: float) -> None:
        (method, route), status = _named(scope), visit.status or CLOSED_EARLY
        if visit.streams:
            self._metrics.streams.dec()
        else:
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.http.labels(method, route, str(status)).observe(seconds)
        said = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.debug("http_request", **said)  # Why one failed is logged where that is known.


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _named(scope: Scope) -> tuple[str, str]:
    """Return method and route, for metrics and log."""
    route = getattr(scope.get("route"), "path_format", UNKNOWN_ROUTE)
    if route != UNKNOWN_ROUTE:
        route = f"{scope.get('root_path', '')}{route}"
    return (scope["method"] if scope["method"] in _METHODS else "other"), route


_HANG_UP = {"Connection": "close"}  # The rest of the body is not read.


def _too_large(most: int, visit: _Visit) -> Response:
    said = f"The request is larger than {most // 1024} KB."
    return problem(413, "API-413", said, visit.id, headers=_HANG_UP)


class BodyTooLargeError(Exception):
    """More bytes came than are read."""


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Read a whole body; None when the sender left. Raises BodyTooLargeError at once."""
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise BodyTooLargeError
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class _Visit:
    """One request on its way out."""

    def __init__(
        self, scope: Scope, send: Send, *, https: bool, on_stream: Callable[[int], None]
    ) -> None:
        self.id = secrets.token_hex(8)
        self.status = 0
        self.streams = False  # It lasts as long as somebody looks.
        self._on_stream = on_stream
        self._send, self._https = send, https
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = self.id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.id
            if headers.get("content-type", "").startswith(_STREAM):
                self.streams = True
                self._on_stream(self.status)
            for name, value in _SAFE.items():
                headers[name] = value
            headers.setdefault("Content-Security-Policy", _CLOSED_CSP)
            headers.setdefault("Cache-Control", "no-store")
            if self._https:
                headers["Strict-Transport-Security"] = _HSTS
        await self._send(message)
