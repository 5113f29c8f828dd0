"""Listen for mail: with STARTTLS, with TLS from the start, or in plain text."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from typing import Literal

from switchboard.simulators.core.server import listen
from switchboard.simulators.core.world import World
from switchboard.simulators.mail.certificate import make_certificate
from switchboard.simulators.mail.session import MailSession
from switchboard.simulators.mail.state import MailDoor

Mode = Literal["starttls", "tls", "plain"]
# aiosmtpd warns of its own past there at every sign-in.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class MailListener:
    """Has its port from the beginning; answers while it is open."""

    def __init__(
        self, world: Callable[[], World], *, host: str, port: int, mode: Mode = "starttls"
    ) -> None:
        self._world, self._mode = world, mode
        self._certificate = make_certificate(dt.datetime.now(dt.UTC))
        self._context = self._certificate.context()
        self._socket = listen(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._server: asyncio.Server | None = None
        self._sessions: set[MailSession] = set()

    @property
    def door(self) -> MailDoor:
        return MailDoor(self.host, self.port, self._certificate.pem)

    async def open(self) -> None:
        """Serve from now on, in the running event loop."""
        implicit = self._context if self._mode == "tls" else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, sock=self._socket, ssl=implicit)

    async def close(self) -> None:
        """Stop and hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()
        await asyncio.sleep(0)
        self._socket.close()

    def release(self) -> None:
        """Give the port back when it was never opened."""
        self._socket.close()

    def _session(self) -> MailSession:
        session = MailSession(
            self._world,
            self._context if self._mode == "starttls" else None,
            auth_require_tls=self._mode == "starttls",  # Under implicit TLS everything is.
            loop=asyncio.get_running_loop(),
        )
        self._sessions = {each for each in self._sessions if each.transport is not None}
        self._sessions.add(session)
        return session
