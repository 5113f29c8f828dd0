"""Stand between a client and a stand-in: log the request, and let the planned fault happen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard.simulators.core.faults import Fault
from switchboard.simulators.core.interruption import Interruption
from switchboard.simulators.core.requests import RequestRow
from switchboard.simulators.core.world import World

CUT = "switchboard.simulator.cut"  # Set by the server: closes this client's connection at once.


class ConnectionCutError(ConnectionError):
    """Raised where no real connection can be cut (an in-process client)."""


@dataclass(frozen=True, slots=True)
class VendorErrors:
    """The vendor's own words for the faults that have any."""

    rate_limited: Callable[[World], Response]
    expired_token: Callable[[World], Response]


class Door:
    """ASGI middleware around one vendor's mount."""

    def __init__(self, app: ASGIApp, *, world: World, vendor: str, errors: VendorErrors) -> None:
        self._app, self._world = app, world
        self._vendor, self._errors = vendor, errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"The simulators speak HTTP only, not {scope['type']}.")
        row = self._row(scope)
        self._world.requests.open(scope, row)
        line = f"{row.method} {row.path}" + (f"?{row.query}" if row.query else "")
        fault = self._world.faults.strike(self._vendor, line)
        if fault is None:
            await self._app(scope, receive, _noting(row, send))
            return
        row.fault = fault.kind
        await self._strike(fault, row, scope, receive, send)

    def _row(self, scope: Scope) -> RequestRow:
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        query = scope.get("query_string", b"").decode("latin-1")
        now = self._world.clock.now()
        return RequestRow(self._vendor, scope["method"], path, query, now)

    async def _strike(
        self, fault: Fault, row: RequestRow, scope: Scope, receive: Receive, send: Send
    ) -> None:
        match fault.kind:
            case "slow" | "cut" | "stall":  # Done at once: it must not outlive a killed client.
                hampered = _hampered(fault, scope, receive, send)
                await self._app(scope, receive, _noting(row, hampered))
            case "index_lag":
                row.index_lag = fault.hold_seconds
                await self._app(scope, receive, _noting(row, send))
            case "garbage":
                answer = await self._carry_out(row, scope, receive)
                body = b'{"data": [{"code": "SUC'
                await answer.send_as(body, send)
            case "done_but_lost":
                await self._carry_out(row, scope, receive)
                await asyncio.sleep(fault.delay_s or 0)
                await _cut(scope, receive)
            case "drop":
                await _cut(scope, receive)
            case "timeout":
                if fault.processed:
                    await self._carry_out(row, scope, receive)
                await _hold(fault.hold_seconds, receive)
                await _cut(scope, receive)
            case "rate_limit" | "expired_token" | "error":
                if fault.processed:
                    await self._carry_out(row, scope, receive)
                response = self._refusal(fault)
                row.status = response.status_code
                await response(scope, receive, send)

    def _refusal(self, fault: Fault) -> Response:
        if fault.kind == "rate_limit":
            return self._errors.rate_limited(self._world)
        if fault.kind == "expired_token":
            return self._errors.expired_token(self._world)
        if isinstance(fault.body, str):
            return Response(fault.body, fault.status, media_type="text/html")
        return JSONResponse(fault.body, fault.status)

    async def _carry_out(self, row: RequestRow, scope: Scope, receive: Receive) -> _Answer:
        answer = _Answer()
        await self._app(scope, receive, _noting(row, answer.collect))
        return answer


class _Answer:
    """An answer that is not on its way yet."""

    def __init__(self) -> None:
        self._start: Message = {"type": "http.response.start", "status": 200, "headers": []}

    async def collect(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message

    async def send_as(self, body: bytes, send: Send) -> None:
        headers = [pair for pair in self._start["headers"] if pair[0].lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**self._start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _hampered(fault: Fault, scope: Scope, receive: Receive, send: Send) -> Send:
    if fault.kind == "slow":
        return _late(fault.hold_seconds, send)
    if fault.kind == "stall":
        pause = Interruption(fault.after_bytes, send, lambda: asyncio.sleep(fault.hold_seconds))
        return pause.send
    return Interruption(fault.after_bytes, send, lambda: _cut(scope, receive), final=True).send


def _noting(row: RequestRow, send: Send) -> Send:
    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            row.status = message["status"]
        await send(message)

    return note


def _late(seconds: float, send: Send) -> Send:
    async def wait_then_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return wait_then_send


async def _hold(seconds: float, receive: Receive) -> None:
    """Keep the client waiting, but not beyond its own patience."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without a word, as a dying proxy does."""
    cut = scope.get(CUT)
    if cut is None:
        raise ConnectionCutError("The simulator cut the connection as planned.")
    cut()
    while (await receive())["type"] != "http.disconnect":
        pass  # Returning earlier would make the server answer 500 on our behalf.
