"""Listen and speak HTTP inside somebody else's event loop, and stop in good order."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from switchboard.config.settings import ServerSettings
from switchboard.errors import OperatorError

GRACE_SECONDS = 8.0  # SalesIQ waits 5 for an answer, service managers 10 or more.
KEEP_ALIVE_SECONDS = 30
MOST_CONNECTIONS = 1_000
_THIS_MACHINE = "127.0.0.1,::1"


class HttpServer:
    """An application on an address; the port is known before anything is answered."""

    def __init__(self, settings: ServerSettings, root: Path) -> None:
        self._settings = settings
        self._tls = certificate(settings, root)
        self._socket = listen(settings.host, settings.port)
        self.port: int = self._socket.getsockname()[1]
        self.stopping = asyncio.Event()  # For answers that would go on for ever.

    @property
    def https(self) -> bool:
        return self._tls is not None

    @property
    def address(self) -> str:
        """Return how a person on this machine reaches it."""
        host = self._settings.host
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        return (
            f"http{'s' if self.https else ''}://{f'[{host}]' if ':' in host else host}:{self.port}"
        )

    def close(self) -> None:
        self._socket.close()

    async def serve(self, app: ASGIApp) -> None:
        """Answer until cancelled; requests that are being worked on are answered first."""
        server = _Server(self._config(app))
        running = asyncio.create_task(server.serve(sockets=[self._socket]), name="http")
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            self.stopping.set()
            server.should_exit = True
            await running
            raise

    @property
    def _behind_proxy(self) -> bool:
        """Tell whether somebody before us speaks the HTTPS that the world is told to use."""
        public = self._settings.public_url.startswith("https://")
        return self._settings.behind_proxy or (public and not self.https)

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        """Nothing of uvicorn's own in log, headers or signals: those are the process's.

        Forwarded addresses are believed from this machine alone: anybody else could make them up,
        and so escape the count of failed keys. A proxy elsewhere is counted as one address.
        """
        tls = self._tls
        return uvicorn.Config(
            app,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=self._behind_proxy,
            forwarded_allow_ips=_THIS_MACHINE,
            # A proxy takes this part of the address off; the console's links begin with it.
            root_path=urlsplit(self._settings.public_url).path.rstrip("/"),
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(GRACE_SECONDS),
            limit_concurrency=MOST_CONNECTIONS,
        )


class _Server(uvicorn.Server):
    """Leaves signals to the process: they cancel the task that serves."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. OperatorError API-001."""
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
        family, _, _, _, address = found[0]
        opened = socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no address"
        raise OperatorError(
            "API-001",
            f"Port {port} of {host} cannot be used: {reason}. Choose another one: server.port in "
            "data/settings.json, or SWITCHBOARD_SERVER__PORT.",
        ) from error
    # Accepted connections inherit it; asyncio sets it only where it knows the protocol.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def certificate(settings: ServerSettings, root: Path) -> ssl.SSLContext | None:
    """Return what HTTPS needs, None to speak HTTP. OperatorError API-002."""
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate_file = root / settings.tls_certificate
    key_file = root / settings.tls_key if settings.tls_key else None
    try:
        context.load_cert_chain(certificate_file, key_file, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        named = settings.tls_certificate + (f" with {settings.tls_key}" if key_file else "")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise OperatorError("API-002", f"{named} cannot be used for HTTPS: {reason}.") from error
    return context


def _no_password() -> str:
    """Refuse a key with a password instead of asking for it on a terminal nobody sits at."""
    raise ValueError("the key has a password")
