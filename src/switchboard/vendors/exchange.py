"""Name what is sent to a vendor and what came back, and carry out one exchange, no more."""

from __future__ import annotations

import asyncio
import email.utils
import functools
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from switchboard import __version__
from switchboard.errors import InDoubtError, OperatorError, SwitchboardError, TransientError
from switchboard.vendors.bodies import Download, Upload
from switchboard.vendors.redaction import redact
from switchboard.vendors.settings import VendorSettings

USER_AGENT = f"Switchboard/{__version__}"
LARGEST_ANSWER = 64 * 1024 * 1024  # A thousand detailed call records are about 5 MB.
MOST_REDIRECTS = 3
# The connection was never made, so nothing can have been carried out.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# RingCentral's and Zoho's names for it: quoted to the vendors' support.
_REQUEST_ID_HEADERS = ("rcrequestid", "x-request-id", "x-zrequestid")


class UnreadableError(Exception):
    """The answer is not what this operation answers; the transport decides what that means."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit a vendor's headers name: so many requests per window of seconds."""

    bucket: str
    count: float
    window: float


@dataclass(frozen=True, slots=True)
class Signals:
    """What an answer says about pace: buckets to leave alone (seconds), and limits."""

    pauses: Mapping[str, float] = field(default_factory=dict)
    limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True)
class Vendor:
    """What the transport must know of a vendor: its names, and how to read its refusals."""

    name: str  # As in tables, logs and budgets: "ringcentral".
    title: str  # As people call it.
    code: str  # Prefix of its error codes: "RC".
    judge: Callable[[Request, Answer], SwitchboardError | None]
    # The request, its answer, the length of a vendor's minute, and refusals in a row.
    signals: Callable[[Request, Answer, float, int], Signals]
    stale: Callable[[Answer], bool] = lambda _answer: False  # A new token may cure this answer.
    # What the request cost by the vendor's own word; None: what we took it to cost.
    weight: Callable[[Answer], float | None] = lambda _answer: None


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Its repr names the operation only: the rest may hold numbers and secrets."""

    vendor: Vendor = field(repr=False)
    operation: str
    method: str
    url: str = field(repr=False)  # A path below the connection's base, or a whole address.
    params: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    upload: Upload | None = field(default=None, repr=False)
    download: Download | None = field(default=None, repr=False)  # Takes the body of a success.
    timeout: float | None = None  # Longest exchange, where the settings' is too short.
    costs: Mapping[str, float] = field(default_factory=dict)  # bucket → cost
    seats: str | None = None  # The bucket that limits requests in flight.
    crowding: bool = False  # Belongs to Zoho's smaller pool of heavy requests.
    credits: float = 1.0  # The vendor's own accounting.
    write: bool = False
    priority: int = 20

    @property
    def breaker(self) -> str:
        """Media have their own: a failing media host must not keep calls and leads waiting."""
        carries_media = self.upload is not None or self.download is not None
        return f"{self.vendor.name}:media" if carries_media else self.vendor.name


@dataclass(frozen=True)
class Answer:
    """A vendor's answer; the body stays out of its repr."""

    status: int
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)

    @functools.cached_property
    def document(self) -> Any:
        """The body as JSON, or UnreadableError."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise UnreadableError("The body is not JSON.") from error

    @property
    def request_id(self) -> str:
        return next(
            (self.headers[name] for name in _REQUEST_ID_HEADERS if name in self.headers), ""
        )

    def retry_after(self) -> float | None:
        """Seconds to wait according to the header, whichever of its two forms it has."""
        value = self.headers.get("retry-after", "").strip()
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
            except ValueError:
                return None
        return max(seconds, 0.0) if math.isfinite(seconds) else None

    def describe(self, text: str = "") -> str:
        """Return *text* and the vendor's request id, fit for a log."""
        return redact(f"HTTP {self.status} {text}".strip()) + (
            f" (request {self.request_id})" if self.request_id else ""
        )


def build_http(settings: VendorSettings) -> httpx.AsyncClient:
    """Build the HTTP client every vendor is reached with."""
    direct = ("all://127.0.0.1", "all://localhost", "all://[::1]")
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            settings.read_timeout_seconds, connect=settings.connect_timeout_seconds
        ),
        # Servers commonly hang up after 5 idle seconds; a request sent into that is in doubt.
        limits=httpx.Limits(max_connections=100, keepalive_expiry=3.0),
        headers={"User-Agent": USER_AGENT},
        follow_redirects=False,
        mounts=dict.fromkeys(direct),  # Never through a proxy to this machine itself.
    )


async def exchange(
    http: httpx.AsyncClient, request: Request, url: str, authorization: str | None, deadline: float
) -> Answer:
    """Send once and read the whole answer within *deadline* seconds."""
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **(request.headers or {})}
    if request.download is not None:
        headers |= request.download.headers()
    if authorization is not None:
        headers["Authorization"] = authorization
    vendor = request.vendor
    try:
        async with asyncio.timeout(deadline):
            return await _follow(http, request, url, headers)
    except NOT_SENT as error:
        raise TransientError(
            f"{vendor.code}-000",
            f"{vendor.title} could not be reached for {request.operation}; nothing was sent.",
            detail=redact(f"{type(error).__name__}: {error}"),
        ) from error
    except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
        kind = InDoubtError if request.write else TransientError
        raise kind(
            f"{vendor.code}-000",
            f"{vendor.title} gave no answer to {request.operation}.",
            detail=redact(f"{type(error).__name__}: {error}"),
        ) from error


async def _follow(
    http: httpx.AsyncClient, request: Request, url: str, headers: dict[str, str]
) -> Answer:
    params: Mapping[str, str] | None = request.params
    upload, patience = request.upload, http.timeout
    files: dict[str, Any] | None = None
    if upload is not None:
        files = {upload.part: (upload.name, upload.file, upload.content_type)}
        # A vendor may look through a file for long before it answers.
        patience = httpx.Timeout(
            connect=patience.connect,
            write=patience.write,
            pool=patience.pool,
            read=request.timeout or patience.read,
        )
    for _ in range(MOST_REDIRECTS + 1):
        built = http.build_request(
            request.method,
            url,
            params=params or None,
            headers=headers,
            json=request.json,
            data=request.form,
            files=files,
            timeout=patience,
        )
        response = await http.send(built, stream=True, follow_redirects=False)
        try:
            content = await _read(response, request.download)
        finally:
            await response.aclose()
        if not response.has_redirect_location:
            return Answer(response.status_code, response.headers, content)
        target = urljoin(str(built.url), response.headers["location"])
        if request.method != "GET":
            break
        if _origin(target) != _origin(url):
            if request.download is None or not request.download.may_follow(target):
                break
            headers.pop("Authorization", None)  # The token is meant for the first host alone.
        url, params = target, None
    raise OperatorError(
        f"{request.vendor.code}-400",
        f"{request.vendor.title} sent {request.operation} elsewhere; "
        "our token goes to the configured host only. Check the address in the settings.",
        detail=f"HTTP {response.status_code} to {urlsplit(target).hostname}",
    )


async def _read(response: httpx.Response, download: Download | None) -> bytes:
    if download is not None and response.is_success:
        if download.begin(response.status_code, response.headers):
            async for part in response.aiter_raw():
                if not download.take(part):
                    return b""
            if not download.complete:
                raise httpx.RemoteProtocolError("The body ended before its end.")
        return b""
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise httpx.DecodingError("The answer is too large.")
        parts.append(part)
    return b"".join(parts)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", parts.port or default
