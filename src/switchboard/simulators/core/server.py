"""Serve an application of stand-ins on a loopback port: in a thread, or until Ctrl-C."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from switchboard.simulators.core.door import CUT
from switchboard.simulators.core.world import World

START_SECONDS = 60.0


class PortTakenError(OSError):
    """A port cannot be listened on; `port` says which."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(error.errno, error.strerror)
        self.port = port


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise PortTakenError(port, error) from error


class CuttableProtocol(H11Protocol):
    """Hands each request the means to cut its own connection, as a dying proxy would."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app: Any = self.app

        async def with_cut(scope: Scope, receive: Receive, send: Send) -> None:
            scope[CUT] = transport.abort
            await app(scope, receive, send)

        self.app = with_cut


class _Server(uvicorn.Server):
    """Opens and closes, in its own event loop, what stands beside the application."""

    def __init__(self, config: uvicorn.Config, beside: AppServer) -> None:
        super().__init__(config)
        self._beside = beside

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._beside.open_beside()
        await super().startup(sockets=sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._beside.close_beside()
        await super().shutdown(sockets=sockets)


class AppServer:
    """Listens from the start, so that the port is known; answers once started."""

    def __init__(self, make_app: Callable[[], Starlette], *, host: str, port: int) -> None:
        self._make_app = make_app
        self._socket = listen(host, port)
        # Accepted connections inherit it; asyncio sets it only where it knows the protocol.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host, self.port = self._socket.getsockname()[:2]
        self._app: Starlette | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def app(self) -> Starlette:
        """The application, with its world made at the first call."""
        if self._app is None:
            self._app = self._make_app()
        return self._app

    @property
    def world(self) -> World:
        """The current world; another one after a reset."""
        world: World = self.app.state.stage.world
        return world

    async def open_beside(self) -> None:
        """Start what is no part of the application, such as a server of another protocol."""

    async def close_beside(self) -> None:
        """Stop it again."""

    def run(self) -> None:
        """Serve until interrupted; for a process of its own."""
        self._make_server().run(sockets=[self._socket])

    def start(self) -> None:
        server = self._make_server()
        self._thread = threading.Thread(
            target=server.run, args=([self._socket],), name="simulators", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The simulators did not start.")
            time.sleep(0.005)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._server.force_exit = True  # Held answers (fault `timeout`) need not be awaited.
        if self._thread is not None:
            self._thread.join(10)
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _make_server(self) -> uvicorn.Server:
        config = uvicorn.Config(
            self.app,
            http=CuttableProtocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config, self)
        return self._server
