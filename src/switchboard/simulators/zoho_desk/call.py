"""One request to Desk, read once: what the endpoints' functions are handed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile

from switchboard.simulators.zoho_desk import errors
from switchboard.simulators.zoho_desk.records import Ticket
from switchboard.simulators.zoho_desk.state import DeskState

LAST_RECORD = 4_999
FILE_NAME = 100


@dataclass(slots=True)
class Call:
    """Everything an endpoint needs, without the network."""

    desk: DeskState
    path: Mapping[str, str]
    query: Mapping[str, str]
    base: str  # The address of the API as the client wrote it.
    raw: bytes = b""
    form: FormData | None = None
    extra_lag_s: float = 0.0  # A planned fault: this write reaches the search index later.
    _json: dict[str, Any] | None = field(default=None)

    @property
    def json(self) -> dict[str, Any]:
        if self._json is None:
            if not self.raw.strip():
                raise errors.empty_payload()
            try:
                document = json.loads(self.raw)
            except ValueError as error:
                raise errors.bad_request("The payload is not valid JSON.") from error
            if not isinstance(document, dict):
                raise errors.unprocessable("The payload must be a JSON object.")
            if not document:
                raise errors.empty_payload()
            self._json = document
        return self._json

    def ticket(self) -> Ticket:
        """Return the ticket the path names."""
        found = self.desk.tickets.get(self.path["ticketId"])
        if found is None or found.trashed:
            raise errors.not_found()
        return found

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise errors.invalid((name, "invalid", f"It has to be from {least} to {most}."))
        return int(text)

    def page(self, rows: list[Any], default: int, most: int, least: int = 1) -> list[Any]:
        """Return the part of *rows* that `from` and `limit` ask for."""
        limit = self.number("limit", default, least, most)
        start = self.number("from", 0, 0, LAST_RECORD)
        return rows[start : start + limit]

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        value = self.query.get(name, default)
        if value not in known:
            raise errors.invalid((name, "invalid", "Not one of the allowed values."))
        return value

    def truth(self, name: str, default: bool) -> bool:  # noqa: FBT001 - the default of a query.
        return self.choice(name, ("true", "false"), "true" if default else "false") == "true"

    async def file(self) -> tuple[str, bytes]:
        """Return name and content of the form's one part `file`."""
        part = self.form.get("file") if self.form is not None else None
        if not isinstance(part, UploadFile):
            raise errors.invalid(("file", "missing", "A file is needed."))
        content = await part.read()
        if len(content) > self.desk.rules.attachment_bytes:
            raise errors.too_large()
        name = part.filename or ""
        if not name or len(name) > FILE_NAME:
            raise errors.invalid(("file", "invalid", "The name has 1 to 100 characters."))
        return name, content
