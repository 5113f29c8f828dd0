"""Bodies too large for memory: a download handed on piece by piece, and a file to be uploaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from switchboard.errors import RejectedError, SwitchboardError, TransientError

Sink = Callable[[bytes], object]
MOST_EXCHANGES = 25  # Each costs a slot of the vendor's scarcest budget.
_OK, _PARTIAL = 200, 206
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)", re.IGNORECASE)


class ReadableFile(Protocol):
    """What is uploaded; read anew from the start each time it is sent."""

    def read(self, size: int = -1, /) -> bytes | None: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """One part of a multipart form, read from *file* while it is sent."""

    part: str
    name: str = field(repr=False)
    content_type: str
    size: int
    file: ReadableFile = field(repr=False)


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What was downloaded. The type is the vendor's word, not the address's ending."""

    content_type: str
    size: int


class Download:
    """One body on its way to a sink, across as many exchanges as it takes.

    What the sink was given stays given: after a drop the next exchange asks for the rest only.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        most_bytes: int,
        seconds: float,
        code: str,
        title: str,
        may_follow: Callable[[str], bool] = lambda _url: False,
    ) -> None:
        self.received = 0
        self.seconds_left = seconds
        self.failure: SwitchboardError | None = None  # Asking again within this call cannot help.
        self.may_follow = may_follow  # Whether a redirect to another host may be followed.
        self._sink, self._most = sink, most_bytes
        self._code, self._title = code, title
        self._skip, self._reported = 0, 0
        self._exchanges, self._fruitless, self._seen = 0, 0, 0
        self._total: int | None = None
        self._tag: str | None = None
        self._type = ""

    def headers(self) -> dict[str, str]:
        """Ask for bytes as they are stored, from where the last exchange ended."""
        wanted = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if self.received:
            wanted["Range"] = f"bytes={self.received}-"
            if self._tag is not None:
                wanted["If-Range"] = self._tag
        return wanted

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Look at the head of an answer; say whether its body is wanted."""
        if status not in (_OK, _PARTIAL):
            return False
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise httpx.DecodingError("The body is encoded although that was not accepted.")
        start, total = _extent(status, headers)
        tag = _strong(headers.get("etag"))
        if self.received and (
            start not in (0, self.received)
            or (total is not None and self._total is not None and total != self._total)
            or (tag is not None and self._tag is not None and tag != self._tag)
        ):
            self._changed()
            return False
        self._skip = self.received - start
        if self._skip < 0:
            self._changed()
            return False
        self._total = total if total is not None else self._total
        self._tag = tag or self._tag
        self._type = headers.get("content-type", "") or self._type
        if self._total is not None and self._total > self._most:
            self._too_large()
            return False
        return True

    def take(self, chunk: bytes) -> bool:
        """Hand *chunk* on; say whether more is wanted."""
        if self._skip:
            known = min(self._skip, len(chunk))
            self._skip -= known
            chunk = chunk[known:]
        if self.received + len(chunk) > self._most:
            self._too_large()
            return False
        if chunk:
            self._sink(chunk)
            self.received += len(chunk)
        return True

    @property
    def complete(self) -> bool:
        """Tell whether everything the vendor announced has come."""
        return self._total is None or self.received >= self._total

    def spend(self, seconds: float) -> None:
        self.seconds_left -= seconds

    def moved(self) -> int:
        """Return how many bytes came since this was last asked."""
        moved, self._reported = self.received - self._reported, self.received
        return moved

    def is_over(self, error: Exception, attempts: int) -> bool:
        """Tell whether another exchange of this call is pointless after *error*.

        What brought something does not count against the attempts: a long file over a bad line
        may well break often.
        """
        self._exchanges += 1
        self._fruitless = 1 if self.received > self._seen else self._fruitless + 1
        self._seen = self.received
        hopeless = self.failure is not None or getattr(error, "code", "").endswith("-416")
        worn_out = self._fruitless >= attempts or self._exchanges >= MOST_EXCHANGES
        return hopeless or worn_out or self.seconds_left <= 0

    @property
    def content_type(self) -> str:
        """What the vendor says it is, without parameters: "audio/mpeg"."""
        return self._type.partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        found = _CHARSET.search(self._type)
        return found[1] if found else None

    def check(self) -> None:
        """Raise why what came is of no use, if it is not."""
        if self.failure is not None:
            raise self.failure

    def _changed(self) -> None:
        self.failure = TransientError(
            f"{self._code}-416",
            f"{self._title} sent something else when asked for the rest of a file; "
            "it has to be read again from the beginning.",
        )

    def _too_large(self) -> None:
        size = f" ({self._total / 1e6:.1f} MB)" if self._total is not None else ""
        self.failure = RejectedError(
            f"{self._code}-413",
            f"The file at {self._title} is larger{size} than the limit of {self._most / 1e6:.1f} "
            "MB; it is not transferred. Raise the limit in the settings if it should be.",
        )


def _extent(status: int, headers: Mapping[str, str]) -> tuple[int, int | None]:
    """Return where the body begins within the file, and how long the file is, if it says so."""
    if status == _PARTIAL:
        found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
        if found is None:
            return -1, None
        return int(found[1]), int(found[2]) if found[2].isdigit() else None
    length = headers.get("content-length", "")
    return 0, int(length) if length.isdigit() else None


def _strong(tag: str | None) -> str | None:
    return tag if tag and not tag.startswith("W/") else None
